r"""Resetting of measured times after gamma or Weibull waits, in closed form.

With a gamma wait of shape `k`, scale `c` and distribution functions `G_k`, ``<min(R, T)> = T (1 - G_k(T)) + k
c G_(k+1)(T)``; with a Weibull wait, ``<min(R, T)> = c Gamma(1 + 1/k) P(1/k, (T/c)^k)``, `P` being the
incomplete gamma function.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gamma as gamma_function
from scipy.special import gammainc, gammaincc, gammaincinv

from resetdyn._checks import FloatArray
from resetdyn.advice.menu import Menu, Price, menu_of

SHAPES = (0.5, 0.7, 1.0, 1.5, 2.0, 4.0, 8.0, 16.0)
_NODES = 512


def family_menu(name: str, means: FloatArray, at: FloatArray, late: FloatArray, price: Price) -> Menu:
    """Return the menu of waits of a family, "gamma" or "Weibull", with these means and all `SHAPES`."""
    shapes, of = np.repeat(SHAPES, len(means)), np.tile(means, len(SHAPES))
    return waits_menu(name, shapes, of, at, late, price)


def waits_menu(
    name: str, shapes: FloatArray, means: FloatArray, at: FloatArray, late: FloatArray, price: Price
) -> Menu:
    """Return the menu of waits with these shapes and means, pair by pair."""
    is_gamma = name == "gamma"
    scales = means / shapes if is_gamma else means / gamma_function(1 + 1 / shapes)

    def parts(T: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        x = T[:, None] / scales
        if is_gamma:
            ends = gammaincc(shapes, x)
            time = T[:, None] * ends + means * gammainc(shapes + 1, x)
        else:
            power = x**shapes
            ends, time = np.exp(-power), means * gammainc(1 / shapes, power)
        return time + price.overhead * (1 - ends), _paid(price, ends, T), ends

    def _paid(price: Price, ends: FloatArray, T: FloatArray) -> FloatArray:
        if price.of_age is None:
            return price.cost * (1 - ends)
        u = (np.arange(_NODES) + 0.5) / _NODES
        ages = [
            c * (gammaincinv(k, u) if is_gamma else (-np.log1p(-u)) ** (1 / k))
            for k, c in zip(shapes, scales, strict=True)
        ]
        return np.column_stack([price.paid(age, T, True) for age in ages])

    values: Any = zip(shapes.tolist(), scales.tolist(), strict=True)
    return menu_of(name, values, at, parts, late)
