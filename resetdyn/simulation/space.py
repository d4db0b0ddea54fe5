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
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.gaussian import Linear, eigenvalues, linear_of, propagate, transition
from resetdyn.simulation.kernel import inlined
from resetdyn.simulation.paths import passage_sampler
from resetdyn.simulation.restart import nominal_place
from resetdyn.simulation.sampler import Sampler, Scheme
from resetdyn.simulation.surface import look, narrowest, surface_of, user_function
from resetdyn.simulation.variates import normal
from resetdyn.simulation.verbs import teach

# Default step near the surface, in units of the relaxation time and of the time to diffuse across the target.
_RELAXATION_STEP = 0.02
_WIDTH_STEP = 2e-3
# Steps double up to this many times, or to the slowest relaxation time.
_DOUBLINGS = 30
# A flat surface and constant drift: the bridge is exact for any step, up to the next reset.
_ANY_STEP = 1e200
# A surface is out of reach beyond this many standard deviations of a step.
_REACH = 4.0


class Ladder(NamedTuple):
    """Transitions over `dt`, twice `dt`, and so on, and how far each may reach by diffusion."""

    h: FloatArray
    reach: FloatArray
    decay: FloatArray
    push: FloatArray
    root: FloatArray


class SpaceMotion(NamedTuple):
    """Motion with linear drift towards a surface (None: nowhere).

    `function` is that of a user's target, else None.
    """

    linear: Linear
    surface: Any
    function: Any
    ladder: Ladder


class SpaceWalker(NamedTuple):
    """Where a path is, how far from the surface at least and along its normal, and room to work in."""

    x: FloatArray
    before: float
    bound: float
    normal: FloatArray
    normal_after: FloatArray
    noise: FloatArray
    decay: FloatArray
    push: FloatArray
    root: FloatArray


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of a linear process in space."""
    linear = linear_of(problem.process)  # type: ignore[arg-type]
    reset = problem.reset
    function = user_function(problem.target, problem.start)
    start = linear.basis.T @ np.atleast_1d(problem.start)
    to = start if reset.random_to else linear.basis.T @ np.atleast_1d(nominal_place(problem))
    h = _default_step(problem, linear) if dt is None else dt
    ladder = _ladder(linear, h, 0 if function or h == _ANY_STEP else _DOUBLINGS)
    motion = SpaceMotion(linear, surface_of(problem.target, linear.basis), function, ladder)
    return passage_sampler(
        problem,
        motion,
        Scheme("exact Gaussian steps with a flat bridge", h, 1),
        clock_of(reset, max_time),
        start=start,
        to=to,
        basis=linear.basis,
    )


def free_motion(linear: Linear) -> SpaceMotion:
    """Return the motion of a linear process without a target: exact, in one step to any time."""
    return SpaceMotion(linear, None, None, _ladder(linear, _ANY_STEP, 0))


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
    return float(eigenvalues(linear.diffusion, linear.band)[-1])


def _ladder(linear: Linear, dt: float, doublings: int) -> Ladder:
    h: FloatArray = np.ldexp(dt, np.arange(doublings + 1))
    if linear.rates[0] > 0:
        h = h[: 1 + np.count_nonzero(h[1:] * linear.rates[0] < 1)]
    dim = len(linear.rates)
    decay, push = np.empty((len(h), dim)), np.empty((len(h), dim))
    root = np.zeros((len(h), dim, linear.band + 1))
    for level, time in enumerate(h):
        transition(linear, time, decay[level], push[level], root[level])
    return Ladder(h, _REACH * np.sqrt(2 * _widest(linear) * h), decay, push, root)


@inlined
def _seen(walker: SpaceWalker, before: float, bound: float) -> SpaceWalker:
    x, _, _, toward, ahead, noise, decay, push, root = walker
    return SpaceWalker(x, before, bound, toward, ahead, noise, decay, push, root)


def _room(motion):  # type: ignore[no-untyped-def]
    dim = len(motion.linear.rates)
    x, normal, normal_after, noise = np.empty(dim), np.empty(dim), np.empty(dim), np.empty(dim)
    decay, push, root = np.empty(dim), np.empty(dim), np.zeros((dim, motion.linear.band + 1))
    return SpaceWalker(x, 0.0, 0.0, normal, normal_after, noise, decay, push, root)


def _placed(state, motion, walker, x, again):  # type: ignore[no-untyped-def]
    walker.x[:] = x
    before, bound = look(walker.x, motion.surface, motion.function, walker.normal)
    return _seen(walker, before, bound), -1 if before > 0 else 0


def _travel(state, motion, walker, limit, budget):  # type: ignore[no-untyped-def]
    # As in force_space: arrays are taken out of the tuples, and steps stand here, lest references be counted.
    linear, surface, function, ladder = motion
    rates, force, diffusion, _, band = linear
    lengths, reach, decays, pushes, roots = ladder
    x, before, bound, toward, ahead, noise, decay, push, root = walker
    dim, time = len(rates), 0.0
    while budget > 0:
        budget -= 1
        square = 0.0
        for i in range(dim):
            square += (force[i] - rates[i] * x[i]) ** 2
        speed, level = math.sqrt(square), 0
        # The longest step that keeps the surface out of reach.
        while level + 1 < len(lengths) and bound > speed * lengths[level + 1] + reach[level + 1]:
            level += 1
        h = lengths[level]
        last = time + h >= limit
        if last:
            h = limit - time
            transition(linear, h, decay, push, root)
            propagate(state, x, decay, push, root, noise)
        else:
            for i in range(dim):
                noise[i] = normal(state)
            for i in range(dim):
                x[i] = decays[level, i] * x[i] + pushes[level, i]
                for j in range(max(0, i - band), i + 1):
                    x[i] += roots[level, i, i - j] * noise[j]
        after, bound = look(x, surface, function, ahead)
        across = 0.0
        for i in range(dim):
            for j in range(max(0, i - band), min(dim, i + band + 1)):
                across += toward[i] * diffusion[i, j] * toward[j]
        crossed = crossing_time(state, before, after, h, 0.0, across, across * h, 0.0)
        before = after
        for i in range(dim):
            toward[i] = ahead[i]
        if crossed < math.inf:
            return _seen(walker, before, bound), time + crossed, 0, budget
        if last:
            return _seen(walker, before, bound), limit, -1, budget
        time += h
    return _seen(walker, before, bound), time, -1, budget


teach(SpaceMotion, room=_room, placed=_placed, travel=_travel)
