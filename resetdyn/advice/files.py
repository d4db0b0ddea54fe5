"""Measured times from a file: .csv, .tsv, .txt, .npy, .npz, .parquet, or text from the standard input."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, TextIO

from resetdyn._checks import FloatArray
from resetdyn.advice import units
from resetdyn.advice.array_files import Asked, from_npy, from_npz, from_parquet
from resetdyn.advice.measured import Measured, check_fits, flag_column, outcome_column, time_column
from resetdyn.advice.text_table import columns_of, opened

_ARRAYS = {".npy": from_npy, ".npz": from_npz, ".parquet": from_parquet}
_TEXT = {".csv": ",", ".tsv": "\t", ".txt": None, ".dat": None, "": None}  # None: by blanks, if nothing else


def measured_times(
    path: str | os.PathLike[str],
    column: str | int | None = None,
    censored: str | int | None = None,
    unit: str | None = None,
    outcome: str | int | None = None,
) -> Measured:
    r"""Read measured times from a file.

    Parameters
    ----------
    path : str or path
        A table in text (.csv, .tsv, .txt; "-" is the standard input), in which lines that begin with ``#``,
        ``%`` or ``//`` are comments, and the first row may be a header; or .npy, .npz, .parquet.
    column : str or int, optional
        Column of the times: its name (with or without its unit), or its number, from 1. By default the only
        one, or the one that is called time, duration, runtime or the like.
    censored : str or int, optional
        Column that tells which runs were given up; by default one called "censored", if there is one.
    unit : str, optional
        Unit of the times, where the name of the column does not tell it as in ``time [ms]``.
    outcome : str or int, optional
        Column that names how each run ended.

    Returns
    -------
    Measured
        ``.times``, ``.censored``, ``.outcomes``, ``.column``, ``.unit``, ``.source``.

    Raises
    ------
    OSError
        If the file cannot be read.
    ImportError
        If it is .parquet and nothing here reads that.
    ValueError
        If a column is not there, or a row has no time (the message names its line).
    MemoryError
        If the numbers would not fit into the free memory. A file in text may itself be larger.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from resetdyn.advice.files import measured_times
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "runs.csv"
    ...     _ = path.write_text("run,time [ms],censored\n1,2.5,false\n2,10,true\n")
    ...     found = measured_times(path)
    >>> found.times, found.censored, found.unit
    (array([ 2.5, 10. ]), array([False,  True]), 'ms')
    """
    source = os.fspath(path)
    if source == "-":
        return _from_text(sys.stdin, "standard input", None, None, column, censored, unit, outcome)
    suffix = Path(source).suffix.lower()
    try:
        if suffix in _ARRAYS:
            return _ARRAYS[suffix](source, column, censored, unit, outcome)
        if suffix in _TEXT:
            with open(source, encoding="utf-8", newline=None) as stream:
                size = os.path.getsize(source)
                return _from_text(stream, source, _TEXT[suffix], size, column, censored, unit, outcome)
    except OSError as error:
        raise type(error)(f"{source} cannot be read ({error.strerror}): give a file of times") from None
    kinds = ", ".join(kind for kind in (*_TEXT, *_ARRAYS) if kind)
    raise ValueError(f"{source}: files that end in {suffix} are not read; give one of {kinds}")


def read(path: str | os.PathLike[str], censored: Any, outcomes: Any = None) -> tuple[FloatArray, Any, Any]:
    """Return the times of a file, with flags and outcomes: of the columns of these names, or as given."""
    flags_named = censored is None or isinstance(censored, str)
    ends_named = outcomes is None or isinstance(outcomes, str)
    found = measured_times(
        path,
        censored=censored if flags_named else None,
        outcome=outcomes if ends_named else None,
    )
    return (
        found.times,
        found.censored if flags_named else censored,
        found.outcomes if ends_named else outcomes,
    )


def _from_text(
    stream: TextIO, source: str, delimiter: str | None, size: int | None, column: Asked, censored: Asked,
    unit: str | None, outcome: Asked,
) -> Measured:  # fmt: skip
    table = opened(stream, source, delimiter)
    times_in = time_column(table.names, source, column)
    flags_in = flag_column(table.names, source, censored)
    ends_in = outcome_column(table.names, source, outcome)

    def seen(rows: int, characters: int) -> None:
        # of what comes from the standard input nobody knows the end
        check_fits(source, rows if size is None else rows * max(1.0, size / characters))

    times, flags, ends = columns_of(table, source, times_in, flags_in, seen, ends_in)
    name = table.names[times_in]
    base, named = units.split(name)
    return Measured(times, flags, base, units.agreed(name, named, unit), source, ends)
