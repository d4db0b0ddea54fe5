"""Potentials whose motion has a name of its own: linear, quadratic and logarithmic ones.

A potential is known by its slope: a constant one is drift, ``a x + b`` with ``a > 0`` an Ornstein-Uhlenbeck
process, and ``c / (x - x0)`` is that of ``c log|x - x0|``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck


class Logarithm(NamedTuple):
    """The potential ``strength * log|x - origin|``."""

    strength: float
    origin: float


@lru_cache(maxsize=256)
def simpler(process: Langevin) -> Brownian | OrnsteinUhlenbeck | None:
    """Return the same motion under its own name; None where it has none.

    Examples
    --------
    >>> import resetdyn as rd
    >>> simpler(rd.Langevin("k*x**2/2 - x", 1.0, parameters={"k": 2.0}))
    OrnsteinUhlenbeck(stiffness=2.0, center=0.5, diffusion=1.0)
    """
    above, below = _slope(process)
    if len(below) != 1 or len(above) > 2:
        return None
    *steep, flat = (number / below[0] for number in above)
    if not steep:
        return Brownian(process.diffusion, drift=-flat)
    return OrnsteinUhlenbeck(steep[0], -flat / steep[0], process.diffusion) if steep[0] > 0 else None


@lru_cache(maxsize=256)
def logarithm(process: Langevin) -> Logarithm | None:
    """Return the logarithm that the potential is, up to a constant; None where it is none.

    Examples
    --------
    >>> import resetdyn as rd
    >>> logarithm(rd.Langevin("3*log(Abs(x - 1)) + 2", 1.0))
    Logarithm(strength=3.0, origin=1.0)
    """
    above, below = _slope(process)
    if len(below) != 2 or len(above) != 1:
        return None
    return Logarithm(above[0] / below[0], -below[1] / below[0])


def _slope(process: Langevin) -> tuple[list[float], list[float]]:
    """Return the coefficients of the slope's numerator and denominator; none if it is no such ratio."""
    if process.dim != 1 or process.reflecting != (None, None):
        return [], []
    return _ratio(process.expression, process.symbols[0])


@lru_cache(maxsize=256)
def _ratio(expression: Any, x: Any) -> tuple[list[float], list[float]]:
    import sympy as sp

    potential = expression.replace(sp.log, lambda u: sp.log(u.args[0] if isinstance(u, sp.Abs) else u))
    slope = sp.diff(potential, x)
    if not slope.is_rational_function(x):
        return [], []
    # By their digits, so that what cancels on paper cancels here; sp.nsimplify would take 4.9999999 for 5.
    fractions = {number: sp.Rational(repr(float(number))) for number in slope.atoms(sp.Float)}
    above, below = sp.fraction(sp.cancel(slope.xreplace(fractions)))
    return _coefficients(above, x), _coefficients(below, x)


def _coefficients(polynomial: Any, x: Any) -> list[float]:
    """Return the coefficients, the highest power first."""
    import sympy as sp

    return [float(number) for number in sp.Poly(polynomial, x).all_coeffs()]
