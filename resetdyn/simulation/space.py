"""First passage in space: exact Gaussian steps of a linear process towards a curved surface.

Between the ends of a step the surface is taken as flat, with the normal at the step's start, and the process
as the Brownian bridge across it, which makes the scheme one of weak order 1 in the step (Gobet, Stoch. Proc.
Appl. 87, 167 (2000)).  The step is `dt` near the surface only: it doubles for as long as the surface stays
out of reach of the longer one.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage
from resetdyn.simulation.bridge import crossing_time
from resetdyn.simulation.clock import Clock, clock_of, waiting_time
from resetdyn.simulation.gaussian import Linear, linear_of, propagate, transition
from resetdyn.simulation.kernel import State, kernel, kernel_of_user_function
from resetdyn.simulation.quantiles import draw
from resetdyn.simulation.restart import Restart, restart_of, time_to_restart
from resetdyn.simulation.sampler import BUDGET, Sampler
from resetdyn.simulation.surface import Surface, measure, narrowest, quadratic_form, surface_of, user_function

# Default step near the surface, in units of the relaxation time and of the time to diffuse across the target.
_RELAXATION_STEP = 0.02
_WIDTH_STEP = 2e-3
# Steps double up to this many times, or to the slowest relaxation time.
_DOUBLINGS = 30
# A flat surface and constant drift: the bridge is exact for any step, up to the next reset.
_ANY_STEP = 1e200
# A surface is out of reach beyond this many standard deviations of a step.
_REACH = 4.0


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of a linear process in space."""
    linear = linear_of(problem.process)  # type: ignore[arg-type]
    surface = surface_of(problem.target, linear.basis)
    function = user_function(problem.target, problem.start)
    reset = problem.reset
    start = linear.basis.T @ np.atleast_1d(problem.start)
    to = start if reset.random_to else linear.basis.T @ np.atleast_1d(problem.reset_to)
    restart, clock = restart_of(reset), clock_of(reset, max_time)
    h = _default_step(problem, linear) if dt is None else dt
    ladder = _ladder(linear, h, 0 if function or h == _ANY_STEP else _DOUBLINGS)
    loop = _first_passages_to_user_function if function else _first_passages

    def sample(state: State, size: int) -> tuple[Any, ...]:
        return (
            *loop(state, size, linear, surface, function, ladder, start, to, restart, clock, BUDGET),
            None,
        )

    return Sampler(f"exact Gaussian steps with a flat bridge, order 1, dt={h:.3g}", sample)


def _default_step(problem: FirstPassage, linear: Linear) -> float:
    relaxation = _RELAXATION_STEP / linear.rates[-1] if linear.rates[-1] > 0 else math.inf
    width = narrowest(problem.target)
    if width == math.inf and linear.rates[-1] == 0:
        return _ANY_STEP
    step = min(relaxation, math.inf if math.isnan(width) else _WIDTH_STEP * width**2 / _widest(linear))
    if not 0 < step < math.inf:
        raise ValueError(f"dt=None: {problem.target} sets no scale for the time step; give dt")
    return step


def _widest(linear: Linear) -> float:
    return float(np.linalg.eigvalsh(linear.diffusion)[-1])


class Ladder(NamedTuple):
    """Transitions over `dt`, twice `dt`, and so on, and how far each may reach by diffusion."""

    h: FloatArray
    reach: FloatArray
    decay: FloatArray
    push: FloatArray
    root: FloatArray


def _ladder(linear: Linear, dt: float, doublings: int) -> Ladder:
    h: FloatArray = np.ldexp(dt, np.arange(doublings + 1))
    if linear.rates[0] > 0:
        h = h[: 1 + np.count_nonzero(h[1:] * linear.rates[0] < 1)]
    dim = len(linear.rates)
    decay, push, root = np.empty((len(h), dim)), np.empty((len(h), dim)), np.zeros((len(h), dim, dim))
    for level, time in enumerate(h):
        transition(linear, time, decay[level], push[level], root[level])
    return Ladder(h, _REACH * np.sqrt(2 * _widest(linear) * h), decay, push, root)


@kernel
def _speed(linear: Linear, x: FloatArray) -> float:
    square = 0.0
    for i in range(len(x)):
        square += (linear.force[i] - linear.rates[i] * x[i]) ** 2
    return math.sqrt(square)


@kernel
def _level(ladder: Ladder, bound: float, speed: float) -> int:
    """Return the longest step that keeps the surface, at least `bound` away, out of reach."""
    level = 0
    while level + 1 < len(ladder.h) and bound > speed * ladder.h[level + 1] + ladder.reach[level + 1]:
        level += 1
    return level


@kernel
def _restarted(state: State, restart: Restart, x: FloatArray, to: FloatArray) -> float:
    """Send `x` back; return the time that it takes. Random places are for one dimension."""
    square = 0.0
    for i in range(len(x)):
        place = draw(state, restart.places) if restart.random else to[i]
        square += (place - x[i]) ** 2
        x[i] = place
    return time_to_restart(state, restart, math.sqrt(square))


def _loop(
    state: State,
    size: int,
    linear: Linear,
    surface: Surface,
    function: Any,
    ladder: Ladder,
    start: FloatArray,
    to: FloatArray,
    restart: Restart,
    clock: Clock,
    budget: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    times = np.full(size, np.nan)
    resets = np.zeros(size, np.int64)
    censored = np.zeros(size, np.bool_)
    dim = len(start)
    x, normal, normal_after, noise = np.empty(dim), np.empty(dim), np.empty(dim), np.empty(dim)
    decay, push, root = np.empty(dim), np.empty(dim), np.zeros((dim, dim))
    for i in range(size):
        x[:] = start
        time = 0.0
        reset_at = waiting_time(state, clock)
        before, bound = measure(x, surface, function, normal)
        while True:
            budget -= 1
            if budget < 0 and math.isinf(clock.max_time):
                return times, resets, censored
            until = min(reset_at, clock.max_time)
            level = _level(ladder, bound, _speed(linear, x))
            h = ladder.h[level]
            last = time + h >= until
            if last:
                h = until - time
                transition(linear, h, decay, push, root)
                propagate(state, x, decay, push, root, noise)
            else:
                propagate(state, x, ladder.decay[level], ladder.push[level], ladder.root[level], noise)
            after, bound = measure(x, surface, function, normal_after)
            across = quadratic_form(linear.diffusion, normal)
            crossed = crossing_time(state, before, after, h, 0.0, across, across * h, 0.0)
            if crossed < math.inf:
                times[i] = time + crossed
                break
            time = until if last else time + h
            if last and clock.max_time <= reset_at:
                times[i], censored[i] = clock.max_time, True
                break
            if last:
                resets[i] += 1
                if restart.plain:
                    x[:] = to
                else:
                    time += _restarted(state, restart, x, to)
                    if time >= clock.max_time:
                        times[i], censored[i] = clock.max_time, True
                        break
                reset_at = time + waiting_time(state, clock)
                before, bound = measure(x, surface, function, normal)
                if before <= 0:  # a random place may be at the target
                    times[i] = time
                    break
            else:
                before = after
                normal[:] = normal_after
    return times, resets, censored


_first_passages = kernel(_loop)
_first_passages_to_user_function = kernel_of_user_function(_loop)
