r"""Survival probability and density under Poisson resetting.

By inversion of their transforms; with pauses, which leave steps in time, by the renewal equation.  With
``Q~_x = (1 - T~_x) / (r + s)``, all taken at ``r + s``, that of the survival probability is

    Q~ = (1 - T~_x) / (s + r T~_y),

and that of the density ``1 - s Q~ = T~_x + r Q~_x (r + s) T~_y / (s + r T~_y)``: arrivals before the first
reset, which have the density without resets times ``e^(-r t)``, and after it, neither of which cancels.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.resets import Reset
from resetdyn.theory.numerics.inversion import ComplexArray, Transform, invert
from resetdyn.theory.passages.carried import Precise
from resetdyn.theory.passages.decay import decay_of, density_of_inverse
from resetdyn.theory.passages.passage import InvertiblePassage, Passage, TimedPassage
from resetdyn.theory.passages.timed import timed
from resetdyn.theory.resetting import renewal_times

# Resets, and units of time of the largest force, until which poles off the axis matter.
_FEW_RESETS, _FEW_DELAYS = 40.0, 2e4
# Resets after which nothing is left of those that have not been reset.
_NEVER = 740.0


def survival_function(
    reset: Reset, rate: float, start: Passage, to: Passage
) -> Callable[[FloatArray], FloatArray] | None:
    """Return the survival probability as a function of time; None where it is not known."""
    if rate == 0 and isinstance(start, TimedPassage):
        return start.survival
    alone = getattr(start, "free_survival", None)
    if rate == 0 and alone is not None:
        return lambda times: np.asarray(alone(times))
    if rate > 0 and not reset.free:
        return _with_pauses(renewal_times.survival_function, reset, start, to)
    own = getattr(start, "under_poisson", None)  # where an inversion would stumble over fronts
    if own is not None and reset.free and type(to) is type(start):
        return lambda times: own(rate, to, times)
    if not (isinstance(start, InvertiblePassage) and isinstance(to, InvertiblePassage)):
        return None
    return _inverse(_survival(rate, start, to), rate, start, to, lambda missed, _: missed)


def density_function(
    reset: Reset, rate: float, start: Passage, to: Passage
) -> Callable[[FloatArray], FloatArray] | None:
    """Return the density of the first-passage time as a function of time; None where it is not known."""
    if rate > 0 and not reset.free:
        return _with_pauses(renewal_times.density_function, reset, start, to)
    own = getattr(start, "density_under_poisson", None)  # as above
    if own is not None and type(to) is type(start):
        return lambda times: own(rate, to, times)
    before = _reset_free_density(start)
    if rate == 0:
        return before
    if before is None or not (isinstance(start, InvertiblePassage) and isinstance(to, InvertiblePassage)):
        return None
    after = _inverse(_after_resets(rate, start, to), rate, start, to, lambda missed, hit: rate * missed * hit)

    def density(times: FloatArray) -> FloatArray:
        values, soon = after(times), rate * times < _NEVER
        if soon.any():
            values[soon] += np.exp(-rate * times[soon]) * before(times[soon])
        return values

    return density


def _with_pauses(
    route: Callable[..., Any], reset: Reset, start: Passage, to: Passage
) -> Callable[[FloatArray], FloatArray] | None:
    if reset.return_speed is not None:
        return None
    first, later = timed(start), timed(to)
    return route(reset, first, later) if first and later else None


def _survival(rate: float, start: InvertiblePassage, to: InvertiblePassage) -> Transform:
    def transform(s: ComplexArray) -> ComplexArray:
        _, free, renewed = to.inverses(s, rate)
        return 1 / renewed if start is to else free / (start.inverses(s, rate)[1] * renewed)

    return transform


def _after_resets(rate: float, start: InvertiblePassage, to: InvertiblePassage) -> Transform:
    def transform(s: ComplexArray) -> ComplexArray:
        inverse, free, renewed = to.inverses(s, rate)
        return rate * inverse / ((free if start is to else start.inverses(s, rate)[1]) * renewed)

    return transform


def _reset_free_density(start: Passage) -> Callable[[FloatArray], FloatArray] | None:
    known = getattr(start, "density", None)
    if known is not None and getattr(type(start), "density", None) is not TimedPassage.density:
        return known
    if not isinstance(start, InvertiblePassage):
        return None
    passage, shift = start, cache(lambda: decay_of(start))
    return lambda times: density_of_inverse(passage, times, shift())


def _inverse(
    transform: Transform,
    rate: float,
    start: InvertiblePassage,
    to: InvertiblePassage,
    above: Callable[[Any, Any], Any],
) -> Callable[[FloatArray], FloatArray]:
    """Return the inverse of the transform, which is ``above(1 - T~_x, T~_y) / (s + r T~_y)``."""
    shift = cache(lambda: decay_of(to, rate))
    force = max(start.bend, to.bend) if rate > 0 else 0.0

    def quietly(s: ComplexArray) -> ComplexArray:
        with np.errstate(all="ignore"):  # what is not finite does not settle
            return transform(s)

    def in_digits(s: list[Any]) -> list[Any]:
        moved = [rate + p for p in s]
        later = to.hits_in_digits(moved)  # type: ignore[attr-defined]
        first = later if start is to else start.hits_in_digits(moved)  # type: ignore[attr-defined]
        return [
            above(missed, hit) / (p + rate * hit)
            for p, (_, missed), (hit, _) in zip(s, first, later, strict=True)
        ]

    precise = in_digits if isinstance(start, Precise) and isinstance(to, Precise) else None

    def inverse(times: FloatArray) -> FloatArray:
        # Resets after a sharp delay put poles off the axis.
        matter = (rate * times < _FEW_RESETS) & (force * times < _FEW_DELAYS)
        bend = np.where(matter, force + rate, 0.0) if force > 0 else 0.0
        return np.asarray(invert(quietly, times, shift(), bend, precise))

    return inverse
