r"""Steady states under resets to random places on the line: the mixture over where the last one led.

    p(x) = int f(y) p_y(x) dy,    mean = mean at <y>,    var = var at <y> + Var(y) <decay^2>,

with the decay 1 for Brownian motion and ``e^(-k a)`` for the Ornstein-Uhlenbeck process (linear in `y`).
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import OrnsteinUhlenbeck
from resetdyn.theory.resetting.waiting import values_of
from resetdyn.theory.steady.ageing import Ageing, Gaussian
from resetdyn.theory.steady.ages import Ages, Exponential
from resetdyn.theory.steady.density import log_density
from resetdyn.theory.steady.panels import log_integral

_QUANTILES = (1e-16, 1e-12, 1e-8, 1e-5, 1e-3, 0.02, 0.15)
_INWARDS: FloatArray = 6.0 ** np.arange(-9.0, 5.0)
_OUTWARDS: FloatArray = 4.0 ** np.arange(0.0, 30.0)


def moments(process: Gaussian, ages: Ages, law: Any) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance."""
    mean, cov = Ageing(process, float(law.mean())).moments(ages)
    kept = 1.0
    if isinstance(process, OrnsteinUhlenbeck):
        pull = 2 * process.stiffness
        if isinstance(ages, Exponential):
            kept = ages.rate / (ages.rate + pull)
        else:
            a, w = ages.nodes
            kept = float(w @ np.exp(-pull * a))
    return mean, cov + kept * float(law.var())


def log_mixture(process: Gaussian, ages: Ages, law: Any, x: FloatArray, width: float) -> FloatArray:
    """Return the logarithm of the density; `width` is that of the law of one destination."""
    flat = np.ravel(x)
    if hasattr(law, "pmf"):
        values, chances = values_of(law)
        parts = log_density(process, ages, flat[:, None], values) + np.log(chances)
        return np.asarray(np.logaddexp.reduce(parts, axis=1).reshape(np.shape(x)))

    def log_f(rows: Any, y: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            origin = np.nan_to_num(law.logpdf(y), nan=-inf, neginf=-inf, posinf=inf)
        return np.asarray(origin + log_density(process, ages, flat[rows] + 0 * y, y))

    low, high = law.support()
    common = _places(law)
    near = np.concatenate([-_INWARDS[::-1], [0.0], _INWARDS]) * width
    grid = np.concatenate(
        [np.broadcast_to(common, (flat.size, common.size)), flat[:, None] + near], axis=1
    ).clip(low, high)
    grid.sort(axis=1)
    return log_integral(log_f, grid).reshape(np.shape(x))


def _places(law: Any) -> FloatArray:
    """Return places between which the destination's density is smooth."""
    low, high = law.support()
    quantiles = np.array([*(law.ppf(q) for q in _QUANTILES), law.median(), *(law.isf(q) for q in _QUANTILES)])
    quantiles = quantiles[np.isfinite(quantiles)]
    spread = float(law.ppf(0.85) - law.ppf(0.15))
    middle = float(law.median())
    tails = np.concatenate([middle - spread * _OUTWARDS, middle + spread * _OUTWARDS])
    ends = [end for end in (low, high) if abs(end) < inf]
    return np.unique(np.concatenate([quantiles, tails, ends]).clip(low, high))
