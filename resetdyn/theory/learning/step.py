"""What one step of minibatch SGD does to the mean and the covariance of the state, exactly.

A step is ``v' = beta v - eta g, theta' = theta + v'``, with `g` the gradient of a random batch and `beta` the
momentum.  The mean of `g` is the full gradient ``H theta - f``, and its covariance at a given `theta` is
quadratic in it for least squares (:mod:`.learning.noise`), so the moments close.  In the eigenbasis
of `H` (eigenvalues `h`), with ``z = (theta, v)`` and ``M_i = [[1 - eta h_i, beta], [-eta h_i, beta]]``,

    m_i' = M_i m_i + eta f_i (1, 1)
    C_ij' = M_i C_ij M_j^T + eta^2 [N(m) + S(C_theta)]_ij  (in each of the four places),

where `N` is the covariance of `g` at the mean and `S` what the spread of `theta` adds to it.  Without
momentum the velocity only repeats the last move, and `theta` alone is carried.

Sources: Liu, Ziyin and Ueda (ICML 2021) for additive noise, also with momentum; for the batches of a dataset
derived here, in the manner of Ziyin, Liu, Mori and Ueda (ICLR 2022) for fresh Gaussian inputs.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.processes import GaussianSGD, LinearSGD, Process, QuadraticSGD, schedule
from resetdyn.theory.learning.noise import AdditiveNoise, GaussianInputs, Minibatches, Noise

_EPS = float(np.finfo(float).eps)
_ROUNDINGS = 8  # by which a decomposition is off; measured against forty digits


class MomentStep:
    """One step of the moments, in the eigenbasis of the Hessian.

    Means have the shape ``(k, d)`` and covariances ``(k, k, d, d)``: of `theta` alone (``k = 1``), or with
    momentum of `theta` and the velocity (``k = 2``).

    Attributes
    ----------
    rate : float
        Learning rate `eta`.
    momentum : float
        `beta`.
    h : (d,) array
        Eigenvalues of the Hessian.
    force : (d,) array
        `f`, minus the gradient at the origin.
    noise : Noise
        Covariance of the gradient of a step.
    flat : bool
        Whether the loss is flat in some direction, to the accuracy of the data.
    """

    def __init__(self, process: Process) -> None:
        self.noise: Noise
        match process:
            case LinearSGD():
                # The singular values of X, not the eigenvalues of X^T X: weak directions keep their digits.
                n, wide = len(process.X), len(process.X) < process.dim
                left, s, right = np.linalg.svd(process.X, full_matrices=wide)
                self.basis = right.T
                scores = np.zeros_like(process.X)
                scores[:, : len(s)] = left[:, : len(s)] * s
                self.h = np.pad(s, (0, process.dim - len(s))) ** 2 / n
                self.force = scores.T @ process.y / n
                fresh = self.basis.T @ process.fresh_covariance @ self.basis
                self.noise = Minibatches(scores, process.y, self.h, process.batch_noise, fresh)
                self.flat = wide or s[-1] <= max(process.X.shape) * _EPS * s[0]
            case QuadraticSGD():
                self.h, self.basis = np.linalg.eigh(np.atleast_2d(process.hessian))
                covariance = self.basis.T @ np.atleast_2d(process.gradient_covariance) @ self.basis
                self.noise = AdditiveNoise(covariance / process.batch_size)
                self.force = self.h * self.inward(process.optimum)
                self.flat = False
            case GaussianSGD():
                self.h, self.basis = np.linalg.eigh(np.atleast_2d(process.covariance))
                self.noise = GaussianInputs(self.h, process.noise_variance, process.batch_size)
                self.force = np.zeros(process.dim)
                self.flat = False
            case _:
                raise TypeError(
                    f"process={process!r}: give a QuadraticSGD or a LinearSGD (or rd.LinearSGD.gaussian)"
                )
        schedule.require_none(process)
        self.dim, self.momentum = process.dim, getattr(process, "momentum", 0.0)
        self._set_rate(process.learning_rate)

    def _set_rate(self, rate: float) -> None:
        a, beta = rate * self.h, np.full(self.dim, self.momentum)
        self.rate = rate
        self.matrix = np.array([[1 - a, beta], [-a, beta]]) if self.momentum else np.array([[1 - a]])

    def at_rate(self, rate: float) -> MomentStep:
        """Return the same step at another learning rate."""
        other = copy(self)
        other._set_rate(rate)
        return other

    def __call__(self, mean: FloatArray, cov: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the moments after one step."""
        noise = self.noise.at(mean[0]) + self.noise.spread(cov[0, 0])
        half = np.einsum("abi,bcij->acij", self.matrix, cov)
        return self.mean(mean), np.einsum("abj,cbij->caij", self.matrix, half) + self.rate**2 * noise

    def mean(self, mean: FloatArray) -> FloatArray:
        """Return the mean after one step."""
        return np.einsum("abi,bi->ai", self.matrix, mean) + self.rate * self.force

    def at_rest(self, state: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return the moments of a certain state, at rest."""
        blocks = len(self.matrix)
        mean = np.zeros((blocks, self.dim))
        mean[0] = self.inward(state)
        return mean, np.zeros((blocks, blocks, self.dim, self.dim))

    def inward(self, state: ArrayLike) -> FloatArray:
        """Return a state in the eigenbasis."""
        return self.basis.T @ np.atleast_1d(state)

    def outward(self, mean: FloatArray, cov: FloatArray) -> tuple[Any, Any]:
        """Return the moments of `theta` in the original basis (floats in one dimension)."""
        mean, cov = self.basis @ mean[0], self.basis @ cov[0, 0] @ self.basis.T
        return _checks.unit_or_scalar(mean, self.dim), _checks.unit_or_scalar((cov + cov.T) / 2, self.dim)

    def rounding(self, mean: FloatArray, to: FloatArray, ridge: float) -> float:
        """Return an estimate of the rounding error of a stationary mean that shrinks to `to`.

        Solving for it is exact for data that are off by their rounding; how far that moves ridge regression
        is seen from its normal equations.
        """
        size = float(np.linalg.norm(mean) + np.linalg.norm(to) * (ridge > 0))
        if np.isinf(ridge):
            return float(2 * _EPS * size)
        weak = 1 / (self.h + ridge)
        if isinstance(self.noise, Minibatches):
            X, y = self.noise.X, self.noise.y
            roots = np.sqrt(self.h)
            residual, labels = (float(np.linalg.norm(v)) / np.sqrt(len(y)) for v in (X @ mean - y, y))
            moved = roots.max() * residual * weak.max()
            moved += (roots.max() * size + labels) * float((roots * weak).max())
        else:
            optimum = self.force / self.h
            moved = self.h.max() * weak.max() * float(np.abs(mean - optimum).max())
            size += float(np.abs(optimum).max())
        return float(_ROUNDINGS * _EPS * (moved + size))

    def joint(self, cov: FloatArray) -> FloatArray:
        """Return the covariance of ``(theta, v)`` in the original basis, as a matrix."""
        blocks = len(cov)
        turned = self.basis @ cov @ self.basis.T
        matrix = turned.transpose(0, 2, 1, 3).reshape(blocks * self.dim, blocks * self.dim)
        return (matrix + matrix.T) / 2
