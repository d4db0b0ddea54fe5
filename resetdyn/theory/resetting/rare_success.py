r"""The chance that a trial succeeds, where that is beneath the floats: its logarithm.

``P(T <= R) = int f(t) P(T <= t) dt`` over the density `f` of the waiting time is then decided by a narrow
range of times, later than most waits and earlier than most passages.  It is looked for from late times to
early ones: what comes before `t` adds at most ``P(T <= t)``.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics.log_quadrature import log_integral

Function = Callable[[FloatArray], FloatArray]

# Panels of log t are that wide; how many are looked at, from the last time on at which a wait may end.
_WIDTH, _MOST = 0.5, 2000
_LATEST = 200.0
# What is beneath the rest by this logarithm is nothing; the least logarithm of a float.
_NOTHING, _LEAST = -45.0, -700.0
_SEEN = np.linspace(0.001, 0.999, 9)


def log_success(log_reached: Function, law: Any, unit: float, edges: list[float]) -> tuple[float, float]:
    """Return the logarithm of the chance that a passage is over before a wait, and its error.

    Parameters
    ----------
    log_reached : callable
        Logarithm of the probability that the passage is over, at any times.
    law : frozen scipy.stats distribution
        Law of the wait.
    unit : float
        A time at which something happens.
    edges : list of float
        Times at which the density of the wait or the probability are not smooth, in any order.
    """
    best = -inf

    def height(x: FloatArray) -> FloatArray:
        """Return the logarithm of the integrand in log t, where it may matter."""
        t = np.exp(x)
        with np.errstate(all="ignore"):
            out = np.nan_to_num(np.asarray(law.logpdf(t), dtype=float), nan=-inf, posinf=inf) + x
        matters = out > best + _NOTHING
        out[~matters] = -inf
        if np.any(matters):
            out[matters] += log_reached(t[matters])
        return out

    ends = [log(edge) for edge in edges if 0 < edge < inf]
    first, last = law.support()
    high = log(last) if last < inf else log(unit) + _LATEST
    stop = log(first) if first > 0 else -inf
    cuts = [high]
    for _ in range(_MOST):
        low = max(cuts[-1] - _WIDTH, stop)
        low = max([low, *(end for end in ends if end < cuts[-1] - 1e-12)])
        values = height(low + (cuts[-1] - low) * _SEEN)
        best = max(best, float(np.max(values)))
        cuts.append(low)
        if low <= stop or (best > -inf and log_reached(np.exp(np.array([low])))[0] < best + _NOTHING):
            break
    _check_visible(law, log_reached, cuts, best)
    return log_integral(height, np.array(cuts[::-1]))


def _check_visible(law: Any, log_reached: Function, cuts: list[float], best: float) -> None:
    """Refuse a law whose density is beneath the floats where it would matter."""
    first, last = law.support()
    x = np.linspace(cuts[-1], cuts[0], 400)[1:-1]
    t = np.exp(x)
    with np.errstate(all="ignore"):
        hidden = (t > first) & (t < last) & np.isneginf(law.logpdf(t))
    x, t = x[hidden & (x + _LEAST > best + _NOTHING)], t[hidden & (x + _LEAST > best + _NOTHING)]
    if len(t) and np.any(_LEAST + x + log_reached(t) > best + _NOTHING):
        raise ValueError(
            "law: its logpdf is -inf, beneath the floats, at waiting times that decide the mean; give a law "
            "with a logpdf of its own, rd.Poisson, or use rd.simulate(problem)"
        )
