"""Exact transitions of a linear process, ``dX = (force - K X) dt + sqrt(2 D) dW``, in the eigenbasis of `K`.

There the mean of each component relaxes by itself, and after a time `t` the covariance is
``2 D_ij (1 - exp(-(k_i + k_j) t)) / (k_i + k_j)``.  Brownian motion is the case ``K = 0``; `t` may be
infinite where `K` is positive.

Matrices are used as far as their entries reach from the diagonal, their band: where the noise is the same in
all directions it is 0, and a step takes a time that grows as the dimension, not as its square.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian, OrnsteinUhlenbeck
from resetdyn.simulation.kernel import State, inlined, kernel
from resetdyn.simulation.variates import normal

# Correlations that are smaller come from turning the axes.
_ROUNDING = 1e-14


class Linear(NamedTuple):
    """A process with linear drift, in the eigenbasis of its stiffness (the columns of `basis`).

    `band` is that of `diffusion`.
    """

    rates: FloatArray
    force: FloatArray
    diffusion: FloatArray
    basis: FloatArray
    band: int


def banded(matrix: FloatArray) -> tuple[FloatArray, int]:
    """Return a symmetric matrix without its errors of rounding, and how far it reaches from the diagonal."""
    size = np.sqrt(abs(np.diag(matrix)))  # each direction by its own: a weak one beside a strong one is none
    own = np.eye(len(matrix), dtype=bool) | (abs(matrix) > _ROUNDING * np.outer(size, size))
    exact = np.ascontiguousarray(np.where(own, matrix, 0.0))
    rows, columns = np.nonzero(exact)
    return exact, int(abs(rows - columns).max(initial=0))


def eigenvalues(matrix: FloatArray, band: int) -> FloatArray:
    """Return the eigenvalues of a symmetric matrix of such a band, in rising order."""
    return np.sort(np.diag(matrix)) if band == 0 else np.asarray(np.linalg.eigvalsh(matrix), dtype=float)


def linear_of(process: Brownian | OrnsteinUhlenbeck) -> Linear:
    """Return the process in its eigenbasis."""
    diffusion = np.reshape(np.asarray(process.diffusion, dtype=float), (process.dim, process.dim))
    if isinstance(process, Brownian):
        drift = np.array(np.atleast_1d(process.drift), dtype=float)
        diffusion, band = banded(diffusion)
        return Linear(np.zeros(process.dim), drift, diffusion, np.eye(process.dim), band)
    stiffness = np.reshape(np.asarray(process.stiffness, dtype=float), (process.dim, process.dim))
    rates, basis = np.linalg.eigh(stiffness)
    basis = np.ascontiguousarray(basis)
    diffusion, band = banded(basis.T @ diffusion @ basis)
    return Linear(rates, rates * (basis.T @ np.atleast_1d(process.center)), diffusion, basis, band)


@inlined
def relaxed(rate: float, time: float) -> float:
    """Return the integral of ``exp(-rate t)`` from 0 to `time`."""
    return -math.expm1(-rate * time) / rate if rate > 0 else time


@kernel
def transition(linear: Linear, time: float, decay: FloatArray, push: FloatArray, root: FloatArray) -> None:
    """Fill in the transition over `time`: ``x -> decay * x + push + R normals``.

    `root` holds the lower triangle `R` by bands, ``root[i, k] = R[i, i - k]``, of shape ``(d, band + 1)``.
    """
    dim, band = len(linear.rates), linear.band
    for i in range(dim):
        decay[i] = math.exp(-linear.rates[i] * time)
        push[i] = linear.force[i] * relaxed(linear.rates[i], time)
        for j in range(max(0, i - band), i + 1):
            root[i, i - j] = 2 * linear.diffusion[i, j] * relaxed(linear.rates[i] + linear.rates[j], time)
    # Cholesky's factor in place. A direction without noise leaves a pivot of rounding size: it gets none.
    for j in range(dim):
        scale = root[j, 0]
        for k in range(max(0, j - band), j):
            root[j, 0] -= root[j, j - k] * root[j, j - k]
        pivot = math.sqrt(root[j, 0]) if root[j, 0] > 1e-14 * scale else 0.0
        root[j, 0] = pivot
        for i in range(j + 1, min(dim, j + band + 1)):
            for k in range(max(0, i - band), j):
                root[i, i - j] -= root[i, i - k] * root[j, j - k]
            root[i, i - j] = root[i, i - j] / pivot if pivot > 0 else 0.0


@inlined
def propagate(
    state: State, x: FloatArray, decay: FloatArray, push: FloatArray, root: FloatArray, noise: FloatArray
) -> None:
    """Move `x` by one transition (`noise` is room to work in)."""
    dim, reach = len(x), root.shape[1]
    for i in range(dim):
        noise[i] = normal(state)
    for i in range(dim):
        x[i] = decay[i] * x[i] + push[i]
        for j in range(max(0, i + 1 - reach), i + 1):
            x[i] += root[i, i - j] * noise[j]
