"""Paths to look at: where a path is at given times, and when it was reset.

The motion, the resets and their costs are those of :mod:`resetdyn.simulation.paths`; only the loop stops at
the times of the record as well.  While a reset takes time the state is on its way back, or waits where that
led.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.simulation.clock import Clock, waiting_time
from resetdyn.simulation.halt import STRETCH, halted
from resetdyn.simulation.kernel import Loop, State
from resetdyn.simulation.rate_field import strikes
from resetdyn.simulation.restart import Restart, apart, send_back
from resetdyn.simulation.verbs import placed, room, travel

# What a path may take: a look at it is no longer one beyond.
_STEPS = 10**9
_RESETS = 10**7


class Scene(NamedTuple):
    """All that a path needs: a motion that knows the verbs, the resets, and the basis of its coordinates."""

    motion: Any
    start: Any
    to: Any
    restart: Restart
    clock: Clock
    field: Any
    basis: Any


class Path(NamedTuple):
    """One path: states at the times of the record, times of resets, and when and where it arrived."""

    states: FloatArray
    resets: FloatArray
    arrival: float
    end: int


def record(scene: Scene, times: FloatArray, state: State, *, marked: bool = True) -> Path:
    """Draw one path at increasing times from 0 on; one that is told to end has states of nan from there.

    What looks at the states alone has no resets marked, and may have any number of them.
    """
    states = np.full((len(times), *np.shape(scene.start)), np.nan)
    loop = _RECORDED.of(scene.motion)
    resets, arrival, end = loop(state, *scene[:-1], times, states, _RESETS if marked else 0)
    if arrival == -1:
        raise ValueError(
            f"times: a path took more than {_STEPS:.0e} steps or {_RESETS:.0e} resets; give earlier ones, "
            "or a larger dt"
        )
    if scene.basis is not None:
        states = states @ scene.basis.T
    return Path(states, resets, arrival, end)


def _recorded(
    state: State,
    motion: Any,
    start: Any,
    to: Any,
    restart: Restart,
    clock: Clock,
    field: Any,
    at: FloatArray,
    states: FloatArray,
    most: int,
) -> tuple[FloatArray, float, int]:
    budget, stretch, count, seen, time = _STEPS, STRETCH, 0, 0, 0.0
    marks = np.empty(64)
    walker, end = placed(state, motion, room(motion), start, False)
    reset_at = waiting_time(state, clock)
    while seen < len(at):
        until = min(reset_at, at[seen])
        if until > time:
            limit = until - time
            walker, taken, end, stretch = travel(state, motion, walker, limit, stretch - 1)
            if end >= 0:
                return marks[:count], time + taken, end
            if taken < limit or stretch <= 0:
                budget, stretch = budget - STRETCH, STRETCH
                if halted(state):
                    return marks[:count], math.nan, -1
                if budget <= 0:
                    return marks[:count], -1.0, -1
                if taken < limit:
                    time += taken
                    continue
            time = until
        if at[seen] <= reset_at:
            states[seen] = walker.x
            seen += 1
            continue
        if field is not None and not strikes(state, field(walker.x), clock.rate):
            reset_at = time + waiting_time(state, clock)
            continue
        if most > 0:
            if count == most:
                return marks[:count], -1.0, -1
            if count == len(marks):
                marks = np.concatenate((marks, np.empty(count)))
            marks[count] = time
            count += 1
        before = walker.x + 0.0  # a copy, if it is a vector
        place, costs = send_back(state, restart, to, walker.x)
        journey = apart(place, before) / restart.speed
        while seen < len(at) and at[seen] < time + costs:
            share = min(1.0, (at[seen] - time) / journey) if journey > 0 else 1.0
            states[seen] = before + share * (place - before)
            seen += 1
        time += costs
        walker, end = placed(state, motion, walker, place, True)
        if end >= 0:
            return marks[:count], time, end
        reset_at = time + waiting_time(state, clock)
    return marks[:count], math.inf, -1


_RECORDED = Loop(_recorded)
