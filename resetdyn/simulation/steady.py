"""Steady states by renewal: independent samples without a time step, for a linear process in any dimension.

A state under resetting is the reset point, grown for as long as the last reset is ago.  That age is
exponential for resets at a constant rate, uniform over the period for sharp ones, and infinite without
(Evans and Majumdar, PRL 106, 160601 (2011)).
"""

from __future__ import annotations

import math

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState
from resetdyn.resets import never_resets
from resetdyn.simulation.clock import Clock, clock_of
from resetdyn.simulation.gaussian import Linear, linear_of, propagate, transition
from resetdyn.simulation.kernel import State, kernel
from resetdyn.simulation.sampler import Sampler
from resetdyn.simulation.variates import exponential, uniform


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of a linear process's steady state; it needs no `dt`."""
    linear = linear_of(problem.process)  # type: ignore[arg-type]
    clock = clock_of(problem.reset, math.inf)
    dim = problem.process.dim
    to = np.zeros(dim) if never_resets(problem.reset) else linear.basis.T @ np.atleast_1d(problem.reset.to)

    def draw(state: State, size: int) -> tuple[FloatArray]:
        samples = _samples(state, size, linear, to, clock) @ linear.basis.T
        return (samples[:, 0] if dim == 1 else samples,)

    return Sampler("renewal at the age of the last reset, exact", draw)


@kernel
def _samples(state: State, size: int, linear: Linear, to: FloatArray, clock: Clock) -> FloatArray:
    dim = len(to)
    samples = np.empty((size, dim))
    decay, push, noise, root = np.empty(dim), np.empty(dim), np.empty(dim), np.empty((dim, dim))
    for i in range(size):
        if clock.rate > 0:
            age = exponential(state) / clock.rate
        else:
            age = math.inf if math.isinf(clock.period) else uniform(state) * clock.period
        if i == 0 or age < math.inf:
            transition(linear, age, decay, push, root)
        samples[i] = to
        propagate(state, samples[i], decay, push, root, noise)
    return samples
