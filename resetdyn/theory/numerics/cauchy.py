"""Taylor coefficients from values on a circle, where derivatives one from another would cancel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics.inversion import ComplexArray

# Points on the circle; how often it is halved until half as many agree to this.
_POINTS, _HALVINGS, _AGREED = 64, 4, 1e-13


def taylor(
    function: Callable[[ComplexArray], ComplexArray], radius: float, order: int
) -> tuple[FloatArray, float]:
    """Return Taylor coefficients around 0 of a function that is real on the axis, and their relative error.

    The trapezoidal rule in Cauchy's formula, whose error is seen from half the points (Trefethen and
    Weideman, SIAM Review 56, 385 (2014)).

    Parameters
    ----------
    function : callable
        Maps complex points to values.
    radius : float
        Of the circle to begin with: a part of that of convergence, if it is known.
    order : int
        Of the last coefficient.

    Examples
    --------
    >>> import numpy as np
    >>> coefficients, error = taylor(lambda s: 1 / (1 - s), 1.5, 3)  # the first circle is too large
    >>> coefficients.round(12), error < 1e-12
    (array([1., 1., 1., 1.]), True)
    """
    upper = np.exp(2j * np.pi * np.arange(_POINTS // 2 + 1) / _POINTS)
    best, least = np.full(order + 1, np.nan), np.inf
    for _ in range(_HALVINGS):
        values = np.conj(function(radius * upper))
        powers = radius ** -np.arange(order + 1.0)
        fine, coarse = (
            np.fft.irfft(part, 2 * (len(part) - 1))[: order + 1] * powers for part in (values, values[::2])
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            error = float(np.max(np.abs(fine / coarse - 1)))
        if error < least:
            best, least = fine, error
        if least < _AGREED:
            break
        radius /= 2
    return best, least
