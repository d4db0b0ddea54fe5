r"""Overdamped motion in any potential on the line, by steps that are exact where the force is linear.

A step of the length `h` from `x` takes the force as ``f + f' (X - x)``, and its curvature at the rate
``D f''`` at which the noise spreads over it (Shoji and Ozaki, Stoch. Anal. Appl. 16, 733 (1998)): weak order
2, and stable where a force grows beyond all bounds.  With ``E = exp(f' h) - 1``,

    X(h) = x + f E / f' + D f'' (E - f' h) / f'^2 + sqrt(D E (E + 2) / f') * normal.

Crossings inside the step are those of the bridge of that linear force, see
:mod:`resetdyn.simulation.bridge`; walls and kinks are in :mod:`resetdyn.simulation.force`.

The force and its derivatives come from the potential by SymPy and are compiled for each potential, in about a
second at the first call (see :mod:`resetdyn.simulation.formulas`).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.resets import RateField, never_resets
from resetdyn.simulation import force_space
from resetdyn.simulation.barriers import NO_EDGES, Edges, around, edges_of, has_barriers
from resetdyn.simulation.bridge import crossing_time
from resetdyn.simulation.chains import has_place, steady_sampler
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.force import Force, force_of, step
from resetdyn.simulation.kernel import inlined
from resetdyn.simulation.paths import passage_sampler
from resetdyn.simulation.potential_scales import check_regular, default_step, order_of, stiffest, wells
from resetdyn.simulation.rate_field import compiled_rate, rate_clock
from resetdyn.simulation.restart import nominal_place
from resetdyn.simulation.sampler import Sampler, Scheme
from resetdyn.simulation.verbs import teach


class ForceMotion(NamedTuple):
    """Motion in a potential between the barriers around it, by steps of `dt`."""

    force: Force
    edges: Edges
    dt: float


class ForceWalker(NamedTuple):
    """Where a path is, and the barriers around it with the force there."""

    x: float
    low: float
    high: float
    at_low: float
    at_high: float


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
    return typical_places(reset, reset.to) if has_place(reset) else wells(process)


def typical_places(reset: Any, to: Any) -> list[float]:
    """Return places that are typical of where resets lead."""
    return [float(x) for x in reset.to.ppf([0.05, 0.5, 0.95])] if reset.random_to else [to]


@inlined
def _force_at(force: Force, end: float) -> float:
    return 0.0 if math.isinf(end) else force.taylor(end)[0]


def _room(motion):  # type: ignore[no-untyped-def]
    return ForceWalker(0.0, -math.inf, math.inf, 0.0, 0.0)


def _placed(state, motion, walker, x, again):  # type: ignore[no-untyped-def]
    low, high = around(motion.edges, x)
    end = -1 if low < x < high else 0 if x <= low else 1
    if low != walker.low or high != walker.high:
        at_low, at_high = _force_at(motion.force, low), _force_at(motion.force, high)
    else:
        at_low, at_high = walker.at_low, walker.at_high
    return ForceWalker(x, low, high, at_low, at_high), end


def _travel(state, motion, walker, limit, budget):  # type: ignore[no-untyped-def]
    force, dt = motion.force, motion.dt
    x, low, high, at_low, at_high = walker
    # Between places so far off the bridge crosses with less than exp(-45), as long as the force hardly bends
    # the step: exp(-b0 b1 / span), with a span of at most 1.2 D dt.
    clear = 8 * math.sqrt(force.diffusion * dt)
    from_low, to_high = low + clear, high - clear
    near = not from_low < x < to_high
    whole = math.ceil(limit / dt) - 1
    steps = np.int64(whole) if whole < budget else budget
    for k in range(steps + 1):
        if k == steps and whole > steps:
            return ForceWalker(x, low, high, at_low, at_high), k * dt, -1, 0
        h = dt if k < steps else limit - k * dt
        after, stiffness, span = step(state, force, x, h)
        close = not from_low < after < to_high or abs(stiffness) * h > 1
        if close or near:
            bend = stiffness * h * h / 2
            to_lower = crossing_time(
                state, x - low, after - low, h, stiffness, force.diffusion, span, -bend * at_low
            )
            to_upper = crossing_time(
                state, high - x, high - after, h, stiffness, force.diffusion, span, bend * at_high
            )
            crossed = min(to_lower, to_upper)
            if crossed < math.inf:
                end = 0 if to_lower < to_upper else 1
                return ForceWalker(after, low, high, at_low, at_high), k * dt + crossed, end, budget - k
        x, near = after, close
    return ForceWalker(x, low, high, at_low, at_high), limit, -1, budget - steps


teach(ForceMotion, room=_room, placed=_placed, travel=_travel)
