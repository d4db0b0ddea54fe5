"""Random walks in discrete time, step by step, and so exact.

Steps on the integers come from Walker's alias table (ACM Trans. Math. Softw. 3, 253 (1977)), those with a
continuous law from the table of :mod:`resetdyn.simulation.quantiles`.  The walk ends where it reaches a level
or jumps beyond it.  The step of the next reset is drawn first; where it is also the one that arrives, the
reset undoes the hit, or under ``ties="process"`` comes too late.  Sharp resets come too late as well.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.processes import RandomWalk
from resetdyn.resets import BestSoFar, Geometric, Partial, Reset, Sharp
from resetdyn.simulation.barriers import Edges, around, edges_of
from resetdyn.simulation.halt import halted
from resetdyn.simulation.kernel import State, inlined, kernel
from resetdyn.simulation.quantiles import NO_QUANTILES, Quantiles, draw, quantiles_of
from resetdyn.simulation.restart import Restart, restart_of, send_back
from resetdyn.simulation.sampler import BUDGET, Sampler, Scheme
from resetdyn.simulation.variates import below, exponential, uniform
from resetdyn.targets import HalfSpace, Interval, Level

_NEVER = 2**62


class Steps(NamedTuple):
    """Values, the chance that a column of the table keeps its own, and whose it gives else; or a law."""

    values: FloatArray
    kept: FloatArray
    alias: Any
    law: Quantiles


class Bell(NamedTuple):
    """Rings after a geometric number of steps or, where `hazard` is 0, after `period`."""

    hazard: float
    period: int
    process_wins: bool


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of a walk to a level or beyond it; it needs no `dt`."""
    if not isinstance(problem.target, Level | Interval | HalfSpace):
        raise ValueError(
            f"target={problem.target}: a walk may jump over it; give an rd.Level, an rd.Interval or an "
            "rd.HalfSpace"
        )
    if isinstance(problem.reset.to, BestSoFar):
        raise ValueError(f"to={problem.reset.to}: no sampler for this of a random walk; give a place")
    steps, bell, edges = steps_of(problem.process), bell_of(problem.reset), edges_of(problem.target)
    restart = restart_of(problem.reset)
    to = math.nan if problem.reset.random_to else problem.reset_to

    def sample(state: State, size: int) -> tuple[Any, ...]:
        *columns, ends = _first_passages(
            state, size, steps, problem.start, to, edges, restart, bell, max_time, BUDGET
        )
        return (*columns, ends if edges.free_between else None)

    return Sampler(Scheme("random walk step by step, exact"), sample)


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of independent steady states, seen after the reset decision."""
    reset = problem.reset
    if not isinstance(reset, Geometric) or not reset.free or isinstance(reset.to, Partial):
        raise ValueError(
            f"reset={reset}: no sampler of such a steady state of a walk; give rd.Geometric(p, to=place) "
            "without costs"
        )
    steps, bell, restart = steps_of(problem.process), bell_of(reset), restart_of(reset)
    to = math.nan if reset.random_to else reset.to

    def sample(state: State, size: int) -> tuple[FloatArray]:
        return (_steady_states(state, size, steps, to, restart, bell),)

    return Sampler(Scheme("random walk for as many steps as the last reset is ago, exact"), sample)


def steps_of(process: Any) -> Steps:
    """Return the table of a walk's steps."""
    walk: RandomWalk = process
    if not walk.lattice:
        return Steps(np.empty(0), np.empty(0), np.empty(0, np.int64), quantiles_of(walk.steps))
    values = np.array(list(walk.steps), dtype=float)
    kept = np.array(list(walk.steps.values())) * len(values)
    alias = np.arange(len(values))
    poor, rich = ([int(i) for i in np.flatnonzero(side)] for side in (kept < 1, kept >= 1))
    while poor and rich:
        i, j = poor.pop(), rich[-1]
        alias[i] = j
        kept[j] -= 1 - kept[i]
        if kept[j] < 1:
            poor.append(rich.pop())
    kept[[*poor, *rich]] = 1.0
    return Steps(values, kept, alias, NO_QUANTILES)


def bell_of(reset: Reset) -> Bell:
    """Return when resets come."""
    match reset:
        case Geometric(probability=p, ties=ties) if p > 0:
            return Bell(math.inf if p == 1 else -math.log1p(-p), 0, ties == "process")
        case Sharp(period=period):
            return Bell(0.0, int(min(period, _NEVER)), True)
    return Bell(0.0, _NEVER, True)


@inlined
def _step(state: State, steps: Steps) -> float:
    if len(steps.values) == 0:
        return draw(state, steps.law)
    column = below(state, len(steps.values))
    return steps.values[column if uniform(state) <= steps.kept[column] else steps.alias[column]]


@inlined
def _steps_to_reset(state: State, bell: Bell) -> int:
    if bell.hazard == 0:
        return bell.period
    return 1 + int(min(exponential(state) / bell.hazard, 1e18))


@kernel
def _first_passages(
    state: State,
    size: int,
    steps: Steps,
    start: float,
    to: float,
    edges: Edges,
    restart: Restart,
    bell: Bell,
    max_time: float,
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
        left = _steps_to_reset(state, bell)
        while True:
            budget -= 1
            if budget < 0 and math.isinf(max_time):
                return times, resets, censored, ends
            if halted(state):
                times[i], censored[i] = time, True
                return times, resets, censored, ends
            if time + 1 > max_time:
                times[i], censored[i] = max_time, True
                break
            x += _step(state, steps)
            time += 1
            left -= 1
            if not low < x < high and (left > 0 or bell.process_wins):
                times[i], ends[i] = time, 0 if x <= low else 1
                break
            if left > 0:
                continue
            resets[i] += 1
            x, taken = send_back(state, restart, to, x)
            time += taken
            low, high = around(edges, x)
            # A random place may be at the target; a fixed one at its edge is where a walk may start.
            if restart.random and not low < x < high and time <= max_time:
                times[i], ends[i] = time, 0 if x <= low else 1
                break
            left = _steps_to_reset(state, bell)
    return times, resets, censored, ends


@kernel
def _steady_states(
    state: State, size: int, steps: Steps, to: float, restart: Restart, bell: Bell
) -> FloatArray:
    samples = np.empty(size)
    for i in range(size):
        if halted(state):
            break
        x = draw(state, restart.places) if restart.random else to
        for _ in range(_steps_to_reset(state, bell) - 1):
            x += _step(state, steps)
        samples[i] = x
    return samples
