"""How fast is `rd.simulate`?  ``python -m benchmarks.simulation``.

All sides run in this process, on one core, in turn, a little at a time, and are compared by the medians of
processor time, because the machine is noisy: what counts are the ratios.

- Steps per second at equal step size, against Euler's loop in numba with `np.random.normal`, against C with
  the very scheme of resetdyn (``loops.c``) and with Euler's, and against that scheme in lanes of vectors, in
  lock step (``lanes.c``): the machine's limit.  Steps are the time that paths took over the step.
- The time until a mean is known to 1 %, bias plus one standard error.  The plain loop would take minutes to
  hours, so its time is EXTRAPOLATED: its bias, measured at a few steps, grows as ``c sqrt(dt)``; its cost is
  paths times steps at the measured rate, with the cheapest split of the 1 % into bias and noise: the plain
  loop at its best.  resetdyn is timed at its default step, with a bias below 0.1 %, to a standard error of
  0.9 %.
- What two workers gain, and how long a new process takes to its first mean.
"""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

import resetdyn as rd
from benchmarks.loops import Loop
from benchmarks.searches import CASES, Case
from benchmarks.theory import Limit
from resetdyn.simulation.streams import CHUNK

TOTAL, OWN_BIAS = 0.01, 0.001  # relative errors
AGAINST_PLAIN = {"Brownian motion": 10_000, "Ornstein-Uhlenbeck": 2000, "double well, a formula": 100}
_STARTUP = """
import time; began = time.perf_counter()
import resetdyn as rd
process = rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5)
rd.simulate(rd.FirstPassage(process, 0.5, rd.Level(0.0), rd.Poisson(1.0)), n=1000, rng=1)
print(time.perf_counter() - began, time.process_time())
"""


