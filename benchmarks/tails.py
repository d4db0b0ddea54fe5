"""How often does `rd.advise` say that a mean or a variance is not there?  ``python -m benchmarks.tails``.

Times are drawn from laws with and without a mean and a variance.  Printed, for each law and number of runs:
per cent of the trials in which it is said that there is no mean / no variance.  Where there is one that is a
false alarm; where there is none the rest are missed.  ``--quick`` takes a tenth of the trials.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from resetdyn.advice.tail import largest, tail_of

SIZES = (300, 1000, 3000, 10_000, 100_000)


class Kind(NamedTuple):
    """A law of times: how to draw them, and what it has."""

    name: str
    draw: Callable[[Any, int], Any]
    has_mean: bool = True
    has_variance: bool = True


def _mixed(share: float, slow: float) -> Callable[[Any, int], Any]:
    return lambda rng, n: rng.exponential(np.where(rng.random(n) < share, slow, 1.0))


KINDS = (
    Kind("exponential", lambda rng, n: rng.exponential(size=n)),
    Kind("lognormal, sigma 1.5", lambda rng, n: rng.lognormal(sigma=1.5, size=n)),
    Kind("lognormal, sigma 2", lambda rng, n: rng.lognormal(sigma=2.0, size=n)),
    Kind("Weibull, shape 0.3", lambda rng, n: rng.weibull(0.3, size=n)),
    Kind("inverse Gaussian, Pe 0.05", lambda rng, n: rng.wald(1.0, 0.05, size=n)),
    Kind("10 % a hundred times slower", _mixed(0.1, 100.0)),
    Kind("3 % thirty times slower", _mixed(0.03, 30.0)),
    Kind("1 % a thousand times slower", _mixed(0.01, 1000.0)),
    Kind("0.5 % 200 times slower", _mixed(0.005, 200.0)),
    Kind("Pareto, index 2.5", lambda rng, n: rng.pareto(2.5, size=n)),
    Kind("Pareto, index 1.5", lambda rng, n: rng.pareto(1.5, size=n), has_variance=False),
    Kind("Pareto, index 0.8", lambda rng, n: rng.pareto(0.8, size=n), False, False),
    Kind("first passage, no drift", lambda rng, n: 0.5 / rng.normal(size=n) ** 2, False, False),
)


def said(kind: Kind, n: int, trials: int, rng: Any) -> tuple[float, float]:
    """Return in which share of the trials it is said that there is no mean, and no variance."""
    found = []
    for _ in range(trials):
        times = kind.draw(rng, n)
        k = largest(n)
        tail = tail_of(np.partition(times, n - k)[n - k :])
        found.append((False, False) if tail is None else (not tail.mean_exists, not tail.variance_exists))
    no_mean, no_variance = np.mean(found, axis=0)
    return float(no_mean), float(no_variance)


def main(argv: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tails", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the trials")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(argv)
    print("| law | " + " | ".join(f"{n:,}" for n in SIZES) + " |\n|---" + "|---:" * len(SIZES) + "|")
    for kind in KINDS:
        cells = []
        for n in SIZES:
            trials = (400 if n < 10_000 else 200 if n < 100_000 else 50) // (10 if asked.quick else 1)
            rng = np.random.default_rng([asked.seed, KINDS.index(kind), n])
            no_mean, no_variance = said(kind, n, trials, rng)
            cells.append(f"{100 * no_mean:.0f} / {100 * no_variance:.0f}")
        missing = "" if kind.has_variance else " (no mean)" if not kind.has_mean else " (no variance)"
        print(f"| {kind.name}{missing} | " + " | ".join(cells) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
