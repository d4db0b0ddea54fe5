r"""Overdamped motion in any potential on the line, by steps that are exact where the force is linear.

A step of the length `h` from `x` takes the force as ``f + f' (X - x)``, and its curvature at the rate
``D f''`` at which the noise spreads over it (Shoji and Ozaki, Stoch. Anal. Appl. 16, 733 (1998)): weak order
2, and stable where a force grows beyond all bounds.  With ``E = exp(f' h) - 1``,

    X(h) = x + f E / f' + D f'' (E - f' h) / f'^2 + sqrt(D E (E + 2) / f') * normal.

Crossings inside the step are those of the bridge of that linear force, see
:mod:`resetdyn.simulation.bridge`; walls and kinks are in :mod:`resetdyn.simulation.force`.

The force and its derivatives come from the potential by SymPy, and the way from one reset to the next is
compiled for each potential, in about a second at the first call (see :mod:`resetdyn.simulation.force_paths`).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.processes import Langevin
from resetdyn.resets import RateField, never_resets
from resetdyn.simulation import force_space
from resetdyn.simulation.barriers import NO_EDGES, Edges, around, edges_of, has_barriers
from resetdyn.simulation.chains import has_place, steady_sampler
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.force import NOT_FINITE, Rough
from resetdyn.simulation.force_paths import ASTRAY, FAILED, LOWER, UPPER, compiled_path
from resetdyn.simulation.formulas import compiling, python_function
from resetdyn.simulation.paths import passage_sampler
from resetdyn.simulation.potential_scales import check_regular, default_step, order_of, stiffest, wells
from resetdyn.simulation.rate_field import compiled_rate, rate_clock
from resetdyn.simulation.restart import nominal_place
from resetdyn.simulation.sampler import Sampler, Scheme
from resetdyn.simulation.verbs import teach


class Force(NamedTuple):
    """A compiled path under a force, the noise, and the width of differences, 0 where there are none."""

    path: Any
    diffusion: float
    width: float


class ForceMotion(NamedTuple):
    """Motion under a force between the barriers around it, by steps of `dt`."""

    force: Force
    edges: Edges
    dt: float


class ForceWalker(NamedTuple):
    """Where a path is, and the barriers around it."""

    x: float
    low: float
    high: float


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of motion in a potential to barriers on the line."""
    process: Any = problem.process
    reset = problem.reset
    if process.dim > 1 or not has_barriers(problem.target):
        return force_space.first_passage(problem, dt, max_time)
    edges, to = edges_of(problem.target), math.nan if reset.random_to else nominal_place(problem)
    pairs = [(x, tuple(around(edges, x))) for x in (problem.start, *typical_places(reset, to))]
    places, ends = zip(*((x, (low, high)) for x, (low, high) in pairs if low < x < high), strict=True)
    h = default_step(process, places, ends) if dt is None else dt
    check_regular(process, places, ends)
    if isinstance(reset, RateField) and not never_resets(reset):
        field, most = compiled_rate(problem, process.force)
        clock = rate_clock(most, max_time)
    else:
        field, clock = None, clock_of(reset, max_time)
    motion = ForceMotion(force_of(process), edges, h)
    return passage_sampler(
        problem,
        motion,
        Scheme("locally linear steps with a curved bridge", h, order_of(process)),
        clock,
        field,
        two_ended=edges.free_between,
    )


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of steady states in a potential, with resetting of any kind or none."""
    process: Any = problem.process
    if process.dim > 1:
        return force_space.steady_state(problem, dt)
    places = steady_places(process, problem.reset)
    ends = [process.domain(place) for place in places]
    h = default_step(process, places, ends) if dt is None else dt
    check_regular(process, places, ends)
    scheme = Scheme("locally linear steps", h, order_of(process))
    stiffness = stiffest(process, places, ends)
    unit = 1 / stiffness if stiffness > 0 else 50 * h
    motion = ForceMotion(force_of(process), NO_EDGES, h)
    return steady_sampler(problem, motion, scheme, unit, places, force=process.force)


def steady_places(process: Any, reset: Any) -> list[float]:
    """Return where paths to a steady state begin: where resets lead, or the wells of the potential."""
    if has_place(reset):
        return typical_places(reset, reset.to)
    try:
        return wells(process)
    except ValueError:
        if never_resets(reset):
            raise
        return [0.0]  # what does not hold the motion does under resets some way to the origin


def typical_places(reset: Any, to: Any) -> list[float]:
    """Return places that are typical of where resets lead."""
    return [float(x) for x in reset.to.ppf([0.05, 0.5, 0.95])] if reset.random_to else [to]


def force_of(process: Langevin) -> Force:
    """Return the compiled force of a potential of one variable."""
    low, high = process.reflecting
    kinks = np.array(process.landscape.kinks, dtype=float)
    rough = None
    if len(kinks) or process.reflecting != (None, None):
        above, below = (process.force(np.nextafter(kinks, side)) for side in (math.inf, -math.inf))
        rough = Rough(
            tuple(kinks.tolist()),
            tuple(np.array(above - below, dtype=float).tolist()),
            -math.inf if low is None else low,
            math.inf if high is None else high,
        )
    return Force(_path_in(process.expression, process.symbols[0], rough), process.diffusion, 0.0)


@lru_cache(maxsize=256)
def _path_in(potential: Any, symbol: Any, rough: Rough | None) -> Any:
    formula = njit(taylor_of(potential, symbol), error_model="numpy", fastmath={"contract"}, forceinline=True)
    with compiling("potential", potential):
        return compiled_path(lambda x, width: formula(x), rough)


def taylor_of(potential: Any, symbol: Any) -> Any:
    """Return the force of a potential and its first two derivatives as a function in plain Python."""
    import sympy as sp

    return python_function(tuple(-sp.diff(potential, symbol, n) for n in (1, 2, 3)), (symbol,))


def _room(motion):  # type: ignore[no-untyped-def]
    return ForceWalker(0.0, -math.inf, math.inf)


def _placed(state, motion, walker, x, again):  # type: ignore[no-untyped-def]
    low, high = around(motion.edges, x)
    return ForceWalker(x, low, high), -1 if low < x < high else 0 if x <= low else 1


def _travel(state, motion, walker, limit, budget):  # type: ignore[no-untyped-def]
    force, (_, low, high) = motion.force, walker
    x, time, how, budget = force.path(
        state, force.width, force.diffusion, motion.dt, walker.x, low, high, limit, budget
    )
    if how == ASTRAY:
        raise ValueError(NOT_FINITE, x)
    if how == 0:
        raise ValueError(FAILED, walker.x)
    return ForceWalker(x, low, high), time, 0 if how == LOWER else 1 if how == UPPER else -1, budget


teach(ForceMotion, room=_room, placed=_placed, travel=_travel)
