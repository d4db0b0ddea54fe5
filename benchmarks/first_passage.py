"""How fast is a mean first-passage time known to 1 %?  Brownian motion, D = 1, from 1 to 0, resets at 2.5396.

    python -m benchmarks.first_passage

The total error is the bias plus one standard error.  resetdyn is timed until it gets there.  The plain numba
Euler loop (`np.random.normal`, absorption at step ends) would take minutes, so its time is EXTRAPOLATED: its
bias, measured at a few steps, grows as ``c sqrt(dt)``; its cost is paths times steps at the measured rate.
Of the 1 % it may spend a part on bias (which sets `dt`) and the rest on noise (which sets the number of
paths); the cheapest split is taken, so the comparison is the Euler loop at its best.  Both run in this
process, on one core, one after the other.  Where gcc is there, a C loop with resetdyn's own generator is
run beside them at equal step size, to show what the language alone gains.
"""

from __future__ import annotations

import argparse
import math
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit

import resetdyn as rd

RATE = 2.5396
EXACT = (math.exp(math.sqrt(RATE)) - 1) / RATE
TARGET = 0.01  # total error, relative
STEPS = (4e-3, 2e-3, 1e-3)
PROBLEM = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(RATE))


class Run(NamedTuple):
    """What a loop found, and what it took."""

    mean: float
    error: float
    steps: int
    seconds: float


@njit
def _euler(n: int, rate: float, dt: float) -> tuple[float, float, int]:
    sigma = math.sqrt(2 * dt)
    total = squares = 0.0
    steps = 0
    for _ in range(n):
        x = 1.0
        k = 0
        reset = math.ceil(np.random.exponential() / (rate * dt))  # noqa: NPY002
        while x > 0:
            x += sigma * np.random.normal()  # noqa: NPY002
            k += 1
            if k == reset and x > 0:
                x = 1.0
                reset += math.ceil(np.random.exponential() / (rate * dt))  # noqa: NPY002
        steps += k
        total += k * dt
        squares += (k * dt) ** 2
    mean = total / n
    return mean, math.sqrt((squares / n - mean**2) / n), steps


def plain_euler(n: int, dt: float) -> Run:
    """Run the plain numba loop (compiled beforehand)."""
    _euler(1, RATE, 0.1)
    began = time.perf_counter()
    mean, error, steps = _euler(n, RATE, dt)
    return Run(mean, error, steps, time.perf_counter() - began)


def c_euler(n: int, dt: float) -> Run | None:
    """Compile and run the same loop in C; None without gcc."""
    if shutil.which("gcc") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "euler"
        source = Path(__file__).with_name("euler.c")
        subprocess.run(["gcc", "-O3", "-march=native", source, "-o", program, "-lm"], check=True)
        began = time.perf_counter()
        words = subprocess.run(
            [program, str(n), str(RATE), str(dt), "1"], capture_output=True, text=True, check=True
        ).stdout.split()
        return Run(float(words[0]), float(words[1]), int(words[2]), time.perf_counter() - began)


def euler_seconds(runs: dict[float, Run]) -> tuple[float, float]:
    """Return the bias coefficient, ``bias = c sqrt(dt)`` relative, and the extrapolated time to 1 %."""
    roots = np.sqrt(np.array(list(runs)))
    bias = np.array([run.mean / EXACT - 1 for run in runs.values()])
    weight = np.array([(EXACT / run.error) ** 2 for run in runs.values()])
    c = float(np.sum(weight * roots * bias) / np.sum(weight * roots**2))
    steps_per_second = sum(run.steps for run in runs.values()) / sum(run.seconds for run in runs.values())
    # Steps = paths * mean / dt, with dt from the share of the error that is bias, paths from the rest.
    share = np.linspace(0.01, 0.99, 99)
    dt = (share * TARGET / c) ** 2
    paths = 1 / ((1 - share) * TARGET) ** 2  # the coefficient of variation is 1 at the optimal rate
    return c, float(np.min(paths * EXACT / dt) / steps_per_second)


def resetdyn_seconds(repeats: int) -> tuple[float, rd.FirstPassage]:
    """Return the shortest time to a standard error below 1 % (there is no bias), and the samples."""
    n = 10_100  # the coefficient of variation is 1, so 10 000 paths are 1 %
    seconds = []
    for repeat in range(repeats + 1):
        began = time.perf_counter()
        samples = rd.simulate(PROBLEM, n=n, rng=repeat)
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds[1:])), samples  # the first run loads the kernels


def main(paths: int = 100_000, repeats: int = 20) -> float:
    """Run all three, print what they took, and return the ratio."""
    ours, samples = resetdyn_seconds(repeats)
    print(f"resetdyn          {samples.n} paths in {ours:.2e} s (median of {repeats}): {samples.mean:.4f} ")
    print(f"                  +- {samples.error:.4f}; exact {EXACT:.4f}")
    runs = {dt: plain_euler(paths, dt) for dt in STEPS}
    for dt, run in runs.items():
        print(
            f"plain numba Euler dt={dt:g}: bias {run.mean / EXACT - 1:+.2%} +- {run.error / EXACT:.2%}, "
            f"{run.steps / run.seconds:.2e} steps/s"
        )
    coefficient, slow = euler_seconds(runs)
    ratio = slow / ours
    print(f"{'':18}bias {coefficient:.2f} sqrt(dt); 1 % total error EXTRAPOLATED to take {slow:.0f} s")
    beside = c_euler(paths, STEPS[-1])
    if beside is None:
        print("C loop            left out: gcc is not installed")
    else:
        same = runs[STEPS[-1]]
        gain = beside.steps / beside.seconds / (same.steps / same.seconds)
        print(f"C loop            dt={STEPS[-1]:g}: {gain:.1f} times as many steps/s, the same bias")
    print(f"ratio             {ratio:.0f} (must be at least 1000)")
    return ratio


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paths", type=int, default=100_000, help="paths of each Euler run")
    raise SystemExit(main(parser.parse_args().paths) < 1000)
