"""The clock of a trajectory: when is it reset next, and when is it given up?

The time of the next reset is drawn first and the step is split there, so that no reset is early or late,
and all laws of the waiting time share one loop.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from resetdyn.resets import Poisson, Renewal, Reset, Sharp, never_resets
from resetdyn.simulation.kernel import State, inlined
from resetdyn.simulation.quantiles import NO_QUANTILES, Quantiles, draw, quantiles_of
from resetdyn.simulation.variates import exponential


class Clock(NamedTuple):
    """Resets at a rate or, where the rate is zero, after a period; where that is zero, by the law of waits.

    An infinite period is for no resets; `max_time` is the end to it all.
    """

    rate: float
    period: float
    waits: Quantiles
    max_time: float


def clock_of(reset: Reset, max_time: float) -> Clock:
    """Return the clock of a reset in continuous time."""
    if never_resets(reset):
        return Clock(0.0, math.inf, NO_QUANTILES, max_time)
    match reset:
        case Poisson(rate=rate):
            return Clock(rate, math.inf, NO_QUANTILES, max_time)
        case Sharp(period=period):
            return Clock(0.0, period, NO_QUANTILES, max_time)
        case Renewal(law=law):
            return Clock(0.0, 0.0, quantiles_of(law), max_time)
    raise ValueError(
        f"reset={reset}: no sampler that knows when the next reset comes; give rd.Poisson, rd.Sharp, "
        "rd.Renewal or rd.NoReset"
    )


@inlined
def waiting_time(state: State, clock: Clock) -> float:
    """Draw the time from a reset (or the start) to the next reset."""
    if clock.rate > 0:
        return exponential(state) / clock.rate
    return clock.period if clock.period > 0 else draw(state, clock.waits)
