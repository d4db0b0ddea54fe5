"""Exact first passage under resetting: which routes there are, and what each one needs."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf

import numpy as np

from resetdyn.problems import FirstPassage
from resetdyn.resets import NoReset, Poisson, Sharp
from resetdyn.results import FirstPassageResult
from resetdyn.theory import renewal
from resetdyn.theory.from_survival import sharp_result
from resetdyn.theory.interval import IntervalPassage
from resetdyn.theory.inversion import ComplexArray, invert
from resetdyn.theory.passage import InvertiblePassage, Passage, TimedPassage, passages


def by_transform(problem: FirstPassage) -> FirstPassageResult | None:
    """Take Poisson resetting (or none) from the Laplace transform of the reset-free first passage."""
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
        ends=_ends(rate, start, to),
    )


def by_survival(problem: FirstPassage) -> FirstPassageResult | None:
    """Take resetting with a fixed period from the closed-form survival probability."""
    if not isinstance(problem.reset, Sharp):
        return None
    start, to = passages(problem) or (None, None)
    if not (isinstance(start, TimedPassage) and isinstance(to, TimedPassage)):
        return None
    return sharp_result(problem, f"survival: {start.timed_method}", problem.reset.period, start, to)


def _poisson_survival(rate: float, start: Passage, to: Passage) -> Callable[[float], float] | None:
    if rate == 0 and isinstance(start, TimedPassage):
        return lambda t: float(start.survival(np.asarray(t)))
    if not (isinstance(start, InvertiblePassage) and isinstance(to, InvertiblePassage)):
        return None

    def transform(s: ComplexArray) -> ComplexArray:
        return renewal.poisson_transform(s, rate, start.inverse_mean(rate + s), to.inverse_mean(rate + s))

    return lambda t: 1.0 if t == 0 else invert(transform, t)


def _ends(rate: float, start: Passage, to: Passage) -> tuple[float, float] | None:
    """Return how likely each end of an interval is: left at once, or after resets."""
    if not (isinstance(start, IntervalPassage) and isinstance(to, IntervalPassage)):
        return None
    low = start.share_low(rate)
    if to is not start and rate > 0:
        hit = renewal.reached_first(rate, start)
        low = hit * low + (1 - hit) * to.share_low(rate)
    return low, 1 - low


ROUTES: dict[str, Callable[[FirstPassage], FirstPassageResult | None]] = {
    "transform": by_transform,
    "survival": by_survival,
}
