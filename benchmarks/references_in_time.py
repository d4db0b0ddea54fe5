"""References in time: `mpmath.invertlaplace` of the plain transforms, by Talbot's contour with 80 nodes.

Survival probability and density under Poisson resetting to the start, early and late, of the three closed
forms in the units of `benchmarks.references`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from multiprocessing import Pool
from typing import Any

import numpy as np
from mpmath import mp, mpf

from benchmarks.references import FOLDER, cylinder

NAMES = ("brownian", "interval", "ornstein_uhlenbeck")
_NODES, _DIGITS = 80, 85
# Form, reset rate, the form's own parameters, times.
CASES = [
    ("brownian", 0.0, (1.0, 0.0), (0.02, 0.5, 30.0)),
    ("brownian", 2.0, (-1.5, 0.0), (0.01, 0.4, 6.0, 60.0)),
    ("brownian", 0.5, (20.0, 0.0), (0.01, 0.06, 0.5)),
    ("interval", 0.0, (3.0, 0.2), (1e-3, 0.05, 2.0)),
    ("interval", 10.0, (-8.0, 0.5), (5e-3, 0.1, 3.0)),
    ("interval", 40.0, (0.0, 1e-3), (1e-7, 1e-4, 0.05)),
    ("ornstein_uhlenbeck", 0.0, (-1.0, 1.0), (0.02, 0.3, 3.0, 50.0)),
    ("ornstein_uhlenbeck", 1.0, (0.5, 2.0), (0.05, 1.0, 20.0)),
    ("ornstein_uhlenbeck", 0.3, (2.0, 2.01), (0.01, 0.1, 5.0)),
    ("ornstein_uhlenbeck", 3.0, (1.5, -0.5), (0.02, 0.8, 12.0)),
    ("ornstein_uhlenbeck", 0.0, (-4.0, 0.0), (0.5, 10.0, 3000.0)),
    ("ornstein_uhlenbeck", 5.0, (-2.5, -2.0), (0.01, 0.3, 8.0)),
]


def _transform(form: str, first: float, second: float) -> Callable[[Any], Any]:
    def brownian(s: Any) -> Any:
        return mp.exp((mpf(first) - mp.sqrt(mpf(first) ** 2 + 4 * s)) / 2)

    def interval(s: Any) -> Any:
        v, x = mpf(first) / 2, mpf(second)
        theta = mp.sqrt(v * v + s)
        leaving = mp.exp(-v * x) * mp.sinh((1 - x) * theta) + mp.exp(v * (1 - x)) * mp.sinh(x * theta)
        return leaving / mp.sinh(theta)

    def ornstein_uhlenbeck(s: Any) -> Any:
        side = 1 if second > first else -1
        with mp.workdps(int(_DIGITS + 3 * (abs(first) + abs(second)) * float(abs(s)) ** 0.5)):
            return cylinder(s, side * mpf(second)) / cylinder(s, side * mpf(first))

    return {"brownian": brownian, "interval": interval, "ornstein_uhlenbeck": ornstein_uhlenbeck}[form]


def _row(task: tuple[str, float, tuple[float, float], float]) -> list[float]:
    form, rate, own, t = task
    with mp.workdps(_DIGITS):
        free, r = _transform(form, *own), mpf(rate)

        def survival(s: Any) -> Any:
            hit = free(r + s)
            return (1 - hit) / (s + r * hit)

        def density(s: Any) -> Any:
            hit = free(r + s)
            return (r + s) * hit / (s + r * hit)

        values = [
            float(mp.invertlaplace(f, mpf(t), method="talbot", degree=_NODES)) for f in (survival, density)
        ]
    return [NAMES.index(form), rate, *own, t, *values]


def make_in_time() -> None:
    """Compute and store them."""
    tasks = [(form, rate, own, t) for form, rate, own, times in CASES for t in times]
    with Pool(2, initializer=os.nice, initargs=(10,)) as pool:
        np.savez_compressed(FOLDER / "in_time.npz", rows=np.array(pool.map(_row, tasks, chunksize=1)))
    print(f"in time: {len(tasks)} sets", flush=True)


def load_in_time() -> Any:
    """Return the stored rows: form, rate, two parameters, time, survival probability, density."""
    with np.load(FOLDER / "in_time.npz") as stored:
        return stored["rows"]
