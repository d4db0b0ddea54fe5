"""Measured times from a file: .csv, .tsv, .txt, .npy, .npz, .parquet, or text from the standard input."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, TextIO

from resetdyn._checks import FloatArray
from resetdyn.advice import units
from resetdyn.advice.array_files import Asked, from_npy, from_npz, from_parquet
from resetdyn.advice.measured import Measured, check_fits, flag_column, time_column
from resetdyn.advice.text_table import columns_of, opened

_ARRAYS = {".npy": from_npy, ".npz": from_npz, ".parquet": from_parquet}
_TEXT = {".csv": ",", ".tsv": "\t", ".txt": None, ".dat": None, "": None}  # None: by blanks, if nothing else


def measured_times(
    path: str | os.PathLike[str],
    column: str | int | None = None,
    censored: str | int | None = None,
    unit: str | None = None,
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

    Returns
    -------
    Measured
        ``.times``, ``.censored``, ``.column``, ``.unit``, ``.source``.

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
        return _from_text(sys.stdin, "standard input", None, None, column, censored, unit)
    suffix = Path(source).suffix.lower()
    try:
        if suffix in _ARRAYS:
            return _ARRAYS[suffix](source, column, censored, unit)
        if suffix in _TEXT:
            with open(source, encoding="utf-8", newline=None) as stream:
                size = os.path.getsize(source)
                return _from_text(stream, source, _TEXT[suffix], size, column, censored, unit)
    except OSError as error:
        raise type(error)(f"{source} cannot be read ({error.strerror}): give a file of times") from None
    kinds = ", ".join(kind for kind in (*_TEXT, *_ARRAYS) if kind)
    raise ValueError(f"{source}: files that end in {suffix} are not read; give one of {kinds}")


def read(path: str | os.PathLike[str], censored: Any) -> tuple[FloatArray, Any]:
    """Return the times of a file, and flags: of a column, where `censored` is a name or None, or as given."""
    named = censored is None or isinstance(censored, str)
    found = measured_times(path, censored=censored if named else None)
    return found.times, found.censored if named else censored


def _from_text(
    stream: TextIO, source: str, delimiter: str | None, size: int | None, column: Asked, censored: Asked,
    unit: str | None,
) -> Measured:  # fmt: skip
    table = opened(stream, source, delimiter)
    times_in = time_column(table.names, source, column)
    flags_in = flag_column(table.names, source, censored)

    def seen(rows: int, characters: int) -> None:
        # of what comes from the standard input nobody knows the end
        check_fits(source, rows if size is None else rows * max(1.0, size / characters))

    times, flags = columns_of(table, source, times_in, flags_in, seen)
    name = table.names[times_in]
    base, named = units.split(name)
    return Measured(times, flags, base, units.agreed(name, named, unit), source)
