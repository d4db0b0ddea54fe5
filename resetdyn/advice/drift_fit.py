r"""The drift as a polynomial and a constant diffusion, by maximum likelihood with steps of finite length.

Over one step the drift is replaced by its tangent, with Ito's term for its curvature (Shoji and Ozaki, Stoch.
Anal. Appl. 16, 733 (1998)): from `x`, with ``u = f'(x) dt``, the step is Gaussian with

    mean      x + f dt phi1(u) + D f'' dt^2 phi2(u),   phi1(u) = (e^u - 1) / u,   phi2(u) = (phi1(u) - 1) / u
    variance  2 D dt phi1(2 u),

to which what the next power of `dt` still lacks is added, from the generator ``f d/dx + D d^2/dx^2`` applied
three times to `x` and `x^2`:

    mean      (f^2 f'' + 2 D f f''' + 2 D f' f'' + D^2 f'''') dt^3 / 6
    variance  a factor exp((f f'' + D f''') 2 dt^2 / 3).

That is exact for a constant and for a linear drift (Brownian motion, Ornstein-Uhlenbeck); otherwise
estimates are biased by O(dt^3), where the plain ``(x(t + dt) - x(t)) / dt`` is biased by O(dt).  The maximum
is found by Fisher scoring, which needs no second derivatives.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import Legendre, Polynomial, legendre

from resetdyn._checks import FloatArray
from resetdyn.advice.recorded import Steps

_CHUNK = 16_000  # steps: what is computed of them stays in the cache
_ROUNDS = 30
_ROUNDING = 1e-12  # of the half-width: smaller steps than that are no noise
_ENOUGH = 1e-4  # of twice the log-likelihood: a hundredth of a standard error
_STEEPEST = 30.0  # |f' dt| beyond which a trial drift is hopeless; keeps exponentials finite


class DriftFit(NamedTuple):
    """The most likely polynomial drift of one degree.

    Attributes
    ----------
    scale : (float, float)
        Centre and half-width of the positions; the drift is a Legendre series in ``(x - centre) / half``.
    theta : (degree + 2,) array
        Coefficients of ``drift / half``, and the logarithm of ``diffusion / half^2``.
    information : array
        Fisher's information about `theta`.
    score : (blocks, degree + 2) array
        What each block of steps contributes to the slope of the likelihood.
    log_likelihood : float
        At its maximum, in units of the half-width.
    residuals : (n,) array
        Standardised steps: independent standard normal numbers if the fit holds.
    tangent : (n,) array
        ``f'(x) dt``: how coarse the records are.
    """

    scale: tuple[float, float]
    theta: FloatArray
    information: FloatArray
    score: FloatArray
    log_likelihood: float
    residuals: FloatArray
    tangent: FloatArray

    @property
    def degree(self) -> int:
        """Degree of the drift."""
        return len(self.theta) - 2

    @property
    def information_criterion(self) -> float:
        """Akaike's criterion: lower is better."""
        return 2 * len(self.theta) - 2 * self.log_likelihood

    def covariance(self, robust: bool) -> FloatArray:
        """Return the covariance of `theta`: Fisher's, or that of blocks, which needs no independent steps."""
        inverse = np.asarray(np.linalg.pinv(self.information, hermitian=True), dtype=np.float64)
        if not robust:
            return inverse
        n = len(self.score)
        spread = self.score - self.score.mean(axis=0)
        return inverse @ (spread.T @ spread) @ inverse * n / (n - 1)

    def drift(self, x: Any, theta: FloatArray | None = None) -> FloatArray:
        """Return the drift at positions `x`, of these or of other coefficients."""
        centre, half = self.scale
        theta = self.theta if theta is None else theta
        return np.asarray(half * legendre.legval((np.asarray(x) - centre) / half, theta[:-1]))

    def polynomial(self, theta: FloatArray, origin: float) -> FloatArray:
        """Return the coefficients of the drift in powers of ``x - origin``, lowest first."""
        centre, half = self.scale
        series = Legendre(theta[:-1], domain=[centre - half - origin, centre + half - origin])
        powers = half * np.asarray(series.convert(kind=Polynomial).coef, dtype=np.float64)
        return np.asarray(np.append(powers, np.zeros(len(theta) - 1 - len(powers))))


