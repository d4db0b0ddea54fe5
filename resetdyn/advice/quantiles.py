r"""The law of the time under resetting, from the law of reset-free times.

At a fixed period the survival probability is ``S(period)^k S(t - k period)`` after `k` resets.  Otherwise it
solves the renewal equation ``Q(t) = P(R > t) S(t) + int_0^t S(u) Q(t - u - o) dP(R <= u)``, on a grid; where
a search takes more than some hundred attempts, it falls exponentially to within one attempt in a search.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, inf, log
from typing import Any

import numpy as np
from scipy.signal import lfilter

from resetdyn._checks import FloatArray

_GRID, _MANY = 2000, 300.0
_LONGER = 60  # times that the grid is made half as long again

Survival = Callable[[Any], FloatArray]


def survival_of(at: FloatArray, after: FloatArray) -> Survival:
    """Return the survival probability as a function of time."""
    steps = np.concatenate([[1.0], after])
    return lambda t: steps[np.searchsorted(at, t, side="right")]


def free_quantile(at: FloatArray, after: FloatArray, q: float) -> float:
    """Return a quantile without resetting (`inf` beyond the data)."""
    below = np.flatnonzero(after <= 1 - q + 1e-12)
    return float(at[below[0]]) if len(below) else inf


def sharp_quantile(at: FloatArray, after: FloatArray, period: float, overhead: float, q: float) -> float:
    """Return a quantile under resets at a fixed period."""
    stays = float(survival_of(at, after)(np.asarray(period)))
    if stays <= 0:
        return free_quantile(at, after, q)
    if stays >= 1:
        return inf
    resets = floor(log(1 - q) / log(stays) + 1e-12)
    left = (1 - q) / stays**resets
    return resets * (period + overhead) + free_quantile(at, after, 1 - left)


def renewal_quantile(
    survives: Survival,
    waits: Survival,
    overhead: float,
    mean: float,
    resets: float,
    q: float,
    steps: bool,
    grid: int = _GRID,
) -> float:
    """Return a quantile under resets after random waits, whose survival probability is `waits`."""
    if resets > _MANY:
        return mean * log(1 / (1 - q))
    end = mean * log(1 / (1 - q))
    for _ in range(_LONGER):
        t, alive = _renewed(survives, waits, overhead, end, steps, grid)
        below = np.flatnonzero(alive <= 1 - q)
        if len(below):
            i = int(below[0])
            if i == 0 or steps:
                return float(t[i])
            high, low = alive[i - 1], alive[i]
            return float(t[i - 1] + (t[i] - t[i - 1]) * (high - (1 - q)) / max(high - low, 1e-300))
        end *= 1.5
    return inf


def _renewed(
    survives: Survival, waits: Survival, overhead: float, end: float, steps: bool, grid: int
) -> tuple[FloatArray, FloatArray]:
    """Solve ``Q = A + K * Q`` on the grid, which is what a recursive filter does; Q is 1 before the start."""
    whole = steps and end <= grid
    h = 1.0 if whole else end / grid
    n = int(np.ceil(end / h))
    t: FloatArray = h * np.arange(n + 1, dtype=float)
    stays = waits(t)
    # Inside a step a reset comes at its middle; in steps of one, at its end.
    half = 0.0 if whole else 0.5
    kernel = -np.diff(stays) * survives(t[1:] - half * h)
    # A reset in step j shows Q at i - j - lag: between the grid points around it.
    lag = overhead / h - half
    first = floor(lag)
    later = lag - first
    shown = np.zeros(n + 1)
    for shift, weight in ((first, 1 - later), (first + 1, later)):
        if shift < n:
            told = min(n - shift, n)
            shown[1 + shift : 1 + shift + told] += weight * kernel[:told]
    alive = stays * survives(t)
    alive[1:] += np.cumsum(kernel)
    alive = alive - np.cumsum(shown)  # resets in the past that show what is before the start
    coefficients = -shown
    coefficients[0] += 1
    return t, np.minimum(np.maximum(lfilter([1.0], coefficients, alive), 0.0), 1.0)
