"""Exact first passage under resetting: which routes there are, and what each one needs."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage
from resetdyn.resets import NoReset, Poisson, Sharp
from resetdyn.results import FirstPassageResult
from resetdyn.theory import renewal
from resetdyn.theory.inversion import invert
from resetdyn.theory.passage import TimedPassage, passages
from resetdyn.theory.renewal_survival import sharp_result


def by_transform(problem: FirstPassage) -> FirstPassageResult | None:
    """Poisson resetting (or none), from the Laplace transform of the reset-free first passage."""
    pair = passages(problem) if isinstance(problem.reset, NoReset | Poisson) else None
    if pair is None:
        return None
    start, to = pair
    rate = getattr(problem.reset, "rate", 0.0)
    log_mean = renewal.log_mean(rate, start, to)
    mean = exp(log_mean) if log_mean < renewal.LOG_MAX else inf
    precision = start.precision * (1 + abs(log_mean)) if np.isfinite(mean) else 0.0

    return FirstPassageResult(
        problem=problem,
        method=f"transform: {start.method}",
        mean=mean,
        error=precision * mean if precision else 0.0,
        moments=lambda order: renewal.poisson_moment(order, rate, start, to),
        survival_function=_poisson_survival(rate, start, to),
    )


def by_survival(problem: FirstPassage) -> FirstPassageResult | None:
    """Resetting with a fixed period, from the closed-form survival probability."""
    pair = passages(problem) if isinstance(problem.reset, Sharp) else None
    if pair is None or not isinstance(pair[0], TimedPassage):
        return None
    start, to = pair
    return sharp_result(
        problem, f"survival: {start.method}", problem.reset.period, (start.survival, start.reached),
        (to.survival, to.reached),
    )  # fmt: skip


def _poisson_survival(rate: float, start: Any, to: Any) -> Callable[[float], float] | None:
    if rate == 0 and isinstance(start, TimedPassage):
        return lambda t: float(start.survival(np.asarray(t)))
    if not hasattr(start, "log_mean_complex"):
        return None

    def transform(s: FloatArray) -> FloatArray:
        return renewal.poisson_transform(s, rate, start.log_mean_complex, to.log_mean_complex)

    return lambda t: 1.0 if t == 0 else invert(transform, t)


ROUTES: dict[str, Callable[[FirstPassage], FirstPassageResult | None]] = {
    "transform": by_transform,
    "survival": by_survival,
}
