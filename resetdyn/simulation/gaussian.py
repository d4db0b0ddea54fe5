"""Exact transitions of a linear process, ``dX = (force - K X) dt + sqrt(2 D) dW``, in the eigenbasis of `K`.

There the mean of each component relaxes by itself, and after a time `t` the covariance is
``2 D_ij (1 - exp(-(k_i + k_j) t)) / (k_i + k_j)``.  Brownian motion is the case ``K = 0``; `t` may be
infinite where `K` is positive.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian, OrnsteinUhlenbeck
from resetdyn.simulation.kernel import State, inlined, kernel
from resetdyn.simulation.variates import normal


class Linear(NamedTuple):
    """A process with linear drift, in the eigenbasis of its stiffness (the columns of `basis`)."""

    rates: FloatArray
    force: FloatArray
    diffusion: FloatArray
    basis: FloatArray


def linear_of(process: Brownian | OrnsteinUhlenbeck) -> Linear:
    """Return the process in its eigenbasis."""
    diffusion = np.reshape(np.asarray(process.diffusion, dtype=float), (process.dim, process.dim))
    if isinstance(process, Brownian):
        drift = np.array(np.atleast_1d(process.drift), dtype=float)
        return Linear(np.zeros(process.dim), drift, diffusion.copy(), np.eye(process.dim))
    stiffness = np.reshape(np.asarray(process.stiffness, dtype=float), (process.dim, process.dim))
    rates, basis = np.linalg.eigh(stiffness)
    basis = np.ascontiguousarray(basis)
    return Linear(
        rates,
        rates * (basis.T @ np.atleast_1d(process.center)),
        np.ascontiguousarray(basis.T @ diffusion @ basis),
        basis,
    )


@inlined
def relaxed(rate: float, time: float) -> float:
    """Return the integral of ``exp(-rate t)`` from 0 to `time`."""
    return -math.expm1(-rate * time) / rate if rate > 0 else time


@kernel
def transition(linear: Linear, time: float, decay: FloatArray, push: FloatArray, root: FloatArray) -> None:
    """Fill in the transition over `time`: ``x -> decay * x + push + root @ normals``, `root` triangular."""
    dim = len(linear.rates)
    for i in range(dim):
        decay[i] = math.exp(-linear.rates[i] * time)
        push[i] = linear.force[i] * relaxed(linear.rates[i], time)
        for j in range(i + 1):
            root[i, j] = 2 * linear.diffusion[i, j] * relaxed(linear.rates[i] + linear.rates[j], time)
    # Cholesky's factor in place. A direction without noise leaves a pivot of rounding size: it gets none.
    for j in range(dim):
        scale = root[j, j]
        for k in range(j):
            root[j, j] -= root[j, k] * root[j, k]
        pivot = math.sqrt(root[j, j]) if root[j, j] > 1e-14 * scale else 0.0
        root[j, j] = pivot
        for i in range(j + 1, dim):
            for k in range(j):
                root[i, j] -= root[i, k] * root[j, k]
            root[i, j] = root[i, j] / pivot if pivot > 0 else 0.0


@inlined
def propagate(
    state: State, x: FloatArray, decay: FloatArray, push: FloatArray, root: FloatArray, noise: FloatArray
) -> None:
    """Move `x` by one transition (`noise` is room to work in)."""
    dim = len(x)
    for i in range(dim):
        noise[i] = normal(state)
    for i in range(dim):
        x[i] = decay[i] * x[i] + push[i]
        for j in range(i + 1):
            x[i] += root[i, j] * noise[j]
