"""Double-exponential quadrature (Takahasi and Mori, 1974): the trapezoidal rule after a change of variable.

It takes integrable singularities at the ends and features at any scale, and its error is seen from halving
the step.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import NamedTuple

import numpy as np

from resetdyn._checks import FloatArray

_LEVELS = 8
_ENOUGH = 1e-15


class Integral(NamedTuple):
    """Integrals (one a row of the integrand) and the estimate of their absolute errors."""

    value: FloatArray
    error: FloatArray


def over_interval(function: Callable[[FloatArray], FloatArray], length: float) -> Integral:
    """Return the integral over ``(0, length)``; `function` maps ``(n,)`` points to ``(rows, n)`` values."""

    def change(x: FloatArray) -> tuple[FloatArray, FloatArray]:
        u = pi / 2 * np.sinh(x)
        t = length / (1 + np.exp(-2 * u))
        return t, length * pi / 4 * np.cosh(x) / np.cosh(u) ** 2

    return _refine(function, change, -4.0, 4.0)


def over_exponential(function: Callable[[FloatArray], FloatArray], rate: float) -> Integral:
    """Return the integral of ``function(t) exp(-rate t)`` over ``(0, inf)``."""

    def change(x: FloatArray) -> tuple[FloatArray, FloatArray]:
        v = np.exp(x - np.exp(-x))  # rate * t
        return v / rate, v * (1 + np.exp(-x)) * np.exp(-v) / rate

    return _refine(function, change, -4.3, 4.0)


def _refine(
    function: Callable[[FloatArray], FloatArray],
    change: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    low: float,
    high: float,
) -> Integral:
    """Halve the step, keeping the points already known, until the integral no longer changes."""
    step = 0.25
    total, previous = np.zeros(()), np.full((), np.inf)
    for level in range(_LEVELS):
        offset = 0.0 if level == 0 else step
        points = np.arange(low + offset, high, step if level == 0 else 2 * step)
        t, weight = change(points)
        total = total + function(t) @ weight
        value = total * step
        error = np.abs(value - previous)
        if level > 1 and np.all(error <= _ENOUGH * np.abs(value) * 10):
            break
        previous, step = value, step / 2
    return Integral(value, np.maximum(error, 4 * np.finfo(float).eps * np.abs(value)))
