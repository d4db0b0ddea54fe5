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

from resetdyn._checks import FloatArray

_GRID, _MANY = 3000, 300.0

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
    survives: Survival, waits: Survival, overhead: float, mean: float, resets: float, q: float, steps: bool
) -> float:
    """Return a quantile under resets after random waits, whose survival probability is `waits`."""
    if resets > _MANY:
        return mean * log(1 / (1 - q))
    end = mean * log(1 / (1 - q))
    while True:
        t, alive = _renewed(survives, waits, overhead, end, steps)
        below = np.flatnonzero(alive <= 1 - q)
        if len(below):
            i = int(below[0])
            if i == 0 or steps:
                return float(t[i])
            high, low = alive[i - 1], alive[i]
            return float(t[i - 1] + (t[i] - t[i - 1]) * (high - (1 - q)) / max(high - low, 1e-300))
        end *= 1.5


def _renewed(
    survives: Survival, waits: Survival, overhead: float, end: float, steps: bool
) -> tuple[FloatArray, FloatArray]:
    h = end / _GRID if not (steps and end <= _GRID) else 1.0
    t: FloatArray = h * np.arange(int(np.ceil(end / h)) + 1, dtype=float)
    stays = waits(t)
    resets = -np.diff(stays)
    # Inside a step a reset comes at its middle; in steps of one, at its end.
    middle = t[1:] if steps and h == 1 else t[1:] - h / 2
    kernel = resets * survives(middle)
    delay = overhead / h
    alive = stays * survives(t)
    whole = int(delay)
    part = delay - whole
    half = 0.0 if steps and h == 1 else 0.5
    for i in range(1, len(t)):
        # Q at t_i - middle_j - overhead, between the grid points around it.
        back = i - np.arange(1, i + 1) + half - whole - part
        low = np.floor(back).astype(int)
        share = back - low
        value = np.where(
            back <= 0, 1.0, (1 - share) * alive[np.maximum(low, 0)] + share * alive[np.minimum(low + 1, i)]
        )
        alive[i] += kernel[:i] @ value
    return t, np.minimum(alive, 1.0)
