"""How accurate are optimal rates?  ``python -m benchmarks.accuracy_optima [--sets N]``.

Random searches (2,000 for each form by default) are drawn, `rd.optimal_reset` finds their best rate, and
mpmath, at 40 digits, the rate at which its own formula of the mean is stationary.  What is printed: the
relative error of the rate and that of the logarithm of the mean, how far the stated error of the rate goes,
and in how many sets it bounds the true one.  The exit code is 1 where a limit is missed.  Two processes share
the work.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Iterable
from multiprocessing import Pool
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np

import resetdyn as rd

LIMIT, COVERED = (
    1e-8,
    0.99,
)  # of the relative error of a rate; of the sets in which the stated error bounds it
_DIGITS = 40

Mean = Callable[[Any], Any]
Case = tuple[rd.FirstPassage, Mean]


class Found(NamedTuple):
    """Relative error of the rate, error of the logarithm of the mean, stated error, true error over it."""

    rate: Any
    log_mean: Any
    stated: Any
    share: Any

    @property
    def covered(self) -> float:
        """How often the stated error bounds the true one."""
        return float(np.mean(self.share <= 1))


def brownian(rng: np.random.Generator) -> Case:
    """Draw a search of Brownian motion, often close to the transition, and its mean in mpmath."""
    D, d = 10 ** rng.uniform(-2, 2, 2)
    peclet = 1 - 10 ** rng.uniform(-5, -1) if rng.random() < 0.3 else rng.uniform(-30, 0.9)
    v = 2 * peclet * D / d

    def mean(s: Any) -> Any:
        root = mp.sqrt(mp.mpf(v) ** 2 + 4 * mp.mpf(D) * s)
        return mp.expm1(d * (root - v) / (2 * mp.mpf(D))) / s

    return rd.FirstPassage(rd.Brownian(D, drift=-v), d, rd.Level(0.0)), mean


def interval(rng: np.random.Generator) -> Case:
    """Draw a drifted interval, and its mean in mpmath."""
    D, width = 10 ** rng.uniform(-1, 1, 2)
    u, drift = rng.uniform(0.01, 0.15), rng.uniform(-8, 8) * D / width
    x, beyond = u * width, width - u * width

    def mean(s: Any) -> Any:
        v = mp.mpf(drift) / (2 * mp.mpf(D))
        theta = mp.sqrt(v**2 + s / mp.mpf(D))
        whole = mp.sinh((mp.mpf(x) + beyond) * theta)
        low = mp.exp(-v * x) * mp.sinh(beyond * theta) / whole
        high = mp.exp(v * beyond) * mp.sinh(x * theta) / whole
        return (1 / (low + high) - 1) / s

    return rd.FirstPassage(rd.Brownian(D, drift=drift), x, rd.Interval(0.0, width)), mean


def ornstein_uhlenbeck(rng: np.random.Generator) -> Case:
    """Draw a trap with a target anywhere, and its mean in mpmath."""
    k, D = 10 ** rng.uniform(-1, 1, 2)
    scale = np.sqrt(D / k)
    level = rng.uniform(-6, 1)
    a, x = level * scale, (level + 10 ** rng.uniform(-1.5, -0.2)) * scale

    def mean(s: Any) -> Any:
        def transform(y: float) -> Any:
            z = mp.sqrt(mp.mpf(k) / mp.mpf(D)) * mp.mpf(y)
            return mp.exp(z * z / 4) * mp.pcfd(-s / mp.mpf(k), z)

        return (transform(a) / transform(x) - 1) / s

    return rd.FirstPassage(rd.OrnsteinUhlenbeck(k, 0.0, D), x, rd.Level(a)), mean


def optimal_rate(mean: Mean, near: float) -> Any:
    """Return the rate at which the mean in mpmath is stationary."""
    start, step = mp.log(near), mp.mpf(10) ** -9

    def slope(u: Any) -> Any:
        return mp.diff(lambda w: mp.log(mean(mp.exp(w))), u)

    return mp.exp(mp.findroot(slope, (start + step, start - step), tol=1e-50, verify=False))


FORMS: dict[str, Callable[[np.random.Generator], Case]] = {
    "brownian": brownian, "interval": interval, "ornstein_uhlenbeck": ornstein_uhlenbeck,
}  # fmt: skip


def one(task: tuple[str, int]) -> tuple[float, ...]:
    """Return the errors of one set, the draw of this number."""
    form, number = task
    problem, mean = FORMS[form](np.random.default_rng([20260, number, *form.encode()]))
    best = rd.optimal_reset(problem)
    with mp.workdps(_DIGITS):
        exact = optimal_rate(mean, best.rate)
        off = abs(float(best.rate - exact))
        return (
            off / float(exact),
            abs(float(best.log_mean - mp.log(mean(exact)))),
            best.error / best.rate,
            off / best.error if best.error else np.inf,
        )


def check(form: str, numbers: Iterable[int], map_: Callable[..., Any] = map) -> Found:
    """Compare the sets of these numbers."""
    return Found(*np.array(list(map_(one, [(form, number) for number in numbers]))).T)


def main() -> int:
    """Print what was found; return 1 where a limit is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=int, default=2000, help="sets of each form (default: 2000)")
    sets = parser.parse_args().sets
    warnings.simplefilter("error")
    good = True
    with Pool(2, initializer=os.nice, initargs=(10,)) as pool:
        for form in FORMS:
            found = check(form, range(sets), pool.map)
            print(
                f"{form:20} {sets} sets: rate within {found.rate.max():.1e} (99 in 100 "
                f"{np.quantile(found.rate, 0.99):.1e}), log of the mean within {found.log_mean.max():.1e}; "
                f"the error, {np.median(found.stated):.1e} typically, bounds it in {found.covered:.2%}",
                flush=True,
            )
            good &= bool(found.rate.max() < LIMIT) and found.covered >= COVERED
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
