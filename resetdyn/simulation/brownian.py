"""First passage of Brownian motion with constant drift.

One flat barrier (a level, a half-space, anything seen from outside on the line) needs no steps: the time to
get there is drawn directly, and whatever comes first happens, the arrival or the reset.  At the distance
`b` with the drift `v` away from the barrier that time is inverse-Gaussian with mean ``b / |v|`` and shape
``b^2 / (2 D)``, the Levy law for ``v = 0``; against a drift away only the fraction ``exp(-v b / D)`` arrives
at all (Schroedinger, Phys. Z. 16, 289 (1915)).  Two barriers and curved ones take Gaussian steps.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn.problems import FirstPassage
from resetdyn.simulation import line, space
from resetdyn.simulation.barriers import barriers, has_barriers
from resetdyn.simulation.clock import Clock, clock_of, waiting_time
from resetdyn.simulation.kernel import State, kernel
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
    process, target = problem.process, problem.target
    states = (problem.start, problem.reset_to)
    if isinstance(target, HalfSpace):
        return _direct(
            [_to_half_space(process, target, state) for state in states], clock_of(problem.reset, max_time)
        )
    if process.dim > 1 or not has_barriers(target):
        return space.first_passage(problem, dt, max_time)
    around = [barriers(target, state) for state in states]
    if all(math.isfinite(end) for end in around[0]):
        return line.first_passage(problem, dt, max_time)
    return _direct(
        [_to_barrier(process, *ends, state) for ends, state in zip(around, states, strict=True)],
        clock_of(problem.reset, max_time),
    )


def _to_half_space(process: Any, target: HalfSpace, state: Any) -> Approach:
    length = float(np.linalg.norm(target.normal))
    normal = target.normal / length
    return Approach(
        float(normal @ np.atleast_1d(state)) - target.offset / length,
        float(normal @ np.atleast_1d(process.drift)),
        float(normal @ np.atleast_2d(process.diffusion) @ normal),
    )


def _to_barrier(process: Any, low: float, high: float, state: float) -> Approach:
    if math.isfinite(low):
        return Approach(state - low, process.drift, process.diffusion)
    return Approach(high - state, -process.drift, process.diffusion)


def _direct(approaches: list[Approach], clock: Clock) -> Sampler:
    from_start, from_reset = approaches

    def draw(state: State, size: int) -> tuple[Any, ...]:
        return (*_first_passages(state, size, from_start, from_reset, clock, BUDGET), None)

    return Sampler("first-passage law of each reset interval, exact", draw)


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
    state: State, size: int, from_start: Approach, from_reset: Approach, clock: Clock, budget: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    times = np.full(size, np.nan)
    resets = np.zeros(size, np.int64)
    censored = np.zeros(size, np.bool_)
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
            approach = from_reset
            resets[i] += 1
    return times, resets, censored
