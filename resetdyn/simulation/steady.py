"""Steady states by renewal: independent samples without a time step, for a linear process in any dimension.

A state under resetting is where the last reset led, grown for as long as that is ago (Evans and Majumdar, PRL
106, 160601 (2011)); the law of that age is in :mod:`resetdyn.simulation.ages`.  Pauses take the share
``<P> / (<R> + <P>)`` of the time, in which the state waits where the reset led.  Journeys back, and rates of
the position, are for :mod:`resetdyn.simulation.watched`.

After partial resets, ``x -> a x``, the places where they lead form a chain, ``y' = a x(R)`` after a wait `R`
from `y`, that forgets its beginning by the factor `a` each time: it is run from 0 for as many resets as bring
that below 1e-9.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState
from resetdyn.resets import Partial, RateField, never_resets
from resetdyn.simulation import watched
from resetdyn.simulation.ages import age, ages_of, mean_wait
from resetdyn.simulation.clock import Clock, clock_of, waiting_time
from resetdyn.simulation.gaussian import Linear, linear_of, propagate, transition
from resetdyn.simulation.kernel import State, kernel
from resetdyn.simulation.line import free_motion
from resetdyn.simulation.paths import steady_scene
from resetdyn.simulation.quantiles import draw
from resetdyn.simulation.record import Scene
from resetdyn.simulation.restart import Restart, restart_of
from resetdyn.simulation.sampler import Sampler, Scheme
from resetdyn.simulation.space import free_motion as free_motion_in_space
from resetdyn.simulation.variates import uniform

_FORGOTTEN = 1e-9


class Chain(NamedTuple):
    """Partial resets: what is left of the distance, how many it takes, and the clock of the waits."""

    factor: float
    turns: int
    clock: Clock


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of a linear process's steady state; it needs no `dt`."""
    reset: Any = problem.reset
    if not never_resets(reset) and (isinstance(reset, RateField) or reset.return_speed is not None):
        return watched.steady_state(problem)
    linear = linear_of(problem.process)  # type: ignore[arg-type]
    dim = problem.process.dim
    to, chain, moving = np.zeros(dim), None, 1.0
    if not never_resets(reset):
        moving = mean_wait(reset) / (mean_wait(reset) + reset.mean_refractory)
        if isinstance(reset.to, Partial):
            chain = _chain_of(reset)
        elif not reset.random_to:
            to = linear.basis.T @ np.atleast_1d(reset.to)
    ages, restart = ages_of(reset), None if reset.free and not reset.random_to else restart_of(reset)

    def sample(state: State, size: int) -> tuple[FloatArray]:
        drawn = _samples(state, size, linear, to, chain, restart, ages, moving)
        samples = drawn @ linear.basis.T
        return (samples[:, 0] if dim == 1 else samples,)

    after = f" of a chain of {chain.turns} partial resets" if chain else ""
    return Sampler(
        Scheme(f"renewal at the age of the last reset{after}, exact"), sample, lambda: _scene(problem, linear)
    )


def _scene(problem: SteadyState, linear: Linear) -> Scene:
    """Return the scene of a path; where resets lead to no place in particular, it begins at the centre."""
    reset: Any = problem.reset
    calm = never_resets(reset) or isinstance(reset.to, Partial)
    center = getattr(problem.process, "center", np.zeros(problem.process.dim))
    if problem.process.dim == 1:
        to = float(np.squeeze(center)) if calm else math.nan if reset.random_to else reset.to
        return steady_scene(problem, free_motion(problem.process), to)
    place = center if calm else reset.to
    return steady_scene(problem, free_motion_in_space(linear), linear.basis.T @ place, linear.basis)


def _chain_of(reset: Any) -> Chain:
    factor = reset.to.factor
    turns = math.ceil(math.log(_FORGOTTEN) / math.log(factor)) if factor > 0 else 0
    return Chain(factor, turns, clock_of(reset, math.inf))


@kernel
def _samples(
    state: State,
    size: int,
    linear: Linear,
    to: FloatArray,
    chain: Chain | None,
    restart: Restart | None,
    ages: Clock,
    moving: float,
) -> FloatArray:
    dim = len(to)
    samples = np.empty((size, dim))
    decay, push, noise, root = np.empty(dim), np.empty(dim), np.empty(dim), np.empty((dim, linear.band + 1))
    for i in range(size):
        samples[i] = to
        waiting = False
        if restart is not None:  # a branch of its own, which numba leaves out where there is none
            samples[i, 0] = draw(state, restart.places) if restart.random else to[0]
            waiting = uniform(state) > moving
        if chain is not None:
            for _ in range(chain.turns):
                transition(linear, waiting_time(state, chain.clock), decay, push, root)
                propagate(state, samples[i], decay, push, root, noise)
                samples[i] *= chain.factor
        if waiting:
            continue
        since = age(state, ages)
        if i == 0 or chain is not None or since < math.inf:
            transition(linear, since, decay, push, root)
        propagate(state, samples[i], decay, push, root, noise)
    return samples
