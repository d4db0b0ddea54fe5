r"""What solves the backward equations of run-and-tumble motion: `S`, `C` and `F`.

With ``b = (s + 2 g) / v`` and ``theta = sqrt(s (s + 2 g)) / v``, these are
``S(y) = sinh(theta y) / theta``, ``C(y) = cosh(theta y)`` and ``F(y) = C(y) + b S(y)`` (see
:mod:`.passages.run_and_tumble_interval`), as series in `s` and at complex `s`.
"""

from __future__ import annotations

import numpy as np

from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.run_and_tumble import exponent

# Widths in units of 1 / theta up to which power series are used, and their terms.
_SMALL, _TERMS = 4.0, 17


class Waves:
    """The series of `S` and `C`, over ``e^(theta y)`` where `theta` is large (else it counts as 0)."""

    def __init__(self, v: float, g: float, width: float, s: float, order: int) -> None:
        self.b = [(s + 2 * g) / v, 1 / v, *[0.0] * order][: order + 1]
        square = [s * (s + 2 * g), 2 * (s + g), 1.0, *[0.0] * order][: order + 1]
        self.square = [c / (v * v) for c in square]
        self.large = square[0] ** 0.5 * width > _SMALL * v
        self.theta = [c / v for c in exponent(s, g, order)] if self.large else [0.0] * (order + 1)

    def both(self, y: float) -> tuple[Series, Series]:
        """Return `S` and `C`."""
        if self.large:
            doubled = [2 * y * c for c in self.theta]
            cosh = [c / 2 for c in series.exponential([-c for c in doubled])]
            cosh[0] += 0.5
            return [y * c for c in series.mean_decay(doubled)], cosh
        x = [y * y * c for c in self.square]
        return [y * c for c in _by_powers(x, 1)], _by_powers(x, 0)

    def reach(self, y: float) -> Series:
        """Return `F`."""
        sinh, cosh = self.both(y)
        return series.add(cosh, series.multiply(self.b, sinh))


def _by_powers(x: Series, odd: int) -> Series:
    """Return ``sum x^n / (2 n + odd)!``."""
    one = [1.0, *[0.0] * (len(x) - 1)]
    out = one
    for n in range(_TERMS, 0, -1):
        weight = (2 * n + odd) * (2 * n + odd - 1)
        out = series.add(one, [c / weight for c in series.multiply(x, out)])
    return out


class ComplexWaves:
    """`S` and `C` over ``e^(theta y)``, at complex `s`."""

    def __init__(self, v: float, g: float, s: ComplexArray) -> None:
        self.s, above = s, s + 2 * g
        self.b = above / v
        self.theta = np.sqrt(s) * np.sqrt(above) / v

    def sinh(self, y: float) -> ComplexArray:
        """Return `S`."""
        z = 2 * y * self.theta
        safe = np.where(z == 0, 1.0, z)
        with np.errstate(all="ignore"):
            return np.asarray(y * np.where(z == 0, 1.0, -np.expm1(-safe) / safe))

    def cosh(self, y: float) -> ComplexArray:
        """Return `C`."""
        with np.errstate(all="ignore"):
            return np.asarray((1 + np.exp(-2 * y * self.theta)) / 2)

    def reach(self, y: float) -> ComplexArray:
        """Return `F`."""
        return self.cosh(y) + self.b * self.sinh(y)
