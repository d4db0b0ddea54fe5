"""How time and memory grow with the size of what is asked: ``python -m benchmarks.scaling [--quick]``.

- Simulated paths: time, and the most memory of a process that keeps a summary, or all times.
- Dimensions of an Ornstein-Uhlenbeck process that searches a half-space, one path at a time.
- Cells of an exact phase diagram.
- Workers, as far as there are cores.
- Reset protocols: what a step takes under each, at equal step, over that under Poisson resets.

Each size is measured in some rounds over all sizes, and the shortest time counts: whatever else the machine
does only adds to it.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats

import resetdyn as rd
from analysis.findings import Table
from benchmarks.page import ROOT, put
from benchmarks.peers.__main__ import machine
from benchmarks.peers.report import seconds
from resetdyn.families import ornstein_uhlenbeck

_SEARCH = rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), 0.5, rd.Level(0.0), rd.Poisson(1.0))
_STEP = 1e-3
# Pauses and journeys are so short that they take no part of the time that is simulated.
_RESETS = {
    "Poisson": rd.Poisson(1.0),
    "none": rd.NoReset(),
    "sharp": rd.Sharp(1.0),
    "renewal, gamma waits": rd.Renewal(stats.gamma(2.0, scale=0.5)),
    "a rate that depends on the position": rd.RateField("1 + 0*x"),
    "Poisson, to a random place": rd.Poisson(1.0, to=stats.uniform(0.45, 0.1)),
    "Poisson, to the best place so far": rd.Poisson(1.0, to=rd.BestSoFar(rd.Quadratic(1.0, 0.0), every=0.1)),
    "Poisson, with a pause": rd.Poisson(1.0, refractory=1e-9),
    "Poisson, with a journey back": rd.Poisson(1.0, return_speed=1e9),
}
_MEMORY = """
import sys
import resetdyn as rd
from benchmarks.peers.measure import peak
search = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(2.5))
rd.simulate(search, 1000, rng=1, keep=sys.argv[2])
before = peak()
rd.simulate(search, int(sys.argv[1]), rng=1, keep=sys.argv[2])
print(before, peak())
"""


def shortest(works: dict[Any, Callable[[], Any]], rounds: int) -> dict[Any, float]:
    """Return the shortest time of each work; they take turns, and each has run once before."""
    for work in works.values():
        work()
    found = dict.fromkeys(works, math.inf)
    for _ in range(rounds):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            found[name] = min(found[name], time.perf_counter() - began)
    return found


def growth(times: dict[int, float]) -> float:
    """Return the exponent of the time in the size, between the largest sizes."""
    (a, before), (b, last) = list(times.items())[-2:]
    return math.log(last / before) / math.log(b / a)


def paths(sizes: Sequence[int], rounds: int) -> dict[int, float]:
    """Time the simulation of so many paths."""
    return shortest({n: lambda n=n: rd.simulate(_SEARCH, n, rng=1) for n in sizes}, rounds)


def memory(n: int, keep: str) -> tuple[float, float]:
    """Return the most memory before and after so many paths, in MB, of a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(n), keep], capture_output=True, text=True, check=True, timeout=600
    )
    before, after = map(float, done.stdout.split())
    return before, after


def in_space(dim: int) -> rd.FirstPassage:
    """Return a search for a half-space in so many dimensions, of the same mean in all of them."""
    along = np.eye(dim)[0]
    process = rd.OrnsteinUhlenbeck(np.eye(dim), 1.5 * along, 0.5)
    return rd.FirstPassage(process, 0.5 * along, rd.HalfSpace(along, 0.0), rd.Poisson(1.0))


def dimensions(sizes: Sequence[int], n: int, rounds: int) -> dict[int, float]:
    """Time the simulation of `n` paths in so many dimensions."""
    searches = {dim: in_space(dim) for dim in sizes}
    return shortest({d: lambda s=s: rd.simulate(s, n, rng=1, dt=0.05) for d, s in searches.items()}, rounds)


