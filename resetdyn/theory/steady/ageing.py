r"""The Gaussian law of a process at a given age since its last reset, and its moments averaged over the age.

For Brownian motion the moments at age `a` are ``y + v a`` and ``2 D a``; for the Ornstein-Uhlenbeck process,
in the eigenbasis of the stiffness, ``c_i + delta_i e^(-h_i a)`` and
``2 D_ij (1 - e^(-(h_i + h_j) a)) / (h_i + h_j)``.  The covariance of the average is the average covariance
plus the covariance of the mean over the ages; both are sums of positive parts.
"""

from __future__ import annotations

from functools import cached_property
from math import inf
from typing import Any

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import ArrayLike

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian, OrnsteinUhlenbeck
from resetdyn.theory.steady.ages import Ages, Exponential, Uniform
from resetdyn.theory.steady.relaxation import LinearRelaxation

Gaussian = Brownian | OrnsteinUhlenbeck

_NODES, _WEIGHTS = leggauss(16)
_LOG_2PI = float(np.log(2 * np.pi))
_ALIGNED = 1e-13  # off-diagonal elements that are rounding, relative to the largest


class Ageing:
    """A process that was at `to` when it was last reset."""

    def __init__(self, process: Gaussian, to: ArrayLike) -> None:
        self.process = process
        self.to = np.broadcast_to(np.asarray(to, dtype=float), (process.dim,))

    @cached_property
    def _relaxation(self) -> LinearRelaxation:
        process: Any = self.process
        return LinearRelaxation(process.stiffness, process.center, process.diffusion)

    def moments(self, ages: Ages | None) -> tuple[FloatArray, FloatArray]:
        """Return mean and covariance for stationary ages (None: infinitely old)."""
        if isinstance(self.process, Brownian):
            return self._brownian_moments(self.process, ages)
        match ages:
            case None:
                return self._relaxation.moments(0.0, self.to)
            case Exponential():
                return self._relaxation.moments(ages.rate, self.to)
            case Uniform():
                return self._uniform_moments(ages.cycle)
        return self.averaged(*ages.nodes)

    def averaged(self, ages: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and covariance for ages with these weights."""
        if isinstance(self.process, Brownian):
            mean_age = float(weights @ ages)
            drift, diffusion = np.atleast_1d(self.process.drift), np.atleast_2d(self.process.diffusion)
            spread = float(weights @ (ages - mean_age) ** 2)
            return self.to + drift * mean_age, 2 * diffusion * mean_age + np.outer(drift, drift) * spread
        flow = self._relaxation
        away = flow.basis.T @ (self.to - flow.center)
        fallen = -np.expm1(-np.multiply.outer(flow.eigenvalues, ages))
        mean_fall = fallen @ weights
        centred = fallen - mean_fall[:, None]
        pairs = flow.eigenvalues[:, None] + flow.eigenvalues
        noise = np.array([-np.expm1(-np.multiply.outer(row, ages)) @ weights for row in pairs]) / pairs
        cov = 2 * flow.diffusion * noise + np.outer(away, away) * ((centred * weights) @ centred.T)
        return self.to - flow.basis @ (away * mean_fall), flow.basis @ cov @ flow.basis.T

    def _brownian_moments(self, process: Brownian, ages: Ages | None) -> tuple[FloatArray, FloatArray]:
        assert ages is not None  # a free particle that is never reset has no steady state
        drift, diffusion = np.atleast_1d(process.drift), np.atleast_2d(process.diffusion)
        first, second = ages.moment(1), ages.moment(2)
        spread = second - first**2 if second < inf else inf
        return self.to + _times(drift, first), 2 * _times(diffusion, first) + _times(
            np.outer(drift, drift), spread
        )

    def _uniform_moments(self, period: float) -> tuple[FloatArray, FloatArray]:
        flow = self._relaxation
        away = flow.basis.T @ (self.to - flow.center)
        decay = flow.eigenvalues * period
        pair = decay[:, None] + decay
        noise = 2 * flow.diffusion * period * _mean_rise(pair)
        cov = noise + np.outer(away, away) * _decay_covariance(decay)
        mean = flow.center + flow.basis @ (away * _mean_decay(decay))
        return mean, flow.basis @ cov @ flow.basis.T


def mean_and_variance(process: Gaussian, y: Any, a: Any) -> tuple[FloatArray, FloatArray]:
    """Return by how much the mean has moved from `y` at age `a`, and the variance (one dimension)."""
    if isinstance(process, Brownian):
        return process.drift * a, 2 * process.diffusion * a
    k = process.stiffness
    return (process.center - y) * -np.expm1(-k * a), -np.expm1(-2 * k * a) * process.diffusion / k


def log_normal(process: Gaussian, x: Any, y: Any, a: Any) -> FloatArray:
    """Return the logarithm of the density at `x` at age `a` since `y` (one dimension)."""
    moved, variance = mean_and_variance(process, y, a)
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(-((x - y - moved) ** 2) / (2 * variance) - np.log(variance) / 2 - _LOG_2PI / 2)


class LogNormal:
    """The same in any dimension, from `y`, for points of shape ``(n, d)``.

    In the right basis the coordinates are independent of one another, unless stiffness and diffusion have no
    basis in common.
    """

    def __init__(self, process: Gaussian, points: FloatArray, y: Any) -> None:
        self.process, self.y = process, np.broadcast_to(np.asarray(y, dtype=float), (process.dim,))
        self.points = points
        self.parts: list[Gaussian] | None
        self.basis, self.parts = _independent(process)
        self.coordinates, self.origin = points @ self.basis, self.y @ self.basis

    def __call__(self, rows: Any, a: FloatArray) -> FloatArray:
        """Return the logarithm of the density at the points of these rows at ages `a`."""
        shape = np.broadcast_shapes(np.shape(rows), np.shape(a))
        rows, a = np.broadcast_to(rows, shape), np.broadcast_to(a, shape)
        if self.parts is None:
            return self._coupled(rows, a)
        total = np.zeros(shape)
        for i, part in enumerate(self.parts):
            total = total + log_normal(part, self.coordinates[rows, i], self.origin[i], a)
        return total

    def _coupled(self, rows: Any, a: FloatArray) -> FloatArray:
        flow = Ageing(self.process, self.y)._relaxation
        h, dim = flow.eigenvalues, len(flow.eigenvalues)
        fallen = -np.expm1(-a[..., None] * h)
        # The basis is that of the stiffness.
        away = self.coordinates[rows] - self.origin - (flow.center @ flow.basis - self.origin) * fallen
        pairs = h[:, None] + h
        cov = 2 * flow.diffusion * -np.expm1(-a[..., None, None] * pairs) / pairs
        root = np.linalg.cholesky(cov)
        scaled = np.linalg.solve(root, away[..., None])[..., 0]
        volume = np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(axis=-1)
        with np.errstate(over="ignore"):
            return np.asarray(-(scaled**2).sum(axis=-1) / 2 - volume - dim * _LOG_2PI / 2)


def _independent(process: Any) -> tuple[FloatArray, list[Gaussian] | None]:
    """Return a basis, and the processes of the coordinates in it, if they are independent."""
    diffusion = np.atleast_2d(process.diffusion)
    if isinstance(process, Brownian):
        values, basis = np.linalg.eigh(diffusion)
        drift = np.atleast_1d(process.drift) @ basis
        return basis, [Brownian(float(d), float(v)) for d, v in zip(values, drift, strict=True)]
    stiffness = np.atleast_2d(process.stiffness)
    basis = np.linalg.eigh(stiffness)[1]
    if not _diagonal(basis.T @ diffusion @ basis):
        other = np.linalg.eigh(diffusion)[1]
        if not _diagonal(other.T @ stiffness @ other):
            return basis, None
        basis = other
    coefficients = (np.diag(basis.T @ m @ basis) for m in (stiffness, diffusion))
    centers = np.atleast_1d(process.center) @ basis
    return basis, [
        OrnsteinUhlenbeck(float(k), float(c), float(d))
        for k, d, c in zip(*coefficients, centers, strict=True)
    ]


def _diagonal(matrix: FloatArray) -> bool:
    return bool(np.abs(matrix - np.diag(np.diag(matrix))).max() <= _ALIGNED * np.abs(matrix).max())


def _times(array: FloatArray, factor: float) -> FloatArray:
    """Return the product, with ``0 * inf = 0``: what does not drift does not diverge."""
    return np.multiply(array, factor, out=np.zeros(np.shape(array)), where=array != 0)


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
