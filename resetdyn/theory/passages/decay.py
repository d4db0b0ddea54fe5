"""The rate at which a survival probability decays in the end, its dominant singularity, and the density.

Late, 1 is taken off the transform of the density, ``T~ - 1 = -s Q~``: that leaves what is of its size.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics.inversion import ComplexArray, dominant_pole, invert
from resetdyn.theory.numerics.inversion_in_digits import PreciseTransform
from resetdyn.theory.passages.carried import Precise
from resetdyn.theory.passages.passage import InvertiblePassage

# Steps in which a wary function is followed, in units of its value at 0, and when to be content.
_STEPS = [1e-6, 1e-3, 0.03, *(1.25**k for k in range(-13, 20))]
_REAL, _NEAR, _FAILURES = 1e-6, 1e-9, 3
# Value of T~ at the inverse of a time from which on it is late.
_ARRIVED = 0.5


def decay_of(passage: InvertiblePassage, rate: float = 0.0) -> float:
    """Return the decay of the survival probability under resetting to the passage's start at this rate."""
    # Without resetting it is that of any start.
    seen = passage.alike() if rate == 0 else (passage,)
    found = [decay_rate(lambda s, p=p: p.inverses(s, rate)[2], p.wary) for p in seen]  # type: ignore[misc]
    return max((decay for decay in found if decay < 0), default=0.0)


def density_of_inverse(passage: InvertiblePassage, times: FloatArray, decay: float) -> FloatArray:
    """Return the density of the first-passage time at times above 0, by inversion."""

    def hit(s: ComplexArray) -> ComplexArray:
        with np.errstate(all="ignore"):  # what is not finite does not settle
            inverse, free, _ = passage.inverses(s, 0.0)
            return inverse / free

    def missed(s: ComplexArray) -> ComplexArray:
        with np.errstate(all="ignore"):
            return -s / passage.inverses(s, 0.0)[1]

    precise: list[PreciseTransform | None] = [None, None]
    if isinstance(passage, Precise):
        hits = passage.hits_in_digits
        precise = [lambda s: [-missed for _, missed in hits(s)], lambda s: [hit for hit, _ in hits(s)]]
    late = hit((1 / times).astype(complex)).real > _ARRIVED
    values = np.empty(times.shape)
    for part, transform, in_digits in ((late, missed, precise[0]), (~late, hit, precise[1])):
        if part.any():
            values[part] = invert(transform, times[part], decay, precise=in_digits)
    return values


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
