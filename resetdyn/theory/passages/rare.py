r"""The logarithm of the probability of having arrived so early that it is beneath the floats.

With ``s = e^u`` the inversion of ``T~(s) / s`` is ``P(T <= t) = int exp(t e^u + log T~(e^u)) du / (2 pi i)``.
The exponent has its minimum on the real axis at `u_0`, of the size of the logarithm sought; across it, on the
arc ``u_0 + i y``, the integrand is as narrow as one over its root.  There ``log T~`` is the polynomial
through its values at real Chebyshev points around `u_0`: it is analytic in the strip ``|Im u| < pi`` (derived
here; to leading order it is the saddle-point approximation of Daniels, Ann. Math. Stat. 25, 631 (1954)).
"""

from __future__ import annotations

from math import exp, log

import numpy as np
from numpy.polynomial import chebyshev
from scipy.optimize import brentq

from resetdyn.theory.passages.passage import Passage

# Half the width of the fit in log s, its points; the arc, at most so long, and in widths of its Gaussian.
_HALF, _POINTS = 1.5, 26
_ARC, _LONGEST, _WIDTHS = np.linspace(-1.0, 1.0, 161), 1.0, 9.0
# Nothing is sought at rates beyond this many e-foldings of 1 / t.
_FARTHEST = 200.0


def log_early(passage: Passage, t: float) -> float:
    """Return ``log P(T <= t)`` where it is beneath the floats; ``-inf`` where nothing arrives."""
    start = -log(t)

    def tilt(u: float) -> float:
        s = exp(u)
        log_m, slope = passage.log_mean(s, 1)
        return s * t - (1 + s * slope) * exp(-np.logaddexp(0.0, -u - log_m))

    low, high = start, start + 1.0
    while tilt(high) < 0:
        low, high = high, high + 1.0
        if high > start + _FARTHEST:
            return -np.inf
    place = float(brentq(tilt, low, high, xtol=1e-10))
    nodes = chebyshev.chebpts1(_POINTS)
    u = place + _HALF * nodes
    logs = -np.logaddexp(0.0, u + passage.log_mean_many(np.exp(u), 0)[0])
    fit = chebyshev.chebfit(nodes, logs, _POINTS - 1)
    bend = t * exp(place) + float(chebyshev.chebval(0.0, chebyshev.chebder(fit, 2))) / _HALF**2
    step = min(_LONGEST, _WIDTHS / bend**0.5)
    arc = 1j * step * _ARC
    heights = t * np.exp(place + arc) + chebyshev.chebval(arc / _HALF, fit)
    middle = float(heights[len(_ARC) // 2].real)
    across = step * float(np.trapezoid(np.exp(heights - middle).real, _ARC))
    return middle + log(across / (2 * np.pi))
