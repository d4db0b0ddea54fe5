"""The clock of a trajectory: when is it reset next, and when is it given up?

The time of the next reset is drawn first and the step is split there, so that no reset is early or late,
and all laws of the waiting time share one loop.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from resetdyn.resets import NoReset, Poisson, Reset, Sharp
from resetdyn.simulation.kernel import State, inlined
from resetdyn.simulation.variates import exponential


class Clock(NamedTuple):
    """Resets at a rate or, where the rate is zero, after a period (`inf` for never); an end to it all."""

    rate: float
    period: float
    max_time: float


def clock_of(reset: Reset, max_time: float) -> Clock:
    """Return the clock of a reset in continuous time."""
    match reset:
        case NoReset():
            return Clock(0.0, math.inf, max_time)
        case Poisson(rate=rate):
            return Clock(rate, math.inf, max_time)
        case Sharp(period=period):
            return Clock(0.0, period, max_time)
    raise ValueError(f"reset={reset}: no continuous-time sampler; give rd.Poisson, rd.Sharp or rd.NoReset")


@inlined
def waiting_time(state: State, clock: Clock) -> float:
    """Draw the time from a reset (or the start) to the next reset."""
    return exponential(state) / clock.rate if clock.rate > 0 else clock.period
