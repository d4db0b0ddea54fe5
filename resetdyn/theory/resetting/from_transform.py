r"""Renewal from a Laplace transform: the mean under Poisson resetting of anything whose transform is known.

``<T_r> = (1 - T~(r)) / (r T~(r))`` (Reuveni, PRL 116, 170601 (2016)); higher moments need derivatives at
`r`.  The transform of a positive law is analytic to the right of 0, so that its logarithm, sampled at
Chebyshev points between ``r / 2`` and ``3 r / 2``, is a polynomial to rounding; its derivatives are taken.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import inf
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from resetdyn import _checks
from resetdyn.resets import Poisson, Reset
from resetdyn.results import FirstPassageResult
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.resetting.renewal import moment_from

_DEGREE = 24
_EPS = float(np.finfo(float).eps)


def renewal_laplace(transform: Callable[[float], float], reset: Reset) -> FirstPassageResult:
    """Return the first-passage statistics under Poisson resetting, from the transform without it.

    Resets lead to the start.

    Parameters
    ----------
    transform : callable
        Laplace transform of the reset-free first-passage time, ``s -> <exp(-s T)>``, for a number above 0.
    reset : Poisson
        Resetting at a rate above 0.

    Returns
    -------
    FirstPassageResult
        With ``.mean``, ``.moment(k)``, ``.cv``; ``.error`` allows for rounding in the given transform. The
        derivatives behind the moments are numerical and lose some digits with each order.

    Raises
    ------
    ValueError
        If `reset` is not Poisson resetting at a rate above 0, or the transform leaves [0, 1].

    References
    ----------
    S. Reuveni, Phys. Rev. Lett. 116, 170601 (2016); A. Pal and S. Reuveni, Phys. Rev. Lett. 118, 030603
    (2017).

    Examples
    --------
    >>> import math, resetdyn as rd
    >>> search = rd.renewal_laplace(lambda s: math.exp(-math.sqrt(s)), rd.Poisson(1.0))
    >>> round(search.mean, 9), round(search.moment(2), 9)
    (1.718281828, 6.623266712)
    """
    if not callable(transform):
        raise TypeError(f"transform={transform!r}: give a function of the Laplace variable")
    if not isinstance(reset, Poisson) or reset.rate == 0:
        raise ValueError(f"reset={reset}: give rd.Poisson with a rate above 0")
    rate = reset.rate
    hit = _value(transform, rate)
    mean = (1 - hit) / (rate * hit) if hit > 0 else inf
    error = 2 * _EPS * (mean + 1 / (rate * hit)) if hit > 0 else 0.0

    @cache
    def log_transform(order: int) -> Series:
        nodes = chebyshev.chebpts1(_DEGREE + 1)
        values = [np.log(_value(transform, rate * (1 + float(x) / 2))) for x in nodes]
        polynomial = chebyshev.Chebyshev.fit(nodes, values, _DEGREE, domain=[-1, 1])
        out, scale = [float(np.log(hit))], 1.0
        for n in range(1, order + 1):
            polynomial, scale = polynomial.deriv(), scale * 2 / (rate * n)
            out.append(float(polynomial(0.0)) * scale)
        return out

    def moment(order: int) -> float:
        if order == 1 or mean == inf:
            return mean
        inverse = series.exponential([-c for c in log_transform(order - 1)])
        # 1 / T~ - 1 = s M, and Q~_r(s) = M / (1 + (s - r) M) around s = r.
        above = [inverse[0] - 1, *inverse[1:]]
        m = series.divide(above, [rate, 1.0, *[0.0] * order])
        below = series.times_variable(m, 0.0)
        below[0] += 1.0
        return moment_from(series.divide(m, below), order)

    return FirstPassageResult(reset, "transform: given function", mean, error, moment)


def _value(transform: Callable[[float], Any], s: float) -> float:
    value = _checks.finite("transform(s)", transform(s))
    if not 0 <= value <= 1:
        raise ValueError(f"transform({s:g})={value:g}: a Laplace transform of a time is between 0 and 1")
    return value
