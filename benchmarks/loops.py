"""The loops that resetdyn is measured against: plain numba, and C (``loops.c``, ``lanes.c``).

All go from a start down to a target under Poisson resets, and return the times they took, summed up.
"""

from __future__ import annotations

import ctypes
import math
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numba import njit

_FOLDER = Path(__file__).parent
_GCC = ("gcc", "-O3", "-march=native", "-mprefer-vector-width=512", "-fvect-cost-model=unlimited")


class Run(NamedTuple):
    """What some paths of a loop found, and the seconds of processor time that they took."""

    mean: float
    error: float
    time: float
    seconds: float

    def steps(self, dt: float) -> float:
        """Return the number of steps of `dt` that the times amount to, per second."""
        return self.time / dt / self.seconds


Loop = Callable[[int, float], Run]


class Search(ctypes.Structure):
    """A search, as the C loops take it; `cubic` ones are in the double well."""

    _fields_ = [
        (name, ctypes.c_double) for name in ("start", "target", "stiffness", "force", "diffusion", "rate")
    ]


def timed(n: int, work: Callable[[], tuple[float, float]]) -> Run:
    """Run what returns the sum of `n` times and that of their squares."""
    began = time.process_time()
    total, squares = work()
    seconds = time.process_time() - began
    mean = total / n
    return Run(mean, math.sqrt(max(squares / n - mean**2, 0.0) / n), total, seconds)


def plain(search: Search, force: Callable[[float], float]) -> Loop:
    """Return Euler's loop in numba with `np.random.normal`; the target is seen at the ends of steps."""
    start, target, diffusion, rate = search.start, search.target, search.diffusion, search.rate
    pull = njit(force)

    @njit
    def loop(n: int, dt: float) -> tuple[float, float]:
        sigma = math.sqrt(2 * diffusion * dt)
        total = squares = 0.0
        for _ in range(n):
            x = start
            k = 0
            reset = math.ceil(np.random.exponential() / (rate * dt))  # noqa: NPY002
            while x > target:
                x += pull(x) * dt + sigma * np.random.normal()  # noqa: NPY002
                k += 1
                if k == reset and x > target:
                    x = start
                    reset += math.ceil(np.random.exponential() / (rate * dt))  # noqa: NPY002
            total += k * dt
            squares += (k * dt) ** 2
        return total, squares

    loop(1, 0.1)
    return lambda n, dt: timed(n, lambda: loop(n, dt))


def in_c(source: str, name: str, search: Search, *own: float) -> Loop | None:
    """Return a loop in C, `own` being its further arguments before the step; None without gcc."""
    library = _library(source)
    if library is None:
        return None
    function, state = getattr(library, name), np.random.SeedSequence(1).generate_state(4, np.uint64)

    def loop(n: int, dt: float) -> Run:
        found = np.zeros(2)
        arguments = [_as_c(value) for value in (*own, dt)]
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (state, found)]

        def work() -> tuple[float, float]:
            function(ctypes.c_long(n), ctypes.byref(search), *arguments, *pointers)
            return float(found[0]), float(found[1])

        return timed(n, work)

    return loop


def _as_c(value: float) -> Any:
    return ctypes.c_int(value) if isinstance(value, int) else ctypes.c_double(value)


@cache
def _library(source: str) -> Any:
    if shutil.which("gcc") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, source + ".so")
        subprocess.run([*_GCC, "-shared", "-fPIC", _FOLDER / source, "-o", path, "-lm"], check=True)
        library = ctypes.CDLL(path)
    library.layers()
    return library
