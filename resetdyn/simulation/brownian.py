"""First passage of Brownian motion with constant drift.

One flat barrier (a level, a half-space, anything seen from outside on the line) needs no steps: the time to
get there is drawn directly, and whatever comes first happens, the arrival or the reset.  At the distance
`b` with the drift `v` away from the barrier that time is inverse-Gaussian with mean ``b / |v|`` and shape
``b^2 / (2 D)``, the Levy law for ``v = 0``; against a drift away only the fraction ``exp(-v b / D)`` arrives
at all (Schroedinger, Phys. Z. 16, 289 (1915)).  Two barriers, curved ones, journeys back and rates of the
position take Gaussian steps.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from resetdyn.problems import FirstPassage
from resetdyn.resets import BestSoFar, RateField, never_resets
from resetdyn.simulation import line, space
from resetdyn.simulation.barriers import Edges, around, edges_of, has_barriers
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.line import Line, line_of
from resetdyn.simulation.paths import passage_sampler
from resetdyn.simulation.restart import nominal_place
from resetdyn.simulation.sampler import Sampler, Scheme
from resetdyn.simulation.steady import steady_state
from resetdyn.simulation.variates import inverse_gaussian, uniform
from resetdyn.simulation.verbs import teach
from resetdyn.targets import HalfSpace

__all__ = ["first_passage", "steady_state"]


class Approach(NamedTuple):
    """Motion across flat barriers that needs no steps."""

    across: Line
    edges: Edges


class Approaching(NamedTuple):
    """Where a path began, its distance to the barrier, and its drift away from it."""

    x: float
    distance: float
    drift: float


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler: direct and exact for one flat barrier, else by steps."""
    process: Any = problem.process
    target, reset = problem.target, problem.reset
    # A journey back, a rate of the position and a score of the state ask where that is meanwhile.
    asked = isinstance(reset, RateField) or isinstance(reset.to, BestSoFar) or reset.return_speed is not None
    lost = never_resets(reset) or not asked
    if process.dim > 1 and isinstance(target, HalfSpace) and lost:
        length = float(np.linalg.norm(target.normal))
        normal = target.normal / length
        places = problem.start, nominal_place(problem)
        start, to = (float(normal @ x) - target.offset / length for x in places)
        across = Line(
            0.0,
            float(normal @ np.atleast_1d(process.drift)),
            float(normal @ np.atleast_2d(process.diffusion) @ normal),
        )
        motion = Approach(across, Edges(-math.inf, 0.0, False))
        return _direct(problem, max_time, start, to, motion, space.first_passage)
    if process.dim > 1 or not has_barriers(target):
        return space.first_passage(problem, dt, max_time)
    edges = edges_of(target)
    if edges.free_between or not lost:
        return line.first_passage(problem, dt, max_time)
    return _direct(problem, max_time, None, None, Approach(line_of(process), edges), line.first_passage)


def _direct(
    problem: FirstPassage, max_time: float, start: Any, to: Any, motion: Approach, by_steps: Any
) -> Sampler:
    # It does not know where paths are meanwhile: those to look at are drawn by steps.
    direct = passage_sampler(
        problem,
        motion,
        Scheme("first-passage law of each reset interval, exact"),
        clock_of(problem.reset, max_time),
        start=start,
        to=to,
    )
    return replace(direct, scene=lambda: by_steps(problem, None, max_time).scene())


def _room(motion):  # type: ignore[no-untyped-def]
    return Approaching(0.0, 0.0, 0.0)


def _placed(state, motion, walker, x, again):  # type: ignore[no-untyped-def]
    low, high = around(motion.edges, x)
    if low > -math.inf:
        return Approaching(x, x - low, motion.across.force), -1 if x > low else 0
    return Approaching(x, high - x, -motion.across.force), -1 if x < high else 1


def _travel(state, motion, walker, limit, budget):  # type: ignore[no-untyped-def]
    b, v, diffusion = walker.distance, walker.drift, motion.across.diffusion
    if diffusion == 0:
        arrival = b / -v if v < 0 else math.inf
    elif v > 0 and uniform(state) > math.exp(-v * b / diffusion):
        arrival = math.inf
    else:
        arrival = inverse_gaussian(state, b / abs(v), b * b / (2 * diffusion))
    if arrival <= limit and arrival < math.inf:
        return walker, arrival, 0, budget
    return walker, limit, -1, budget


teach(Approach, room=_room, placed=_placed, travel=_travel)
