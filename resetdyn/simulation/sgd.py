"""Discrete SGD, step by step: exact in law, for there is no time step to choose.

A first passage is the number of steps after which the state is first found in the target (passing over it
within a step does not count).  Ties follow the reset: under :class:`~resetdyn.Geometric` resetting its own
`ties`; under :class:`~resetdyn.Sharp` the process wins them, so that `period` steps are allowed.  A pause
takes whole steps; a schedule of the learning rate goes on through resets and pauses.

Steady states are sampled by renewal where a reset clears all, one independent run for each sample: after the
reset decision the age since the last reset is geometric, ``P(age = a) = p (1 - p)^a`` (uniform below the
period for Sharp), and the state is that of a run of `age` steps from the place of the reset.  Without
resetting and momentum the run starts at the optimum, where the mean is exact at once, and lasts until the
covariance has forgotten its start (:mod:`resetdyn.simulation.sgd_stability`).  A velocity that is kept, or
that nothing resets, and partial resets leave a memory of unknown length: a chunk is one path then, seen at
regular times, as in :mod:`resetdyn.simulation.chains`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.processes import SGD, GaussianSGD, LinearSGD, schedule
from resetdyn.resets import BestSoFar, Partial, never_resets
from resetdyn.results.correlation import memory
from resetdyn.simulation.checkpoint import score_of
from resetdyn.simulation.restart import nominal_place
from resetdyn.simulation.sampler import BUDGET, Sampler, Scheme
from resetdyn.simulation.sgd_paths import (
    DIVERGED,
    NEVER,
    aged,
    clock_of,
    followed,
    passages,
    passages_by_score,
)
from resetdyn.simulation.sgd_stability import (
    diverges,
    optimum,
    require_curved,
    require_stable,
    steps_to_forget,
)
from resetdyn.simulation.sgd_steps import step_of
from resetdyn.simulation.sgd_targets import band_of, measure_of, nothing
from resetdyn.simulation.streams import CHUNK, streams_of
from resetdyn.targets import Interval

# A path that is followed: samples of the pilot run, memories that it must see, lengthenings of its spacing by
# 4, memories before the first sample and between samples.
_PILOT, _MEMORIES, _LENGTHENINGS, _WARM, _SPACING = 2048, 40, 8, 20, 0.5


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of first-passage steps."""
    process: Any = problem.process
    reset: Any = problem.reset
    _require_known(reset)
    require_stable(process, reset)
    step, basis = step_of(process)
    start, to = (basis.T @ np.atleast_1d(x) for x in (problem.start, nominal_place(problem)))
    measure = measure_of(problem.target, basis, step.X, step.batch)
    bands = np.array([band_of(problem.target, x) for x in (problem.start, nominal_place(problem))])
    clock = clock_of(reset, process)
    factors = schedule.factors(process.schedule, max_time)
    # A score is asked in the coordinates of the user, on the line of a number.
    turned = None if isinstance(process, LinearSGD) and process.dim > 1 else basis
    score, every = score_of(reset, start, turned)
    loop = passages if score is None else passages_by_score
    hopeless = math.isinf(clock.hazard) and not clock.process_wins and score is None
    limit = NEVER if math.isinf(max_time) else int(max_time)
    budget = NEVER if limit < NEVER else 0 if hopeless else BUDGET
    two_ended = isinstance(problem.target, Interval)
    every = 1 if score is None else _whole("every", every)

    def draw(state: Any, size: int) -> tuple[Any, ...]:
        times, resets = np.full(size, np.nan), np.zeros(size, np.int64)
        ends = np.full(size, -1)
        loop(
            state, step, measure, clock, factors, score, every, start, to, bands, limit, budget,
            times, resets, ends,
        )  # fmt: skip
        if np.any(times == DIVERGED):
            raise diverges(process)
        return times, resets, ends < 0, ends if two_ended else None

    ties = "process" if clock.process_wins else "reset"
    return Sampler(Scheme(f"{_law(process)}, {ties} wins ties"), draw)


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of steady states, taken after the reset decision."""
    process: Any = problem.process
    reset: Any = problem.reset
    schedule.require_none(process)
    _require_known(reset)
    require_stable(process, reset)
    never, partial = never_resets(reset), isinstance(reset.to, Partial)
    heavy = getattr(process, "momentum", 0.0) > 0
    if (never and heavy) or (not never and (partial or (heavy and process.reset_velocity == "keep"))):
        return _following(problem)
    step, basis = step_of(process)
    clock, least, waiting = clock_of(reset, process), 0, 0.0
    if never:
        origin, least = optimum(process), steps_to_forget(process)
    else:
        origin = np.atleast_1d(reset.to)
        waits = clock.period if clock.hazard == 0 else 1 / reset.probability
        waiting = clock.pause / (clock.pause + waits)
    origin = basis.T @ origin
    unseen = nothing(process.dim)

    def draw(state: Any, size: int) -> tuple[Any, ...]:
        samples = np.empty((size, process.dim))
        aged(state, step, unseen, clock, least, waiting, origin, samples)
        return (_outward(process, samples, basis),)

    return Sampler(Scheme(f"{_law(process)}, one run per sample"), draw)


def _following(problem: SteadyState) -> Sampler:
    """Return the sampler that follows paths."""
    process: Any = problem.process
    reset: Any = problem.reset
    never = never_resets(reset)
    if never:
        require_curved(process)
    if not (never or reset.free):
        raise ValueError(
            f"reset={reset}: no sampler of pauses after which the velocity, or part of the state, is left; "
            "give a full reset with reset_velocity='zero', or refractory=0"
        )
    step, basis = step_of(process)
    clock, unseen = clock_of(reset, process), nothing(process.dim)
    placed = not (never or isinstance(reset.to, Partial))
    origin = basis.T @ (np.atleast_1d(reset.to) if placed else optimum(process))
    to = origin if placed else np.zeros(process.dim)

    def path(state: Any, size: int, every: int, warm: int) -> FloatArray:
        samples = np.empty((size, process.dim))
        followed(state, step, unseen, clock, to, origin, warm, every, samples)
        return _outward(process, samples, basis)

    every = warm = 0
    spacing = 1
    for number in range(_LENGTHENINGS):
        states = path(streams_of(0).chunk(number).state, _PILOT, spacing, _WARM * spacing)
        longest = max(memory(column, _PILOT) for column in states.reshape(_PILOT, -1).T)
        if longest * _MEMORIES <= _PILOT:
            every = math.ceil(_SPACING * spacing * longest)
            warm = math.ceil(_WARM * spacing * longest)
            break
        spacing *= 4
    else:
        raise ValueError(
            f"learning_rate={process.learning_rate:g}: a path remembers its beginning for longer than "
            f"{spacing} steps, too long to be sampled; use rd.solve(problem), or reset it"
        )
    while clock.hazard == 0 and math.gcd(every, clock.period) > 1:  # all phases of a period are seen alike
        every += 1

    def draw(state: Any, size: int) -> tuple[Any, ...]:
        return (path(state, size, every, warm),)

    return Sampler(Scheme(f"{_law(process)}, correlated samples every {every} steps"), draw, chain=CHUNK)


def _outward(process: SGD, samples: FloatArray, basis: FloatArray) -> FloatArray:
    """Return samples in the coordinates of the user."""
    if not np.all(np.isfinite(samples)):
        raise diverges(process)
    return (samples @ basis.T)[:, 0] if process.dim == 1 else samples @ basis.T


def _law(process: SGD) -> str:
    match process:
        case LinearSGD():
            return "minibatch SGD on data"
        case GaussianSGD():
            return "minibatch SGD on fresh Gaussian inputs"
    return "SGD with Gaussian gradient noise"


def _require_known(reset: Any) -> None:
    """Raise unless a reset is a jump, to a known place or the best one, after which whole steps pass."""
    if reset.return_speed is not None or reset.random_to or not isinstance(reset.refractory, float):
        raise ValueError(
            f"reset={reset}: no sampler of SGD for journeys back, random destinations or random pauses; give "
            "a point (or rd.BestSoFar), return_speed=None and refractory as a number of steps"
        )
    _whole("refractory", reset.refractory)
    if isinstance(reset.to, BestSoFar):
        _whole("every", reset.to.every)


def _whole(name: str, value: float) -> int:
    if value != int(value):
        raise ValueError(f"{name}={value:g}: SGD advances in steps; give a whole number")
    return int(value)
