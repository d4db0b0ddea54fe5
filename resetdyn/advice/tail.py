r"""Do mean and variance exist?  What the slowest of the measured times say, and how sure that is.

The excesses of the slowest `k` times over the next one follow a generalised Pareto law with the shape `xi`
(Pickands, Ann. Stat. 3, 119 (1975)): the survival probability falls as ``t^(-1 / xi)``, there is no variance
where ``xi >= 1/2`` and no mean where ``xi >= 1``.  The shape is estimated as by Zhang and Stephens
(Technometrics 51, 316 (2009)); if it is `c`, the standard error is ``(1 + c) / sqrt(k)``, so that

    Phi((xi - c) sqrt(k) / (1 + c))

is how sure one is that it is at least `c`, if the law holds so far down.  It does so for no law but its own:
the shape of lognormal times, say, falls slowly as one looks at fewer of them.  So what is said of all `k`
must be as sure of the slowest half alone, and 90 % of the slowest quarter; the slowest ``k / 8, k / 16, ...``
must not speak against it; and no gap may part the slowest from the rest.  For a few slow runs of one kind
among many fast ones look like a heavy tail, and by themselves do not.  `benchmarks/tails.py` measures false
and missed alarms.
"""

from __future__ import annotations

from math import inf, isqrt, sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from resetdyn._checks import FloatArray
from resetdyn.advice.studied import SURE
from resetdyn.advice.words import percent

_LEAST = 8  # excesses that have a shape
_SHARE, _DEEP = 0.1, 2.0  # of all times; of n^(2/3)
_QUARTER, _AGAINST, _GAP = 0.9, 0.03, 0.005
_NORMAL = 1.959964


class Tail(NamedTuple):
    """How heavy the tail of the times is.

    Attributes
    ----------
    shape, error : float
        The shape `xi` of the slowest times, and its standard error; the survival probability falls as
        ``t^(-1 / shape)`` where it is above 0, and faster than any power where it is 0 or below.
    interval : tuple of float
        Its 95 % interval, if the slowest `k` times follow one law.
    k : int
        Number of the slowest times that it is taken from.
    no_mean, no_variance : float
        How sure it is that there is no mean, and no variance.
    """

    shape: float
    error: float
    interval: tuple[float, float]
    k: int
    no_mean: float
    no_variance: float

    @property
    def mean_exists(self) -> bool:
        """Whether the times leave it open that there is a mean."""
        return self.no_mean < SURE

    @property
    def variance_exists(self) -> bool:
        """Whether the times leave it open that there is a variance."""
        return self.mean_exists and self.no_variance < SURE

    def claim(self) -> str:
        """Return what is sure."""
        if not self.mean_exists:
            return (
                f"there is no mean without restarts ({percent(self.no_mean)} sure): "
                "the more runs, the larger it would come out"
            )
        return (
            f"there is no variance without restarts ({percent(self.no_variance)} sure): "
            "rare slow runs make up so much of the mean that its error cannot be told"
        )

    def __str__(self) -> str:
        low, high = self.interval
        falls = f"the slowest {self.k} times have the tail shape {self.shape:.2g} ({low:.2g} to {high:.2g})"
        return f"{falls}; from 0.5 on there is no variance, from 1 on no mean"


def largest(n: int) -> int:
    """Return how many of `n` times, counted from the slowest, the judgement needs."""
    return min(int(_SHARE * n), int(_DEEP * n ** (2 / 3))) + 1


def tail_of(top: FloatArray) -> Tail | None:
    """Return what the slowest times, as many as :func:`largest` says, tell of the tail (None: nothing)."""
    times = np.sort(top)
    k = len(times) - 1
    shapes = []
    while k >= _LEAST:
        excess = times[-k:] - times[-k - 1]
        shapes.append((k, *_fitted(excess[excess > 0])))
        k //= 2
    if not shapes or not np.isfinite(shapes[0][1]):
        return None
    k, shape, _ = shapes[0]
    error = (1 + max(shape, 0.0)) / sqrt(k)
    interval = shape - _NORMAL * error, shape + _NORMAL * error
    return Tail(shape, error, interval, k, _sure(shapes, 1.0), _sure(shapes, 0.5))


def shape_of(excess: FloatArray) -> float:
    """Return the shape of the generalised Pareto law of excesses in ascending order (-inf: too few)."""
    return _fitted(excess)[0]


def _fitted(excess: FloatArray) -> tuple[float, float]:
    """Return the shape of the law of excesses in ascending order (-inf: too few), and how sure a gap is."""
    n = len(excess)
    if n < _LEAST or excess[0] == excess[-1]:
        return -inf, 0.0
    m = 20 + isqrt(n)
    quartile, largest_ = float(excess[int(n / 4 + 0.5) - 1]), float(excess[-1])
    theta = 1 / largest_ + (1 - np.sqrt(m / (np.arange(m) + 0.5))) / (3 * quartile)
    theta = theta[np.abs(theta) * largest_ > 1e-12]
    shapes = np.mean(np.log1p(-theta[:, None] * excess), axis=1)
    fits = n * (np.log(-theta / shapes) - shapes - 1)
    weights = np.exp(fits - fits.max())
    mean = float(weights @ theta) / float(weights.sum())
    units = np.log1p(-mean * excess)
    shape = float(units.mean())
    return shape, _gap(units / shape) if shape > 0 else 0.0


def _gap(units: FloatArray) -> float:
    """Return the probability of a widest spacing as wide as this, of exponential numbers (Renyi, 1953)."""
    n = len(units)
    spacings = np.diff(units, prepend=0.0) * np.arange(n, 0, -1)
    return float(-np.expm1(n * np.log1p(-np.exp(-spacings.max() / spacings.mean()))))


def _sure(shapes: list[tuple[int, float, float]], least: float) -> float:
    sure = [float(ndtr((shape - least) * sqrt(k) / (1 + least))) for k, shape, _ in shapes]
    if len(sure) < 3 or shapes[0][2] < _GAP:
        return 0.0
    against = [p for p in sure[3:] if p < _AGAINST]
    return min(*sure[:2], sure[2] if sure[2] < _QUARTER else 1.0, *against)
