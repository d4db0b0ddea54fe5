"""Motion with inertia on the line, by the splitting BAOAB: kick, drift, noise, drift, kick.

    v -= friction U'(x) h / 2,   x += v h / 2,   v -> exp(-friction h) v + noise,   x += v h / 2,   v -= ...

Averages over the steady state have order 2, for the position with an uncommonly small error (Leimkuhler and
Matthews, Appl. Math. Res. Express 2013, 34).  The two drifts are straight, so that the time of a crossing is
known; a path that turns round within a step may be missed at a barrier, which makes first passages one of
order 1.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.simulation import underdamped_space
from resetdyn.simulation.barriers import NO_EDGES, Edges, around, edges_of, has_barriers
from resetdyn.simulation.chains import steady_sampler
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.force import NOT_FINITE
from resetdyn.simulation.formulas import compiled_formula
from resetdyn.simulation.inertia import (
    Bath,
    bath_of,
    decay_over,
    kick_over,
    memory_unit,
    time_step,
    velocity_after,
)
from resetdyn.simulation.kernel import inlined, whole_steps
from resetdyn.simulation.langevin import steady_places, typical_places
from resetdyn.simulation.paths import passage_sampler
from resetdyn.simulation.potential_scales import check_regular, stiffest
from resetdyn.simulation.restart import nominal_place
from resetdyn.simulation.sampler import Sampler, Scheme
from resetdyn.simulation.variates import normal
from resetdyn.simulation.verbs import teach


class Inertia(NamedTuple):
    """Motion with inertia under a force, between the barriers around it."""

    force: Any
    bath: Bath
    edges: Edges


class Mover(NamedTuple):
    """Where a path is, how fast it moves, and the barriers around it."""

    x: float
    v: float
    low: float
    high: float


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of first passages of the position."""
    process: Any = problem.process
    if process.dim > 1 or not has_barriers(problem.target):
        return underdamped_space.first_passage(problem, dt, max_time)
    reset: Any = problem.reset
    edges, to = edges_of(problem.target), math.nan if reset.random_to else nominal_place(problem)
    pairs = [(x, tuple(around(edges, x))) for x in (problem.start, *typical_places(reset, to))]
    places, ends = zip(*((x, (low, high)) for x, (low, high) in pairs if low < x < high), strict=True)
    bath = _bath(process, places, ends, dt)
    return passage_sampler(
        problem,
        Inertia(_force(process), bath, edges),
        Scheme("BAOAB with straight drifts", bath.dt, 1),
        clock_of(reset, max_time),
        two_ended=edges.free_between,
    )


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of steady states of the position, with resetting of any kind or none."""
    process: Any = problem.process
    if process.dim > 1:
        return underdamped_space.steady_state(problem, dt)
    places = steady_places(process.overdamped, problem.reset)
    bath = _bath(process, places, [process.overdamped.domain(place) for place in places], dt)
    return steady_sampler(
        problem,
        Inertia(_force(process), bath, NO_EDGES),
        Scheme("BAOAB", bath.dt, 2),
        memory_unit(bath),
        places,
        forgets=process.reset_velocity != "keep",
    )


def _bath(process: Any, places: Any, ends: Any, dt: float | None) -> Bath:
    check_regular(process.overdamped, places, ends)
    return bath_of(process, time_step(process, stiffest(process.overdamped, places, ends), dt))


def _force(process: Any) -> Any:
    import sympy as sp

    plain = process.overdamped
    return compiled_formula("potential", -sp.diff(plain.expression, plain.symbols[0]), plain.symbols)


@inlined
def _met(x: float, v: float, low: float, high: float, time: float) -> tuple[float, int]:
    """Return when a straight path, now at `x`, met a barrier, and which; -1 if it is between them."""
    if x <= low:
        return time - (x - low) / v, 0
    if x >= high:
        return time - (x - high) / v, 1
    return time, -1


def _room(motion):  # type: ignore[no-untyped-def]
    return Mover(0.0, 0.0, -math.inf, math.inf)


def _placed(state, motion, walker, x, again):  # type: ignore[no-untyped-def]
    low, high = around(motion.edges, x)
    v = velocity_after(state, motion.bath, walker.v, again)
    return Mover(x, v, low, high), -1 if low < x < high else 0 if x <= low else 1


def _travel(state, motion, walker, limit, budget):  # type: ignore[no-untyped-def]
    x, v, low, high = walker
    bath, friction, dt = motion.bath, motion.bath.friction, motion.bath.dt
    whole = whole_steps(limit, dt)
    steps = min(whole, budget)
    pull = friction * motion.force(x)
    for k in range(steps + 1):
        if k == steps and whole > steps:
            return Mover(x, v, low, high), k * dt, -1, 0
        h, decay, kick = dt, bath.decay, bath.kick
        if k == steps:
            h = limit - k * dt
            decay, kick = decay_over(h, bath), kick_over(h, bath)
        v += pull * (h / 2)
        x += v * (h / 2)
        met, end = _met(x, v, low, high, k * dt + h / 2)
        if end >= 0:
            return Mover(x, v, low, high), met, end, budget - k
        v = decay * v + kick * normal(state)
        x += v * (h / 2)
        met, end = _met(x, v, low, high, k * dt + h)
        if end >= 0:
            return Mover(x, v, low, high), met, end, budget - k
        pull = friction * motion.force(x)
        if not abs(pull) < math.inf:
            raise ValueError(NOT_FINITE, x)
        v += pull * (h / 2)
    return Mover(x, v, low, high), limit, -1, budget - steps


teach(Inertia, room=_room, placed=_placed, travel=_travel)
