r"""The logarithm of the probability of having arrived so early that it is beneath the floats.

With ``s = e^u`` the inversion of ``T~(s) / s`` is ``P(T <= t) = int exp(t e^u + log T~(e^u)) du / (2 pi i)``.
The exponent has its minimum on the real axis at `u_0`, of the size of the logarithm sought, where the mean
time of arrival among those tilted to early ones is `t`; across it, on the arc ``u_0 + i y``, the integrand is
as narrow as one over its root.  There ``log T~`` is the polynomial through its values at real Chebyshev
points around `u_0`: it is analytic in the strip ``|Im u| < pi`` (derived here; to leading order it is the
saddle-point approximation of Daniels, Ann. Math. Stat. 25, 631 (1954)).

For many times the logarithm of minus that logarithm, which is almost a line in ``log t``, is tabulated on
panels where they are asked for.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from resetdyn._checks import FloatArray
from resetdyn.theory.passages.passage import Passage

# Half the width of the fit in log s, its points; the arc, at most so long, and in widths of its Gaussian.
_HALF, _POINTS = 1.5, 26
_ARC, _LONGEST, _WIDTHS = np.linspace(-1.0, 1.0, 161), 1.0, 9.0
# No stride from 1 / t towards greater rates is longer than this, in log s.
_FARTHEST = 64.0
# Steps to the minimum, which is close enough at this part of the Gaussian's width.
_STEPS, _CLOSE = 100, 0.02
_NODES: Any = chebyshev.chebpts1(_POINTS)
_FIT: Any = np.linalg.inv(chebyshev.chebvander(_NODES, _POINTS - 1))
# The second derivative in the middle of a fit, from its values.
_BEND: Any = chebyshev.chebval(0.0, chebyshev.chebder(np.eye(_POINTS), 2)) @ _FIT / _HALF**2
# Nodes of the table, on panels of width 1 in log t; times up to this many are not worth one.
_TABLE: Any = chebyshev.chebpts1(12)
_FEW = 4


def log_early(passage: Passage, t: FloatArray) -> FloatArray:
    """Return ``log P(T <= t)`` where it is beneath the floats; ``-inf`` where nothing arrives."""
    out = np.full(t.shape, -inf)
    place = _minimum(passage, t)
    found = np.isfinite(place)
    if not found.any():
        return out
    t, place = t[found], place[found]
    values = _log_transform(passage, place[:, None] + _HALF * _NODES)
    fit = (values @ _FIT.T).T[:, :, None]
    bend = t * np.exp(place) + values @ _BEND
    arc = 1j * np.minimum(_LONGEST, _WIDTHS / np.sqrt(bend))[:, None] * _ARC
    heights = t[:, None] * np.exp(place[:, None] + arc) + chebyshev.chebval(arc / _HALF, fit, tensor=False)
    middle = heights[:, len(_ARC) // 2].real
    across = np.trapezoid(np.exp(heights - middle[:, None]).real, arc.imag, axis=1)
    out[found] = middle + np.log(across / (2 * np.pi))
    return out


class Early:
    """``log P(T <= t)`` of one passage, tabulated as far as it is asked for."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self._panels: dict[int, FloatArray] = {}

    def __call__(self, t: FloatArray) -> FloatArray:
        """Return the logarithms at times of which they are far beneath 0."""
        if np.size(t) <= _FEW:
            return log_early(self.passage, t)
        out, x = np.empty(t.shape), np.log(t)
        panels = np.floor(x)
        for panel in np.unique(panels).tolist():
            here = panels == panel
            fit = self._panel(int(panel))
            if np.all(np.isfinite(fit)):
                out[here] = -np.exp(chebyshev.chebval(2 * (x[here] - panel) - 1, fit))
            else:  # a front
                out[here] = log_early(self.passage, t[here])
        return out

    def _panel(self, panel: int) -> FloatArray:
        """Return the Chebyshev coefficients of a panel; not finite where nothing arrives in a part of it."""
        if panel not in self._panels:
            logs = log_early(self.passage, np.exp(panel + (1 + _TABLE) / 2))
            with np.errstate(invalid="ignore"):
                self._panels[panel] = (
                    chebyshev.chebfit(_TABLE, np.log(-logs), len(_TABLE) - 1)
                    if (np.all(np.isfinite(logs)))
                    else logs
                )
        return self._panels[panel]


def _log_transform(passage: Passage, u: FloatArray) -> FloatArray:
    """Return ``log T~`` at ``s = e^u``."""
    log_m = passage.log_mean_many(np.exp(u.ravel()), 0)[0].reshape(u.shape)
    return -np.logaddexp(0.0, u + log_m)


def _minimum(passage: Passage, t: FloatArray) -> FloatArray:
    """Return where the exponent is least for each time; nan where it falls for ever."""

    def tilted(u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the logarithm of the mean time among those tilted, and the slope of ``log T~``."""
        s = np.exp(u)
        log_m, slope = passage.log_mean_many(s, 1)
        fall = (1 + s * slope) * np.exp(-np.logaddexp(0.0, -u - log_m))
        return np.log(fall) - u, fall

    target = np.log(t)
    low, stride = -target, 1.0
    high = low + stride
    at_low, at_high = tilted(low)[0] - target, tilted(high)[0] - target
    while np.any(late := at_high > 0) and stride < _FARTHEST:
        stride *= 2
        low, at_low = np.where(late, high, low), np.where(late, at_high, at_low)
        high = np.where(late, high + stride, high)
        at_high = tilted(high)[0] - target
    # The mean falls as the rate grows: regula falsi, with halved weights (Illinois).
    place, last = high, np.zeros(t.shape)
    for _ in range(_STEPS):
        with np.errstate(divide="ignore", invalid="ignore"):  # where there is none
            place = np.clip(high - at_high * (high - low) / (at_high - at_low), low, high)
        place = np.where(np.isfinite(place), place, high)
        there, fall = tilted(place)
        there = there - target
        # Where the tilted mean is off by this, the exponent's slope is `fall` times it.
        if np.all((np.abs(there) * np.sqrt(fall) < _CLOSE) | late):
            break
        above = there > 0
        at_low, at_high = (
            np.where(above, there, at_low / np.where(last < 0, 2, 1)),
            np.where(above, at_high / np.where(last > 0, 2, 1), there),
        )
        low, high, last = (
            np.where(above, place, low),
            np.where(above, high, place),
            np.where(above, 1.0, -1.0),
        )
    return np.where(late, np.nan, place)
