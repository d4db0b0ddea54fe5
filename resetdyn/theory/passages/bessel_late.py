r"""The first passage of the Bessel process at late times, by its transform's jump across the negative axis.

``K_nu`` turns into ``J_nu`` and ``Y_nu`` there, and the contour of the inversion shrinks onto the axis:

    f(t) = (2 D / pi) (x / a)^nu int_0^inf u e^(-D u^2 t) C(u) / (J_nu(u a)^2 + Y_nu(u a)^2) du,
    C(u) = J_nu(u a) Y_nu(u x) - Y_nu(u a) J_nu(u x)

(Carslaw and Jaeger, Conduction of Heat in Solids, section 13.5, for cylinders), with ``|nu|`` in place of the
index.  When ``D t`` is as large as ``x^2`` little oscillates before it is gone: the powers of time with which
survival probability and density end keep all digits, which beside the rest of a transform they do not.
"""

from __future__ import annotations

import numpy as np
from scipy.special import jv, yv

from resetdyn._checks import FloatArray

# Times from which on this holds, in units of x^2 / D; step in log u; where e^(-D u^2 t) and powers of u have
# ended.
_LATE, _STEP, _LAST, _ENDED = 0.5, 0.1, 6.5, 45.0


def is_late(diffusion: float, x: float, t: FloatArray) -> FloatArray:
    """Return whether the times are late enough."""
    return np.asarray(t * (diffusion / x / x) > _LATE)


def late_density(diffusion: float, nu: float, x: float, a: float, t: FloatArray) -> FloatArray:
    """Return the density at late times; `nan` where Bessel functions leave the floats."""
    return _integral(diffusion, nu, x, a, t, 2.0)


def late_survival(diffusion: float, nu: float, x: float, a: float, t: FloatArray) -> FloatArray:
    """Return the survival probability at late times, for ``nu > 0`` that is not small."""
    return _integral(diffusion, nu, x, a, t, 0.0) / diffusion


def _integral(diffusion: float, nu: float, x: float, a: float, t: FloatArray, power: float) -> FloatArray:
    order, scale = abs(nu), np.sqrt(diffusion * t)[:, None]
    count = int(_ENDED / (power + 2 * order) / _STEP) + 2
    u = _LAST * np.exp(-_STEP * np.arange(count)) / scale
    with np.errstate(all="ignore"):
        J, Y = jv(order, u * a), yv(order, u * a)
        jump = (J * yv(order, u * x) - Y * jv(order, u * x)) / (J * J + Y * Y)
        terms = u**power * np.exp(-((u * scale) ** 2)) * jump
        return 2 / np.pi * diffusion * (x / a) ** nu * _STEP * terms.sum(axis=1)
