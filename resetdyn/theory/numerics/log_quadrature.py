"""Integrals of the exponential of a function, beneath and beyond the floats."""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import Any

import numpy as np
from scipy.special import logsumexp

from resetdyn._checks import FloatArray

# Gauss's rule on (0, 1), with the ends looked at as well.
_NODES, _WEIGHTS = (np.polynomial.legendre.leggauss(16) + np.array([[1.0], [0.0]])) / 2
_SEEN = np.concatenate([[0.0], _NODES, [1.0]])
_HALVINGS = 60
# What is beneath the integral by this logarithm is nothing; rounding of a logarithm, in its own units.
_NOTHING, _ROUNDING = -40.0, 4e-15


def log_integral(function: Callable[[FloatArray], FloatArray], edges: FloatArray) -> tuple[float, float]:
    """Return the logarithm of the integral of ``exp(function)``, and its error.

    A panel is halved until that changes nothing. A peak as narrow as may be is found by the values around it
    and at the ends of its panel, which are highest there, however far beneath it.

    Parameters
    ----------
    function : callable
        Logarithm of the integrand at ``(n,)`` places; `-inf` where that is 0.
    edges : (m,) array
        Where the integral begins and ends, and where the function is not smooth.

    Examples
    --------
    >>> import numpy as np
    >>> value, error = log_integral(lambda x: -1e9 * (x - 0.3) ** 2 - 1e4, np.array([0.0, 1.0]))
    >>> bool(abs(value - (np.log(np.pi / 1e9) / 2 - 1e4)) < error < 1e-10)
    True
    """

    def look(low: FloatArray, high: FloatArray) -> tuple[Any, Any]:
        """Return the logarithms of the integrals, and of the most that a panel may hold."""
        wide = (high - low)[:, None]
        # An end is looked at from within, where a jump is on its own side.
        values = function((low[:, None] + wide * np.clip(_SEEN, 1e-14, 1 - 1e-14)).ravel()).reshape(
            -1, len(_SEEN)
        )
        return logsumexp(values[:, 1:-1], b=_WEIGHTS * wide, axis=1), np.max(values, axis=1) + np.log(
            wide[:, 0]
        )

    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        low, high = edges[:-1], edges[1:]
        whole, most = look(low, high)
        settled: list[float] = []
        off = -np.inf
        for _ in range(_HALVINGS):
            total = logsumexp([*settled, *whole])
            size = max(total, np.max(most))
            open_ = most > size + _NOTHING
            settled += whole[~open_].tolist()
            if not np.any(open_):
                break
            low, high, whole = low[open_], high[open_], whole[open_]
            middle = (low + high) / 2
            left, right = look(low, middle), look(middle, high)
            both = np.logaddexp(left[0], right[0])
            change = np.abs(np.expm1(whole - both)) * np.exp(np.minimum(both - total, 0.0))
            done = change <= _ROUNDING * max(1.0, abs(size))
            settled += both[done].tolist()
            off = float(np.logaddexp(off, logsumexp(np.log(change[done])))) if np.any(done) else off
            low, high, whole, most = (
                np.concatenate([a[~done], b[~done]])
                for a, b in ((low, middle), (middle, high), (left[0], right[0]), (left[1], right[1]))
            )
            if not len(low):
                break
        else:
            settled += whole.tolist()
    value = float(logsumexp(settled)) if settled else -np.inf
    return value, exp(off) + _ROUNDING * max(1.0, abs(value))
