"""Survival probability and density under Poisson resetting, by inversion of their transforms."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.resets import Reset
from resetdyn.theory import renewal
from resetdyn.theory.inversion import ComplexArray, dominant_pole, invert
from resetdyn.theory.passage import InvertiblePassage, Passage, TimedPassage


def survival_function(
    reset: Reset, rate: float, start: Passage, to: Passage
) -> Callable[[FloatArray], FloatArray] | None:
    """Return the survival probability as a function of time; None where it is not known."""
    if rate == 0 and isinstance(start, TimedPassage):
        return start.survival
    own = getattr(start, "under_poisson", None)  # where an inversion would stumble over fronts
    if own is not None and reset.free and type(to) is type(start):
        return lambda times: own(rate, to, times)
    return _inverse(renewal.poisson_transform, reset, rate, start, to)


def density_function(
    reset: Reset, rate: float, start: Passage, to: Passage
) -> Callable[[FloatArray], FloatArray] | None:
    """Return the density of the first-passage time as a function of time; None where it is not known."""
    return _inverse(renewal.poisson_density, reset, rate, start, to)


def _inverse(
    formula: Callable[..., ComplexArray], reset: Reset, rate: float, start: Passage, to: Passage
) -> Callable[[FloatArray], FloatArray] | None:
    """Return the inverse of a formula in the two ``1 / M``; None where they are not known."""
    if not (isinstance(start, InvertiblePassage) and isinstance(to, InvertiblePassage)):
        return None
    if rate > 0 and not reset.free:
        return None
    first, later = start, to

    def transform(s: ComplexArray) -> ComplexArray:
        with np.errstate(all="ignore"):  # what is not finite does not settle
            inverse = first.inverse_mean(rate + s)
            return formula(s, rate, inverse, inverse if later is first else later.inverse_mean(rate + s))

    @cache
    def shift() -> float:
        return decay_rate(lambda s: later.inverse_mean(rate + s) + s)

    return lambda times: np.asarray(invert(transform, times, shift()))


def decay_rate(function: Callable[[ComplexArray], ComplexArray]) -> float:
    """Return the dominant singularity, where ``1 / M + s`` first vanishes or ends left of 0."""

    def known(s: ComplexArray) -> ComplexArray:
        try:
            return function(s)
        except ValueError:  # beyond a branch point the motion may have no solution: one by one
            if len(s) == 1:
                return np.full(1, np.nan, dtype=complex)
            return np.concatenate([known(half) for half in np.array_split(s, 2)])

    return dominant_pole(known)
