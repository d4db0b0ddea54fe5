"""Motion with inertia in space, by the splitting BAOAB; see :mod:`resetdyn.simulation.underdamped`.

The drifts are straight, and the time at which one met the surface of the target is taken from its distances
from the surface before and after.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.simulation.chains import has_place, steady_sampler
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.force import NOT_FINITE
from resetdyn.simulation.forces import compiled_force, stiffness_at
from resetdyn.simulation.inertia import (
    Bath,
    bath_of,
    decay_over,
    kick_over,
    memory_unit,
    time_step,
    velocity_after,
)
from resetdyn.simulation.kernel import whole_steps
from resetdyn.simulation.paths import passage_sampler
from resetdyn.simulation.restart import nominal_place
from resetdyn.simulation.sampler import Sampler, Scheme
from resetdyn.simulation.surface import look, surface_of, user_function
from resetdyn.simulation.variates import normal
from resetdyn.simulation.verbs import teach


class SpaceInertia(NamedTuple):
    """Motion with inertia towards a surface (None: nowhere); `function` is that of a user's target."""

    force: Any
    bath: Bath
    surface: Any
    function: Any
    dim: int


class SpaceMover(NamedTuple):
    """Where a path is, how fast it moves, how far from the surface it is, and room to work in."""

    x: FloatArray
    v: FloatArray
    before: float
    normal: FloatArray
    pull: FloatArray


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of first passages of the position to a surface in space."""
    process: Any = problem.process
    force = compiled_force(process.overdamped)
    start, to = (np.atleast_1d(np.array(x, dtype=float)) for x in (problem.start, nominal_place(problem)))
    bath = bath_of(process, time_step(process, max(stiffness_at(force, x) for x in (start, to)), dt))
    surface = surface_of(problem.target, np.eye(process.dim))
    function = user_function(problem.target, problem.start)
    return passage_sampler(
        problem,
        SpaceInertia(force, bath, surface, function, process.dim),
        Scheme("BAOAB with straight drifts", bath.dt, 1),
        clock_of(problem.reset, max_time),
        start=start,
        to=to,
    )


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of steady states of the position (paths without a place begin at the origin)."""
    process: Any = problem.process
    force = compiled_force(process.overdamped)
    place = np.array(problem.reset.to, dtype=float) if has_place(problem.reset) else np.zeros(process.dim)
    bath = bath_of(process, time_step(process, stiffness_at(force, place), dt))
    motion = SpaceInertia(force, bath, None, None, process.dim)
    return steady_sampler(
        problem,
        motion,
        Scheme("BAOAB", bath.dt, 2),
        memory_unit(bath),
        [place],
        forgets=process.reset_velocity != "keep",
    )


def _room(motion):  # type: ignore[no-untyped-def]
    rooms = np.zeros((4, motion.dim))
    return SpaceMover(rooms[0], rooms[1], math.inf, rooms[2], rooms[3])


def _placed(state, motion, walker, x, again):  # type: ignore[no-untyped-def]
    walker.x[:] = x
    for i in range(motion.dim):
        walker.v[i] = velocity_after(state, motion.bath, walker.v[i], again)
    before = look(walker.x, motion.surface, motion.function, walker.normal)[0]
    return SpaceMover(walker.x, walker.v, before, walker.normal, walker.pull), -1 if before > 0 else 0


def _travel(state, motion, walker, limit, budget):  # type: ignore[no-untyped-def]
    x, v, before, surface_normal, pull = walker
    bath, friction, dt = motion.bath, motion.bath.friction, motion.bath.dt
    whole = whole_steps(limit, dt)
    steps = min(whole, budget)
    motion.force(x, pull)
    for k in range(steps + 1):
        if k == steps and whole > steps:
            return SpaceMover(x, v, before, surface_normal, pull), k * dt, -1, 0
        h, decay, kick = dt, bath.decay, bath.kick
        if k == steps:
            h = limit - k * dt
            decay, kick = decay_over(h, bath), kick_over(h, bath)
        for half in range(2):
            for i in range(len(x)):
                v[i] = (
                    v[i] + friction * pull[i] * (h / 2) if half == 0 else decay * v[i] + kick * normal(state)
                )
                x[i] += v[i] * (h / 2)
            after = look(x, motion.surface, motion.function, surface_normal)[0]
            if after <= 0:
                met = k * dt + (half + before / (before - after)) * (h / 2)
                return SpaceMover(x, v, after, surface_normal, pull), met, 0, budget - k
            before = after
        motion.force(x, pull)
        total = 0.0
        for i in range(len(x)):
            v[i] += friction * pull[i] * (h / 2)
            total += v[i]
        if not abs(total) < math.inf:
            raise ValueError(NOT_FINITE, x.copy())
    return SpaceMover(x, v, before, surface_normal, pull), limit, -1, budget - steps


teach(SpaceInertia, room=_room, placed=_placed, travel=_travel)
