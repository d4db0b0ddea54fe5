"""Saved results and diagrams, and folders of sweeps: what was kept comes back as it was, or not at all."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

import resetdyn as rd
from benchmarks.trust.mutations import Rng, damaged, pick, reshaped, scribbled
from benchmarks.trust.read_tables import Trap, bomb
from benchmarks.trust.watch import Nonsense
from resetdyn.families import search

GRID: dict[str, Any] = {"x": ("drift", [-3.0, -1.5, -1.0]), "y": ("reset_rate", [0.0, 0.5, 2.0])}
_PROBLEM = rd.FirstPassage(rd.Brownian(1.0, drift=-0.3), 1.0, rd.Level(0.0), rd.Poisson(1.3))


class Saved:
    """Files of results and diagrams, damaged."""

    name, names = "saved results, damaged", ("given.npz",)

    def __init__(self, folder: Path) -> None:
        self.path, self.trace = folder / "given.npz", folder / "trace"
        well = rd.Langevin("x**4/4 - a*x**2/2", 0.3, parameters={"a": 1.1})
        results = [
            rd.solve(_PROBLEM), rd.simulate(_PROBLEM, n=40, rng=7),
            rd.simulate(_PROBLEM, n=40, rng=7, keep="summary"),
            rd.solve(rd.SteadyState(well)), rd.optimal_reset(_PROBLEM), rd.phase_diagram(search, **GRID),
        ]  # fmt: skip
        self.wholes = []
        for result in results:
            result.save(self.path)
            self.wholes.append(self.path.read_bytes())
        self.found = [state(rd.load(self._written(data))) for data in self.wholes]

    def make(self, rng: Rng) -> tuple[int, bytes]:
        """Return which file, and its damaged bytes."""
        which = int(rng.integers(len(self.wholes)))
        return which, damaged(self.wholes[which], rng)

    def read(self, given: tuple[int, bytes]) -> None:
        """Load it; what comes back must be what was saved."""
        which, data = given
        if state(rd.load(self._written(data))) != self.found[which]:
            raise Nonsense("another result than was saved")

    def _written(self, data: bytes) -> Path:
        self.path.write_bytes(data)
        return self.path


class Forged(Saved):
    """The same files, whole but changed by somebody: another version, another tree, traps."""

    name = "saved results, forged"

    def make(self, rng: Rng) -> bytes:
        """Return the bytes of a file."""
        arrays = dict(np.load(io.BytesIO(pick(self.wholes, rng))))
        name = str(pick(list(arrays), rng))
        match rng.integers(8):
            case 0:
                arrays["version"] = np.array(pick((0, 2, -1, 10**18, 1.5, "1", [1, 1]), rng))
            case 1:
                arrays["kind"] = np.array(pick(("result", "PhaseDiagram", "other", 7, "", ["result"]), rng))
            case 2:
                del arrays[name]
            case 3:
                arrays[name] = pick(
                    (np.zeros(0), np.array("x"), np.array(1j), np.array(Trap(self.trace), dtype=object)), rng
                )
            case 4:
                return bomb(rng, ".npz")
            case _ if "tree" in arrays:
                text = str(arrays["tree"])
                forged = (
                    scribbled(text, rng)
                    if rng.random() < 0.5
                    else json.dumps(reshaped(json.loads(text), rng))
                )
                arrays["tree"] = np.array(forged.encode("utf-8", "replace").decode())
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        return buffer.getvalue()

    def read(self, data: bytes) -> None:  # type: ignore[override]
        """Load it: a result or a refusal."""
        rd.load(self._written(data))


class Folder:
    """The folder of a sweep that goes on: damaged cells are done again, another sweep's are not taken."""

    name, names = "folders of sweeps, damaged", ("checkpoint",)

    def __init__(self, folder: Path) -> None:
        self.path, self.trace = folder / "sweep", folder / "trace"
        self.whole = state(self._run())
        self.files = {file.name: file.read_bytes() for file in sorted(self.path.iterdir())}

    def make(self, rng: Rng) -> tuple[str, bytes]:
        """Return the name of a file, and its damaged bytes."""
        name = str(pick(list(self.files), rng))
        data = self.files[name]
        match rng.integers(4):
            case 0:
                data = self.files[str(pick(list(self.files), rng))]
            case 1:
                data = json.dumps(reshaped(json.loads(data), rng)).encode()
            case _:
                data = damaged(data, rng)
        return name, data

    def read(self, given: tuple[str, bytes]) -> None:
        """Go on with the sweep; the bits must be those of one that was never interrupted."""
        name, data = given
        shutil.rmtree(self.path)
        self.path.mkdir()
        for other, whole in self.files.items():
            (self.path / other).write_bytes(data if other == name else whole)
        if state(self._run()) != self.whole:
            raise Nonsense("a sweep that went on to other bits")

    def _run(self) -> Any:
        return rd.phase_diagram(search, **GRID, checkpoint=self.path)


def state(result: Any) -> Any:
    """Return all that a result holds, as bytes and texts that can be compared."""
    if isinstance(result, np.ndarray):
        return result.dtype.str, result.shape, result.tobytes()
    if isinstance(result, float):
        return np.float64(result).tobytes()
    if isinstance(result, tuple | list):
        return [state(entry) for entry in result]
    if hasattr(result, "__dataclass_fields__"):
        return type(result).__name__, [state(getattr(result, f.name)) for f in fields(result)]
    return repr(result)
