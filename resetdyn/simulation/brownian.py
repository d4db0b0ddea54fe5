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
from typing import Any, NamedTuple

import numpy as np

from resetdyn.problems import FirstPassage
from resetdyn.resets import RateField, Reset, never_resets
from resetdyn.simulation import line, space
from resetdyn.simulation.barriers import Edges, around, edges_of, has_barriers
from resetdyn.simulation.clock import Clock, clock_of, waiting_time
from resetdyn.simulation.kernel import State, kernel
from resetdyn.simulation.line import Line, line_of
from resetdyn.simulation.quantiles import draw
from resetdyn.simulation.restart import Restart, restart_of, time_to_restart
from resetdyn.simulation.sampler import BUDGET, Sampler
from resetdyn.simulation.steady import steady_state
from resetdyn.simulation.variates import inverse_gaussian, uniform
from resetdyn.targets import HalfSpace

__all__ = ["first_passage", "steady_state"]


class Approach(NamedTuple):
    """Distance to a flat barrier, drift away from it, diffusion across it."""

    distance: float
    drift: float
    diffusion: float


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler: direct and exact for one flat barrier, else by steps."""
    process: Any = problem.process
    target, reset = problem.target, problem.reset
    # A journey back, and a rate of the position, ask where the state is when it is reset.
    lost = never_resets(reset) or (reset.return_speed is None and not isinstance(reset, RateField))
    if process.dim > 1 and isinstance(target, HalfSpace) and lost:
        length = float(np.linalg.norm(target.normal))
        normal = target.normal / length
        start, to = (float(normal @ x) - target.offset / length for x in (problem.start, problem.reset_to))
        across = Line(
            0.0,
            float(normal @ np.atleast_1d(process.drift)),
            float(normal @ np.atleast_2d(process.diffusion) @ normal),
        )
        return _direct(reset, max_time, start, to, Edges(-math.inf, 0.0, False), across)
    if process.dim > 1 or not has_barriers(target):
        return space.first_passage(problem, dt, max_time)
    edges = edges_of(target)
    if edges.free_between or not lost:
        return line.first_passage(problem, dt, max_time)
    to = math.nan if reset.random_to else problem.reset_to
    return _direct(reset, max_time, problem.start, to, edges, line_of(process))


def _direct(reset: Reset, max_time: float, start: float, to: float, edges: Edges, across: Line) -> Sampler:
    clock, restart = clock_of(reset, max_time), restart_of(reset)

    def sample(state: State, size: int) -> tuple[Any, ...]:
        return (*_first_passages(state, size, start, to, edges, across, restart, clock, BUDGET), None)

    return Sampler("first-passage law of each reset interval, exact", sample)


@kernel
def _approach(x: float, edges: Edges, across: Line) -> Approach:
    low, high = around(edges, x)
    if low > -math.inf:
        return Approach(x - low, across.force, across.diffusion)
    return Approach(high - x, -across.force, across.diffusion)


@kernel
def _arrival_time(state: State, approach: Approach) -> float:
    """Draw the time to the barrier without resetting; `inf` if it is never reached."""
    b, v, diffusion = approach
    if diffusion == 0:
        return b / -v if v < 0 else math.inf
    if v > 0 and uniform(state) > math.exp(-v * b / diffusion):
        return math.inf
    return inverse_gaussian(state, b / abs(v), b * b / (2 * diffusion))


@kernel
def _first_passages(
    state: State,
    size: int,
    start: float,
    to: float,
    edges: Edges,
    across: Line,
    restart: Restart,
    clock: Clock,
    budget: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    times = np.full(size, np.nan)
    resets = np.zeros(size, np.int64)
    censored = np.zeros(size, np.bool_)
    from_start, from_reset = _approach(start, edges, across), _approach(to, edges, across)
    for i in range(size):
        time = 0.0
        approach = from_start
        while True:
            budget -= 1
            if budget < 0 and math.isinf(clock.max_time):
                return times, resets, censored
            arrival = time + _arrival_time(state, approach)
            reset_at = time + waiting_time(state, clock)
            if arrival < math.inf and arrival <= min(reset_at, clock.max_time):
                times[i] = arrival
                break
            if clock.max_time <= reset_at:
                times[i], censored[i] = clock.max_time, True
                break
            time = reset_at
            resets[i] += 1
            if restart.plain:
                approach = from_reset
                continue
            time += time_to_restart(state, restart, 0.0)
            approach = _approach(draw(state, restart.places), edges, across) if restart.random else from_reset
            if time >= clock.max_time:
                times[i], censored[i] = clock.max_time, True
                break
            if approach.distance <= 0:  # a random place may be at the target
                times[i] = time
                break
    return times, resets, censored
