"""What one step of minibatch SGD does to the mean and the covariance of the state, exactly.

A step is ``theta' = theta - eta g``, with `g` the gradient of a random batch: its mean is the full gradient
``H theta - b``, and its covariance at a given `theta` is ``c G(theta)``, with `G` that of one sample and
``c = 1 / B`` for batches of `B` drawn with replacement, ``(n - B) / (B (n - 1))`` without.  For least squares
the gradients of the samples are ``x_i (x_i . theta - y_i)``, so `G` is quadratic and the moments close:

    m' = m - eta (H m - b)
    C' = (1 - eta H) C (1 - eta H) + eta^2 c [G(m) + <x x^T (x . C x)> - H C H].

Gaussian noise that does not depend on the state keeps `G` alone of the bracket.

Sources: Liu, Ziyin and Ueda (ICML 2021) for additive noise; for the batches of a dataset derived here, in the
manner of Ziyin, Liu, Mori and Ueda (ICLR 2022) for fresh Gaussian inputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.processes import LinearSGD, Process, QuadraticSGD


class MomentStep:
    """One step of the moments, in the eigenbasis of the Hessian.

    Attributes
    ----------
    rate : float
        Learning rate `eta`.
    h : (d,) array
        Eigenvalues of the Hessian, increasing.
    force : (d,) array
        `b`, minus the gradient at the origin.
    shrink : (d,) array
        ``1 - eta h``.
    noise : AdditiveNoise or MinibatchNoise
        Covariance of the gradient of a step.
    """

    def __init__(self, process: Process) -> None:
        self.noise: AdditiveNoise | MinibatchNoise
        match process:
            case LinearSGD():
                h, self.basis = np.linalg.eigh(process.X.T @ process.X / len(process.X))
                self.h = np.maximum(h, 0.0)  # rounding may leave a flat direction slightly negative
                self.noise = MinibatchNoise(process, self.basis, self.h)
                self.force = self.basis.T @ (process.X.T @ process.y) / len(process.X)
            case QuadraticSGD():
                self.h, self.basis = np.linalg.eigh(np.atleast_2d(process.hessian))
                self.noise = AdditiveNoise(process, self.basis)
                self.force = self.h * self.inward(process.optimum)
            case _:
                raise TypeError(f"process={process!r}: give a QuadraticSGD or a LinearSGD")
        self.dim, self.rate = process.dim, process.learning_rate
        self.shrink = 1 - self.rate * self.h

    def __call__(self, mean: FloatArray, cov: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the moments after one step."""
        noise = self.noise.at(mean) + self.noise.spread(cov)
        return self.mean(mean), np.outer(self.shrink, self.shrink) * cov + self.rate**2 * noise

    def mean(self, mean: FloatArray) -> FloatArray:
        """Return the mean after one step."""
        return self.shrink * mean + self.rate * self.force

    def inward(self, state: ArrayLike) -> FloatArray:
        """Return a state in the eigenbasis."""
        return self.basis.T @ np.atleast_1d(state)

    def outward(self, mean: FloatArray, cov: FloatArray) -> tuple[Any, Any]:
        """Return moments in the original basis (floats in one dimension)."""
        mean, cov = self.basis @ mean, self.basis @ cov @ self.basis.T
        return _checks.unit_or_scalar(mean, self.dim), _checks.unit_or_scalar((cov + cov.T) / 2, self.dim)


class AdditiveNoise:
    """Gradient noise that does not depend on the state."""

    def __init__(self, process: QuadraticSGD, basis: FloatArray) -> None:
        self.covariance = basis.T @ np.atleast_2d(process.gradient_covariance) @ basis / process.batch_size

    def at(self, state: FloatArray) -> FloatArray:
        """Return the covariance of the gradient of a step at a known state."""
        return self.covariance

    def spread(self, cov: FloatArray) -> FloatArray:
        """Return what an uncertain state adds to it."""
        return np.zeros_like(cov)


class MinibatchNoise:
    """Gradient noise of drawing a batch of samples."""

    def __init__(self, process: LinearSGD, basis: FloatArray, h: FloatArray) -> None:
        n, batch = len(process.X), process.batch_size
        self.X, self.y, self.hh = process.X @ basis, process.y, np.outer(h, h)
        self.scale = 1 / batch if process.replacement else (n - batch) / (batch * max(n - 1, 1))

    def at(self, state: FloatArray) -> FloatArray:
        """Return the covariance of the gradient of a step at a known state."""
        gradients = self.X * (self.X @ state - self.y)[:, None]
        gradients -= gradients.mean(axis=0)
        return self.scale / len(gradients) * (gradients.T @ gradients)

    def spread(self, cov: FloatArray) -> FloatArray:
        """Return what an uncertain state adds to it."""
        weights = np.einsum("ni,ni->n", self.X @ cov, self.X) / len(self.X)
        return self.scale * ((self.X * weights[:, None]).T @ self.X - self.hh * cov)
