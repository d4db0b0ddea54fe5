"""Measured times from files of arrays: .npy and .npz, never running what they contain, and .parquet."""

from __future__ import annotations

import importlib
import os
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from resetdyn.advice import units
from resetdyn.advice.measured import Measured, check_fits, flag_column, refuse_no_times, time_column

Asked = str | int | None


def from_npy(source: str, column: Asked, censored: Asked, unit: str | None) -> Measured:
    """Read one array: times, or columns of which some are times and flags."""
    array = _loaded(source, lambda: np.load(source, mmap_mode="r", allow_pickle=False))
    if array.ndim != 1 and (array.ndim != 2 or array.dtype.names):
        raise ValueError(f"{source} has shape {array.shape}: give one axis, or a row for each run")
    check_fits(source, len(array))
    if array.dtype.names:
        return _chosen(list(array.dtype.names), lambda name: array[name], source, column, censored, unit)
    columns = array[:, None] if array.ndim == 1 else array
    names = [str(i + 1) for i in range(columns.shape[1])]
    return _chosen(names, lambda name: columns[:, int(name) - 1], source, column, censored, unit)


def from_npz(source: str, column: Asked, censored: Asked, unit: str | None) -> Measured:
    """Read arrays by their names."""
    with _loaded(source, lambda: np.load(source, allow_pickle=False)) as file:
        if isinstance(file, np.ndarray):
            raise ValueError(f"{source} is one array: call it .npy")

        def array(name: str) -> Any:
            with zipfile.ZipFile(source) as archive:
                check_fits(source, archive.getinfo(f"{name}.npy").file_size / 8)
            return _loaded(source, lambda: file[name])

        return _chosen(list(file.files), array, source, column, censored, unit)


def from_parquet(source: str, column: Asked, censored: Asked, unit: str | None) -> Measured:
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

        return _chosen(list(file.schema_arrow.names), array, source, column, censored, unit)


def _loaded(source: str, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        if any(said in str(error) for said in ("Object arrays", "objects in dtype")):
            reason = "is not plain numbers, and loading anything else could run code: refused"
        else:
            reason = "is not a whole file of arrays: save it again with numpy.save or numpy.savez"
        raise ValueError(f"{source} {reason}") from None


def _chosen(
    names: list[str], array: Callable[[str], Any], source: str, column: Asked, censored: Asked,
    unit: str | None,
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
    return Measured(times, given_up, base, units.agreed(name, named, unit), source)


def _flags(flags: Any, name: str, source: str) -> Any:
    if flags.dtype.kind not in "biuf" or not np.isin(flags, (0, 1)).all():
        raise ValueError(f"{source}: {name!r} does not tell which runs were given up; give true or false")
    return flags.astype(bool)
