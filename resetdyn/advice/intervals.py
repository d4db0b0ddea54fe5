r"""Intervals: the variance by linearisation, on a logarithmic scale, with Student's factor.

For a ratio of averages ``J = <a> / <b>`` the error of ``log J`` is that of the average of ``a / <a> - b /
<b>``; under Poisson resetting ``-log J`` is, but for a constant, the logit of the success probability
``<e^(-r T)>``, so that intervals keep within its range.  `benchmarks/calibration.py` measures how often
intervals hold the truth.

Moments without resetting are another matter: where few of the largest times carry them, nothing in the data
bounds them from above, and the interval is one-sided, ``(lower, inf)``, still at the stated level.
"""

from __future__ import annotations

from math import exp, inf, sqrt
from typing import Any

import numpy as np
from scipy import stats

from resetdyn._checks import FloatArray
from resetdyn.advice.menu import Menu
from resetdyn.advice.survival import Law

CARRIED = 15.0


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


def log_interval(value: float, error: float, support: float, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a positive number whose logarithm has an error told by so many runs."""
    if not (np.isfinite(value) and np.isfinite(error)):
        return 0.0, inf
    factor = exp(min(student(support, (1 + level) / 2) * error, 700.0))
    return value / factor, value * factor


def student(support: float, share: float) -> float:
    """Return Student's quantile."""
    return float(stats.t.ppf(share, max(support - 1, 1.0)))


def carried_by(weights: FloatArray, amounts: FloatArray, n: int) -> float:
    """Return how many runs, effectively, carry the average of the amounts."""
    return n * float(weights @ amounts) ** 2 / float(weights @ amounts**2)


def moment_interval(
    law: Law, at: FloatArray, last: float, n: int, level: float = 0.95
) -> tuple[float, tuple[float, float]]:
    """Return the mean time and its interval."""
    p, rest = _normal(law)
    mean = float(p @ at + rest * last)
    error = float(np.sqrt(law.variance(at, last))) / mean
    support = carried_by(np.append(p, rest), np.append(at, last), n)
    if rest > 0 or support < CARRIED:
        return mean, (mean * exp(-student(support, level) * error), inf)
    return mean, log_interval(mean, error, support, level)


def cv_interval(
    law: Law, at: FloatArray, last: float, n: int, level: float = 0.95
) -> tuple[float, tuple[float, float]]:
    """Return the coefficient of variation and its interval, from the error of ``log(CV^2)``."""
    p, rest = _normal(law)
    mean = float(p @ at + rest * last)
    variance = float(p @ (at - mean) ** 2 + rest * (last - mean) ** 2)
    cv = sqrt(variance * n / (n - 1)) / mean

    def linear(t: Any) -> Any:  # the error of log(CV^2), time by time
        return (t - mean) ** 2 / variance - 2 * t / mean

    error = float(np.sqrt(law.variance(linear(at), linear(last)))) / 2
    support = carried_by(np.append(p, rest), (np.append(at, last) - mean) ** 2, n)
    if rest > 0 or support < CARRIED:
        return cv, (cv * exp(-student(support, level) * error), inf)
    return cv, log_interval(cv, error, support, level)


def _normal(law: Law) -> tuple[FloatArray, float]:
    return law.p, float(law.rest)
