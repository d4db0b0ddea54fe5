"""Overdamped motion under a user's own force: on the line by the steps of a potential, in space by Heun's.

On the line the slope and the curvature of the force, which the steps of :mod:`resetdyn.simulation.langevin`
ask for, come from differences.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.processes import ForceField
from resetdyn.resets import RateField, never_resets
from resetdyn.simulation import force_space
from resetdyn.simulation.barriers import NO_EDGES, around, edges_of, has_barriers
from resetdyn.simulation.chains import has_place, steady_sampler
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.force_paths import compiled_path
from resetdyn.simulation.forces import checked, compiling, jitted
from resetdyn.simulation.langevin import Force, ForceMotion, typical_places
from resetdyn.simulation.paths import passage_sampler
from resetdyn.simulation.rate_field import compiled_rate, rate_clock
from resetdyn.simulation.restart import nominal_place
from resetdyn.simulation.sampler import Sampler, Scheme

# Step of the differences, in units of the distance to the target (or of the size of the state).
_DIFFERENCE = 1e-3
# Default step, in units of the relaxation time and of the time to diffuse to the target.
_RELAXATION_STEP = 0.02
_DISTANCE_STEP = 0.01


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of first passages under a user's force."""
    process: Any = problem.process
    if process.dim > 1 or not has_barriers(problem.target):
        return force_space.first_passage(problem, dt, max_time)
    reset: Any = problem.reset
    edges = edges_of(problem.target)
    low, high = around(edges, problem.start)
    unit = min(problem.start - low, high - problem.start)
    force = force_of(process, unit)
    places = [problem.start, *typical_places(reset, math.nan if reset.random_to else nominal_place(problem))]
    h = _step(process, force.width, places, unit) if dt is None else dt
    if isinstance(reset, RateField) and not never_resets(reset):
        field, most = compiled_rate(problem, np.vectorize(jitted(process.force)))
        clock = rate_clock(most, max_time)
    else:
        field, clock = None, clock_of(reset, max_time)
    return passage_sampler(
        problem,
        ForceMotion(force, edges, h),
        Scheme("locally linear steps with a curved bridge", h, 2),
        clock,
        field,
        two_ended=edges.free_between,
    )


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of steady states, with resetting of any kind or none."""
    process: Any = problem.process
    reset: Any = problem.reset
    if process.dim > 1:
        return force_space.steady_state(problem, dt)
    placed = has_place(reset)
    places = typical_places(reset, reset.to) if placed else [0.0]
    force = force_of(process, max(1.0, *map(abs, places)))
    h = _step(process, force.width, places, math.inf) if dt is None else dt
    if not h < math.inf:
        raise ValueError("dt=None: the force sets no scale for the time step; give dt")
    return steady_sampler(
        problem,
        ForceMotion(force, NO_EDGES, h),
        Scheme("locally linear steps", h, 2),
        h / _RELAXATION_STEP,
        places,
        force=np.vectorize(jitted(process.force)),
    )


def force_of(process: ForceField, unit: float) -> Force:
    """Return a user's force on the line with its derivatives, by differences over a part of `unit`."""
    return Force(_path_under(process.force), process.diffusion, _DIFFERENCE * unit)


@lru_cache(maxsize=256)
def _path_under(function: Any) -> Any:
    force = checked(function, 1)

    def taylor(x, width):  # type: ignore[no-untyped-def]
        below, here, above = force(x - width), force(x), force(x + width)
        return here, (above - below) / (2 * width), (above - 2 * here + below) / (width * width)

    with compiling(function):
        return compiled_path(taylor)


def _step(process: ForceField, width: float, places: list[float], unit: float) -> float:
    force = np.vectorize(jitted(process.force), otypes=[float])
    x = np.array(places, dtype=float)
    slopes = np.abs(force(x + width) - force(x - width)) / (2 * width)
    if not np.all(np.isfinite(slopes)):
        raise ValueError(f"force: not a finite number near {places}; give a function that is, where paths go")
    steepest = float(slopes.max())
    relaxation = _RELAXATION_STEP / steepest if steepest > 0 else math.inf
    return min(relaxation, _DISTANCE_STEP * unit**2 / process.diffusion)
