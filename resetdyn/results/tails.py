r"""Does the mean exist?  What the largest of many times say about their tail.

Where ``P(T > t) ~ t^-alpha``, the mean exists for ``alpha > 1`` only and the variance for ``alpha > 2``; the
sample mean of such times is a finite number all the same, and its standard error does not hold.  The tail
index is that of Hill (Ann. Stat. 3, 1163 (1975)) over the largest `k` of `n` times,

    1 / alpha = <log(T / u)>,   u the next largest,   standard error alpha / sqrt(k),   k = sqrt(n) / 2.

A small index alone proves nothing: a rare slow path among many fast ones (hyperexponential times) has one at
first sight.  So a heavy tail is reported only if also

- the excesses over `u` are better told by the power law ``(1 + x / s)^-2`` than by an exponential, by the
  factor ``exp(3)`` in likelihood for the largest `k`, and not clearly worse for the largest ``k / 2``,
- the index of these is no more than ``exp(4 / sqrt(k))`` times that of all `k`: four standard errors.

Then there is no mean if ``alpha (1 - 2 / sqrt(k)) < 1``, and no variance if ``alpha (1 + 1 / sqrt(k)) < 2``
and the factor is above ``exp(5)``.  Measured at n = 10,000 (by at least 1,500 runs each): no false alarm on
exponential, inverse-Gaussian (CV up to 4.5) and lognormal (sigma = 1) times, 0.15 % on hyperexponential ones
of CV 10 whose slow paths are 0.5 %; index 1/2 is recognised in 99.8 % of the runs, 0.8 in 97 % and 1 in 90 %,
at n = 100,000 the latter two in more than 99 %.  Fewer than 10,000 times, and censored ones, are not judged.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.resets import Geometric, Poisson, Sharp, never_resets

FEWEST = 10_000
_EVIDENCE, _EVIDENCE_DEEPER, _EVIDENCE_VARIANCE = 3.0, -1.0, 5.0


class TailIndex(NamedTuple):
    """How fast the survival probability falls: as ``t^-value``.

    Attributes
    ----------
    value : float
        The index; below 1 there is no mean, below 2 no variance. Where the tail is not heavy it is only the
        local slope at the largest times, which grows with their number.
    error : float
        Its standard error.
    k : int
        Number of largest times that it is taken from.
    mean_exists, variance_exists : bool
        What follows from it.
    """

    value: float
    error: float
    k: int
    mean_exists: bool
    variance_exists: bool

    def __str__(self) -> str:
        found = f"tail index {self.value:.3g} +- {self.error:.2g}"
        if self.variance_exists:
            return found
        return f"{found}: no {'variance' if self.mean_exists else 'mean'}"


def largest(n: int) -> int:
    """Return how many of `n` times, counted from the largest, the judgement needs."""
    return math.isqrt(n) // 2 + 1


def judged(problem: Any, n: int) -> bool:
    """Return whether the times of this problem need to be asked whether they have a mean.

    Under resets at light-tailed waits that cost nothing the search is a geometric number of attempts, so
    every moment exists.
    """
    reset = getattr(problem, "reset", None)
    light = isinstance(reset, Poisson | Sharp | Geometric) and not never_resets(reset) and reset.free
    return n >= FEWEST and not light


def tail_index(top: FloatArray) -> TailIndex | None:
    """Return the tail index that the largest times show (None where they are all the same).

    Parameters
    ----------
    top : (k + 1,) array
        The largest times, as many as :func:`largest` says.
    """
    times = np.sort(top)
    k = len(times) - 1
    half = k // 2
    slope, slope_deeper = _hill(times), _hill(times[-half - 1 :])
    if not (0 < slope < math.inf and 0 < slope_deeper < math.inf):
        return None
    evidence = _evidence(times)
    heavy = (
        evidence > _EVIDENCE
        and _evidence(times[-half - 1 :]) > _EVIDENCE_DEEPER
        and slope_deeper < slope * math.exp(4 / math.sqrt(k))
    )
    error = slope / math.sqrt(k)
    no_mean = heavy and slope - 2 * error < 1
    no_variance = no_mean or (heavy and evidence > _EVIDENCE_VARIANCE and slope + error < 2)
    return TailIndex(slope, error, k, not no_mean, not no_variance)


def _hill(times: FloatArray) -> float:
    logs = float(np.mean(np.log(times[1:] / times[0]))) if times[0] > 0 else 0.0
    return 1 / logs if logs > 0 else math.inf


def _evidence(times: FloatArray) -> float:
    """Return by how much the logarithm of the likelihood prefers the power law to the exponential."""
    from scipy.optimize import brentq  # as late as that: it takes a tenth of a second to import

    excess = times[1:] - times[0]
    mean = float(excess.mean())
    if np.count_nonzero(excess) <= len(excess) / 2:  # steps so coarse that most of the largest coincide
        return -math.inf
    shortest = float(excess[excess > 0].min())

    def slope(log_scale: float) -> float:  # of the power law's likelihood: 0 at the best scale
        return float(np.mean(excess / (excess + math.exp(log_scale)))) - 0.5

    # Where at least half of the excesses are above a scale their mean is above 1/2, and conversely.
    best = brentq(slope, math.log(shortest) - 40, math.log(float(excess[-1])) + 1, xtol=1e-9)
    log_power = -best - 2 * float(np.mean(np.log1p(excess / math.exp(best))))
    return len(excess) * (log_power + math.log(mean) + 1)
