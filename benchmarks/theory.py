"""How fast is exact theory?  Phase diagrams and single answers, as ratios within one run.

    python -m benchmarks.theory

- A 100 x 100 Ornstein-Uhlenbeck diagram (reset rate x diffusion) against `mpmath.pcfd` cell by cell, which is
  what one would write by hand.  pcfd is timed on some of the cells and its time for all of them EXTRAPOLATED;
  it gives the means alone, ours also the optimum, the boundary and the transition of every column.
- The same diagram of a double well, a potential of the user's own, against the Ornstein-Uhlenbeck one.
- One warm `rd.solve` of a closed form, and of a potential.

All run in this process, on one core, one after the other; the median of some repeats counts.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np

import resetdyn as rd

DIFFUSIONS = np.geomspace(0.1, 10, 100)
RATES = np.linspace(0.05, 10, 100)
CENTER, START = 1.5, 0.5  # the trap of the README: its centre behind the start, the target at 0


class Limit(NamedTuple):
    """A figure, and what it must be."""

    name: str
    value: float
    limit: float
    above: bool

    @property
    def holds(self) -> bool:
        """Whether the figure is within its limit."""
        return self.value >= self.limit if self.above else self.value <= self.limit

    def __str__(self) -> str:
        relation = "at least" if self.above else "at most"
        return f"{self.name:<58}{self.value:>10.3g}  ({relation} {self.limit:g})"


def trap(diffusion: float, reset_rate: float) -> rd.FirstPassage:
    """Build a cell of the Ornstein-Uhlenbeck diagram: up the slope of a trap to the origin."""
    process = rd.OrnsteinUhlenbeck(1.0, CENTER, diffusion)
    return rd.FirstPassage(process, START, rd.Level(0.0), rd.Poisson(reset_rate))


def well(diffusion: float, reset_rate: float) -> rd.FirstPassage:
    """Build a cell of the double well's diagram: from one well over the barrier to the other."""
    process = rd.Langevin("x**4/4 - x**2/2", diffusion)
    return rd.FirstPassage(process, -1.0, rd.Level(1.0), rd.Poisson(reset_rate))


def by_pcfd(diffusion: float, rate: float) -> float:
    """Return the mean of one cell from parabolic-cylinder functions, as one would write it by hand."""
    z, a = ((mpmath.mpf(place) - CENTER) / mpmath.sqrt(diffusion) for place in (START, 0.0))
    hit = mpmath.exp((z**2 - a**2) / 4) * mpmath.pcfd(-rate, z) / mpmath.pcfd(-rate, a)
    return float((1 / hit - 1) / rate)


def median_seconds(run: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Return the median time of a call, after one that warms up, and its last result."""
    run()
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds)), result


def diagram(build: Callable[..., Any], size: int) -> Any:
    """Return the diagram of the means, with its optimum, boundary and transitions."""
    picked = np.linspace(0, 99, size).astype(int)
    x, y = ("diffusion", DIFFUSIONS[picked]), ("reset_rate", RATES[picked])
    return rd.phase_diagram(build, x=x, y=y, quantity="mean", progress=False)


def cell_by_cell(cells: int) -> tuple[float, dict[tuple[int, int], float]]:
    """Return the seconds a cell takes by pcfd, and the means of some cells."""
    picked = np.random.default_rng(0).integers(0, 100, size=(cells, 2))
    began = time.perf_counter()
    means = {(i, j): by_pcfd(DIFFUSIONS[j], RATES[i]) for i, j in picked.tolist()}
    return (time.perf_counter() - began) / len(means), means


def main(size: int = 100, cells: int = 300, repeats: int = 5) -> list[Limit]:
    """Run all, print what they took, and return the figures with their limits."""
    ours, trapped = median_seconds(lambda: diagram(trap, size), repeats)
    wells, _ = median_seconds(lambda: diagram(well, size), repeats)
    cell, means = cell_by_cell(cells)
    print(f"Ornstein-Uhlenbeck diagram, {size} x {size}: {ours:.3f} s; double well: {wells:.3f} s")
    print(
        f"mpmath.pcfd: {cell * 1e3:.2f} ms a cell, {cell * size**2:.1f} s for all EXTRAPOLATED from {cells}"
    )
    if size == len(RATES):
        gaps = [abs(trapped.values[i, j] / mean - 1) for (i, j), mean in means.items()]
        print(f"largest difference from pcfd in those cells: {max(gaps):.1e}")
    one, two = trap(0.5, 1.0), well(0.1, 0.5)
    closed, _ = median_seconds(lambda: [rd.solve(one).mean for _ in range(200)], repeats)
    potential, _ = median_seconds(lambda: [rd.solve(two).mean for _ in range(20)], repeats)
    figures = [
        Limit("diagram: times as fast as pcfd cell by cell", cell * size**2 / ours, 200, True),
        Limit("diagram: double well over Ornstein-Uhlenbeck (time)", wells / ours, 5, False),
        Limit("one solve, closed form (ms)", closed / 200 * 1e3, 0.2, False),
        Limit("one solve, potential (ms)", potential / 20 * 1e3, 2, False),
    ]
    print("\n".join(map(str, figures)))
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100, help="cells along each side (default: 100)")
    raise SystemExit(not all(figure.holds for figure in main(parser.parse_args().size)))
