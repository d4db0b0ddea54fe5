r"""Resetting by renewal: the statistics under resetting from those without.

With ``Q~_z(s)`` the Laplace transform of the reset-free survival probability from `z`, Poisson resetting at
rate `r` from the start `x` to `y` gives (Evans and Majumdar, PRL 106, 160601 (2011))

    Q~_r(s) = Q~_x(r + s) / (1 - r Q~_y(r + s))
            = M_x(r + s) / (1 + s M_y(r + s))  *  (1 + (r + s) M_y(r + s)) / (1 + (r + s) M_x(r + s))

in terms of ``M(s) = (1 / T~(s) - 1) / s``; the second factor is 1 for a reset to the start.  Resetting with
a fixed period gives, with ``A(s) = int_0^period e^(-s t) Q(t) dt`` and ``q = e^(-s period) Q(period)``,

    Q~_r(s) = A_x(s) + q_x A_y(s) / (1 - q_y).

The moments are ``<T^k> = k! (-1)^(k-1) [s^(k-1)] Q~_r(s)``.
"""

from __future__ import annotations

from math import exp, factorial, inf, isfinite, isinf, log
from typing import NamedTuple

import numpy as np

from resetdyn.theory import series
from resetdyn.theory.inversion import ComplexArray
from resetdyn.theory.passage import Passage
from resetdyn.theory.series import Series

# Above this logarithm a mean is beyond the floats.
LOG_MAX = 709.0


def poisson_moment(order: int, rate: float, start: Passage, to: Passage) -> float:
    """Return the raw moment of this order under Poisson resetting (`rate` 0: without resetting)."""
    log_x = start.log_mean(rate, order - 1)
    if to is start or rate == 0:
        if log_x[0] > LOG_MAX:
            return inf
        m = series.exponential(log_x)
        one_plus = series.times_variable(m, 0.0)
        one_plus[0] += 1.0
        return moment_from(series.divide(m, one_plus), order)
    log_y = to.log_mean(rate, order - 1)
    if log_mean(rate, start, to) > LOG_MAX or log_y[0] > LOG_MAX:
        return inf
    # Divided through by M_x, which may be beyond the floats where the answer is not.
    m_y = series.exponential(log_y)
    inverse = [0.0] * order if log_x[0] > LOG_MAX else series.exponential([-c for c in log_x])
    above = series.times_variable(m_y, rate)
    above[0] += 1.0
    below = series.times_variable(m_y, 0.0)
    below[0] += 1.0
    weight = [c + v for c, v in zip(inverse, [rate, 1.0, *[0.0] * order], strict=False)]
    return moment_from(series.divide(above, series.multiply(below, weight)), order)


def moment_from(survival: Series, order: int) -> float:
    """Return the moment of this order from the series of ``Q~`` at 0."""
    moment = factorial(order) * (-1) ** (order - 1) * survival[order - 1]
    return moment if isfinite(moment) else inf  # beyond the floats


def log_mean(rate: float, start: Passage, to: Passage) -> float:
    """Return the logarithm of the mean under Poisson resetting; `inf` where the mean diverges."""
    log_x = start.log_mean(rate, 0)[0]
    if to is start or rate == 0:
        return log_x
    log_y = to.log_mean(rate, 0)[0]
    return log_x - _log1p_exp(log(rate) + log_x) + _log1p_exp(log(rate) + log_y)


def log_mean_slope(rate: float, start: Passage, to: Passage) -> float:
    """Return d log(mean) / d rate at a rate above 0."""
    log_x, slope_x = start.log_mean(rate, 1)
    if to is start:
        return slope_x
    log_y, slope_y = to.log_mean(rate, 1)
    hit_x, hit_y = _hit(rate, log_x), _hit(rate, log_y)
    return slope_x * hit_x + slope_y * (1 - hit_y) + (hit_x - hit_y) / rate


def mean_series(start: Passage, to: Passage, order: int) -> Series | None:
    """Return the mean as a series in the reset rate around 0; None where it diverges."""
    log_x, log_y = start.log_mean(0.0, order), to.log_mean(0.0, order)
    if isinf(log_x[0]) or isinf(log_y[0]):
        return None
    m_x, m_y = series.exponential(log_x), series.exponential(log_y)
    if to is start:
        return m_x
    one_x, one_y = series.times_variable(m_x, 0.0), series.times_variable(m_y, 0.0)
    one_x[0] += 1.0
    one_y[0] += 1.0
    return series.divide(series.multiply(m_x, one_y), one_x)


def poisson_transform(
    s: ComplexArray, rate: float, inverse_x: ComplexArray, inverse_y: ComplexArray
) -> ComplexArray:
    """Return ``Q~_r(s)`` at complex `s` from the values of ``1 / M_x`` and ``1 / M_y`` at ``rate + s``."""
    return (inverse_y + rate + s) / ((inverse_x + rate + s) * (inverse_y + s))


class SharpParts(NamedTuple):
    """One reset-free period: what survives it, what does not, and ``int (-t)^n Q(t) dt / n!`` over it."""

    survived: float
    reached: float
    integrals: Series


def sharp_series(period: float, start: SharpParts, to: SharpParts) -> Series:
    """Return the series of ``Q~_r`` at 0 under resetting with a fixed period."""
    delay = [(-period) ** n / factorial(n) for n in range(len(start.integrals))]
    renewed = [to.reached, *(-to.survived * c for c in delay[1:])]
    later = series.divide(series.multiply(delay, to.integrals), renewed)
    return [a + start.survived * b for a, b in zip(start.integrals, later, strict=True)]


def reached_first(rate: float, start: Passage) -> float:
    """Return ``T~(rate)``: how likely the target is reached before the first reset."""
    return _hit(rate, start.log_mean(rate, 0)[0])


def _hit(rate: float, log_mean: float) -> float:
    return exp(-_log1p_exp(log(rate) + log_mean))


def _log1p_exp(x: float) -> float:
    return float(np.logaddexp(0.0, x)) if x < LOG_MAX else x
