"""From a fitted drift to a process: Brownian motion, Ornstein-Uhlenbeck, or motion in a potential."""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.drift_fit import DriftFit
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck

Edges = tuple[float, float] | None


def process_of(fit: DriftFit, theta: FloatArray, edges: Edges) -> Any:
    """Return the process with coefficients `theta`; beyond `edges` the drift stays what it is there."""
    centre, half = fit.scale
    diffusion = float(np.exp(theta[-1])) * half**2
    if fit.degree == 0:
        return Brownian(diffusion, drift=float(half * theta[0]))
    if fit.degree == 1 and theta[1] < 0:
        return OrnsteinUhlenbeck(-float(theta[1]), float(centre - half * theta[0] / theta[1]), diffusion)
    return Langevin(_potential(fit, theta, edges), diffusion)


def edges_of(fit: DriftFit, before: FloatArray) -> Edges:
    """Return where the polynomial stops to be believed, or None if it leads back from everywhere beyond.

    The edges leave one in a hundred steps, and at most twenty, beyond either of them: there the polynomial is
    no longer told by the data.
    """
    if fit.degree < 2:
        return None
    zeros = np.polynomial.legendre.legroots(fit.theta[:-1])
    real = zeros[np.abs(zeros.imag) < 1e-9].real
    drift = np.polynomial.legendre.legval([-1e3, 1e3], fit.theta[:-1])
    if np.all(np.abs(real) < 1) and drift[0] > 0 > drift[1]:
        return None
    k = int(min(20, len(before) // 100))
    ordered = np.partition(before, (k, len(before) - 1 - k))
    return float(ordered[k]), float(ordered[-1 - k])


def _potential(fit: DriftFit, theta: FloatArray, edges: Edges) -> Any:
    import sympy as sp

    centre, half = fit.scale
    origin = 0.0 if abs(centre) <= half else centre
    x = sp.Symbol("x", real=True)
    from_origin = x - sp.Float(origin) if origin else x
    powers = fit.polynomial(theta, origin)
    rises = np.concatenate([[0.0], -powers / np.arange(1, len(powers) + 1)])
    inside = sum((sp.Float(float(a)) * from_origin**k for k, a in enumerate(rises) if a != 0), sp.Integer(0))
    if edges is None:
        return inside
    low, high = (
        sp.Float(float(np.polynomial.polynomial.polyval(edge - origin, rises)))
        - sp.Float(float(fit.drift(edge, theta))) * (x - sp.Float(edge))
        for edge in edges
    )
    return sp.Piecewise((low, x < edges[0]), (inside, x <= edges[1]), (high, True))
