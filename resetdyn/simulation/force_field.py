"""Overdamped motion under a user's own force: on the line by the steps of a potential, in space by Heun's.

On the line the slope and the curvature of the force, which the steps of :mod:`resetdyn.simulation.langevin`
ask for, come from differences over a part of the spread of the noise in a step.  That is as exact as the step
is: they are off by a part of the order of the step, which enters a step with its cube.  Where the force jumps
it is smoothed over what the noise passes over in a step, so that no slope and no curvature is beyond bounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.processes import ForceField
from resetdyn.resets import RateField, never_resets
from resetdyn.simulation import force_space
from resetdyn.simulation.barriers import NO_EDGES, Barriers, around, edges_of, has_barriers
from resetdyn.simulation.chains import has_place, steady_sampler
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.force_paths import compiled_path
from resetdyn.simulation.forces import checked, compiling, jitted
from resetdyn.simulation.langevin import Force, ForceMotion, typical_places
from resetdyn.simulation.paths import passage_sampler
from resetdyn.simulation.potential_scales import (
    CHANGE,
    CLIMB,
    DISTANCES,
    INTERVAL_STEP,
    POTENTIAL_STEP,
    unit_of,
)
from resetdyn.simulation.rate_field import compiled_rate, rate_clock
from resetdyn.simulation.restart import nominal_place
from resetdyn.simulation.sampler import Sampler, Scheme

# Differences are taken over this part of the spread of the noise in a step, ``sqrt(2 D h)``.
_PART = 0.5
# Where scales are looked for, differences are taken over so many of 100 parts of the distance to the target.
_LAGS = 3, 10


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of first passages under a user's force."""
    process: Any = problem.process
    if process.dim > 1 or not has_barriers(problem.target):
        return force_space.first_passage(problem, dt, max_time)
    reset: Any = problem.reset
    edges = edges_of(problem.target)
    places = [problem.start, *typical_places(reset, math.nan if reset.random_to else nominal_place(problem))]
    free = [x for x in places if around(edges, x).low < x < around(edges, x).high]
    h = _default_step(process, free, [around(edges, x) for x in free]) if dt is None else dt
    if isinstance(reset, RateField) and not never_resets(reset):
        field, most = compiled_rate(problem, _on_arrays(process))
        clock = rate_clock(most, max_time)
    else:
        field, clock = None, clock_of(reset, max_time)
    return passage_sampler(
        problem,
        ForceMotion(force_of(process, h), edges, h),
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
    places = typical_places(reset, reset.to) if has_place(reset) else [0.0]
    everywhere = [around(NO_EDGES, x) for x in places]
    h = _default_step(process, places, everywhere) if dt is None else dt
    steepest = max(_steepest(process, x, ends)[0] for x, ends in zip(places, everywhere, strict=True))
    return steady_sampler(
        problem,
        ForceMotion(force_of(process, h), NO_EDGES, h),
        Scheme("locally linear steps", h, 2),
        1 / steepest if steepest > 0 else 50 * h,
        places,
        force=_on_arrays(process),
    )


def force_of(process: ForceField, h: float) -> Force:
    """Return a user's force on the line with its derivatives, by differences, for steps of length `h`."""
    width = _PART * math.sqrt(2 * process.diffusion * h)
    return Force(_path_under(process.force), process.diffusion, width)


@lru_cache(maxsize=256)
def _path_under(function: Any) -> Any:
    force = checked(function, 1)

    def taylor(x, width):  # type: ignore[no-untyped-def]
        below, here, above = force(x - width), force(x), force(x + width)
        if (
            not abs(below) + abs(above) < math.inf
        ):  # the force may end here: its slope on the side where it is
            below = below if abs(below) < math.inf else 2 * here - above
            above = above if abs(above) < math.inf else 2 * here - below
        return here, (above - below) / (2 * width), (above - 2 * here + below) / (width * width)

    with compiling(function):
        return compiled_path(taylor)


def _on_arrays(process: ForceField) -> Any:
    return np.vectorize(jitted(process.force), otypes=[float])


def _outwards(force: Any, x: FloatArray) -> FloatArray:
    """Return the force at places outwards as far as it goes, nan beyond."""
    values = np.full(len(x), np.nan)
    with suppress(ArithmeticError, ValueError), np.errstate(all="ignore"):
        for i, place in enumerate(x.tolist()):
            values[i] = force(place)
    return values


def _default_step(process: ForceField, places: Sequence[float], ends: Sequence[Barriers]) -> float:
    """Return a step by the rules of a smooth potential, see :mod:`resetdyn.simulation.potential_scales`."""
    step, D = math.inf, process.diffusion
    for place, (low, high) in zip(places, ends, strict=True):
        slope, curvature = _steepest(process, place, (low, high))
        if slope > 0:
            step = min(step, POTENTIAL_STEP / slope)
        if curvature > 0:
            step = min(step, (CHANGE / (curvature * math.sqrt(2 * D))) ** (2 / 3))
        step = min(step, INTERVAL_STEP * (high - low) ** 2 / D)
    if not step < math.inf:
        units = [unit_of(place, low, high) for place, (low, high) in zip(places, ends, strict=True)]
        step = INTERVAL_STEP * min(units) ** 2 / D
    return step


def _steepest(process: ForceField, place: float, ends: tuple[float, float]) -> tuple[float, float]:
    """Return the largest slope and curvature of the force along paths from a place, where they mostly are.

    They are taken between points far apart, so that a jump does not count for more than it is to a step.
    """
    slope = curvature = 0.0
    unit = unit_of(place, *ends)
    for end in ends:
        x = place + math.copysign(unit, end - place) * DISTANCES
        x = x[np.abs(x - place) < abs(end - place)]
        force = _outwards(checked(process.force, 1), x)
        if not math.isfinite(force[0]):
            raise ValueError(
                f"force: not a finite number at {place:g}; give a function that is, where paths go"
            )
        spacing = abs(x[1] - x[0])
        climbed = -np.cumsum(np.append(0.0, (force[1:] + force[:-1]) / 2 * np.diff(x))) / process.diffusion
        beyond = ~(climbed <= CLIMB)  # or where the force is no number
        force = force[: int(np.argmax(beyond))] if beyond.any() else force
        one, two = (max(1, min(lag, (len(force) - 1) // 2)) for lag in _LAGS)
        slopes = np.abs(force[one:] - force[:-one]) / (one * spacing)
        bends = np.abs(force[2 * two :] - 2 * force[two:-two] + force[: -2 * two]) / (two * spacing) ** 2
        slope, curvature = max(slope, np.max(slopes, initial=0)), max(curvature, np.max(bends, initial=0))
    return float(slope), float(curvature)
