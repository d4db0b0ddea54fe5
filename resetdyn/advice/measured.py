"""What a file of measured times holds, which column is meant, and whether the numbers fit into memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resetdyn._checks import FloatArray
from resetdyn.advice import units
from resetdyn.simulation.memory import available

# What a column of times is called where none is asked for.
USUAL = ("time", "times", "duration", "durations", "runtime", "run time", "run_time", "completion time",
         "completion_time", "elapsed", "steps", "evaluations")  # fmt: skip

# Bytes for each time at the peak of the analysis: itself, its sorted copies and their order (measured: 36).
_EACH = 40
_SPARE = 0.8  # share of the free memory that may be used


@dataclass(frozen=True, eq=False)
class Measured:
    """Times as they stand in a file.

    Attributes
    ----------
    times : (n,) array
        The times.
    censored : (n,) bool array or None
        Which runs were given up.
    outcomes : (n,) array of str or None
        How each run ended.
    column, unit : str
        Name of the column, without its unit, and the unit ("" where none is known).
    source : str
        The file.
    """

    times: FloatArray
    censored: NDArray[np.bool_] | None
    column: str
    unit: str
    source: str
    outcomes: Any = None


def time_column(names: list[str], source: str, asked: str | int | None) -> int:
    """Return the number of the column of times; asked for by name or number, or the usual one."""
    if asked is not None:
        return _named(names, source, "--column", asked)
    if len(names) == 1:
        return 0
    found = [i for i, name in enumerate(names) if units.split(name)[0].lower() in USUAL]
    if len(found) == 1:
        return found[0]
    raise ValueError(f"{source} has several columns: give --column, one of {_shown(names)}")


def flag_column(names: list[str], source: str, asked: str | int | None) -> int | None:
    """Return the number of the column of flags; if none is asked for, of one called "censored"."""
    if asked is not None:
        return _named(names, source, "--censored", asked)
    found = [i for i, name in enumerate(names) if name.lower() == "censored"]
    return found[0] if len(found) == 1 and len(names) > 1 else None


def outcome_column(names: list[str], source: str, asked: str | int | None) -> int | None:
    """Return the number of the column of outcomes, if one is asked for."""
    return None if asked is None else _named(names, source, "--outcome", asked)


def refuse_no_outcome(outcomes: Any, censored: Any, where: Callable[[int], str]) -> None:
    """Refuse runs that ended and do not say how, by the place where they stand."""
    silent = outcomes == ""
    if censored is not None:
        silent = silent & ~censored
    if silent.any():
        raise ValueError(
            f"{where(int(np.argmax(silent)))}: the run has no outcome; give it one, "
            "or flag the run as given up"
        )


def _named(names: list[str], source: str, option: str, asked: str | int) -> int:
    text = str(asked).strip()
    base = [units.split(name)[0] for name in names]
    for known, wanted in ((names, text), (base, text), ([name.lower() for name in base], text.lower())):
        if known.count(wanted) == 1:
            return known.index(wanted)
    if text.isdecimal() and 1 <= int(text) <= len(names):
        return int(text) - 1
    raise ValueError(
        f"{source} has no column {text!r}: give {option}, one of {_shown(names)}, or a number from 1"
    )


def _shown(names: list[str]) -> str:
    return ", ".join(map(repr, names[:12])) + (", ..." if len(names) > 12 else "")


def check_fits(source: str, rows: float) -> None:
    """Raise a MemoryError if so many times would not fit into the free memory."""
    free = available()
    if free is not None and rows * _EACH > _SPARE * free:
        raise MemoryError(
            f"{source}: some {rows:.2g} times would need {rows * _EACH / 1e9:.3g} GB to be analysed, and "
            f"{free / 1e9:.3g} GB are free; give a part of them drawn at random, a million tells as much"
        )


def refuse_no_times(values: FloatArray, where: Callable[[int], str]) -> None:
    """Refuse what is no time, by the place where it stands."""
    for bad, remedy in (
        (np.isnan(values), "leave out runs without a time"),
        (np.isinf(values), "give the time when the run was given up, and flag it in a column (--censored)"),
        (values <= 0, "give times above 0"),
    ):
        if bad.any():
            first = int(np.argmax(bad))
            raise ValueError(f"{where(first)}: the time is {values[first]:g}; {remedy}")