def in_turn(sides: dict[str, Callable[[], float]], repeats: int) -> dict[str, float]:
    """Return the median of what each side returns; they take turns."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, side in sides.items():
            found[name].append(side())
    return {name: float(np.median(values)) for name, values in found.items()}


def nanoseconds(case: Case, repeats: int, steps: float) -> dict[str, float]:
    """Return what a step takes each side, at equal step size, in runs of about so many steps."""
    n = max(64, int(steps * case.dt / case.exact.mean))

    def side(loop: Loop) -> Callable[[], float]:
        return lambda: 1e9 / loop(n, case.dt).steps(case.dt)

    return in_turn({name: side(loop) for name, loop in case.loops.items() if loop is not None}, repeats)


def extrapolated(case: Case, seconds: float) -> tuple[float, float]:
    """Return the coefficient of the plain loop's bias, relative, and the time until it is at 1 %.

    The bias is that of the same loop in C, if there is one, from runs of about so many seconds.
    """
    plain, mean = case.loops["plain"], case.exact.mean
    assert plain is not None
    speed = np.median([plain(100, dt).steps(dt) for dt in (*case.fits, *case.fits)])
    loop = case.loops["C Euler"] or plain
    rate = loop(100, case.fits[0]).steps(1.0)
    runs = [loop(max(100, int(seconds * rate / mean * dt / case.fits[0])), dt) for dt in case.fits]
    roots, bias, error = (
        np.sqrt(case.fits),
        *np.array([[run.mean / mean - 1, run.error / mean] for run in runs]).T,
    )
    c = float(np.sum(roots * bias / error**2) / np.sum((roots / error) ** 2))
    share = np.linspace(0.01, 0.99, 99)  # of the error that is bias
    dt = (share * TOTAL / c) ** 2
    paths = variation(case) / ((1 - share) * TOTAL) ** 2
    return c, float(np.min(paths * mean / dt) / speed)


def variation(case: Case) -> float:
    """Return the squared coefficient of variation."""
    return case.exact.moment(2) / case.exact.mean**2 - 1


def to_one_percent(case: Case, repeats: int) -> tuple[float, Any]:
    """Return the median time of a whole call of `rd.simulate`, and the last result."""
    n = math.ceil(variation(case) / (TOTAL - OWN_BIAS) ** 2)
    seconds, samples = [], None
    for repeat in range(repeats + 1):
        began = time.process_time()
        samples = rd.simulate(case.problem, n=n, rng=repeat)
        seconds.append(time.process_time() - began)
    return float(np.median(seconds[1:])), samples  # the first call loads the kernels


def gain_of_workers(chunks: int, repeats: int) -> tuple[float, float]:
    """Return how much sooner two workers are done than one, and two threads with a loop in C each.

    What workers share out are chunks of paths, an even number of them here.  The gain is by the shortest of
    some runs, as other work on the machine takes from two what it leaves to one; that in C is what the
    machine would give.
    """
    case, dt, n = CASES[2], 0.01, chunks * CHUNK
    loop = case.loops["C"]

    def ours(workers: int) -> float:
        began = time.perf_counter()
        rd.simulate(case.problem, n=n, dt=dt, rng=1, workers=workers)
        return time.perf_counter() - began

    def in_c(workers: int) -> float:
        began = time.perf_counter()
        if loop is not None:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(lambda _: loop(n // 2, dt), range(2)))
        return time.perf_counter() - began

    sides = [lambda: ours(1), lambda: ours(2), lambda: in_c(1), lambda: in_c(2)]
    shortest = np.min([[side() for side in sides] for _ in range(repeats)], axis=0)
    return float(shortest[0] / shortest[1]), float(shortest[2] / shortest[3])


def startup(repeats: int) -> tuple[float, float]:
    """Return the shortest times, on the clock and of the processor, from the import to a first mean.

    The processes find the kernels compiled; the first of them made sure of it.
    """
    found = []
    for _ in range(repeats + 1):
        done = subprocess.run([sys.executable, "-c", _STARTUP], capture_output=True, text=True, check=True)
        found.append([float(word) for word in done.stdout.split()])
    wall, processor = np.min(found[1:], axis=0)
    return float(wall), float(processor)


def _compared(case: Case, repeats: int, steps: float) -> list[Limit]:
    took = nanoseconds(case, repeats, steps)
    print(f"{case.name}: ns a step at dt={case.dt:g}: " + ", ".join(f"{a} {b:.2f}" for a, b in took.items()))
    own = took["resetdyn"]
    print(f"    {took['plain'] / own:.1f} times the plain loop at equal step size", end="")
    if "C" not in took:
        print("; C left out: gcc is not installed")
        return []
    print(f", {took['C'] / own:.2f} times C, {took['C Euler'] / own:.2f} times Euler in C", end="")
    print(f", {took['lanes'] / own:.2f} times C in lanes" if "lanes" in took else "")
    least = 0.8 if "well" not in case.name else 0.7
    return [Limit(f"{case.name}: times C, equal steps", took["C"] / own, least, True)]


def _until_known(case: Case, repeats: int, seconds: float) -> list[Limit]:
    own, samples = to_one_percent(case, repeats)
    c, slow = extrapolated(case, seconds)
    print(
        f"{case.name}: 1 % in {own:.2e} s, {samples.n} paths ({samples.mean / case.exact.mean - 1:+.2%} +- "
        f"{samples.error / case.exact.mean:.2%}; {samples.method})\n    plain loop: bias {c:.2f} sqrt(dt), "
        f"EXTRAPOLATED to take {slow:.3g} s"
    )
    return [
        Limit(
            f"{case.name}: times the plain loop, to 1 %", slow / own, AGAINST_PLAIN.get(case.name, 10), True
        )
    ]


def main(repeats: int = 9, steps: float = 1e7, seconds: float = 2.0) -> list[Limit]:
    """Run all, print what was found, and return the figures that have limits."""
    figures = [figure for case in CASES for figure in _compared(case, repeats, steps)]
    figures += [figure for case in CASES for figure in _until_known(case, 5, seconds)]
    gain, possible = gain_of_workers(32, 9)
    print(f"two threads of C, each with a loop of its own: {possible:.2f} times one")
    figures.append(Limit("two workers: times one", gain, 1.8, True))
    wall, processor = startup(5)
    print(f"start-up of a second process: {wall:.2f} s on the clock, {processor:.2f} s of the processor")
    figures.append(Limit("start-up of a second process (s of the processor)", processor, 1.0, False))
    print("\n".join(map(str, figures)))
    return figures


if __name__ == "__main__":
    raise SystemExit(not all(figure.holds for figure in main()))
