r"""Intervals: the variance by linearisation, on a logarithmic scale, with Student's factor.

For a ratio of averages ``J = <a> / <b>`` the error of ``log J`` is that of the average of ``a / <a> - b /
<b>``; under Poisson resetting ``-log J`` is, but for a constant, the logit of the success probability
``<e^(-r T)>``, so that intervals keep within its range.  `benchmarks/calibration.py` measures how often
intervals hold the truth.

Where an average is skewed to the right its error is too small when the estimate is, for the same reason:
the rare slow runs were missed.  So the upper end goes by a multiple of Student's factor that grows with the
skewness of the average (that of its terms over ``sqrt(n)``), while the lower end, which then is safe, is one
of 95 % for itself.  Where the skewness is so large that no multiple would do, the interval is open above,
``(lower, inf)``.  The multiples are those that the worst of the laws in `benchmarks/calibration_laws.py`
needs.
"""

from __future__ import annotations

from math import exp, inf, sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from resetdyn._checks import FloatArray
from resetdyn.advice.menu import Menu
from resetdyn.advice.samples import Samples
from resetdyn.advice.survival import Law

CARRIED = 15.0
_STANDS_FOR = 1.5  # runs, by the slowest that ended


class Skewed(NamedTuple):
    """How the upper end is moved: from `start` to `full` skewness, up to the factor `most`; `open` beyond."""

    start: float
    full: float
    most: float
    open: float

    def factor(self, skewness: float) -> float:
        """Return the multiple of Student's factor (`inf` where the interval is open)."""
        if skewness >= self.open:
            return inf
        share = min(max((skewness - self.start) / (self.full - self.start), 0.0), 1.0)
        return 1 + (self.most - 1) * share


OF_MEAN = Skewed(0.1, 0.2, 1.8, 0.45)
OF_CV = Skewed(0.15, 0.3, 3.1, 0.3)
OF_GAIN = Skewed(0.15, 0.3, 3.1, inf)


def log_error(
    menu: Menu, law: Law, which: int, baseline: FloatArray | None = None, last: float = 0.0
) -> float:
    """Return the standard error of the logarithm of the mean spent, for one law.

    With a `baseline` (times) that of the ratio of its mean to the mean spent.
    """
    g, rest = influence(menu, law, np.asarray(which), baseline, last)
    return float(np.sqrt(law.variance(g, rest)))


def influence(
    menu: Menu, law: Law, which: FloatArray, baseline: FloatArray | None = None, last: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Return the function whose average's error is that of the logarithm, for each law at its own reset."""
    top = (menu.time + menu.price)[:, which].T
    top_rest = (menu.time_rest + menu.price_rest)[which]
    ends, ends_rest = menu.ends[:, which].T, menu.ends_rest[which]
    above = np.sum(law.p * top, axis=-1) + law.rest * top_rest
    below = np.sum(law.p * ends, axis=-1) + law.rest * ends_rest
    g = top / above[..., None] - ends / below[..., None]
    rest = top_rest / above - ends_rest / below
    if baseline is None:
        return g, rest
    mean = law.p @ baseline + law.rest * last
    return baseline / mean[..., None] - g, last / mean - rest


def log_interval(
    value: float, error: float, support: float, skewness: float = 0.0, skewed: Skewed = OF_MEAN
) -> tuple[float, float]:
    """Return the 95 % interval of a positive number whose logarithm has an error told by so many runs."""
    if not (np.isfinite(value) and np.isfinite(error)):
        return 0.0, inf
    factor = skewed.factor(skewness)
    low = value * exp(-min(student(support, 0.975 if factor == 1 else 0.95) * error, 700.0))
    away = student(support, 0.975) * error * factor if factor < inf else inf
    return low, value * exp(away) if away < 700 else inf


def student(support: float, share: float) -> float:
    """Return Student's quantile."""
    return float(stats.t.ppf(share, max(support - 1, 1.0)))


def carried_by(weights: FloatArray, amounts: FloatArray, n: int) -> float:
    """Return how many runs, effectively, carry the average of the amounts."""
    return n * float(weights @ amounts) ** 2 / float(weights @ amounts**2)


def moment_interval(data: Samples, law: Law) -> tuple[float, tuple[float, float]]:
    """Return the mean time and its interval; open above where the law is."""
    at, last, n, rest = data.at, float(data.high[-1]), data.n, float(law.rest)
    mean = float(law.p @ at + rest * last)
    error = float(np.sqrt(law.variance(at, last))) / mean
    skewness = inf if left_open(data, law) else law.skewness(at, n)
    return mean, log_interval(mean, error, n, skewness)


def unseen(data: Samples, law: Law) -> float:
    """Return the probability of ends that censored runs hide: what the law leaves open, or more.

    The slowest run that ended may stand for others that were given up; when those would have ended is then as
    open as if none had.
    """
    slowest = int(np.flatnonzero(data.ended)[-1])
    stands_for = float(law.p[slowest]) * data.n / float(data.ended[slowest])
    return float(law.rest) + (float(law.p[slowest]) if stands_for > _STANDS_FOR else 0.0)


def left_open(data: Samples, law: Law) -> bool:
    """Return whether censored runs leave the slow part of the law to few, or to none, that ended."""
    return unseen(data, law) > 0


def cv_interval(data: Samples, law: Law) -> tuple[float, tuple[float, float]]:
    """Return the coefficient of variation and its interval, from the error of ``log(CV)``."""
    at, last, n, rest = data.at, float(data.high[-1]), data.n, float(law.rest)
    mean = float(law.p @ at + rest * last)
    variance = float(law.p @ (at - mean) ** 2 + rest * (last - mean) ** 2)
    cv = sqrt(variance * n / (n - 1)) / mean

    def linear(t: Any) -> Any:  # the error of log(CV^2), time by time
        return (t - mean) ** 2 / variance - 2 * t / mean

    error = float(np.sqrt(law.variance(linear(at), linear(last)))) / 2
    skewness = inf if left_open(data, law) else law.skewness((at - mean) ** 2, n)
    return cv, log_interval(cv, error, n, skewness, OF_CV)
