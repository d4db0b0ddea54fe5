r"""The averages that stand for a mean at another rate.

**Reset-free times** answer for any law of resetting by renewal, see :mod:`resetdyn.inference`.

**Times under Poisson resetting** at a rate ``r0``, with the number `n` of resets of each path: a path with
resets at given instants has the density ``r^n e^(-r T)`` in these instants, whatever else happens on it, so

    w = (r / r0)^n e^(-(r - r0) T),        <T_r> = < w T >.

Two averages are known, ``<w> = 1`` and ``<w (n - r T)> = 0`` (a martingale stopped at T); regression on them
contains the plain and the self-normalised estimator as coefficients 0 and ``<T_r>``, and to leading order in
the number of paths its mean squared error is the least of all of these.  Where resets lead back to the start
the paths that saw no reset are reset-free times seen through ``e^(-r0 T)``, so that

    f = < 1[n = 0] e^(-(r - r0) T) > = <e^(-r T)>_free,        <T_r> = (1 - f) / (r f),

with weights that never exceed 1 for ``r > r0``.  At low rates ``1 - f`` is the small difference of two
averages; where a search without resets is certain to end, so that ``1 = < 1[n = 0] e^(r0 T) >``, it is also
one average of positive terms,

    (1 - f) / r = < 1[n = 0] e^(r0 T) (1 - e^(-r T)) / r >,

whose weights are larger.  At each rate the way with the smallest error is taken.  (Derived here.)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.special import xlogy

from resetdyn._checks import FloatArray
from resetdyn.inference import law_of
from resetdyn.resets import Reset
from resetdyn.reweighting.trust import (
    FARTHEST,
    FEWEST,
    SHARE,
    TAIL,
    effective,
    growth,
    seen,
    tail_index,
    unbiased,
)


class Estimate(NamedTuple):
    """A mean, what each path contributes to its error, the effective number of paths, and the tail index."""

    mean: float
    influence: FloatArray
    ess: float
    tail: float

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        n = len(self.influence)
        return float(self.influence.std(ddof=1) / np.sqrt(n)) if np.isfinite(self.mean) else np.inf

    @property
    def trusted(self) -> bool:
        """Whether mean and error are to be believed."""
        return bool(np.isfinite(self.mean) and self.ess >= FEWEST and self.tail > TAIL)


NOTHING = Estimate(np.nan, np.zeros(2), 0.0, 0.0)


def preference(estimate: Estimate) -> tuple[bool, float]:
    """Return a key that sorts estimates: trusted ones first, by their errors."""
    error = estimate.error
    if not np.isfinite(error):
        return True, np.inf
    return (False, error) if estimate.trusted else (True, -error)  # an error that misses a tail is small


def renewed(T: FloatArray, reset: Reset) -> Estimate:
    """Return the mean by renewal, from reset-free times."""
    law = law_of(reset)
    a, b = law.spent(T), law.ends(T)
    if not b.any():
        return NOTHING
    mean = float(a.mean() / b.mean())
    influence = (a - mean * b) / b.mean()
    return Estimate(mean, influence, min(effective(a), effective(b)), tail_index(influence))


def likelihood(T: FloatArray, n: Any, own: float, rate: float) -> Estimate:
    """Return the mean by likelihood ratios of whole paths."""
    with np.errstate(over="ignore", divide="ignore"):
        w = np.exp(xlogy(n, rate / own) - (rate - own) * T)
    if not (np.all(w < 1e150) and w.any()):
        return NOTHING
    known = np.column_stack([w - 1, w * (n - rate * T)])
    mean, rest = _regressed(w * T, known)
    sound = rate <= FARTHEST * own and effective(w) > SHARE * len(w) and unbiased(w) and growth(n, w) < 1
    return Estimate(mean, rest, effective(w) if sound and seen(T, n, own - rate) else 0.0, tail_index(rest))


def first_ends(T: FloatArray, n: Any, own: float, rate: float) -> Estimate:
    """Return the mean by the share of trials that end at the target."""
    w = _of_first(T, n, rate - own)
    if rate == 0 or not np.all(w < 1e150):
        return NOTHING
    f, rest = _regressed(w, (n - own * T)[:, None])
    if not 0 < f < 1:
        return NOTHING
    ess = effective(w) if seen(T, n, own - rate) else 0.0
    return Estimate((1 - f) / (rate * f), -rest / (rate * f**2), ess, tail_index(rest))


def first_spent(T: FloatArray, n: Any, own: float, rate: float) -> Estimate:
    """Return the mean by the time spent in a trial: at low rates no small difference."""
    w = _of_first(T, n, -own)
    if not np.all(w < 1e150):
        return NOTHING
    spent = w * (T if rate == 0 else -np.expm1(-rate * T) / rate)
    known = (n - own * T)[:, None]
    ends = _of_first(T, n, rate - own)
    (a, a_rest), (f, f_rest) = _regressed(spent, known), _regressed(ends, known)
    if not (a > 0 and f > 0):
        return NOTHING
    ess = min(effective(w), effective(ends)) if seen(T, n, own) else 0.0
    tail = min(tail_index(w), tail_index(f_rest))  # of w, as a factor T takes no moment away
    return Estimate(a / f, (a_rest - a / f * f_rest) / f, ess, tail)


def _of_first(T: FloatArray, n: Any, rate: float) -> FloatArray:
    """Return ``e^(-rate T)`` of the paths that no reset ended, and 0 of the others."""
    with np.errstate(over="ignore"):
        return np.where(n == 0, np.exp(-rate * np.where(n == 0, T, 0.0)), 0.0)


def _regressed(values: FloatArray, known: FloatArray) -> tuple[float, FloatArray]:
    """Return the average of values, corrected by what should average to 0, and the residuals."""
    scale = np.where(known.std(axis=0) > 0, known.std(axis=0), 1.0)
    known = known / scale
    slopes = np.linalg.lstsq(known - known.mean(axis=0), values - values.mean(), rcond=1e-10)[0]
    corrected = values - known @ slopes
    mean = float(corrected.mean())
    return mean, corrected - mean
