r"""Poisson resetting by renewal: the statistics under resetting from those without.

With ``Q~_z(s)`` the Laplace transform of the reset-free survival probability from `z`,
``M(s) = (1 / T~(s) - 1) / s`` and ``c`` the time that a reset costs (a pause, a journey back), Poisson
resetting at rate `r` from the start `x` to `y` gives

    Q~_r(s) = M_x (k_x + (r + s) k_y M_y) / ((1 + (r + s) M_x) (1 + s k_y M_y)),
    k_z(s) = 1 + r (1 - <e^(-s c)>_z) / s,

the functions `M` taken at ``r + s`` and the average over what has been reset from `z`, weighted by
``e^(-s t)`` (derived here; Evans and Majumdar, PRL 106, 160601 (2011) for resets without cost, ``k = 1``; for
a reset to the start it is ``k M / (1 + s k M)``).  The mean is ``M_x (k_x + r k_y M_y) / (1 + r M_x)`` at
``s = 0``, where ``k = 1 + r <c>``, and the moments are ``<T^k> = k! (-1)^(k-1) [s^(k-1)] Q~_r(s)``.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, factorial, inf, isfinite, log
from typing import Any

import numpy as np

from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.passage import Passage

# Above this logarithm a mean is beyond the floats.
LOG_MAX = 709.0

# The series of k_x and k_y to a given order.
Delays = Callable[[int], tuple[Series, Series]]


def poisson_moment(
    order: int, rate: float, start: Passage, to: Passage, delays: Delays | None = None
) -> float:
    """Return the raw moment of this order under Poisson resetting (`rate` 0: without resetting)."""
    log_x = start.log_mean(rate, order - 1)
    if rate == 0:
        delays = None
    one = [1.0, *[0.0] * order][:order]
    k_x, k_y = delays(order - 1) if delays else (one, one)
    if not all(map(isfinite, [*k_x, *k_y])):  # a pause without this moment
        return inf
    if rate == 0 or (to is start and k_x is k_y):
        if log_x[0] > LOG_MAX or not all(map(isfinite, log_x)):
            return inf
        m = series.exponential(log_x)
        return moment_from(_settled(series.multiply(k_x, m)), order)
    log_y = to.log_mean(rate, order - 1)
    if log_mean(rate, start, to, delays) > LOG_MAX or log_y[0] > LOG_MAX:
        return inf
    # Divided through by M_x, which may be beyond the floats where the answer is not.
    inverse = [0.0] * order if log_x[0] > LOG_MAX else series.exponential([-c for c in log_x])
    n_y = series.multiply(k_y, series.exponential(log_y))
    above = series.add(k_x, series.times_variable(n_y, rate))
    below = series.add(one, series.times_variable(n_y, 0.0))
    weight = [c + v for c, v in zip(inverse, [rate, 1.0, *[0.0] * order], strict=False)]
    return moment_from(series.divide(above, series.multiply(below, weight)), order)


def _settled(m: Series) -> Series:
    """Return ``M / (1 + s M)``."""
    below = series.times_variable(m, 0.0)
    below[0] += 1.0
    return series.divide(m, below)


def moment_from(survival: Series, order: int) -> float:
    """Return the moment of this order from the series of ``Q~`` at 0."""
    moment = factorial(order) * (-1) ** (order - 1) * survival[order - 1]
    return moment if isfinite(moment) else inf  # beyond the floats


def log_mean(rate: float, start: Passage, to: Passage, delays: Delays | None = None) -> float:
    """Return the logarithm of the mean under Poisson resetting; `inf` where the mean diverges."""
    log_x = start.log_mean(rate, 0)[0]
    if rate == 0:
        return log_x
    (k_x,), (k_y,) = delays(0) if delays else ([1.0], [1.0])
    if to is start and k_x == k_y:
        return log_x + log(k_x)
    return float(log_mean_from(rate, log_x, to.log_mean(rate, 0)[0], log(k_x), log(k_y)))


def log_mean_from(rate: Any, log_x: Any, log_y: Any, log_k_x: Any = 0.0, log_k_y: Any = 0.0) -> Any:
    """Return the logarithm of the mean at rates above 0 (or an array of them) from those of M_x and M_y."""
    u = np.log(rate)
    with np.errstate(invalid="ignore"):  # inf - inf, where the mean diverges
        out = log_x - np.logaddexp(0.0, u + log_x) + np.logaddexp(log_k_x, u + log_k_y + log_y)
    return np.where(np.isposinf(log_x), inf, out)


def both_delays(rate: float, journey: Series, pause: Series) -> Series:
    """Return `k` of a journey (given by its own `k`) with a pause, ``(1 - C) / s``, that follows it."""
    # 1 - <e^(-s j)> = s (k - 1) / r, so that k = k_j + r (1 - s (k_j - 1) / r) (1 - C) / s.
    travelling = [-c for c in series.times_variable([journey[0] - 1, *journey[1:]], 0.0)]
    travelling[0] += rate
    return series.add(journey, series.multiply(travelling, pause))


def reached_first(rate: float, start: Passage) -> float:
    """Return ``T~(rate)``: how likely the target is reached before the first reset."""
    return _hit(rate, start.log_mean(rate, 0)[0])


def _hit(rate: float, log_mean: float) -> float:
    return exp(-_log1p_exp(log(rate) + log_mean))


def _log1p_exp(x: float) -> float:
    return float(np.logaddexp(0.0, x)) if x < LOG_MAX else x
