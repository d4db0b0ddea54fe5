"""Relaxation under symmetric stable noise, by steps that are exact from end to end.

Over a time `h` the state relaxes by ``exp(-k h)`` and gains a stable number of the scale
``(D (1 - exp(-alpha k h)) / (alpha k))^(1/alpha)``.  The target is looked at after each step only: a path
that went there and back inside a step is missed, which makes first passages too long by an error of order
``1 / alpha`` in the step.  There is no bridge for a path that jumps.

Stable numbers are those of Chambers, Mallows and Stuck, J. Am. Stat. Assoc. 71, 340 (1976).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.simulation.barriers import NO_EDGES, Edges, around, edges_of, has_barriers
from resetdyn.simulation.chains import steady_sampler
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.gaussian import relaxed
from resetdyn.simulation.kernel import State, inlined, kernel, whole_steps
from resetdyn.simulation.paths import passage_sampler
from resetdyn.simulation.sampler import Sampler, Scheme
from resetdyn.simulation.variates import exponential, normal, uniform
from resetdyn.simulation.verbs import teach

# Default step, in units of the relaxation time and of the time to spread over the distance to the target.
_STEP = 1e-3


class Flight(NamedTuple):
    """Motion under stable noise between the barriers around it, by steps like `step`."""

    stiffness: float
    force: float
    diffusion: float
    alpha: float
    edges: Edges
    step: FlightStep


class FlightStep(NamedTuple):
    """What a step of length `h` does: ``x * decay + push + scale * stable``."""

    h: float
    decay: float
    push: float
    scale: float


class Flyer(NamedTuple):
    """Where a path is, and the barriers around it."""

    x: float
    low: float
    high: float


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of first passages to a level or beyond it, or out of an interval."""
    process: Any = problem.process
    if not has_barriers(problem.target):
        raise ValueError(f"target={problem.target}: its ends are not known; give an rd.Quadratic")
    edges = edges_of(problem.target)
    low, high = around(edges, problem.start)
    nearest = min(problem.start - low, high - problem.start)
    scales = [nearest**process.alpha / process.diffusion]
    scales += [1 / process.stiffness] if process.stiffness > 0 else []
    h = _STEP * min(scales) if dt is None else dt
    return passage_sampler(
        problem,
        _flight(process, edges, h),
        Scheme("exact stable steps, target seen after each", h, 1 / process.alpha),
        clock_of(problem.reset, max_time),
        two_ended=edges.free_between,
    )


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of steady states."""
    process: Any = problem.process
    motion = _flight(process, NO_EDGES, math.inf)
    unit = 1 / process.stiffness if process.stiffness > 0 else 1.0
    return steady_sampler(problem, motion, Scheme("exact stable steps, exact"), unit, [process.center])


def _flight(process: Any, edges: Edges, h: float) -> Flight:
    k, D, alpha = process.stiffness, process.diffusion, process.alpha
    return Flight(k, k * process.center, D, alpha, edges, _step_of(h, k, k * process.center, D, alpha))


@kernel
def _step_of(h: float, stiffness: float, force: float, diffusion: float, alpha: float) -> FlightStep:
    return FlightStep(
        h,
        math.exp(-stiffness * h),
        force * relaxed(stiffness, h),
        (diffusion * relaxed(alpha * stiffness, h)) ** (1 / alpha),
    )


@inlined
def stable(state: State, alpha: float) -> float:
    """Return a symmetric stable number, with the characteristic function ``exp(-|q|^alpha)``."""
    if alpha == 2:
        return math.sqrt(2) * normal(state)
    angle = math.pi * (uniform(state) - 0.5)
    if alpha == 1:
        return math.tan(angle)
    spread = math.cos((1 - alpha) * angle) / exponential(state)
    return math.sin(alpha * angle) / math.cos(angle) ** (1 / alpha) * spread ** ((1 - alpha) / alpha)


def _room(motion):  # type: ignore[no-untyped-def]
    return Flyer(0.0, -math.inf, math.inf)


def _placed(state, motion, walker, x, again):  # type: ignore[no-untyped-def]
    low, high = around(motion.edges, x)
    return Flyer(x, low, high), -1 if low < x < high else 0 if x <= low else 1


def _travel(state, motion, walker, limit, budget):  # type: ignore[no-untyped-def]
    x, low, high = walker
    h = motion.step.h
    whole = whole_steps(limit, h)
    steps = min(whole, budget)
    for k in range(steps):
        x = x * motion.step.decay + motion.step.push + motion.step.scale * stable(state, motion.alpha)
        if not low < x < high:
            return Flyer(x, low, high), (k + 1) * h, 0 if x <= low else 1, budget - k
    if whole > steps:
        return Flyer(x, low, high), steps * h, -1, 0
    rest = limit - steps * h if steps > 0 else limit
    step = _step_of(rest, motion.stiffness, motion.force, motion.diffusion, motion.alpha)
    x = x * step.decay + step.push + step.scale * stable(state, motion.alpha)
    end = -1 if low < x < high else 0 if x <= low else 1
    return Flyer(x, low, high), limit, end, budget - steps


teach(Flight, room=_room, placed=_placed, travel=_travel)