def cells(sides: Sequence[int], rounds: int) -> dict[int, float]:
    """Time an exact diagram with so many cells."""

    def diagram(side: int) -> Any:
        x, y = np.linspace(0.1, 2.0, side), np.linspace(0.0, 4.0, side)
        return rd.phase_diagram(ornstein_uhlenbeck, ("diffusion", x), ("reset_rate", y))

    return shortest({side**2: lambda side=side: diagram(side) for side in sides}, rounds)


def side_by_side(n: int, rounds: int) -> Table:
    """Time a simulation by one worker, two, and so on, up to the number of cores."""
    numbers = [1 << k for k in range((os.cpu_count() or 1).bit_length())]
    times = shortest({k: lambda k=k: rd.simulate(_SEARCH, n, rng=1, workers=k) for k in numbers}, rounds)
    rows = [(str(k), seconds(t), f"{times[1] / t:.2f}") for k, t in times.items()]
    return Table(f"Workers, {n:,} paths", ("workers", "time", "times one"), rows)


def protocols(n: int, rounds: int) -> Table:
    """Time a step of the same size under each kind of resets, over that under Poisson resets."""
    searches = {name: replace(_SEARCH, reset=reset) for name, reset in _RESETS.items()}
    steps = {k: rd.simulate(s, n, rng=1, dt=_STEP).times.sum() / _STEP for k, s in searches.items()}
    times = shortest({k: lambda s=s: rd.simulate(s, n, rng=1, dt=_STEP) for k, s in searches.items()}, rounds)
    each = {name: times[name] / steps[name] for name in searches}
    rows = [(name, seconds(t), f"{t / each['Poisson']:.2f}") for name, t in each.items()]
    return Table("Reset protocols, at equal step", ("resets", "a step", "times Poisson's"), rows)


def peaks(sizes: Sequence[int]) -> Table:
    """Measure the most memory before and after simulations that keep a summary, or all times."""
    rows = [
        (f"{keep}, {n:,} paths", *(f"{most:.0f} MB" for most in memory(n, keep)))
        for keep in ("summary", "samples")
        for n in sizes
    ]
    return Table("Memory at most, before and after", ("kept", "before", "after"), rows)


def table(what: str, size: str, times: dict[int, float]) -> Table:
    """Return the times as a table, with the time of one of what is counted."""
    rows = [(f"{k:,}", seconds(t), seconds(t / k)) for k, t in times.items()]
    return Table(f"{what} (exponent between the last two: {growth(times):.2f})", (size, "time", "each"), rows)


def main(quick: bool = False) -> list[Table]:
    """Measure all, print it, and return the tables."""
    shrink, rounds = (10, 1) if quick else (1, 3)
    sizes, sides = [10**k // shrink for k in (4, 5, 6)], (10, 20) if quick else (25, 50, 100, 200, 400)
    space = (1, 10, 100) if quick else (1, 10, 100, 1000)
    tables = [
        table("Simulated paths, Ornstein-Uhlenbeck process with resets", "paths", paths(sizes, rounds)),
        table("1000 paths in many dimensions", "dimensions", dimensions(space, 1000, rounds)),
        table("Cells of an exact diagram, Ornstein-Uhlenbeck process", "cells", cells(sides, rounds)),
        side_by_side(640_000 // shrink, rounds),
        protocols(8000 // shrink, 3 * rounds),
        peaks((10**5 // shrink, 10**7 // shrink)),
    ]
    for each in tables:
        print(each.caption, each.text(), sep="\n", end="\n\n")
    return tables


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes, one round")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = parser.parse_args()
    found = main(options.quick)
    if options.write:
        body = [f"Measured on {machine()}.", *(each.markdown() for each in found)]
        put("scaling", "\n\n".join(body), ROOT / "docs" / "benchmarks.md")
