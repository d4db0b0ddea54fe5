"""Measure one side on one case, in an environment of its own: called by `benchmarks.peers`, not by hand.

    python measure.py SIDE.py  < the case and its settings, as JSON

This file and the sides need nothing but NumPy and the package that they are about: resetdyn is not
installed there.  A side is a file with a function ``draw(case, step)`` that gives a function of a number of
paths, which returns their first-passage times; or with ``value(case)``, which gives a function that returns
one number.
"""

from __future__ import annotations

import importlib.util
import json
import math
import sys
import time
from typing import Any


def load(path: str) -> tuple[Any, float]:
    """Return the side, and the seconds that importing it and its package took."""
    began = time.perf_counter()
    spec = importlib.util.spec_from_file_location("side", path)
    assert spec is not None
    assert spec.loader is not None
    side = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(side)
    return side, time.perf_counter() - began


def sampled(draw: Any, seconds: float, start: int) -> dict[str, float]:
    """Draw paths, ever more of them, until so many seconds are over; the first call is told apart."""
    import numpy as np  # after the side: what it takes to import is measured

    began = time.perf_counter()
    draw(start)
    first = time.perf_counter() - began
    n, total, squares, taken, batch = 0, 0.0, 0.0, 0.0, start
    while taken < seconds:
        began = time.perf_counter()
        times = draw(batch)
        now = time.perf_counter() - began
        taken += now
        n += len(times)
        total += float(np.sum(times, dtype=float))
        squares += float(np.sum(np.square(times, dtype=float)))
        if now < seconds / 8:
            batch *= 2
    mean = total / n
    error = math.sqrt(max(squares / n - mean**2, 0.0) / n)
    return {"first": first, "seconds": taken, "n": n, "mean": mean, "error": error}


def valued(value: Any, seconds: float) -> dict[str, float]:
    """Ask for one number again and again."""
    began = time.perf_counter()
    found = value()
    first, calls, began = time.perf_counter() - began, 0, time.perf_counter()
    while calls < 3 or (time.perf_counter() - began < seconds and calls < 1000):
        found = value()
        calls += 1
    taken = (time.perf_counter() - began) / calls
    return {"first": first, "seconds": taken * calls, "n": calls, "mean": float(found), "error": 0.0}


def peak() -> float:
    """Return the most memory that this process had, in MB; 0 where the system does not tell.

    `getrusage` would count what its parent had before it began.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as lines:
            return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except OSError:
        return 0.0


def main() -> None:
    """Read the case from standard input, and print what was measured as JSON."""
    asked = json.load(sys.stdin)
    side, imported = load(sys.argv[1])
    if hasattr(side, "draw"):
        found = sampled(side.draw(asked["case"], asked["step"]), asked["seconds"], getattr(side, "START", 64))
    else:
        found = valued(side.value(asked["case"]), asked["seconds"])
    print(json.dumps({**found, "import": imported, "memory": peak()}))


if __name__ == "__main__":
    main()
