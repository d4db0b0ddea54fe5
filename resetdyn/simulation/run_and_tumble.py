"""Run-and-tumble motion from event to event, and so exact.

Runs are straight and last an exponential time; what comes first happens, the arrival, the tumble or the
reset.  A reset draws the direction anew, left or right with probability one half.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.simulation.barriers import NO_EDGES, Edges, around, edges_of, has_barriers
from resetdyn.simulation.chains import steady_sampler
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.kernel import State, inlined
from resetdyn.simulation.paths import passage_sampler
from resetdyn.simulation.sampler import Sampler, Scheme
from resetdyn.simulation.variates import exponential, uniform
from resetdyn.simulation.verbs import teach


class Tumbler(NamedTuple):
    """Motion at a speed, with tumbles at a rate, between the barriers around it."""

    speed: float
    rate: float
    edges: Edges


class Runner(NamedTuple):
    """Where a path is, its direction (1 or -1), and the barriers around it."""

    x: float
    direction: float
    low: float
    high: float


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of a run-and-tumble search; it needs no `dt`."""
    if not has_barriers(problem.target):
        raise ValueError(f"target={problem.target}: its ends are not known; give an rd.Quadratic")
    process: Any = problem.process
    edges = edges_of(problem.target)
    return passage_sampler(
        problem,
        Tumbler(process.speed, process.tumble_rate, edges),
        Scheme("runs and tumbles from event to event, exact"),
        clock_of(problem.reset, max_time),
        two_ended=edges.free_between,
    )


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of steady states under resetting."""
    process: Any = problem.process
    return steady_sampler(
        problem,
        Tumbler(process.speed, process.tumble_rate, NO_EDGES),
        Scheme("runs and tumbles from event to event, exact"),
        1 / process.tumble_rate,
        [0.0],
    )


@inlined
def _direction(state: State) -> float:
    return 1.0 if uniform(state) <= 0.5 else -1.0


def _room(motion):  # type: ignore[no-untyped-def]
    return Runner(0.0, 1.0, -math.inf, math.inf)


def _placed(state, motion, walker, x, again):  # type: ignore[no-untyped-def]
    low, high = around(motion.edges, x)
    return Runner(x, _direction(state), low, high), -1 if low < x < high else 0 if x <= low else 1


def _travel(state, motion, walker, limit, budget):  # type: ignore[no-untyped-def]
    x, direction, low, high = walker
    time = 0.0
    while budget > 0:
        budget -= 1
        tumble = time + exponential(state) / motion.rate
        arrival = time + (high - x if direction > 0 else x - low) / motion.speed
        if arrival <= min(tumble, limit):
            end = 1 if direction > 0 else 0
            return Runner(high if end else low, direction, low, high), arrival, end, budget
        after = min(tumble, limit)
        x += direction * motion.speed * (after - time)
        time = after
        if limit <= tumble:
            return Runner(x, direction, low, high), limit, -1, budget
        direction = -direction
    return Runner(x, direction, low, high), time, -1, budget


teach(Tumbler, room=_room, placed=_placed, travel=_travel)
