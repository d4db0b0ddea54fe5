"""Measured times from files of arrays: .npy and .npz, never running what they contain, and .parquet."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from resetdyn import storage
from resetdyn.advice import units
from resetdyn.advice.measured import (
    Measured,
    check_fits,
    flag_column,
    outcome_column,
    refuse_no_outcome,
    refuse_no_times,
    time_column,
)

Asked = str | int | None
_WIDEST = 10_000  # columns: what has more has its runs side by side


def from_npy(
    source: str, column: Asked, censored: Asked, unit: str | None, outcome: Asked = None
) -> Measured:
    """Read one array: times, or columns of which some are times and flags."""
    array = _loaded(source, lambda: np.load(source, mmap_mode="r", allow_pickle=False))
    if array.ndim != 1 and (array.ndim != 2 or array.dtype.names):
        raise ValueError(f"{source} has shape {array.shape}: give one axis, or a row for each run")
    check_fits(source, len(array))
    if array.dtype.names:
        names = list(array.dtype.names)
        return _chosen(names, lambda name: array[name], source, column, censored, unit, outcome)
    columns = array[:, None] if array.ndim == 1 else array
    if columns.shape[1] > _WIDEST:
        raise ValueError(f"{source} has {columns.shape[1]} columns: give a row for each run")
    names = [str(i + 1) for i in range(columns.shape[1])]
    return _chosen(names, lambda name: columns[:, int(name) - 1], source, column, censored, unit, outcome)


def from_npz(
    source: str, column: Asked, censored: Asked, unit: str | None, outcome: Asked = None
) -> Measured:
    """Read arrays by their names."""
    with open(source, "rb") as stream:
        file = _loaded(source, lambda: np.load(stream, allow_pickle=False))
        if isinstance(file, np.ndarray):
            raise ValueError(f"{source} is one array: call it .npy")

        def array(name: str) -> Any:
            size = _loaded(source, lambda: file.zip.getinfo(f"{name}.npy").file_size)
            check_fits(source, size / 8)
            return _loaded(source, lambda: file[name])

        return _chosen(list(file.files), array, source, column, censored, unit, outcome)


def from_parquet(
    source: str, column: Asked, censored: Asked, unit: str | None, outcome: Asked = None
) -> Measured:
    """Read columns, and no others, by the library that pandas uses as well."""
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise ImportError(
            f"{source}: .parquet is read by pyarrow, which pandas uses as well; install it, or save .csv"
        ) from None
    os.stat(source)  # a missing file is said as for any other
    try:
        file = parquet.ParquetFile(source)
    except ValueError:  # which pyarrow's own errors are as well
        raise ValueError(f"{source} is not a whole parquet file: save it again") from None
    with file:
        check_fits(source, file.metadata.num_rows)

        def array(name: str) -> Any:
            return file.read(columns=[name]).column(0).to_numpy()

        return _chosen(list(file.schema_arrow.names), array, source, column, censored, unit, outcome)


def _loaded(source: str, load: Callable[[], Any]) -> Any:
    try:
        with np.errstate(over="ignore"):  # of a size that no file has
            return load()
    except storage.DAMAGE as error:
        if any(said in str(error) for said in ("Object arrays", "objects in dtype")):
            reason = "is not plain numbers, and loading anything else could run code: refused"
        else:
            reason = "is not a whole file of arrays: save it again with numpy.save or numpy.savez"
        raise ValueError(f"{source} {reason}") from None


def _chosen(
    names: list[str], array: Callable[[str], Any], source: str, column: Asked, censored: Asked,
    unit: str | None, outcome: Asked,
) -> Measured:  # fmt: skip
    if not names:
        raise ValueError(f"{source} is empty: give the time of each run")
    name = names[time_column(names, source, column)]
    flag = flag_column(names, source, censored)
    times = np.asarray(array(name))
    if times.ndim != 1:
        raise ValueError(f"{source}: {name!r} has shape {times.shape}; give one time for each run")
    if times.size == 0:
        raise ValueError(f"{source} is empty: give the time of each run")
    if times.dtype.kind not in "iuf":
        raise ValueError(f"{source}: {name!r} holds {times.dtype}; give times as numbers")
    times = times.astype(np.float64)
    refuse_no_times(times, lambda i: f"{source} row {i + 1}")
    base, named = units.split(name)
    given_up = None if flag is None else _flags(np.asarray(array(names[flag])), names[flag], source)
    if flag is not None and given_up is not None and given_up.shape != times.shape:
        raise ValueError(f"{source}: {names[flag]!r} has shape {given_up.shape}; give one flag for each time")
    ends = outcome_column(names, source, outcome)
    outcomes = None if ends is None else _outcomes(np.asarray(array(names[ends])), names[ends], source)
    if outcomes is not None:
        refuse_no_outcome(outcomes, given_up, lambda i: f"{source} row {i + 1}")
    return Measured(times, given_up, base, units.agreed(name, named, unit), source, outcomes)


def _outcomes(values: Any, name: str, source: str) -> Any:
    """Return how runs ended, as texts: a whole number without a point, nothing for what is missing."""
    if values.ndim != 1 or values.dtype.kind not in "biufUO":
        raise ValueError(f"{source}: {name!r} does not tell how runs ended; give one word or number for each")
    kinds, which = np.unique(values.astype(str), return_inverse=True)
    named = ["" if kind in ("nan", "None") else kind.removesuffix(".0") for kind in kinds.tolist()]
    return np.array(named)[which.ravel()]


def _flags(flags: Any, name: str, source: str) -> Any:
    if flags.dtype.kind not in "biuf" or not np.isin(flags, (0, 1)).all():
        raise ValueError(f"{source}: {name!r} does not tell which runs were given up; give true or false")
    return flags.astype(bool)
