"""The loops of discrete SGD: first passages, runs since the last reset, and paths that are followed.

The order of things in a step: move; where the process wins ties, or no reset comes, check for the target;
score the state, where resets lead to the best one so far; reset, and where the reset wins ties, check.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn.resets import Geometric, Partial, Sharp, never_resets
from resetdyn.simulation.checkpoint import NOT_A_SCORE
from resetdyn.simulation.halt import halted
from resetdyn.simulation.kernel import kernel, kernel_of_user_function
from resetdyn.simulation.sgd_steps import advance, room, stop
from resetdyn.simulation.sgd_targets import curve, value
from resetdyn.simulation.variates import below, exponential, uniform

NEVER = 2**62
DIVERGED = -1


class Clock(NamedTuple):
    """When resets happen, with a hazard per step or after a period, and what they do.

    Attributes
    ----------
    hazard : float
        Minus the logarithm of the probability that a step is no reset; 0 for sharp resetting.
    period : int
        Steps between resets otherwise.
    process_wins : bool
        Whether a hit counts though the same step is a reset.
    pause : int
        Steps that a reset takes.
    keep : bool
        Whether the velocity is left as it is.
    factor : float
        What is left of the distance to the origin in a partial reset.
    """

    hazard: float
    period: int
    process_wins: bool
    pause: int
    keep: bool
    factor: float


def clock_of(reset: Any, process: Any) -> Clock:
    """Return when and how the process is reset."""
    keep = getattr(process, "reset_velocity", "zero") == "keep"
    factor = reset.to.factor if isinstance(reset.to, Partial) else 0.0
    pause = int(reset.refractory)
    match reset:
        case Geometric(probability=p, ties=ties) if not never_resets(reset):
            hazard = math.inf if p == 1 else -math.log1p(-p)
            return Clock(hazard, NEVER, ties == "process", pause, keep, factor)
        case Sharp(period=period):
            return Clock(0.0, int(min(period, NEVER)), True, pause, keep, factor)
    return Clock(0.0, NEVER, True, 0, keep, factor)


@kernel
def _wait(state, clock):  # type: ignore[no-untyped-def]
    """Draw the number of steps until the next reset, at least 1."""
    if clock.hazard > 0:
        return max(1, int(min(math.ceil(exponential(state) / clock.hazard), 1.0 * NEVER)))
    return clock.period


@kernel
def _age(state, clock):  # type: ignore[no-untyped-def]
    """Draw the number of steps since the last reset, as found after a reset decision."""
    if clock.hazard > 0:
        return int(min(exponential(state) / clock.hazard, 1.0 * NEVER))
    return below(state, clock.period) if clock.period < NEVER else 0


def _passages(  # type: ignore[no-untyped-def]
    state, step, measure, clock, factors, score, every, start, to, bands, limit, budget, times, resets, ends
):
    """Fill in numbers of steps (nan if the budget ends first, `DIVERGED`), of resets, and ends.

    A path that is told to end is the last one, and has no end.
    """
    walker, best, lowest = room(step, len(start)), start.copy(), math.inf
    curved_start, curved_to = np.zeros_like(start), np.zeros_like(start)
    curve(measure, start, curved_start)
    curve(measure, to, curved_to)
    theta, curved, spent, last = walker.theta, walker.curved, 0, len(factors) - 1
    for path in range(len(times)):
        theta[:], curved[:], (low, high) = start, curved_start, bands[0]
        stop(walker)
        steps, wait = 0, _wait(state, clock)
        if score is not None:
            best[:], lowest = start, score(start)
        while steps < limit and spent < budget:
            if halted(state):
                times[path] = steps
                return
            advance(state, step, measure, walker, factors[min(steps, last)])
            steps += 1
            spent += 1
            wait -= 1
            if wait > 0 or clock.process_wins:
                seen = value(measure, theta, curved)
                if not math.isfinite(seen):
                    times[path] = DIVERGED
                    return
                if seen <= low or seen >= high:
                    ends[path] = int(seen >= high)
                    break
            if score is not None and steps % every == 0:
                now = score(theta)
                if math.isnan(now):
                    raise ValueError(NOT_A_SCORE, theta.copy())
                if now < lowest:
                    best[:], lowest = theta, now
            if wait > 0:
                continue
            resets[path] += 1
            if not clock.keep:
                stop(walker)
            if score is None:
                theta[:], curved[:], (low, high) = to, curved_to, bands[1]
            else:  # on the same side as ever, or at the target where the reset has undone the hit
                theta[:] = best
                curve(measure, theta, curved)
                seen = value(measure, theta, curved)
                if seen <= low or seen >= high:
                    ends[path] = int(seen >= high)
                    break
            steps += clock.pause
            wait = _wait(state, clock)
        times[path] = min(steps, limit) if ends[path] >= 0 or steps >= limit else math.nan


passages: Any = kernel(_passages)
passages_by_score: Any = kernel_of_user_function(_passages)


@kernel
def aged(state, step, unseen, clock, least, waiting, origin, samples):  # type: ignore[no-untyped-def]
    """Fill in states after as many steps from the origin as the last reset is ago, and `least` more."""
    walker = room(step, len(origin))
    for sample in samples:
        if halted(state):
            break
        walker.theta[:] = origin
        stop(walker)
        if waiting == 0 or uniform(state) > waiting:
            for _ in range(least + _age(state, clock)):
                advance(state, step, unseen, walker, 1.0)
        sample[:] = walker.theta


@kernel
def followed(state, step, unseen, clock, to, origin, warm, every, samples):  # type: ignore[no-untyped-def]
    """Fill in states along one path, seen every so many steps after it is warm."""
    walker = room(step, len(origin))
    walker.theta[:] = origin
    wait = _wait(state, clock)
    if clock.hazard == 0 and clock.period < NEVER:
        wait = 1 + below(state, clock.period)
    for i in range(len(samples)):
        if halted(state):
            break
        for _ in range(every if i else warm):
            advance(state, step, unseen, walker, 1.0)
            wait -= 1
            if wait == 0:
                for k in range(len(to)):
                    walker.theta[k] = clock.factor * walker.theta[k] + to[k]
                if not clock.keep:
                    stop(walker)
                wait = _wait(state, clock)
        samples[i] = walker.theta
