r"""The mean at small reset rates: the coefficients that decide how resetting sets in.

With ``<T>_r = a_0 + a_1 r + a_2 r^2 + ...``, slow resetting helps where ``a_1 < 0``, which for a free reset
to the start is ``CV > 1`` (Reuveni, PRL 116, 170601 (2016)).  Where `a_1` changes its sign and ``a_2 > 0``,
the optimal rate grows from 0 continuously, as an order parameter does in Landau's theory; where ``a_2 < 0``
it jumps (Pal and Prasad, PRR 1, 032001 (2019)).  With `x` the start, `y` where resets lead and `c` their mean
pause,

    <T>_r = M_x (1 + r c) (1 + r M_y) / (1 + r M_x),

as series in `r`.  In discrete time, with `f_n` the factorial moments of the number of steps and a reset with
probability `p` at each, ``F(1 - p) = sum (-p)^n f_n / n!`` and ``<T>_p = (1 - F) / (p F)`` if the reset wins
ties, times ``1 - p`` if the process does: ``a_1 = <T>^2 (1 - CV^2 +- 1 / <T>) / 2`` (derived here).
"""

from __future__ import annotations

from math import exp, factorial, inf, isfinite, isinf, nan
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage
from resetdyn.processes import is_discrete
from resetdyn.resets import Geometric, RateField
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.optima.reset_dials import dial_of, free_passage
from resetdyn.theory.passages.law import LawPassage
from resetdyn.theory.passages.passage import Passage
from resetdyn.theory.resetting.pair import passages
from resetdyn.theory.resetting.renewal import LOG_MAX
from resetdyn.theory.solver import solve

_NODES = 16


def landau(problem: Any, order: int = 4) -> FloatArray:
    """Return the coefficients of the mean in the rate of slow resetting.

    Parameters
    ----------
    problem : FirstPassage or frozen scipy.stats distribution
        A search (its own reset says where resets lead and what they cost) or the law of completion times. In
        discrete time the coefficients are those in the probability of a reset at each step.
    order : int, optional
        Highest order.

    Returns
    -------
    (order + 1,) array
        ``a_0 ... a_order``. A coefficient whose moment diverges is infinite, with its sign, and those after
        it are `nan`.

    Raises
    ------
    ValueError
        If no exact route is known for the problem.

    References
    ----------
    A. Pal and V. V. Prasad, Phys. Rev. Research 1, 032001 (2019).

    Examples
    --------
    >>> import resetdyn as rd
    >>> edge = (5 - 5**0.5) / 10  # where CV = 1
    >>> a = rd.landau(rd.FirstPassage(rd.Brownian(1.0), edge, rd.Interval(0.0, 1.0)), order=2)
    >>> bool(abs(a[1]) < 1e-15), float(round(a[2], 12))  # 1/90000
    (True, 1.1111111e-05)
    """
    order = _checks.integer("order", order)
    if hasattr(problem, "cdf"):
        law = LawPassage(problem)
        return _array(_poisson(law, law, 0.0, order), order)
    if not isinstance(problem, FirstPassage):
        raise TypeError(f"problem={problem!r}: give rd.FirstPassage or a frozen scipy.stats distribution")
    return _array(_coefficients(problem, order), order)


def _coefficients(problem: FirstPassage, order: int) -> Series:
    reset = problem.reset
    if is_discrete(problem.process):
        if reset.free and not reset.random_to and np.array_equal(problem.start, problem.reset_to):
            return _discrete(problem, order)
        return _sampled(problem, order)
    if reset.return_speed is not None or isinstance(reset, RateField):
        return _sampled(problem, order)
    pair = passages(problem)
    if pair is None:
        raise ValueError(
            f"no exact route for {type(problem.process).__name__} to a {type(problem.target).__name__}; "
            "use rd.simulate(problem) without resetting and its moments"
        )
    return _poisson(*pair, reset.mean_refractory, order)


def _poisson(start: Passage, to: Passage, pause: float, order: int) -> Series:
    m_x = _mean(start.log_mean(0.0, order), order)
    out = m_x
    if to is not start:
        m_y = _mean(to.log_mean(0.0, order), order)
        if isinf(m_y[0]) and isfinite(m_x[0]):
            return [m_x[0], inf]
        known = min(_known(m_x), _known(m_y))
        m_x, m_y = m_x[:known], m_y[:known]
        one = [1.0, *[0.0] * order][:known]
        above = series.add(one, series.times_variable(m_y, 0.0)) if known else []
        below = series.add(one, series.times_variable(m_x, 0.0)) if known else []
        out = _ended(series.divide(series.multiply(m_x, above), below), order)
    known = _known(out)
    return _ended(series.multiply(out[:known], [1.0, pause, *[0.0] * order][:known]), order) if pause else out


def _mean(log_mean: Series, order: int) -> Series:
    """Return `M` from its logarithm, with what diverges at its end."""
    known = _known(log_mean)
    if not known or log_mean[0] > LOG_MAX:
        return [inf]
    return _ended(series.exponential(log_mean[:known]), order)


def _known(a: Series) -> int:
    return next((n for n, c in enumerate(a) if not isfinite(c)), len(a))


def _ended(a: Series, order: int) -> Series:
    """Return the series with the first coefficient that diverges, of the sign of ``(-1)^n <T^(n+1)>``."""
    return a if len(a) > order else [*a, (-1.0) ** len(a) * inf]


def _discrete(problem: FirstPassage, order: int) -> Series:
    free = solve(free_passage(problem))
    raw = [1.0, *(free.moment(n) for n in range(1, order + 2))]
    known = _known(raw)
    if known < 2:
        return [inf]
    hit = [(-1.0) ** n * _factorial_moment(raw[:known], n) / factorial(n) for n in range(known)]
    out = series.divide([-c for c in hit[1:]], hit)
    if isinstance(problem.reset, Geometric) and problem.reset.ties == "process":
        out = series.multiply(out, [1.0, -1.0, *[0.0] * order][: len(out)])
    return _ended(out, order)


def _factorial_moment(raw: Series, n: int) -> float:
    """Return ``<T (T - 1) ... (T - n + 1)>`` from the raw moments."""
    falling = [1.0]  # coefficients of the polynomial, lowest first
    for k in range(n):
        falling = [
            (falling[i - 1] if i else 0.0) - k * (falling[i] if i < len(falling) else 0.0)
            for i in range(len(falling) + 1)
        ]
    return sum(c * m for c, m in zip(falling, raw, strict=False))


def _sampled(problem: FirstPassage, order: int) -> Series:
    """Return the coefficients from the polynomial through the means at small rates: some digits are lost."""
    dial = dial_of(problem, None, None)
    if isinf(dial.free):
        return [inf]
    reach = 0.05 * min(exp(-dial.free), 1.0) if is_discrete(problem.process) else 0.1 * exp(-dial.free)
    nodes = chebyshev.chebpts1(_NODES)
    values = [dial.curve.log_mean(reach * (1 + x) / 2) for x in nodes.tolist()]
    fit = chebyshev.Chebyshev(chebyshev.chebfit(nodes, values, _NODES - 1), domain=[0.0, reach])
    out = [dial.free]
    for n in range(1, order + 1):
        fit = fit.deriv()
        out.append(float(fit(0.0)) / factorial(n))
    return _mean(out, order)


def _array(a: Series, order: int) -> FloatArray:
    return np.array([*a, *[nan] * (order + 1 - len(a))][: order + 1])
