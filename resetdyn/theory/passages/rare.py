r"""The logarithm of the probability of having arrived so early that it is beneath the floats.

With ``s = e^u`` the inversion of ``T~(s) / s`` is ``P(T <= t) = int exp(t e^u + log T~(e^u)) du / (2 pi i)``.
The exponent has its minimum on the real axis at `u_0`, of the size of the logarithm sought, where the mean
time of arrival among those tilted to early ones is `t`; across it, on the arc ``u_0 + i y``, the integrand is
as narrow as one over its root.  There ``log T~`` is the polynomial through its values at real Chebyshev
points around `u_0`: it is analytic in the strip ``|Im u| < pi`` (derived here; to leading order it is the
saddle-point approximation of Daniels, Ann. Math. Stat. 25, 631 (1954)).

These polynomials are shared by all times, and the logarithm of minus the logarithm sought, which is almost a
line in ``log t``, is tabulated, each on panels where they are asked for.
"""

from __future__ import annotations

from math import floor, inf, log, nan
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from scipy.integrate import trapezoid

from resetdyn._checks import FloatArray
from resetdyn.theory.passages.passage import Passage

# The polynomials: half their width in log s, the distance of their centres, their points.
_HALF, _APART, _POINTS = 1.75, 0.5, 30
# The arc, at most so long, and in widths of its Gaussian.
_ARC, _LONGEST, _WIDTHS = np.linspace(-1.0, 1.0, 161), 1.0, 9.0
# Nothing is sought at rates beyond this many e-foldings of 1 / t.
_FARTHEST = 130.0
# The search for the minimum: its longest step in log s, its most steps, and where it is close enough.
_STRIDE, _STEPS, _CLOSE = 1.5, 200, 1e-10
_NODES: Any = chebyshev.chebpts1(_POINTS)
_FIT: Any = np.linalg.inv(chebyshev.chebvander(_NODES, _POINTS - 1))
# Nodes of the table, on panels of width 1 in log t; times up to this many are not worth one.
_TABLE: Any = chebyshev.chebpts1(12)
_FEW = 4


class Early:
    """``log P(T <= t)`` of one passage where it is far beneath 0; ``-inf`` where nothing arrives."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self._transforms: dict[int, tuple[FloatArray, FloatArray, FloatArray]] = {}
        self._panels: dict[int, FloatArray] = {}

    def __call__(self, t: FloatArray) -> FloatArray:
        """Return the logarithms at some times, tabulated if they are many."""
        if np.size(t) <= _FEW:
            return self.direct(t)
        out, x = np.empty(t.shape), np.log(t)
        panels = np.floor(x)
        for panel in np.unique(panels).tolist():
            here = panels == panel
            fit = self._panel(int(panel))
            if np.all(np.isfinite(fit)):
                out[here] = -np.exp(chebyshev.chebval(2 * (x[here] - panel) - 1, fit))
            else:  # nothing arrives in a part of it
                out[here] = self.direct(t[here])
        return out

    def direct(self, t: FloatArray) -> FloatArray:
        """Return the logarithms at some times, one by one."""
        return np.array([self._one(x) for x in np.asarray(t, dtype=float).tolist()])

    def _panel(self, panel: int) -> FloatArray:
        """Return the coefficients of the table; not finite where nothing arrives in a part of it."""
        if panel not in self._panels:
            logs = self.direct(np.exp(panel + (1 + _TABLE) / 2))
            finite = bool(np.all(np.isfinite(logs)))
            fit = chebyshev.chebfit(_TABLE, np.log(-logs), len(_TABLE) - 1) if finite else logs
            self._panels[panel] = fit
        return self._panels[panel]

    def _one(self, t: float) -> float:
        place, bend = self._minimum(log(t))
        if place != place:
            return -inf
        step = min(_LONGEST, _WIDTHS / bend**0.5)
        panel, fit, _, _ = self._transform(place)
        arc = place + 1j * step * _ARC
        heights = t * np.exp(arc) + chebyshev.chebval((arc - panel * _APART) / _HALF, fit)
        middle = float(heights[len(_ARC) // 2].real)
        across = step * float(trapezoid(np.exp(heights - middle).real, _ARC))
        return middle + log(across / (2 * np.pi))

    def _minimum(self, log_t: float) -> tuple[float, float]:
        """Return where the exponent is least and its second derivative there; nan where it falls for ever."""
        u = -log_t
        for _ in range(_STEPS):
            panel, _, slopes, bends = self._transform(u)
            x = (u - panel * _APART) / _HALF
            slope, bend = (float(chebyshev.chebval(x, c)) for c in (slopes, bends))
            # Newton's steps for the logarithm of the mean time of those tilted, which falls.
            off, change = log(-slope) - u - log_t, bend / slope - 1
            move = -off / change if change < 0 else inf
            u += max(min(move, _STRIDE), -_STRIDE)
            if abs(move) < _CLOSE:
                return u, bend - slope
            if u > _FARTHEST - log_t:
                break
        return nan, nan

    def _transform(self, u: float) -> tuple[int, FloatArray, FloatArray, FloatArray]:
        """Return the panel of ``log T~`` in log s, its coefficients there, and those of its derivatives."""
        panel = floor(u / _APART + 0.5)
        if panel not in self._transforms:
            places = panel * _APART + _HALF * _NODES
            log_m = self.passage.log_mean_many(np.exp(places), 0)[0]
            fit = _FIT @ -np.logaddexp(0.0, places + log_m)
            derivatives = (chebyshev.chebder(fit, n) / _HALF**n for n in (1, 2))
            self._transforms[panel] = (fit, *derivatives)
        return panel, *self._transforms[panel]