class Moments(NamedTuple):
    """Mean change and logarithm of the variance of steps, and their slopes in the coefficients."""

    change: FloatArray
    log_variance: FloatArray
    change_slopes: FloatArray
    variance_slopes: FloatArray
    tangent: FloatArray


def fit_drift(steps: Steps, degree: int, blocks: Any, begin: FloatArray | None = None) -> DriftFit:
    """Return the most likely drift of this degree; `begin` is a guess, such as the fit of a lower degree."""
    low, high = steps.reach
    scale = (low + high) / 2, (high - low) / 2
    z = (steps.before - scale[0]) / scale[1]
    change = (steps.after - steps.before) / scale[1]
    theta = _first_guess(z, change, steps.dt, degree) if begin is None else np.insert(
        begin, -1, np.zeros(degree + 2 - len(begin)))  # fmt: skip
    here = _Sums(z, change, steps.dt, theta, blocks)
    for _ in range(_ROUNDS):
        move = np.linalg.lstsq(here.information, here.score.sum(axis=0), rcond=1e-12)[0]
        gain = float(move @ here.score.sum(axis=0))  # twice what is still to be gained
        if gain < _ENOUGH:
            break
        for _halving in range(12):
            there = _Sums(z, change, steps.dt, theta + move, blocks)
            if there.log_likelihood >= here.log_likelihood:
                break
            move = move / 2
        else:
            break
        theta, here = theta + move, there
    _refuse_no_noise(theta, change, steps.dt)
    return DriftFit(
        scale, theta, here.information, here.score, here.log_likelihood, here.residuals, here.tangent
    )


def step_slopes(steps: Steps, fit: DriftFit) -> tuple[FloatArray, FloatArray]:
    """Return how the mean of each step (in units of its spread) and its log variance go with `theta`."""
    z = (steps.before - fit.scale[0]) / fit.scale[1]
    parts = [moments(z[i : i + _CHUNK], steps.dt, fit.theta) for i in range(0, len(z), _CHUNK)]
    by_mean = [m.change_slopes / np.exp(m.log_variance / 2)[:, None] for m in parts]
    return np.concatenate(by_mean), np.concatenate([m.variance_slopes for m in parts])


def _refuse_no_noise(theta: FloatArray, change: FloatArray, dt: float) -> None:
    if 2 * dt * np.exp(theta[-1]) < _ROUNDING**2:
        raise ValueError(
            "trajectories: each record follows from the one before, there is no noise to speak of; "
            "give a coordinate that fluctuates"
        )


def _first_guess(z: FloatArray, change: FloatArray, dt: float, degree: int) -> FloatArray:
    basis = legendre.legvander(z, degree)
    coefficients = np.linalg.lstsq(basis, change / dt, rcond=None)[0]
    rest = change - dt * (basis @ coefficients)
    theta = np.append(coefficients, np.log(max(np.mean(rest**2), np.finfo(float).tiny) / (2 * dt)))
    _refuse_no_noise(theta, change, dt)
    return theta


class _Sums:
    """The likelihood, its slope and its information, chunk by chunk so that long recordings fit."""

    def __init__(self, z: FloatArray, change: FloatArray, dt: float, theta: FloatArray, blocks: Any) -> None:
        p = len(theta)
        self.information = np.zeros((p, p))
        self.score = np.zeros((int(blocks.max()) + 1, p))
        self.log_likelihood = 0.0
        self.residuals, self.tangent = np.empty_like(z), np.empty_like(z)
        for first in range(0, len(z), _CHUNK):
            part = slice(first, first + _CHUNK)
            m = moments(z[part], dt, theta)
            spread = np.exp(m.log_variance / 2)
            e = (change[part] - m.change) / spread
            a, b = m.change_slopes / spread[:, None], m.variance_slopes
            self.information += a.T @ a + b.T @ b / 2
            scores = a * e[:, None] + b * ((e**2 - 1) / 2)[:, None]
            for j in range(p):
                self.score[:, j] += np.bincount(blocks[part], weights=scores[:, j], minlength=len(self.score))
            self.log_likelihood -= float(np.sum(e**2 + m.log_variance + np.log(2 * np.pi))) / 2
            self.residuals[part], self.tangent[part] = e, m.tangent
        if not np.isfinite(self.log_likelihood):
            self.log_likelihood = -np.inf


