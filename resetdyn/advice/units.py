"""Units: in the name of a column (``time [ms]``, ``time (ms)``, ``time_ms``), and in words."""

from __future__ import annotations

import re
from math import inf

TIMES = (
    "ns", "us", "µs", "μs", "ms", "s", "sec", "secs", "second", "seconds", "min", "mins", "minute", "minutes",
    "h", "hr", "hour", "hours", "d", "day", "days", "milliseconds", "microseconds", "nanoseconds", "fs", "ps",
)  # fmt: skip

_BRACKETS = re.compile(r"^(?P<base>.*?)\s*(?:\[(?P<square>[^\[\]]+)\]|\((?P<round>[^()]+)\))$")
_SUFFIX = re.compile(r"^(?P<base>.*\w)_(?P<unit>[^\W_]+)$")
_IN_CELL = re.compile(r"^[-+]?[\d.]+(?:[eE][-+]?\d+)?\s*(?P<unit>[^\W\d_]+|%)$")


def split(name: str) -> tuple[str, str]:
    """Return the name of a column without its unit, and the unit ("" if none is there)."""
    found = _BRACKETS.match(name.strip())
    if found and found["base"]:
        return found["base"], (found["square"] or found["round"]).strip()
    found = _SUFFIX.match(name.strip())
    if found and found["unit"] in TIMES:
        return found["base"], found["unit"]
    return name.strip(), ""


def in_cell(text: str) -> str:
    """Return the unit that stands behind a number, such as ms in "12 ms" ("" if it is not that)."""
    found = _IN_CELL.match(text.strip())
    return found["unit"] if found else ""


def agreed(column: str, named: str, given: str | None) -> str:
    """Return the unit of a column, from its name or as given."""
    if given and named and given != named:
        raise ValueError(f"column {column!r} is in {named}, and --unit says {given}: leave out --unit")
    return given or named


def with_unit(value: float, unit: str, digits: int = 4) -> str:
    """Return a time in words."""
    if value == inf:
        return "infinite"
    number = f"{value:.{digits}g}"
    return f"{number} {_single(unit) if number == '1' else unit}" if unit else number


def per_unit(rate: float, unit: str) -> str:
    """Return a rate in words."""
    return f"{rate:.4g} per {_single(unit)}" if unit else f"{rate:.4g}"


def _single(unit: str) -> str:
    """Return the singular of a unit that is a word."""
    return unit[:-1] if len(unit) > 3 and unit.endswith("s") and not unit.endswith("ss") else unit
