r"""The Gaussian law of a process at a given age since its last reset, averaged over the age.

For Brownian motion the moments at age `a` are ``y + v a`` and ``2 D a``; for the Ornstein-Uhlenbeck process,
in the eigenbasis of the stiffness, ``c_i + delta_i e^(-h_i a)`` and
``2 D_ij (1 - e^(-(h_i + h_j) a)) / (h_i + h_j)``.  The covariance of the average is the average covariance
plus the covariance of the mean over the ages.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import ArrayLike

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian, OrnsteinUhlenbeck
from resetdyn.theory.relaxation import LinearRelaxation

_NODES, _WEIGHTS = leggauss(16)
_HALVINGS = 110  # the density at the place of a reset has an inverse square root at age 0


class Ageing:
    """A process that was at `to` when it was last reset."""

    def __init__(self, process: Brownian | OrnsteinUhlenbeck, to: ArrayLike) -> None:
        self.process = process
        self.to = np.broadcast_to(np.asarray(to, dtype=float), (process.dim,))

    @cached_property
    def _relaxation(self) -> LinearRelaxation:
        process: Any = self.process
        return LinearRelaxation(process.stiffness, process.center, process.diffusion)

    def exponential_moments(self, rate: float) -> tuple[FloatArray, FloatArray]:
        """Return mean and covariance for ages of rate `rate` (0: infinitely old)."""
        if isinstance(self.process, OrnsteinUhlenbeck):
            return self._relaxation.moments(rate, self.to)
        travel = np.atleast_1d(self.process.drift) / rate
        return self.to + travel, 2 * np.atleast_2d(self.process.diffusion) / rate + np.outer(travel, travel)

    def uniform_moments(self, period: float) -> tuple[FloatArray, FloatArray]:
        """Return mean and covariance for ages uniform over a period."""
        if isinstance(self.process, Brownian):
            travel = np.atleast_1d(self.process.drift) * period
            spread = np.outer(travel, travel) / 12
            return self.to + travel / 2, np.atleast_2d(self.process.diffusion) * period + spread
        flow = self._relaxation
        away = flow.basis.T @ (self.to - flow.center)
        decay = flow.eigenvalues * period
        pair = decay[:, None] + decay
        noise = 2 * flow.diffusion * period * _mean_rise(pair)
        cov = noise + np.outer(away, away) * _decay_covariance(decay)
        mean = flow.center + flow.basis @ (away * _mean_decay(decay))
        return mean, flow.basis @ cov @ flow.basis.T

    def uniform_density(self, x: ArrayLike, period: float) -> FloatArray:
        """Return the density at `x` for ages uniform over a period (one dimension)."""
        x = np.asarray(x, dtype=float)
        values = [self._averaged(v, period) for v in x.ravel().tolist()]
        return np.reshape(values, x.shape)

    def _averaged(self, x: float, period: float) -> float:
        ages, weights = _graded(period, self._passing(x))
        mean, variance = self._law(ages)
        with np.errstate(under="ignore"):
            return (
                float(weights @ (np.exp(-((x - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)))
                / period
            )

    def _law(self, age: FloatArray) -> tuple[FloatArray, FloatArray]:
        process: Any = self.process
        if isinstance(process, Brownian):
            return self.to[0] + process.drift * age, 2 * process.diffusion * age
        k = process.stiffness
        mean = process.center + (self.to[0] - process.center) * np.exp(-k * age)
        return mean, -np.expm1(-2 * k * age) * process.diffusion / k

    def _passing(self, x: float) -> float:
        """Return the age at which the mean passes `x` (0 if it does not): the integrand peaks near it."""
        process: Any = self.process
        if isinstance(process, Brownian):
            return max((x - self.to[0]) / process.drift, 0.0) if process.drift else 0.0
        left = (x - process.center) / (self.to[0] - process.center) if self.to[0] != process.center else 0.0
        return float(-np.log(left) / process.stiffness) if 0 < left < 1 else 0.0


def _mean_decay(x: FloatArray) -> FloatArray:
    """Return the mean of ``exp(-x u)`` over `u` in (0, 1)."""
    return -np.expm1(-x) / x


def _mean_rise(x: FloatArray) -> FloatArray:
    """Return the mean of ``(1 - exp(-x u)) / x``, without the difference at small `x`."""
    u, w = (_NODES + 1) / 2, _WEIGHTS / 2
    small = np.minimum(x, 1.0)
    series = np.exp(-np.multiply.outer(small, u)) @ (w * (1 - u))
    return np.where(x < 1, series, (1 - _mean_decay(x)) / x)


def _decay_covariance(x: FloatArray) -> FloatArray:
    """Return the covariances of ``exp(-x_i u)`` over `u` in (0, 1)."""
    if np.max(x) < 1:
        u, w = (_NODES + 1) / 2, _WEIGHTS / 2
        centred = np.expm1(-np.multiply.outer(x, u))
        centred = centred - (centred @ w)[:, None]
        return (centred * w) @ centred.T
    return _mean_decay(x[:, None] + x) - np.outer(_mean_decay(x), _mean_decay(x))


def _graded(length: float, inside: float) -> tuple[FloatArray, FloatArray]:
    """Return Gauss-Legendre nodes and weights on panels that halve towards 0 and towards `inside`."""
    halves = length * 0.5 ** np.arange(_HALVINGS)
    inside = min(inside, length)
    around = np.concatenate([[inside], inside - halves[:20], inside + halves[:20]]) if inside > 0 else [0.0]
    edges = np.concatenate([[0.0], halves, around])
    points = np.unique(edges[(edges >= 0) & (edges <= length)])
    width, middle = np.diff(points) / 2, (points[1:] + points[:-1]) / 2
    return (middle[:, None] + width[:, None] * _NODES).ravel(), (width[:, None] * _WEIGHTS).ravel()
