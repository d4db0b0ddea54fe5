"""Discrete SGD, step by step: exact in law, for there is no time step to choose.

A first passage is the number of steps after which the state is first found in the target (passing over it
within a step does not count).  Ties follow the reset: under :class:`~resetdyn.Geometric` resetting its own
`ties`; under :class:`~resetdyn.Sharp` the process wins them, so that `period` steps are allowed.

Steady states are sampled by renewal, one independent run for each sample: after the reset decision the age
since the last reset is geometric, ``P(age = a) = p (1 - p)^a`` (uniform below the period for Sharp), and the
state is that of a run of `age` steps from the place of the reset.  Without resetting the run starts at the
optimum, where the mean is exact at once, and lasts until the covariance has forgotten its start: a
difference `d` of two runs shrinks as ``E|d'|^2 = d^T E[(1 - eta H_B)^2] d``, and one minus the largest
eigenvalue of that matrix is the gap.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn.functions import Quadratic
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.processes import SGD, GaussianSGD, LinearSGD, QuadraticSGD
from resetdyn.resets import Geometric, Sharp, destination, never_resets
from resetdyn.simulation.kernel import kernel
from resetdyn.simulation.sampler import BUDGET, Sampler, Scheme, require_plain
from resetdyn.simulation.sgd_steps import (
    DENSE,
    DIAGONAL,
    INCREMENTAL,
    LINEAR,
    Measure,
    Step,
    advance,
    curve,
    value,
)  # fmt: skip
from resetdyn.simulation.variates import below, exponential
from resetdyn.targets import Ball, HalfSpace, Interval, Level, Sublevel, Target

_FORGOTTEN = 1e-5  # of the start, relative, in a steady state without resetting
_NEVER = 2**62
_DIVERGED = -1


class _Clock(NamedTuple):
    """When resets happen: with a hazard per step, or after a period; and who wins ties."""

    hazard: float
    period: int
    process_wins: bool


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of first-passage steps."""
    require_plain(problem.reset)
    process: Any = problem.process
    step, basis = _step(process)
    start, to = (basis.T @ np.atleast_1d(x) for x in (problem.start, problem.reset_to))
    measure = _measure(problem.target, basis, step)
    bands = np.array([_band(problem.target, x) for x in (problem.start, problem.reset_to)])
    clock = _clock(problem.reset)
    hopeless = math.isinf(clock.hazard) and not clock.process_wins
    limit = _NEVER if math.isinf(max_time) else int(max_time)
    budget = _NEVER if limit < _NEVER else 0 if hopeless else BUDGET
    two_ended = isinstance(problem.target, Interval)

    def draw(state: Any, size: int) -> tuple[Any, ...]:
        times, resets = np.empty(size), np.zeros(size, np.int64)
        ends = np.full(size, -1)
        _first_passages(state, step, measure, clock, start, to, bands, limit, budget, times, resets, ends)
        if np.any(times == _DIVERGED):
            raise _diverges(process)
        return times, resets, ends < 0, ends if two_ended else None

    ties = "process" if clock.process_wins else "reset"
    return Sampler(Scheme(f"{_law(process)}, {ties} wins ties"), draw)


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of independent steady states, taken after the reset decision."""
    require_plain(problem.reset)
    process: Any = problem.process
    step, basis = _step(process)
    clock, least = _clock(problem.reset), 0
    if never_resets(problem.reset):
        origin, least = _optimum(process), _steps_to_forget(process)
    else:
        origin = np.atleast_1d(destination(problem.reset, None))
    origin = basis.T @ origin
    unseen = _measure(HalfSpace(np.ones(process.dim), 0.0), basis, step)

    def draw(state: Any, size: int) -> tuple[Any, ...]:
        samples = np.empty((size, process.dim))
        _steady_states(state, step, unseen, clock, least, origin, samples)
        if not np.all(np.isfinite(samples)):
            raise _diverges(process)
        samples = samples @ basis.T
        return (samples[:, 0] if process.dim == 1 else samples,)

    return Sampler(Scheme(f"{_law(process)}, one run per sample"), draw)


def _diverges(process: SGD) -> ValueError:
    return ValueError(
        f"learning_rate={process.learning_rate:g}: SGD diverges; give a smaller learning_rate or a "
        "larger batch_size"
    )


def _law(process: SGD) -> str:
    match process:
        case LinearSGD():
            return "minibatch SGD on data"
        case GaussianSGD():
            return "minibatch SGD on fresh Gaussian inputs"
    return "SGD with Gaussian gradient noise"


def _step(process: SGD) -> tuple[Step, Any]:
    """Return how the process steps, and the basis in which it does (one direction a column)."""
    if not isinstance(process, QuadraticSGD) and process.momentum:
        raise ValueError(
            f"momentum={process.momentum:g}: only plain SGD is sampled; leave momentum= out, or use "
            "rd.solve(rd.SteadyState(...)) for the exact moments"
        )
    rate, batch, dim = process.learning_rate, process.batch_size, process.dim
    none, flat = np.empty(0), np.empty((0, dim))
    if isinstance(process, LinearSGD):
        X, y = np.array(process.X, order="C"), np.array(process.y)
        return Step(X, y, rate / batch, batch, process.replacement, none, none, flat, none, 0.0), np.eye(dim)
    if isinstance(process, GaussianSGD):
        h, basis = np.linalg.eigh(np.atleast_2d(process.covariance))
        noise = math.sqrt(process.noise_variance)
        return Step(flat, none, rate / batch, batch, True, none, none, flat, np.sqrt(h), noise), basis
    h, basis = np.linalg.eigh(np.atleast_2d(process.hessian))
    spread, axes = np.linalg.eigh(np.atleast_2d(process.gradient_covariance))
    noisy = spread > dim * np.finfo(float).eps * spread[-1]  # noise of low rank costs less
    kick = rate * np.sqrt(spread[noisy] / batch)[:, None] * (basis.T @ axes[:, noisy]).T
    force = rate * h * (basis.T @ np.atleast_1d(process.optimum))
    kick = np.ascontiguousarray(kick)
    return Step(flat, none, rate, batch, True, 1 - rate * h, force, kick, none, 0.0), basis


def _clock(reset: Any) -> _Clock:
    match reset:
        case Geometric(probability=p, ties=ties) if p > 0:
            hazard = math.inf if p == 1 else -math.log1p(-p)
            return _Clock(hazard, 0, ties == "process")
        case Sharp(period=period):
            return _Clock(0.0, int(period), True)
    return _Clock(0.0, _NEVER, True)


def _measure(target: Target, basis: Any, step: Step) -> Measure:
    """Return the number that the target looks at, in the basis of the steps."""
    dim = len(basis)
    none, flat = np.empty(0), np.empty((0, dim))
    match target:
        case HalfSpace(normal=normal):
            return Measure(LINEAR, basis.T @ normal, none, none, flat, flat)
        case Level() | Interval():
            return Measure(LINEAR, basis[0], none, none, flat, flat)
        case Ball(center=center):
            return Measure(DIAGONAL, none, basis.T @ np.atleast_1d(center), np.full(dim, 2.0), flat, flat)
        case Sublevel(function=Quadratic() as function):
            center = basis.T @ np.atleast_1d(function.center)
            matrix = basis.T @ np.atleast_2d(function.matrix) @ basis
            diagonal = np.diag(matrix).copy()
            if np.abs(matrix - np.diag(diagonal)).max() <= 1e-14 * np.abs(matrix).max():
                return Measure(DIAGONAL, none, center, diagonal, flat, flat)
            kind = INCREMENTAL if len(step.y) and step.batch < dim else DENSE
            rows = np.ascontiguousarray(step.X @ matrix) if kind == INCREMENTAL else flat
            return Measure(kind, none, center, none, np.ascontiguousarray(matrix), rows)
    raise ValueError(f"target={target}: for SGD give Sublevel an rd.Quadratic, such as model.clean_risk")


def _band(target: Any, origin: Any) -> tuple[float, float]:
    """Return the open band of the measure outside the target, for a flight that begins at `origin`."""
    match target:
        case HalfSpace(offset=offset):
            return offset, math.inf
        case Level(x=x):
            return (x, math.inf) if origin > x else (-math.inf, x)
        case Interval(low=low, high=high):
            return low, high
        case Ball(radius=radius):
            return radius**2, math.inf
        case _:
            return target.value - target.function.floor, math.inf


def _optimum(process: SGD) -> Any:
    if isinstance(process, QuadraticSGD):
        return np.atleast_1d(process.optimum)
    if isinstance(process, GaussianSGD):
        return np.zeros(process.dim)
    return np.linalg.lstsq(process.X, process.y, rcond=None)[0]


def _steps_to_forget(process: SGD) -> int:
    """Return the steps after which the second moment has forgotten its start."""
    rate = process.learning_rate
    if isinstance(process, QuadraticSGD):
        h = np.linalg.eigvalsh(np.atleast_2d(process.hessian))
        gap = float(np.min(rate * h * (2 - rate * h)))
    else:
        if isinstance(process, GaussianSGD):
            hessian, share = np.atleast_2d(process.covariance), 1 / process.batch_size
            single = 2 * hessian @ hessian + np.trace(hessian) * hessian  # E |x|^2 x x^T
        else:
            X, n, share = process.X, len(process.X), process.batch_noise
            hessian = X.T @ X / n
            single = (X * np.sum(X**2, axis=1)[:, None]).T @ X / n
        square = share * single + (1 - share) * hessian @ hessian
        gap = float(np.linalg.eigvalsh(2 * rate * hessian - rate**2 * square)[0])
        if gap <= 4 * process.dim * np.finfo(float).eps:
            raise ValueError(
                f"learning_rate={rate:g}: without resetting these steps need not forget their start (or the "
                "loss is flat in some direction); give a smaller learning_rate, a larger batch_size or a "
                "reset"
            )
    return math.ceil(-math.log(_FORGOTTEN) / min(gap, 1.0)) if gap < 1 else 1


@kernel
def _wait(state, clock):  # type: ignore[no-untyped-def]
    """Draw the number of steps until the next reset, at least 1."""
    if clock.hazard > 0:
        return max(1, int(min(math.ceil(exponential(state) / clock.hazard), 1.0 * _NEVER)))
    return clock.period


@kernel
def _age(state, clock):  # type: ignore[no-untyped-def]
    """Draw the number of steps since the last reset, as found after a reset decision."""
    if clock.hazard > 0:
        return int(min(exponential(state) / clock.hazard, 1.0 * _NEVER))
    return below(state, clock.period) if clock.period < _NEVER else 0


@kernel
def _first_passages(  # type: ignore[no-untyped-def]
    state, step, measure, clock, start, to, bands, limit, budget, times, resets, ends
):
    order, picks, residuals = np.arange(len(step.y)), np.empty(step.batch, np.int64), np.empty(step.batch)
    theta, curved = np.empty_like(start), np.zeros_like(start)
    curved_start, curved_to = np.zeros_like(start), np.zeros_like(start)
    curve(measure, start, curved_start)
    curve(measure, to, curved_to)
    spent = 0
    for path in range(len(times)):
        theta[:], curved[:], (low, high) = start, curved_start, bands[0]
        steps, wait = 0, _wait(state, clock)
        while steps < limit and spent < budget:
            advance(state, step, measure, theta, curved, order, picks, residuals)
            steps += 1
            spent += 1
            wait -= 1
            if wait > 0 or clock.process_wins:
                seen = value(measure, theta, curved)
                if not math.isfinite(seen):
                    times[path] = _DIVERGED
                    return
                if seen <= low or seen >= high:
                    ends[path] = int(seen >= high)
                    break
            if wait == 0:
                theta[:], curved[:], (low, high) = to, curved_to, bands[1]
                resets[path] += 1
                wait = _wait(state, clock)
        times[path] = steps if ends[path] >= 0 or steps >= limit else math.nan


@kernel
def _steady_states(state, step, unseen, clock, least, origin, samples):  # type: ignore[no-untyped-def]
    order, picks, residuals = np.arange(len(step.y)), np.empty(step.batch, np.int64), np.empty(step.batch)
    curved = np.empty(0)
    for theta in samples:
        theta[:] = origin
        for _ in range(least + _age(state, clock)):
            advance(state, step, unseen, theta, curved, order, picks, residuals)
