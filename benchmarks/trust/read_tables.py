"""Files of measured times: tables in text, and arrays."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.trust.mutations import ODD_NUMBERS, Rng, damaged, pick, scribbled
from benchmarks.trust.watch import Nonsense
from resetdyn.advice.files import measured_times

_HEADERS = (
    "",
    "time",
    "run,time [ms],censored",
    "time\tcensored",
    "time [s]",
    "a b c",
    "x,time,y",
    "# time",
    "time,time",
    '"time"',
)
_SUFFIXES = (".csv", ".tsv", ".txt", ".dat", "")
_KINDS = ("f8", "f4", "i4", "u1", "?", "c16", "U5", "S3", "M8[s]", "m8[s]", "f2", ">f8", "i8")


class Table:
    """A table in text."""

    name, names = "tables of times in text", ("given", "--unit")

    def __init__(self, folder: Path) -> None:
        self.folder, self.trace = folder, folder / "trace"

    def make(self, rng: Rng) -> tuple[str, bytes, dict[str, Any]]:
        """Return a suffix, what the file holds, and what is asked for."""
        sign = str(pick((",", "\t", ";", " ", ", ", "  "), rng))
        columns, rows = int(rng.integers(1, 4)), int(rng.integers(0, 8))
        cells = [[f"{rng.lognormal():.6g}" for _ in range(columns)] for _ in range(rows)]
        if columns > 1 and rng.random() < 0.5:
            for row in cells:
                row[-1] = str(pick(("true", "false", "0", "1", "yes", "no", "ended", "censored"), rng))
        if cells and rng.random() < 0.4:
            cells[int(rng.integers(rows))][int(rng.integers(columns))] = str(pick(ODD_NUMBERS, rng))
        header = str(pick(_HEADERS, rng)).replace(",", sign)
        text = "\n".join([*([header] if header else []), *map(sign.join, cells), ""])
        if rng.random() < 0.5:
            text = scribbled(text, rng)
        data = text.encode("utf-8", "surrogatepass")
        if rng.random() < 0.4:
            data = damaged(data, rng)
        if rng.random() < 0.002:
            data = data * 20_000
        asked = {
            "column": pick((None, None, None, "time", "1", "2", "-1", 0, "x" * 99), rng),
            "censored": pick((None, None, None, "censored", "2", "nope"), rng),
            "unit": pick((None, None, None, "s", "ms", "furlong"), rng),
        }
        return str(pick(_SUFFIXES, rng)), data, asked

    def read(self, given: tuple[str, bytes, dict[str, Any]]) -> None:
        """Read the times."""
        suffix, data, asked = given
        path = self.folder / f"given{suffix}"
        path.write_bytes(data)
        judge(measured_times(path, **asked))


class Arrays(Table):
    """A file of arrays, .npy or .npz."""

    name = "files of arrays"

    def make(self, rng: Rng) -> tuple[str, bytes, dict[str, Any]]:
        """Return a suffix, what the file holds, and what is asked for."""
        suffix = str(pick((".npy", ".npz"), rng))
        arrays = {
            str(pick(("time", "t", "x", "censored"), rng)): self._array(rng)
            for _ in range(rng.integers(1, 4))
        }
        buffer = io.BytesIO()
        if suffix == ".npy":
            np.save(buffer, next(iter(arrays.values())), allow_pickle=True)
        else:
            (np.savez_compressed if rng.random() < 0.5 else np.savez)(buffer, **arrays)
        data = buffer.getvalue()
        match rng.integers(10):
            case 0 | 1 | 2 | 3:
                data = damaged(data, rng)
            case 4:
                data = pickle.dumps(Trap(self.trace))
            case 5:
                data = bomb(rng, suffix)
        asked = {
            "column": pick((None, None, "time", "1"), rng),
            "censored": pick((None, None, "censored"), rng),
        }
        return suffix, data, asked

    def _array(self, rng: Rng) -> Any:
        if rng.random() < 0.1:
            return np.array([Trap(self.trace), 1.0], dtype=object)
        shape = pick(((5,), (5, 2), (5, 2), (0,), (), (2, 3, 4), (1,)), rng)
        if rng.random() < 0.1:
            return np.zeros(3, dtype=[("time", "f8"), ("censored", pick(("?", "f8", "U3"), rng))])
        values = rng.lognormal(size=shape) * 3
        if np.ndim(values) and np.size(values) and rng.random() < 0.3:
            values[(0,) * values.ndim] = pick((np.nan, np.inf, -1.0, 0.0, 1e308, 5e-324), rng)
        kind = "f8" if rng.random() < 0.5 else pick(_KINDS, rng)
        with np.errstate(all="ignore"):
            return np.nan_to_num(values).astype(kind) if kind[0] in "iuMm?" else values.astype(kind)


class Trap:
    """An object whose unpickling would leave a trace."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (str(self.path), "w")


def bomb(rng: Rng, suffix: str) -> bytes:
    """Return few bytes that claim to be many."""
    size = int(10 ** rng.uniform(5, 15))
    shape = pick(((size,), (size, size), (1, size), (size, 0), (-size,)), rng)
    head = io.BytesIO()
    np.lib.format.write_array_header_2_0(
        head,
        {"descr": pick(("<f8", "|V1000000", "<U99999", "|b1"), rng), "fortran_order": False, "shape": shape},
    )
    claim = head.getvalue() + bytes(int(rng.integers(0, 2_000_000)))
    if suffix == ".npy":
        return claim
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("time.npy", claim)
    return packed.getvalue()


def judge(found: Any) -> None:
    """Raise unless what was read are times."""
    times, given_up = found.times, found.censored
    if times.ndim != 1 or times.dtype != np.float64 or not np.all(np.isfinite(times) & (times > 0)):
        raise Nonsense(f"times {times[:5]} of {times.dtype}")
    if given_up is not None and (given_up.shape != times.shape or given_up.dtype != bool):
        raise Nonsense(f"flags {given_up[:5]} of {given_up.dtype}")
