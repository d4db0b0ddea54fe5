r"""Densities of steady states under resetting to a point: closed forms, else the average over the age.

With ``G~`` the Laplace transform of the propagator, ``p(x) = r G~(x | y; r)`` under Poisson resetting to `y`
(Evans and Majumdar, PRL 106, 160601 (2011); J. Phys. A 47, 285001 (2014) in `d` dimensions; Pal, PRE 91,
012113 (2015)):

    Brownian motion:     p = r / sqrt(det D) e^(u.z / 2) (2 pi)^(-d/2) (q / |z|)^nu K_nu(q |z|),
    Ornstein-Uhlenbeck:  p = J(max) J(-min) e^(-x^2 / 2) / (sqrt(2 pi) Gamma(1 + r / k))      (d = 1),

the former with ``z`` and ``u`` the distance from `y` and the drift in units in which ``D = 1``, ``q = sqrt(r
+ u^2 / 4)`` and ``nu = d / 2 - 1``; the latter with `x` and `y` in units of ``sqrt(D / k)`` from the centre,
``max`` and ``min`` the larger and the smaller of the two, and `J` (a parabolic-cylinder function) of
:mod:`.passages.ornstein_uhlenbeck`.  All are given as logarithms, for tails of any depth.
"""

from __future__ import annotations

from math import inf, log, pi, sqrt
from typing import Any

import numpy as np
from numba import njit
from scipy.special import gammaln, kve

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian, OrnsteinUhlenbeck
from resetdyn.theory.passages.ornstein_uhlenbeck_kernel import log_j
from resetdyn.theory.passages.ornstein_uhlenbeck_peak import log_peak
from resetdyn.theory.steady.ageing import Gaussian, LogNormal, log_normal
from resetdyn.theory.steady.ages import Ages, Exponential
from resetdyn.theory.steady.panels import log_integral

_SINGULAR = 1e-13  # eigenvalues of the diffusion matrix, relative to the largest
_TOO_MANY = 60  # dimensions in which Bessel functions of that order leave the floats
_NARROW = 19.0  # rates, in units of the stiffness, from which on the integrals are narrow peaks
_CHUNK = 400  # places at a time
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)


def log_density(process: Gaussian, ages: Ages | None, x: FloatArray, y: Any) -> FloatArray:
    """Return the logarithm of the steady density.

    Parameters
    ----------
    process : Brownian or OrnsteinUhlenbeck
        The motion; its diffusion matrix must not be singular (:func:`has_density`).
    ages : Ages or None
        Stationary ages; None for no resetting.
    x : array of shape (...) or (..., d)
        Places.
    y : float or (d,) array
        Where resets lead; in one dimension it may be an array to be paired with `x`.
    """
    if process.dim > 1:
        points = x.reshape(-1, process.dim)
        if isinstance(process, Brownian) and isinstance(ages, Exponential) and process.dim <= _TOO_MANY:
            values = _bessel(process, ages.rate, points - y)
        else:
            values = _by_age(LogNormal(process, points, y), ages, len(points))
        return values.reshape(x.shape[:-1])
    if isinstance(ages, Exponential):
        if isinstance(process, Brownian):
            return _laplace(process, ages.rate, x - y)
        return _ornstein_uhlenbeck(process, ages.rate, x, y)
    flat, at = (np.ravel(part) for part in np.broadcast_arrays(x, y))
    values = _by_age(lambda rows, a: log_normal(process, flat[rows], at[rows], a), ages, flat.size)
    return values.reshape(np.broadcast_shapes(np.shape(x), np.shape(y)))


def has_density(process: Gaussian) -> bool:
    """Return whether there is noise in every direction."""
    if process.dim == 1:
        return True
    eigenvalues = np.linalg.eigvalsh(np.atleast_2d(process.diffusion))
    return bool(eigenvalues[0] > _SINGULAR * eigenvalues[-1])


def _by_age(log_normal: Any, ages: Ages | None, count: int) -> FloatArray:
    if ages is None:
        return np.asarray(log_normal(np.arange(count), np.full(count, 1e300)))

    def log_f(rows: Any, u: FloatArray) -> FloatArray:
        a = np.exp(u)
        return np.asarray(log_normal(rows, a) + ages.log_density(a) + u)

    out = np.empty(count)
    for first in range(0, count, _CHUNK):
        size = min(_CHUNK, count - first)
        grid = np.broadcast_to(ages.grid, (size, len(ages.grid)))
        out[first : first + size] = log_integral(lambda rows, u, k=first: log_f(rows + k, u), grid)  # type: ignore[misc]
    return out


