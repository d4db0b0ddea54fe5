r"""Steady states by watching: where is a process that has been reset many times?

For resets at a rate of the position, and for journeys back, which have no age alone to draw the state from,
on the line.  A path runs from a reset for 50 to 52 mean cycles (motion, journey, pause), and is seen then.
By the renewal theorem it has forgotten its beginning up to what its cycles have in common; that they may be
nearly periodic is met by the random last two cycles, whose triangular density takes the square of what is
left: for any Gaussian spread of the cycles that is below 1e-6 (derived here).  The motion between events is
exact.  Waits with a heavy tail, which forget slowly, are refused.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState
from resetdyn.resets import Partial, RateField, Renewal
from resetdyn.simulation.clock import Clock, clock_of, waiting_time
from resetdyn.simulation.halt import halted
from resetdyn.simulation.kernel import State, kernel
from resetdyn.simulation.line import free_motion
from resetdyn.simulation.quantiles import draw
from resetdyn.simulation.rate_field import compiled_rate, rate_clock, strikes
from resetdyn.simulation.record import Scene
from resetdyn.simulation.restart import Restart, restart_of, send_back, time_to_restart
from resetdyn.simulation.sampler import BUDGET, Sampler, Scheme
from resetdyn.simulation.streams import chunks
from resetdyn.simulation.variates import uniform
from resetdyn.simulation.verbs import placed, room, travel

_CYCLES = 50
# Resets from which the mean cycle is estimated, to a few per cent, and events after which there are too few.
_PILOT = 1000
_EVENTS = 10_000_000
_FORGOTTEN = 1e-9


def steady_state(problem: SteadyState) -> Sampler:
    """Return the sampler of a linear process on the line, seen after many resets."""
    reset: Any = problem.reset
    what = "rates of the position" if isinstance(reset, RateField) else "journeys back"
    instead = "a constant rate" if isinstance(reset, RateField) else "return_speed=None"
    if isinstance(reset.to, Partial):
        raise ValueError(
            f"reset={reset}: no sampler of steady states under partial resets with {what}; give {instead}"
        )
    if problem.process.dim > 1:
        raise ValueError(
            f"reset={reset}: steady states of a linear process with {what} are sampled in one dimension, "
            f"this one has {problem.process.dim}; give {instead}"
        )
    motion, restart = free_motion(problem.process), restart_of(reset)
    if isinstance(reset, RateField):
        line = motion.line
        field, most = compiled_rate(problem, lambda x: line.force - line.stiffness * x)
        clock = rate_clock(most, math.inf)
    else:
        field, clock = None, clock_of(reset, math.inf)
    to = math.nan if reset.random_to else reset.to
    pilot = chunks(0, 1)[0].state
    cycle = _mean_cycle(pilot, motion, to, restart, clock, field, _PILOT, _EVENTS)
    if not math.isfinite(cycle) or (
        isinstance(reset, Renewal) and reset.law.sf(_CYCLES * cycle) > _FORGOTTEN
    ):
        raise ValueError(
            f"reset={reset}: resets are so rare at times that the process forgets its beginning too slowly "
            "to be sampled; use rd.solve(problem)"
        )

    def sample(state: State, size: int) -> tuple[FloatArray]:
        return (_samples(state, size, motion, to, restart, clock, field, _CYCLES, cycle),)

    start = float(reset.to.median()) if reset.random_to else to
    return Sampler(
        Scheme(f"exact Gaussian steps from event to event, seen after {_CYCLES} mean cycles"),
        sample,
        lambda: Scene(motion, start, to, restart, clock, field, None),
    )


@kernel
def _life(
    state: State, motion: Any, walker: Any, clock: Clock, field: Any, limit: float
) -> tuple[Any, float, int]:
    """Move until a reset or for the time `limit`; return the walker, the time taken and the events met."""
    time, events = 0.0, 0
    while True:
        events += 1
        until = min(time + waiting_time(state, clock), limit)
        walker, _, _, _ = travel(state, motion, walker, until - time, BUDGET)
        time = until
        if time >= limit or field is None or strikes(state, field(walker.x), clock.rate):
            return walker, time, events


@kernel
def _mean_cycle(
    state: State, motion: Any, to: float, restart: Restart, clock: Clock, field: Any, cycles: int, most: int
) -> float:
    total, events = 0.0, 0
    walker = room(motion)
    for _ in range(cycles):
        x = draw(state, restart.places) if restart.random else to
        walker, _ = placed(state, motion, walker, x, True)
        walker, time, more = _life(state, motion, walker, clock, field, most / max(clock.rate, 1e-300))
        _, costs = send_back(state, restart, to, walker.x)
        total += time + costs
        events += more
        if events > most:
            return math.nan
    return total / cycles


@kernel
def _samples(
    state: State,
    size: int,
    motion: Any,
    to: float,
    restart: Restart,
    clock: Clock,
    field: Any,
    cycles: float,
    cycle: float,
) -> FloatArray:
    samples = np.empty(size)
    walker = room(motion)
    for i in range(size):
        if halted(state):
            break
        left = (cycles + uniform(state) + uniform(state)) * cycle
        x = draw(state, restart.places) if restart.random else to
        while True:
            walker, _ = placed(state, motion, walker, x, True)
            walker, time, _ = _life(state, motion, walker, clock, field, left)
            x = walker.x
            left -= time
            if left <= 0:
                break
            place = draw(state, restart.places) if restart.random else to
            journey = abs(place - x) / restart.speed
            if left < journey:
                x += math.copysign(restart.speed * left, place - x)
                break
            x = place
            left -= journey + time_to_restart(state, restart, 0.0)
            if left <= 0:
                break
        samples[i] = x
    return samples
