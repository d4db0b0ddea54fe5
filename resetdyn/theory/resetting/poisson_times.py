"""Survival probability and density under Poisson resetting.

By inversion of their transforms; with pauses, which leave steps in time, by the renewal equation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.resets import Reset
from resetdyn.theory.numerics.inversion import ComplexArray, invert
from resetdyn.theory.passages.decay import decay_of
from resetdyn.theory.passages.passage import InvertiblePassage, Passage, TimedPassage
from resetdyn.theory.passages.timed import timed
from resetdyn.theory.resetting import renewal, renewal_times


def survival_function(
    reset: Reset, rate: float, start: Passage, to: Passage
) -> Callable[[FloatArray], FloatArray] | None:
    """Return the survival probability as a function of time; None where it is not known."""
    if rate == 0 and isinstance(start, TimedPassage):
        return start.survival
    if rate > 0 and not reset.free:
        return _with_pauses(renewal_times.survival_function, reset, start, to)
    own = getattr(start, "under_poisson", None)  # where an inversion would stumble over fronts
    if own is not None and reset.free and type(to) is type(start):
        return lambda times: own(rate, to, times)
    return _inverse(renewal.poisson_transform, reset, rate, start, to)


def density_function(
    reset: Reset, rate: float, start: Passage, to: Passage
) -> Callable[[FloatArray], FloatArray] | None:
    """Return the density of the first-passage time as a function of time; None where it is not known."""
    if rate > 0 and not reset.free:
        return _with_pauses(renewal_times.density_function, reset, start, to)
    own = getattr(start, "density_under_poisson", None)  # as above
    if own is not None and type(to) is type(start):
        return lambda times: own(rate, to, times)
    if rate == 0 and isinstance(start, TimedPassage) and hasattr(start, "edges"):
        return start.density
    return _inverse(renewal.poisson_density, reset, rate, start, to)


def _with_pauses(
    route: Callable[..., Any], reset: Reset, start: Passage, to: Passage
) -> Callable[[FloatArray], FloatArray] | None:
    if reset.return_speed is not None:
        return None
    first, later = timed(start), timed(to)
    return route(reset, first, later) if first and later else None


def _inverse(
    formula: Callable[..., ComplexArray], reset: Reset, rate: float, start: Passage, to: Passage
) -> Callable[[FloatArray], FloatArray] | None:
    """Return the inverse of a formula in the two ``1 / M``; None where they are not known."""
    if not (isinstance(start, InvertiblePassage) and isinstance(to, InvertiblePassage)):
        return None
    first, later = start, to

    def transform(s: ComplexArray) -> ComplexArray:
        with np.errstate(all="ignore"):  # what is not finite does not settle
            inverse = first.inverse_mean(rate + s)
            return formula(s, rate, inverse, inverse if later is first else later.inverse_mean(rate + s))

    @cache
    def shift() -> float:
        return decay_of(later, rate)

    return lambda times: np.asarray(invert(transform, times, shift()))
