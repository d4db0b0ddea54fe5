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
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState
from resetdyn.resets import Partial, RateField, never_resets
from resetdyn.simulation import watched
from resetdyn.simulation.ages import age, ages_of, mean_wait
from resetdyn.simulation.clock import Clock, clock_of, waiting_time
from resetdyn.simulation.gaussian import Linear, linear_of, propagate, transition
from resetdyn.simulation.kernel import State, kernel
from resetdyn.simulation.quantiles import draw
from resetdyn.simulation.restart import Restart, restart_of
from resetdyn.simulation.sampler import Sampler
from resetdyn.simulation.variates import uniform

_FORGOTTEN = 1e-9


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of a linear process's steady state; it needs no `dt`."""
    reset: Any = problem.reset
    if not never_resets(reset) and (isinstance(reset, RateField) or reset.return_speed is not None):
        return watched.steady_state(problem)
    linear = linear_of(problem.process)  # type: ignore[arg-type]
    dim = problem.process.dim
    to, factor, chain, moving = np.zeros(dim), 0.0, 0, 1.0
    if not never_resets(reset):
        moving = mean_wait(reset) / (mean_wait(reset) + reset.mean_refractory)
        if isinstance(reset.to, Partial):
            factor = reset.to.factor
            chain = math.ceil(math.log(_FORGOTTEN) / math.log(factor)) if factor > 0 else 0
        elif not reset.random_to:
            to = linear.basis.T @ np.atleast_1d(reset.to)
    clock = clock_of(reset, math.inf)
    ages, restart = ages_of(reset), restart_of(reset)

    def sample(state: State, size: int) -> tuple[FloatArray]:
        drawn = _samples(state, size, linear, to, factor, chain, restart, clock, ages, moving)
        samples = drawn @ linear.basis.T
        return (samples[:, 0] if dim == 1 else samples,)

    after = f" of a chain of {chain} partial resets" if chain else ""
    return Sampler(f"renewal at the age of the last reset{after}, exact", sample)


@kernel
def _samples(
    state: State,
    size: int,
    linear: Linear,
    to: FloatArray,
    factor: float,
    chain: int,
    restart: Restart,
    clock: Clock,
    ages: Clock,
    moving: float,
) -> FloatArray:
    dim = len(to)
    samples = np.empty((size, dim))
    decay, push, noise, root = np.empty(dim), np.empty(dim), np.empty(dim), np.empty((dim, dim))
    for i in range(size):
        x = samples[i]
        x[:] = to
        if restart.random:
            x[0] = draw(state, restart.places)
        for _ in range(chain):
            transition(linear, waiting_time(state, clock), decay, push, root)
            propagate(state, x, decay, push, root, noise)
            for j in range(dim):
                x[j] *= factor
        if moving < 1 and uniform(state) > moving:
            continue
        since = age(state, ages)
        if i == 0 or chain > 0 or since < math.inf:
            transition(linear, since, decay, push, root)
        propagate(state, x, decay, push, root, noise)
    return samples
