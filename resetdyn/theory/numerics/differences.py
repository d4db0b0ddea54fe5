"""Derivatives of probabilities in time, where only the probabilities are known."""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn._checks import FloatArray

# Central differences of eighth order, in steps of log t: at large arguments of the exponential in the early
# tail the logarithm is a power of time, which this step resolves to 1e-11.
_STEP = 0.03
_PLACES = np.array([1, 2, 3, 4])
_WEIGHTS = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])


def density_of(timed: Any, t: FloatArray) -> FloatArray:
    """Return the density of what has the probabilities ``survival`` and ``reached``, at times above 0.

    The logarithm of the smaller of the two is differentiated in that of the time.
    """
    ahead, behind = (np.exp(sign * _STEP * _PLACES[:, None]) * t for sign in (1, -1))
    early = timed.reached(t) < 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        out = np.zeros(np.shape(t))
        for function, sign, where in ((timed.reached, 1, early), (timed.survival, -1, ~early)):
            change = _WEIGHTS @ (np.log(function(ahead)) - np.log(function(behind))) / _STEP
            out = np.where(where, sign * function(t) * change / t, out)
    return np.maximum(np.nan_to_num(out), 0.0)
