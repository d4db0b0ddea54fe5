"""The loops: paths that move, are reset, pause and arrive, whatever the motion is.

They are written in the verbs of :mod:`resetdyn.simulation.verbs`; a stepper hands its motion to
:func:`passage_sampler` or :func:`aged_sampler`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.simulation.ages import age, ages_of, mean_wait
from resetdyn.simulation.checkpoint import NOT_A_SCORE, copied, score_of
from resetdyn.simulation.clock import Clock, clock_of, waiting_time
from resetdyn.simulation.halt import STRETCH, halted
from resetdyn.simulation.kernel import Loop, State
from resetdyn.simulation.rate_field import strikes
from resetdyn.simulation.record import Scene
from resetdyn.simulation.restart import Restart, nominal_place, restart_of, send_back
from resetdyn.simulation.sampler import BUDGET, Sampler, Scheme
from resetdyn.simulation.variates import uniform
from resetdyn.simulation.verbs import placed, room, travel

_UNLIMITED = 2**62


def passage_sampler(
    problem: FirstPassage,
    motion: Any,
    scheme: Scheme,
    clock: Clock,
    field: Any = None,
    *,
    start: Any = None,
    to: Any = None,
    basis: Any = None,
    two_ended: bool = False,
) -> Sampler:
    """Return the sampler of first passages.

    Parameters
    ----------
    problem : FirstPassage
        What is asked.
    motion : named tuple
        A motion that knows the verbs.
    scheme : Scheme
        How it moves.
    clock : Clock
        When resets come, or, with a `field`, candidates of resets.
    field : compiled function or None, optional
        Rate of resets as a function of the position; the clock is that of its bound.
    start, to : float or array, optional
        Start and destination in the coordinates of the motion, by default those of the problem.
    basis : array, optional
        Directions of those coordinates, one a column; by default they are the problem's own.
    two_ended : bool, optional
        Whether the target has two ends, so that the result says which one was met.
    """
    reset: Any = problem.reset
    start = problem.start if start is None else start
    if to is None:
        to = math.nan if reset.random_to else nominal_place(problem)
    restart = restart_of(reset)

    score, every = score_of(reset, start, basis)
    loop = _PASSAGES.of(motion, score is None)
    to = start if score is not None else to

    def sample(state: State, size: int) -> tuple[Any, ...]:
        *columns, ends = loop(state, size, motion, start, to, restart, clock, field, score, every, BUDGET)
        return (*columns, ends if two_ended else None)

    scene = None if score is not None else lambda: Scene(motion, start, to, restart, clock, field, basis)
    return Sampler(scheme, sample, scene)


def aged_sampler(problem: SteadyState, motion: Any, scheme: Scheme, to: Any = None) -> Sampler:
    """Return the sampler of steady states under resetting: motion for as long as the last reset is ago.

    `motion` meets no target; `to` is the destination in its coordinates, by default that of the problem.
    Pauses take their share of the time, in which the state waits where the reset led.
    """
    reset: Any = problem.reset
    moving = mean_wait(reset) / (mean_wait(reset) + reset.mean_refractory)
    ages, restart = ages_of(reset), restart_of(reset)
    if to is None:
        to = math.nan if reset.random_to else reset.to
    shape, loop = np.shape(to), _AGED.of(motion)

    def sample(state: State, size: int) -> tuple[FloatArray]:
        samples = np.empty((size, *shape))
        loop(state, motion, to, restart, ages, moving, samples)
        return (samples,)

    return Sampler(scheme, sample, lambda: steady_scene(problem, motion, to))


def steady_scene(problem: SteadyState, motion: Any, to: Any, basis: Any = None) -> Scene:
    """Return the scene of a path that meets no target; it starts where resets lead."""
    reset: Any = problem.reset
    start = reset.to.median() if reset.random_to else to
    return Scene(motion, start, to, restart_of(reset), clock_of(reset, math.inf), None, basis)


def _first_passages(
    state: State,
    size: int,
    motion: Any,
    start: Any,
    to: Any,
    restart: Restart,
    clock: Clock,
    field: Any,
    score: Any,
    every: float,
    budget: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw first-passage times, numbers of resets, censoring and ends (-1 for none)."""
    times = np.full(size, np.nan)
    resets = np.zeros(size, np.int64)
    censored = np.zeros(size, np.bool_)
    ends = np.full(size, -1, np.int8)
    budget, stretch = budget if math.isinf(clock.max_time) else _UNLIMITED, STRETCH
    walker, plain = room(motion), restart.plain
    best = copied(to)
    for i in range(size):
        walker, end = placed(state, motion, walker, start, False)
        time, score_at = 0.0, every
        if score is not None:
            best, lowest = copied(walker.x), score(walker.x)
        reset_at = waiting_time(state, clock)
        while True:
            until = min(reset_at, clock.max_time)
            if score is not None:
                until = min(until, score_at)
            limit = until - time
            walker, taken, end, stretch = travel(state, motion, walker, limit, stretch - 1)
            if end >= 0:
                times[i], ends[i] = time + taken, end
                break
            if taken < limit or stretch <= 0:
                budget, stretch, ended = budget - STRETCH, STRETCH, halted(state)
                if ended:
                    times[i], censored[i] = time + taken, True
                if budget <= 0 or ended:  # endless, or so it seems
                    return times, resets, censored, ends
                if taken < limit:
                    time += taken
                    continue
            time = until
            if score is not None and time >= score_at:
                score_at += every
                now = score(walker.x)
                if math.isnan(now):
                    raise ValueError(NOT_A_SCORE, copied(walker.x))
                if now < lowest:
                    best, lowest = copied(walker.x), now
                if time < min(reset_at, clock.max_time):
                    continue
            if clock.max_time <= reset_at:
                times[i], censored[i] = clock.max_time, True
                break
            if field is not None and not strikes(state, field(walker.x), clock.rate):
                reset_at = time + waiting_time(state, clock)
                continue
            resets[i] += 1
            if score is not None:
                place, costs = send_back(state, restart, best, walker.x)
            elif plain:  # to hand on what a reset costs would take longer than a reset
                walker, end = placed(state, motion, walker, to, True)
                reset_at = time + waiting_time(state, clock)
                continue
            else:
                place, costs = send_back(state, restart, to, walker.x)
            time += costs
            if time >= clock.max_time:
                times[i], censored[i] = clock.max_time, True
                break
            if score_at <= time:  # nothing is scored on the way back
                score_at += every * (np.floor((time - score_at) / every) + 1)
            walker, end = placed(state, motion, walker, place, True)
            if end >= 0:  # a random place may be at the target
                times[i], ends[i] = time, end
                break
            reset_at = time + waiting_time(state, clock)
    return times, resets, censored, ends


def _aged(
    state: State, motion: Any, to: Any, restart: Restart, ages: Clock, moving: float, samples: FloatArray
) -> None:
    """Fill in states at the age of their last reset."""
    walker = room(motion)
    for i in range(len(samples)):
        place, _ = send_back(state, restart, to, to)
        walker, _ = placed(state, motion, walker, place, True)
        if moving == 1 or uniform(state) <= moving:
            left, budget = age(state, ages), BUDGET
            while budget > 0 and not halted(state):
                walker, taken, _, _ = travel(state, motion, walker, left, STRETCH)
                if taken >= left:
                    break
                left -= taken
                budget -= STRETCH
        samples[i] = walker.x


_PASSAGES = Loop(_first_passages)
_AGED = Loop(_aged)
