"""How accurate are survival probabilities and densities?  ``python -m benchmarks.accuracy_in_time [--make]``.

All stored sets (`benchmarks.references_in_time`, 2,000 for each form, a third of them reset-free) go through
`rd.solve` with warnings as errors.  What is printed: the worst relative errors of ``survival(t)`` and of
``pdf(t)``, and how many sets are refused.

Errors are relative to the values themselves, as small as 1e-300.

The exit code is 1 where an error is above 1e-8 or a set is refused.  With ``--make`` the references are
computed anew, which takes hours; when interrupted, the next call goes on.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from typing import Any, NamedTuple

import numpy as np

import resetdyn as rd
from benchmarks.references_in_time import WIDTHS, load, make

LIMIT = 1e-8


class Checked(NamedTuple):
    """Relative errors of survival probability and density in each set."""

    errors: Any
    references: Any

    @property
    def refused(self) -> int:
        """How many sets have no answer: their errors are `nan`."""
        return int(np.isnan(self.errors).any(axis=1).sum())


def problem(form: str, rate: float, *own: float) -> rd.FirstPassage:
    """Return the problem that a set of parameters stands for."""
    reset = rd.Poisson(rate) if rate > 0 else rd.NoReset()
    match form:
        case "brownian":
            return rd.FirstPassage(rd.Brownian(1.0, drift=-own[0]), 1.0, rd.Level(0.0), reset)
        case "interval":
            return rd.FirstPassage(rd.Brownian(1.0, drift=own[0]), own[1], rd.Interval(0.0, 1.0), reset)
        case "ornstein_uhlenbeck":
            return rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), own[1], rd.Level(own[0]), reset)
        case "kummer":
            dim, start = int(own[0]), own[1]
            process = rd.OrnsteinUhlenbeck(np.eye(dim), np.zeros(dim), 1.0)
            return rd.FirstPassage(process, _along(start, dim), rd.Ball(np.zeros(dim), own[2]), reset)
    nu, target = own
    dim = round(2 - 2 * nu)
    if target > 0 and dim == 2 - 2 * nu >= 2:
        ball = rd.Ball(np.zeros(dim), target)
        return rd.FirstPassage(rd.Brownian(np.eye(dim)), _along(1.0, dim), ball, reset)
    process = rd.Langevin("c*log(x)", 1.0, parameters={"c": 2 * nu - 1})
    return rd.FirstPassage(process, 1.0, rd.Level(target), reset)


def _along(distance: float, dim: int) -> list[float]:
    return [distance, *[0.0] * (dim - 1)]


def check(form: str, sets: slice | list[int] = slice(None)) -> Checked:
    """Solve some of the stored sets of a form and compare."""
    rows = load(form)[sets]
    return Checked(np.array([_errors(form, row) for row in rows.tolist()]), rows[:, -1])


def _errors(form: str, row: list[float]) -> list[float]:
    *own, t, survival, density, _ = row
    result = rd.solve(problem(form, *own))
    try:
        return [abs(result.survival(t) - survival) / survival, abs(result.pdf(t) - density) / density]
    except ValueError:
        return [np.nan] * 2


def main() -> int:
    """Print what was found; return 1 where a limit is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--make", action="store_true", help="compute the references anew")
    if parser.parse_args().make:
        for form in WIDTHS:
            make(form)
    warnings.simplefilter("error")
    good = True
    for form in WIDTHS:
        found = check(form)
        worst, most = np.nanmax(found.errors, axis=0), np.nanquantile(found.errors, 0.99, axis=0)
        print(
            f"{form:20} {len(found.errors)} sets, {found.refused} refused: survival within {worst[0]:.1e} "
            f"(99 in 100 {most[0]:.1e}), density {worst[1]:.1e} ({most[1]:.1e}); "
            f"references within {found.references.max():.1e}",
            flush=True,
        )
        good &= found.refused == 0 and bool(np.all(worst < LIMIT))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