def _laplace(process: Brownian, rate: float, away: FloatArray) -> FloatArray:
    root = sqrt(process.drift**2 + 4 * process.diffusion * rate)
    # The decay lengths 2 D / (R -+ v), of which one would cancel at a strong drift.
    fast = root + abs(process.drift)
    slow = 4 * process.diffusion * rate / fast
    downstream = away * process.drift >= 0
    return np.asarray(
        log(rate / root) - np.abs(away) * np.where(downstream, slow, fast) / (2 * process.diffusion)
    )


def _bessel(process: Brownian, rate: float, away: FloatArray) -> FloatArray:
    """Return the logarithms for distances of shape ``(n, d)``."""
    values, basis = np.linalg.eigh(process.diffusion)
    z = away @ basis / np.sqrt(values)
    u = process.drift @ basis / np.sqrt(values)
    distance, speed = np.linalg.norm(z, axis=1), float(np.linalg.norm(u))
    q, order = sqrt(rate + speed**2 / 4), process.dim / 2 - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        # q |z| - u.z / 2 as a sum of positive terms: of speed, and of angle.
        apart = z / distance[:, None] - (u / speed if speed else 0.0)
        angle = (apart**2).sum(axis=1) / 2 if speed else 0.0
        decay = distance * (rate / (q + speed / 2) + speed / 2 * angle)
        bessel = np.log(kve(order, q * distance))
        # Where it leaves the floats it has long been a power.
        power = gammaln(order) - log(2) + order * np.log(2 / (q * distance)) if order else bessel
        bessel = np.where(np.isinf(bessel) & (distance > 0), power, bessel)
        logs = order * np.log(q / distance) + bessel - decay
    logs = np.where(distance > 0, logs, inf)
    return np.asarray(logs + log(rate) - np.log(values).sum() / 2 - process.dim / 2 * log(2 * pi))


def _ornstein_uhlenbeck(process: OrnsteinUhlenbeck, rate: float, x: FloatArray, y: Any) -> FloatArray:
    scale, nu = sqrt(process.stiffness / process.diffusion), rate / process.stiffness
    place, at = (np.ravel(scale * (part - process.center)) for part in np.broadcast_arrays(x, y))
    side = np.where(place > at, -1.0, 1.0)  # reflected, x is the smaller of the two
    place, at = side * place, side * at
    low = nu < _NARROW
    parts = _log_j(nu, np.concatenate([at, -place]), bool(low))
    logs = log(scale) - log(2 * pi) / 2 + parts[: at.size] + parts[at.size :]
    if low:
        with np.errstate(over="ignore"):
            logs = logs - place**2 / 2 - gammaln(1 + nu)
    else:  # the exponents at their maxima, added up by hand: they are a million times their sum
        rest = sum(c / nu ** (2 * n + 1) for n, c in enumerate(_STIRLING))
        logs = logs + 1.5 * log(nu) - log(2 * pi) / 2 - rest - _descent(nu, place, at)
    return np.asarray(logs.reshape(np.broadcast_shapes(np.shape(x), np.shape(y))))


def _descent(nu: float, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return by how much the maximum of ``nu log t - t^2 / 2 - y t`` falls from `low` to `high`."""
    roots = np.hypot(low, 2 * sqrt(nu)), np.hypot(high, 2 * sqrt(nu))
    peaks = [
        np.where(y > 0, 2 * nu / (np.abs(y) + root), (root - y) / 2)
        for y, root in zip((low, high), roots, strict=True)
    ]
    step = (high - low) * (peaks[0] + peaks[1]) / (roots[0] + roots[1])
    return np.asarray(nu * np.log1p(step / peaks[1]) + step * (peaks[0] + peaks[1]) / 2)


@njit(cache=True)
def _log_j(nu: float, y: FloatArray, low: bool) -> FloatArray:
    """Return ``log J(y)``, at high rates ``log(J(y) / nu)`` relative to the exponent's maximum."""
    out, one = np.empty(y.size), np.empty(1)
    for i in range(y.size):
        if i and y[i] == y[i - 1]:
            out[i] = out[i - 1]
            continue
        if low:
            log_j(nu, y[i], one)
        else:
            log_peak(nu, y[i], 0.0, one)
        out[i] = one[0]
    return out
