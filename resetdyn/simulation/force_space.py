"""Overdamped motion under any force in space, by Heun's steps.

    Y = X + f(X) h + xi,   X' = X + (f(X) + f(Y)) h / 2 + xi,   xi = sqrt(2 D h) * normals:

weak order 2 for the ends of the steps, as the noise is additive (Kloeden and Platen, Numerical Solution of
Stochastic Differential Equations (1992), 14.1).  In between, the surface of the target is taken as flat and
the motion as the Brownian bridge, which makes first passages one of order 1 (Gobet, Stoch. Proc. Appl. 87,
167 (2000)).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.simulation.bridge import crossing_time
from resetdyn.simulation.chains import has_place, steady_sampler
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.force import NOT_FINITE
from resetdyn.simulation.forces import compiled_force, stiffness_at
from resetdyn.simulation.kernel import inlined, whole_steps
from resetdyn.simulation.paths import passage_sampler
from resetdyn.simulation.restart import nominal_place
from resetdyn.simulation.sampler import Sampler, Scheme
from resetdyn.simulation.surface import look, narrowest, surface_of, user_function
from resetdyn.simulation.variates import normal
from resetdyn.simulation.verbs import teach

# Default step, in units of the relaxation time and of the time to diffuse across the target.
_RELAXATION_STEP = 0.02
_WIDTH_STEP = 2e-3
# Heun's steps stay bounded up to 2; beyond 1 they no longer follow the motion.
_STABLE = 1.0


class SpaceForce(NamedTuple):
    """Motion under a force towards a surface (None: nowhere); `function` is that of a user's target."""

    force: Any
    diffusion: float
    surface: Any
    function: Any
    dim: int
    dt: float


class Drifter(NamedTuple):
    """Where a path is, how far from the surface it is along its normal, and room to work in."""

    x: FloatArray
    before: float
    normal: FloatArray
    trial: FloatArray
    here: FloatArray
    there: FloatArray
    noise: FloatArray


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of first passages to a surface in space."""
    process: Any = problem.process
    force = compiled_force(process)
    start, to = (np.atleast_1d(np.array(x, dtype=float)) for x in (problem.start, nominal_place(problem)))
    h = step_length(process, force, [start, to], problem.target, dt)
    motion = SpaceForce(
        force,
        process.diffusion,
        surface_of(problem.target, np.eye(process.dim)),
        user_function(problem.target, problem.start),
        process.dim,
        h,
    )
    return passage_sampler(
        problem,
        motion,
        Scheme("Heun's steps with a flat bridge", h, 1),
        clock_of(problem.reset, max_time),
        start=start,
        to=to,
    )


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of steady states, with resetting of any kind or none (paths begin at the origin)."""
    process: Any = problem.process
    force = compiled_force(process)
    place = np.array(problem.reset.to, dtype=float) if has_place(problem.reset) else np.zeros(process.dim)
    h = step_length(process, force, [place], None, dt)
    motion = SpaceForce(force, process.diffusion, None, None, process.dim, h)
    scheme = Scheme("Heun's steps", h, 2)
    return steady_sampler(problem, motion, scheme, h / _RELAXATION_STEP, [place])


def step_length(process: Any, force: Any, places: list[FloatArray], target: Any, dt: float | None) -> float:
    """Return the time step: `dt`, or the default; raise where the force is too stiff for it."""
    stiffness = max(stiffness_at(force, place) for place in places)
    if dt is not None:
        if stiffness * dt > _STABLE:
            raise ValueError(
                f"dt={dt:g}: too long for the stiffness {stiffness:.3g} of the force; give at most "
                f"{_STABLE / stiffness:.3g}"
            )
        return dt
    width = math.inf if target is None else narrowest(target)
    scales = [_RELAXATION_STEP / stiffness] if stiffness > 0 else []
    scales += [_WIDTH_STEP * width**2 / process.diffusion] if width < math.inf else []
    if not scales:
        raise ValueError("dt=None: neither the force nor the target sets a scale for the time step; give dt")
    return min(scales)


@inlined
def _seen(walker: Drifter, before: float) -> Drifter:
    x, _, normal, trial, here, there, noise = walker
    return Drifter(x, before, normal, trial, here, there, noise)


def _room(motion):  # type: ignore[no-untyped-def]
    rooms = np.empty((6, motion.dim))
    return Drifter(rooms[0], math.inf, rooms[1], rooms[2], rooms[3], rooms[4], rooms[5])


def _placed(state, motion, walker, x, again):  # type: ignore[no-untyped-def]
    walker.x[:] = x
    before = look(walker.x, motion.surface, motion.function, walker.normal)[0]
    return _seen(walker, before), -1 if before > 0 else 0


def _travel(state, motion, walker, limit, budget):  # type: ignore[no-untyped-def]
    # The step stands here, and arrays are taken out of tuples before the loop: to hand on an array, or to
    # look it up, counts its references, which takes longer than the step.
    force, diffusion, surface, function, dim, dt = motion
    x, before, toward, trial, here, there, noise = walker
    whole = whole_steps(limit, dt)
    steps = min(whole, budget)
    h, sigma = dt, math.sqrt(2 * diffusion * dt)
    for k in range(steps + 1):
        if k == steps:
            if whole > steps:
                return _seen(walker, before), k * dt, -1, 0
            h = limit - k * dt
            sigma = math.sqrt(2 * diffusion * h)
        force(x, here)
        for i in range(dim):
            noise[i] = sigma * normal(state)
            trial[i] = x[i] + here[i] * h + noise[i]
        force(trial, there)
        total = 0.0
        for i in range(dim):
            x[i] += (here[i] + there[i]) * (h / 2) + noise[i]
            total += x[i]
        if not abs(total) < math.inf:
            raise ValueError(NOT_FINITE, trial.copy())
        after = look(x, surface, function, toward)[0]
        crossed = crossing_time(state, before, after, h, 0.0, diffusion, diffusion * h, 0.0)
        before = after
        if crossed < math.inf:
            return _seen(walker, before), k * dt + crossed, 0, budget - k
    return _seen(walker, before), limit, -1, budget - steps


teach(SpaceForce, room=_room, placed=_placed, travel=_travel)
