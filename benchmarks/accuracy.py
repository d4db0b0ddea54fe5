"""How accurate are the closed forms?  ``python -m benchmarks.accuracy [--make]``.

All stored reference sets (`benchmarks.references`, 2,100 for each form) go through `rd.solve` with warnings
as errors, and what is found is printed: the relative errors of the mean, its logarithm (absolute where that
is below 1), the second and the third moment and, for an interval, of the share of the low end; in how many
sets `result.error` bounds the true error of the mean, and how tightly.  The exit code is 1 where a limit is
missed.  With ``--make`` the references are computed anew, which takes some minutes.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from typing import Any, NamedTuple

import numpy as np

import resetdyn as rd
from benchmarks.references import FORMS, load, make

LIMIT = 1e-10
COVERED = 0.99
QUANTITIES = ("mean", "second", "third", "log_mean", "share")
_LARGEST = 1e300


class Checked(NamedTuple):
    """The errors of each set, by quantity, and the true error of the mean over the estimated one."""

    errors: Any
    ratios: Any

    @property
    def covered(self) -> float:
        """How often the estimate bounds the true error."""
        return float(np.mean(self.ratios[np.isfinite(self.ratios)] <= 1))


def problem(form: str, rate: float, first: float, second: float = 0.0) -> rd.FirstPassage:
    """Return the problem that a set of parameters stands for."""
    reset = rd.Poisson(rate) if rate > 0 else rd.NoReset()
    match form:
        case "brownian":
            return rd.FirstPassage(rd.Brownian(1.0, drift=-first), 1.0, rd.Level(0.0), reset)
        case "interval":
            return rd.FirstPassage(rd.Brownian(1.0, drift=first), second, rd.Interval(0.0, 1.0), reset)
    return rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), second, rd.Level(first), reset)


def check(form: str, sets: slice | list[int] = slice(None)) -> Checked:
    """Solve some of the stored sets of a form and compare."""
    parameters, values = load(form)
    found = [
        compared(form, *row) for row in zip(parameters[sets].tolist(), values[sets].tolist(), strict=True)
    ]
    return Checked(np.array([errors for errors, _ in found]), np.array([ratio for _, ratio in found]))


def compared(form: str, own: list[float], known: list[float]) -> tuple[list[float], float]:
    """Return the errors of one set, and the true error of its mean over the estimated one."""
    result = rd.solve(problem(form, *own))
    mean, second, third, log_mean = known[:4]
    errors = [
        relative(result.mean, mean),
        relative(result.moment(2), second),
        relative(result.moment(3), third),
        0.0 if result.log_mean == log_mean else abs(result.log_mean - log_mean) / max(1.0, abs(log_mean)),
        relative(result.ends[0], known[4]) if result.ends and known[4] > 1 / _LARGEST else 0.0,
    ]
    return errors, errors[0] * mean / result.error if result.error > 0 else np.inf


def relative(value: float, known: float) -> float:
    """Return the relative error of a value."""
    if known == np.inf or value == np.inf:  # from 1e300 on a mean may be infinite
        return 0.0 if value > _LARGEST and known > _LARGEST else np.inf
    return abs(value / known - 1)


def main() -> int:
    """Print what was found; return 1 where a limit is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--make", action="store_true", help="compute the references anew")
    if parser.parse_args().make:
        make()
    warnings.simplefilter("error")
    good = True
    for form in FORMS:
        found = check(form)
        worst, most = found.errors.max(axis=0), np.quantile(found.errors, 0.99, axis=0)
        for name, a, b in zip(QUANTITIES, worst, most, strict=True):
            print(f"{form:20} {name:9} worst {a:8.1e}   99 in 100 below {b:8.1e}")
        finite = found.ratios[np.isfinite(found.ratios)]
        print(
            f"{form:20} {len(found.errors)} sets; result.error bounds the true error in {found.covered:.2%}, "
            f"which is {np.median(finite):.2g} of it typically"
        )
        good &= bool(np.all(worst < LIMIT)) and found.covered >= COVERED
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
