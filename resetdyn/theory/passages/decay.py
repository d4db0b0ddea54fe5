"""The rate at which a survival probability decays in the end, its dominant singularity, and the density.

Late, 1 is taken off the transform of the density, ``T~ - 1 = -s Q~``: that leaves what is of its size.  Later
still, where poles are known to lie apart, nothing but the slowest is left, with its residue.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics.inversion import ComplexArray, Transform, dominant_pole, invert
from resetdyn.theory.numerics.inversion_in_digits import PreciseTransform
from resetdyn.theory.passages.carried import Precise
from resetdyn.theory.passages.passage import InvertiblePassage

# Steps in which a wary function is followed, in units of its value at 0, and when to be content.
_STEPS = [1e-6, 1e-3, 0.03, *(1.25**k for k in range(-13, 20))]
_REAL, _NEAR, _FAILURES = 1e-6, 1e-9, 3
# Value of T~ at the inverse of a time from which on it is late.
_ARRIVED = 0.5
# Time, over that of the poles' distance, from which on the slowest may be alone; the logarithm of what the
# others may be of it, at least.
_ALONE, _NOTHING = 40.0, 35.0
# Nodes round a pole, their distance in units of those of the origin and of other poles, and the least residue
# beside the terms.
_NODES, _CLOSE, _APART, _LEAST = 32, 0.5, 0.25, 1e-3


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
    values, left = np.empty(times.shape), np.ones(times.shape, dtype=bool)
    spacing = getattr(passage, "spacing", 0.0)
    if decay < 0 and (spacing * times > _ALONE).any():
        amplitude, rate = _slowest(missed, decay, spacing)
        # What is left of the others, of the order of `spacing` once, while it falls as e^(-spacing t).
        alone = spacing * times > _NOTHING + np.log1p(spacing / amplitude) if amplitude > 0 else ~left
        values[alone] = amplitude * np.exp(rate * times[alone])
        left = ~alone
        if not left.any():
            return values
    late = hit((1 / times).astype(complex)).real > _ARRIVED
    for part, transform, in_digits in ((left & late, missed, precise[0]), (left & ~late, hit, precise[1])):
        if part.any():
            values[part] = invert(transform, times[part], decay, precise=in_digits)
    return values


def _slowest(transform: Transform, decay: float, spacing: float) -> tuple[float, float]:
    """Return the residue at the dominant pole, and the pole, to all digits, by Cauchy's integral round it.

    The residue is 0 where it is lost beside the rest.
    """
    radius = min(_CLOSE * -decay, _APART * spacing)
    step = radius * np.exp(2j * np.pi * (np.arange(_NODES) + 0.5) / _NODES)
    terms = transform(decay + step) * step
    residue = float(terms.sum().real) / _NODES
    if not residue > _LEAST * np.abs(terms).max():
        return 0.0, decay
    return residue, decay + float(np.mean(terms * step).real) / residue


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
