"""Run-and-tumble motion from event to event, and so exact.

Runs are straight and last an exponential time; what comes first happens, the arrival, the tumble or the
reset.  A reset draws the direction anew, left or right with probability one half.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.resets import Partial, RateField
from resetdyn.simulation.ages import age, ages_of, mean_wait
from resetdyn.simulation.barriers import Edges, around, edges_of, has_barriers
from resetdyn.simulation.clock import Clock, clock_of, waiting_time
from resetdyn.simulation.kernel import State, inlined, kernel
from resetdyn.simulation.quantiles import draw
from resetdyn.simulation.restart import Restart, restart_of, send_back
from resetdyn.simulation.sampler import BUDGET, Sampler
from resetdyn.simulation.variates import exponential, uniform


class Tumbler(NamedTuple):
    """Speed, and the rate of tumbles."""

    speed: float
    rate: float


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of a run-and-tumble search; it needs no `dt`."""
    if not has_barriers(problem.target):
        raise ValueError(f"target={problem.target}: its ends are not known; give an rd.Quadratic")
    process, reset = problem.process, problem.reset
    tumbler = Tumbler(process.speed, process.tumble_rate)  # type: ignore[union-attr]
    edges, restart, clock = edges_of(problem.target), restart_of(reset), clock_of(reset, max_time)
    to = math.nan if reset.random_to else problem.reset_to

    def sample(state: State, size: int) -> tuple[Any, ...]:
        *columns, ends = _first_passages(
            state, size, tumbler, problem.start, to, edges, restart, clock, BUDGET
        )
        return (*columns, ends if edges.free_between else None)

    return Sampler("runs and tumbles from event to event, exact", sample)


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of independent steady states, by renewal at the age of the last reset."""
    process, reset = problem.process, problem.reset
    if isinstance(reset.to, Partial) or isinstance(reset, RateField) or reset.return_speed is not None:
        raise ValueError(
            f"reset={reset}: no sampler for steady states of run-and-tumble motion with partial resets, "
            "journeys back or a rate of the position; use rd.solve(problem)"
        )
    tumbler = Tumbler(process.speed, process.tumble_rate)  # type: ignore[union-attr]
    moving = mean_wait(reset) / (mean_wait(reset) + reset.mean_refractory)
    ages, restart = ages_of(reset), restart_of(reset)
    to = math.nan if reset.random_to else reset.to

    def sample(state: State, size: int) -> tuple[FloatArray]:
        return (_steady_states(state, size, tumbler, to, restart, ages, moving),)

    return Sampler("runs and tumbles for as long as the last reset is ago, exact", sample)


@inlined
def _direction(state: State) -> float:
    return 1.0 if uniform(state) <= 0.5 else -1.0


@kernel
def _first_passages(
    state: State,
    size: int,
    tumbler: Tumbler,
    start: float,
    to: float,
    edges: Edges,
    restart: Restart,
    clock: Clock,
    budget: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    times = np.full(size, np.nan)
    resets = np.zeros(size, np.int64)
    censored = np.zeros(size, np.bool_)
    ends = np.full(size, -1, np.int8)
    for i in range(size):
        x = start
        low, high = around(edges, x)
        time = 0.0
        direction = _direction(state)
        reset_at = waiting_time(state, clock)
        while True:
            budget -= 1
            if budget < 0 and math.isinf(clock.max_time):
                return times, resets, censored, ends
            until = min(reset_at, clock.max_time)
            tumble_at = time + exponential(state) / tumbler.rate
            arrival = time + (high - x if direction > 0 else x - low) / tumbler.speed
            if arrival <= min(tumble_at, until):
                times[i], ends[i] = arrival, 1 if direction > 0 else 0
                break
            if tumble_at < until:
                x += direction * tumbler.speed * (tumble_at - time)
                time = tumble_at
                direction = -direction
                continue
            if clock.max_time <= reset_at:
                times[i], censored[i] = clock.max_time, True
                break
            x += direction * tumbler.speed * (reset_at - time)
            time = reset_at
            resets[i] += 1
            x, taken = send_back(state, restart, to, x)
            time += taken
            if time >= clock.max_time:
                times[i], censored[i] = clock.max_time, True
                break
            low, high = around(edges, x)
            if not low < x < high:  # a random place may be at the target
                times[i], ends[i] = time, 0 if x <= low else 1
                break
            direction = _direction(state)
            reset_at = time + waiting_time(state, clock)
    return times, resets, censored, ends


@kernel
def _steady_states(
    state: State, size: int, tumbler: Tumbler, to: float, restart: Restart, ages: Clock, moving: float
) -> FloatArray:
    samples = np.empty(size)
    for i in range(size):
        x = draw(state, restart.places) if restart.random else to
        if moving == 1 or uniform(state) <= moving:
            left = age(state, ages)
            direction = _direction(state)
            while left > 0:
                run = min(exponential(state) / tumbler.rate, left)
                x += direction * tumbler.speed * run
                left -= run
                direction = -direction
        samples[i] = x
    return samples
