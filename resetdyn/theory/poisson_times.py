"""Survival probability and density under Poisson resetting, by inversion of their transforms."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import inf

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.resets import Reset
from resetdyn.theory import renewal
from resetdyn.theory.inversion import ComplexArray, dominant_pole, invert
from resetdyn.theory.passage import InvertiblePassage, Passage, TimedPassage

# Steps in which a wary function is followed, in units of its value at 0, and when to be content.
_STEPS = [1e-6, 1e-3, 0.03, *(1.25**k for k in range(-13, 20))]
_REAL, _NEAR, _FAILURES = 1e-6, 1e-9, 3


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
        return decay_rate(lambda s: later.inverse_mean(rate + s) + s, later.wary)

    return lambda times: np.asarray(invert(transform, times, shift()))


def decay_rate(function: Callable[[ComplexArray], ComplexArray], wary: bool = False) -> float:
    """Return the dominant singularity, where ``1 / M + s`` first vanishes or ends left of 0.

    A `wary` function may fail to the left of it, after long: it is asked step by step.
    """
    if not wary:
        return dominant_pole(function)

    def value(s: float) -> float | None:
        try:
            answer = complex(function(np.array([s], dtype=complex))[0])
        except ValueError:
            return None
        return answer.real if abs(answer.imag) <= _REAL * abs(answer.real) else -inf

    at_zero = value(0.0)
    if at_zero is None or not 0 < at_zero < inf:
        return 0.0
    inside, outside, failures = 0.0, -inf, 0
    for step in _STEPS:
        tried = value(-at_zero * step)
        if tried is None or tried <= 0:
            outside, failures = -at_zero * step, int(tried is None)
            break
        inside = -at_zero * step
    while outside > -inf and failures < _FAILURES and outside < inside * (1 + _NEAR):
        middle = (inside + outside) / 2
        tried = value(middle)
        failures += tried is None
        inside, outside = (inside, middle) if tried is None or tried <= 0 else (middle, outside)
    return inside
