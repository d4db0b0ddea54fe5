"""What no protocol can beat, and what one is sure to keep, estimated from times (see `rd.reset_bounds`)."""

from __future__ import annotations

from math import e, exp, inf
from typing import NamedTuple

import numpy as np
from scipy import stats
from scipy.special import lambertw

from resetdyn._checks import FloatArray
from resetdyn.advice.intervals import CARRIED, carried_by
from resetdyn.advice.survival import Law

_X = 1 + float(lambertw(-1 / (2 * e)).real)
_GUARANTEE = 2 * exp(_X) - 1


class Bounds(NamedTuple):
    """Bounds on the mean under resetting.

    Attributes
    ----------
    harmonic : float
        ``1 / <1 / T>``: no protocol is faster (0 where few of the least times carry the average).
    best : float
        Mean at the best fixed period, the fastest of all protocols, as estimated.
    median : float
        What resetting at `median_rate` keeps to at most, whatever the law: 4.311 median times without
        overhead.
    median_rate : float
        0.768 over the median, taken at the upper end of its interval.
    median_interval : tuple of float
        Where the median is with 95 % probability (exact, by order statistics, without censored times).
    """

    harmonic: float
    best: float
    median: float
    median_rate: float
    median_interval: tuple[float, float]


def bounds_of(law: Law, at: FloatArray, best: float, paid: float, n: int) -> Bounds:
    """Return the bounds; a reset costs `paid`."""
    inverse = carried_by(law.p, 1 / at, n)
    rest = float(law.rest)
    harmonic = float((law.p.sum() + rest) / (law.p @ (1 / at) + rest / at[-1])) if inverse >= CARRIED else 0.0
    low, high = stats.binom.ppf([0.025, 0.975], n, 0.5) / n
    ended = np.cumsum(law.p)
    ends = [int(np.searchsorted(ended, share - 1e-12)) for share in (low, high + 1 / n)]
    interval = tuple(float(at[i]) if i < len(at) else inf for i in ends)
    surely = interval[1]
    rate = _X / surely if surely < inf else 0.0
    median = _GUARANTEE * (1 / rate + paid) if rate else inf
    return Bounds(harmonic, best, median, rate, (interval[0], interval[1]))
