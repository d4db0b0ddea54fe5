"""The bridge: was the target crossed inside a step, and when?

A step of length `h` goes from distance `b0` to distance `b1` of the target.  Between the two ends the
process is a bridge, and it was across with the probability ``exp(-b0 b1 k / (D sinh(k h)))`` for stiffness
`k`, ``exp(-b0 b1 / (D h))`` for ``k = 0``: exact for constant drift, and for a linear drift towards a target
at its centre, because the change of clock ``s = (exp(2 k t) - 1) / (2 k)`` with
``y = x exp(k t)`` turns the Ornstein-Uhlenbeck process into Brownian motion (Doob, 1942).

A target at the distance `a` from the centre becomes a curve in that clock, and the chord that the formula
puts in its place lies ``(a k^2 / 2) s (h - s)`` away from it.  To first order in that distance and for the
most likely way to cross (Baldi and Caramellino, Ann. Appl. Probab. 12, 1071 (2002)) the exponent changes by
the factor ``1 - bend / (b0 + b1)`` with ``bend = a k^2 h^2 / 2``.

Given a crossing at the time `s` of a step of the length `S` in that clock, ``s / (S - s)`` is
inverse-Gaussian with mean ``b0 / |b1|`` and shape ``b0^2 / (2 D S)``.
"""

from __future__ import annotations

import math

from resetdyn.simulation.kernel import State, inlined
from resetdyn.simulation.variates import exponential, inverse_gaussian

# Crossings less likely than exp(-45) are not drawn for: 1e20 steps would see one.
_CERTAIN = 45.0


@inlined
def bridge_span(h: float, stiffness: float, diffusion: float) -> float:
    """Return ``D sinh(k h) / k``, by which `b0 b1` is to be divided."""
    return diffusion * (math.sinh(stiffness * h) / stiffness if stiffness != 0 else h)


@inlined
def crossing_time(
    state: State, b0: float, b1: float, h: float, stiffness: float, diffusion: float, span: float, bend: float
) -> float:
    """Draw the time inside the step at which the target was first crossed, `inf` if it was not."""
    if math.isinf(b0):
        return math.inf
    both = b0 + b1
    if b1 > 0:
        exponent = b0 * b1 * (both - bend)  # times span * both: most steps are far off, and need no division
        if exponent > _CERTAIN * span * both or exponential(state) < exponent / (span * both):
            return math.inf
    growth = math.exp(stiffness * h)
    length = math.expm1(2 * stiffness * h) / (2 * stiffness) if stiffness != 0 else h
    odds = inverse_gaussian(state, b0 / abs(b1 * growth), b0 * b0 / (2 * diffusion * length))
    crossed = length / (1 + 1 / odds)
    return math.log1p(2 * stiffness * crossed) / (2 * stiffness) if stiffness != 0 else crossed
