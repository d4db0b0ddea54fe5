"""Covariance of the gradient of a random batch, in the eigenbasis of the Hessian.

For least squares the gradient of one sample is ``x (x . theta - y)``.  With ``mean, cov`` the moments of
`theta`, a batch of `B` has the gradient covariance ``N(mean) + S(cov)``:

    data:             N = c Cov_i[x_i (x_i . mean - y_i)] + F, S = c [<x x^T (x . cov x)> - H cov H],
    Gaussian inputs:  N = [A m m^T A + (m . A m + sigma^2) A] / B,    S = [A cov A + tr(A cov) A] / B,

where ``c = 1 / B`` for batches drawn with replacement and ``(n - B) / (B (n - 1))`` without.  Noise of
variance `s_i` that a label gets anew whenever it is drawn adds ``F = <s x x^T> / B``, with replacement or
without, for it is independent from draw to draw.  The second line follows from the Gaussian fourth moments
``E[x x^T C x x^T] = 2 A C A + tr(A C) A`` (Isserlis).  Noise that does not depend on the state has ``S = 0``.

Sources: Ziyin, Liu, Mori and Ueda (ICLR 2022), who take ``c = 1 / B``; derived here for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from resetdyn._checks import FloatArray


class Noise(Protocol):
    """Covariance of the gradient of a step."""

    def at(self, state: FloatArray) -> FloatArray:
        """Return the covariance of the gradient of a step at a known state."""

    def spread(self, cov: FloatArray) -> FloatArray:
        """Return what an uncertain state adds to it."""


@dataclass(frozen=True)
class AdditiveNoise:
    """Gradient noise that does not depend on the state."""

    covariance: FloatArray

    def at(self, state: FloatArray) -> FloatArray:
        """Return the covariance of the gradient of a step at a known state."""
        return self.covariance

    def spread(self, cov: FloatArray) -> FloatArray:
        """Return what an uncertain state adds to it."""
        return np.zeros_like(cov)


@dataclass(frozen=True)
class Minibatches:
    """Gradient noise of drawing a batch of samples from a dataset."""

    X: FloatArray
    y: FloatArray
    h: FloatArray
    scale: float
    fresh: FloatArray

    def at(self, state: FloatArray) -> FloatArray:
        """Return the covariance of the gradient of a step at a known state."""
        gradients = self.X * (self.X @ state - self.y)[:, None]
        gradients -= gradients.mean(axis=0)
        return self.scale / len(gradients) * (gradients.T @ gradients) + self.fresh

    def spread(self, cov: FloatArray) -> FloatArray:
        """Return what an uncertain state adds to it."""
        weights = np.einsum("ni,ni->n", self.X @ cov, self.X) / len(self.X)
        return self.scale * ((self.X * weights[:, None]).T @ self.X - np.outer(self.h, self.h) * cov)


@dataclass(frozen=True)
class GaussianInputs:
    """Gradient noise of fresh Gaussian inputs with noisy labels."""

    h: FloatArray
    label_variance: float
    batch: int

    def at(self, state: FloatArray) -> FloatArray:
        """Return the covariance of the gradient of a step at a known state."""
        pull = self.h * state
        return (np.outer(pull, pull) + np.diag((pull @ state + self.label_variance) * self.h)) / self.batch

    def spread(self, cov: FloatArray) -> FloatArray:
        """Return what an uncertain state adds to it."""
        return (np.outer(self.h, self.h) * cov + np.diag((self.h @ np.diag(cov)) * self.h)) / self.batch