def moments(z: FloatArray, dt: float, theta: FloatArray) -> Moments:
    """Return what a step from `z` is like; lengths are in units of the half-width."""
    basis = _basis(z, len(theta) - 2)
    p0, p1, p2, p3, p4 = basis
    f, slope, curvature, third, fourth = (part @ theta[:-1] for part in basis)
    D = np.exp(theta[-1])
    u = np.clip(slope * dt, -_STEEPEST, _STEEPEST)
    phi1, phi2, phi1_slope, phi2_slope = _phi(u)
    wide, _, wide_slope, _ = _phi(2 * u)
    h3, h2 = dt**3 / 6, 2 * dt**2 / 3
    change = f * dt * phi1 + D * curvature * dt**2 * phi2
    change += h3 * (f**2 * curvature + 2 * D * (f * third + slope * curvature) + D**2 * fourth)
    by_f = dt * phi1 + 2 * h3 * (f * curvature + D * third)
    by_slope = dt * (f * dt * phi1_slope + D * curvature * dt**2 * phi2_slope) + 2 * h3 * D * curvature
    by_curvature = D * dt**2 * phi2 + h3 * (f**2 + 2 * D * slope)
    by_log_D = D * (curvature * dt**2 * phi2 + 2 * h3 * (f * third + slope * curvature + D * fourth))
    change_slopes = (
        p0 * by_f[:, None] + p1 * by_slope[:, None] + p2 * by_curvature[:, None]
        + p3 * (2 * h3 * D * f)[:, None] + p4 * (h3 * D**2)
    )  # fmt: skip
    log_variance = theta[-1] + np.log(2 * dt * wide) + h2 * (f * curvature + D * third)
    variance_slopes = (
        p0 * (h2 * curvature)[:, None] + p1 * (2 * dt * wide_slope / wide)[:, None]
        + p2 * (h2 * f)[:, None] + p3 * (h2 * D)
    )  # fmt: skip
    return Moments(
        change, log_variance,
        np.column_stack([change_slopes, by_log_D]),
        np.column_stack([variance_slopes, 1 + h2 * D * third]), u,
    )  # fmt: skip


def _basis(z: FloatArray, degree: int) -> list[FloatArray]:
    """Return the Legendre polynomials up to a degree, and their first four derivatives."""
    basis = np.asarray(legendre.legvander(z, degree), dtype=np.float64)
    once = _derivative(degree)
    all_four = np.hstack([np.linalg.matrix_power(once, k) for k in (1, 2, 3, 4)])
    return [basis, *np.hsplit(basis @ all_four, 4)]


def _derivative(degree: int) -> FloatArray:
    columns = [
        np.append(c := legendre.legder(row), np.zeros(degree + 1 - len(c))) for row in np.eye(degree + 1)
    ]
    return np.array(columns).T


def _phi(u: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return phi1, phi2 and their slopes; by their series where the formulas cancel."""
    small = np.abs(u) < 0.02
    if small.all():  # as with records that are close in time
        return _phi_series(u)
    if not small.any():
        return _phi_closed(u)
    series, closed = _phi_series(np.where(small, u, 0.0)), _phi_closed(np.where(small, 1.0, u))
    first, second, third, fourth = (np.where(small, a, b) for a, b in zip(series, closed, strict=True))
    return first, second, third, fourth


def _phi_series(w: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    return (
        1 + w / 2 * (1 + w / 3 * (1 + w / 4 * (1 + w / 5))),
        0.5 + w / 6 * (1 + w / 4 * (1 + w / 5 * (1 + w / 6))),
        0.5 + w * (1 / 3 + w * (1 / 8 + w * (1 / 30 + w / 144))),
        1 / 6 + w * (1 / 12 + w * (1 / 40 + w * (1 / 180 + w / 1008))),
    )


def _phi_closed(v: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    rise = np.expm1(v)
    p1 = rise / v
    p2 = (p1 - 1) / v
    p1_slope = (rise + 1 - p1) / v
    return p1, p2, p1_slope, (p1_slope - p2) / v
