"""Mean and covariance of linear relaxation under resetting.

A process ``dX = -H (X - c) dt + sqrt(2 D) dW`` that is reset to `y` at rate `r` has, in the eigenbasis of
`H` (eigenvalues `h_i`, ``delta = y - c``), the stationary moments about `c`

    <x_i>     = r delta_i / (h_i + r)
    <x_i x_j> = (2 D_ij + r delta_i delta_j) / (h_i + h_j + r),

which follow from the balance of drift, diffusion and resetting (Pal, PRE 91, 012113 (2015) in one
dimension; for the mean as ridge regression, Jolakoski, arXiv:2605.30059).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn._checks import FloatArray


class LinearRelaxation:
    """A linear drift and its noise, diagonalised once and asked at many reset rates.

    Parameters
    ----------
    stiffness, diffusion : float or (d, d) array
        `H`, positive definite, and `D`, positive semi-definite (zero is allowed: gradient flow).
    center : float or (d,) array
        `c`.
    """

    def __init__(self, stiffness: ArrayLike, center: ArrayLike, diffusion: ArrayLike) -> None:
        self.center = np.atleast_1d(np.asarray(center, dtype=float))
        dim = len(self.center)
        self.eigenvalues, self.basis = np.linalg.eigh(_matrix(stiffness, dim))
        self.diffusion = self.basis.T @ _matrix(diffusion, dim) @ self.basis

    def flow(self, start: ArrayLike, time: ArrayLike) -> FloatArray:
        """Return the noise-free state after `time`: shape of `time`, then ``(d,)``."""
        away = self.basis.T @ (np.atleast_1d(np.asarray(start, dtype=float)) - self.center)
        decay = np.exp(-np.multiply.outer(np.asarray(time, dtype=float), self.eigenvalues))
        return self.center + (decay * away) @ self.basis.T

    def moments(self, rate: float, to: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return mean ``(d,)`` and covariance ``(d, d)`` under resetting to `to` (`rate` may be inf)."""
        to = np.atleast_1d(np.asarray(to, dtype=float))
        if np.isinf(rate):
            return to.copy(), np.zeros((len(to), len(to)))
        h, delta = self.eigenvalues, self.basis.T @ (to - self.center)
        mean = rate * delta / (h + rate)
        # <x x> - <x><x> without the difference, which cancels at large rates.
        with np.errstate(over="ignore"):  # a rate beyond the floats relaxes at once
            pair = h[:, None] + h[None, :] + rate
        pull = h * delta / (h + rate)
        spread = rate * np.outer(pull, pull) / pair
        cov = 2 * self.diffusion / pair + spread
        return self.center + self.basis @ mean, self.basis @ cov @ self.basis.T


def _matrix(value: ArrayLike, dim: int) -> Any:
    array = np.asarray(value, dtype=float)
    return array * np.eye(dim) if array.ndim == 0 else array
