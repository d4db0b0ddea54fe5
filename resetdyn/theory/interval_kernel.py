r"""The formulas of :mod:`resetdyn.theory.interval`, compiled, at real and at complex rates."""

from __future__ import annotations

from math import gamma
from typing import Any

import numpy as np
from numba import njit

from resetdyn.theory.compiled_series import (
    decay,
    decay_moments,
    logarithm,
    mean_decay,
    polynomial,
    product,
    quotient,
    square_root,
)

# Below these values of theta times the width, and of p + m: series in theta^2, in p and m; so many terms.
_EVEN, _EVEN_TERMS = 0.7, 9
_SMALL, _SMALL_TERMS = 0.8, 16


@njit(cache=True)
def log_means(s: Any, diffusion: float, v: float, x: float, l: float, out: Any) -> None:  # noqa: E741
    """Set the columns of `out` to the series of ``log M`` around each rate."""
    for i in range(s.size):
        square = np.zeros_like(out[:, 0])  # of theta
        square[0] = v * v + s[i] / diffusion
        if square.size > 1:
            square[1] = 1 / diffusion
        if abs(square[0]) ** 0.5 * (x + l) < _EVEN:
            out[:, i] = _even(square, v, x, l)
        else:
            out[:, i] = _exponential(square, s[i] / diffusion, v, x, l)
        out[0, i] -= np.log(diffusion)


@njit(cache=True)
def _exponential(square: Any, rate: Any, v: float, x: float, l: float) -> Any:  # noqa: E741
    theta = square_root(square)
    large = theta.copy()
    large[0] += abs(v)
    square[0] = rate
    small = quotient(square, large)  # theta - |v| without cancellation
    plus, minus = (large, small) if v > 0 else (small, large)
    size = 1 + abs(theta[0]) * (x + l)  # in every term, above and below: keeps it in the floats
    g_x, g_l = size * mean_decay(2 * x * theta), size * mean_decay(2 * l * theta)
    low, high = x * plus, l * minus  # the exponents of leaving
    inside = product(g_l, x * _occupation(low, x * minus)) + product(g_x, l * _occupation(high, l * plus))
    nearer = low[0] if low[0].real < high[0].real else high[0]  # taken out
    low[0] -= nearer
    high[0] -= nearer
    leave = l * product(g_l, decay(low)) + x * product(g_x, decay(high))
    logarithm(inside)
    logarithm(leave)
    inside -= leave
    inside[0] += np.log(x) + np.log(l) + nearer
    return inside


@njit(cache=True)
def _occupation(p: Any, m: Any) -> Any:
    """Return the series of ``H(p, m)``."""
    if abs(p[0] + m[0]) > _SMALL:
        return quotient(mean_decay(p) - product(decay(p), mean_decay(m)), p + m)
    ladder, power = np.zeros_like(p), np.zeros_like(p)  # of (p^k - (-m)^k) / (p + m), and of (-m)^k
    ladder[0] = power[0] = 1.0
    total, weight = ladder / 2, 0.5
    for k in range(1, _SMALL_TERMS):
        power = -product(power, m)
        ladder = product(p, ladder) + power
        weight /= k + 2
        total += weight * ladder
    return product(total, decay(p))


@njit(cache=True)
def _even(square: Any, v: float, x: float, l: float) -> Any:  # noqa: E741
    s_x, s_l = _sinh(x, square), _sinh(l, square)
    inside = product(s_l, _stay(x, v, square)) + product(s_x, _stay(l, -v, square))
    leave = np.exp(-v * x) * s_l + np.exp(v * l) * s_x
    logarithm(inside)
    logarithm(leave)
    return inside - leave


@njit(cache=True)
def _sinh(length: float, square: Any) -> Any:
    """Return the series of ``S = sinh(theta length) / theta``."""
    coefficients = np.empty(_EVEN_TERMS)
    for k in range(_EVEN_TERMS):
        coefficients[k] = length ** (2 * k + 1) / gamma(2 * k + 2)
    return polynomial(coefficients, square)


@njit(cache=True)
def _stay(length: float, v: float, square: Any) -> Any:
    """Return the series of ``A(length, v)``."""
    moments = decay_moments(2 * _EVEN_TERMS, -v * length)
    coefficients = np.empty(_EVEN_TERMS)
    for k in range(_EVEN_TERMS):
        coefficients[k] = np.exp(-v * length) * length ** (2 * k + 2) * moments[2 * k + 1]
    return polynomial(coefficients, square)
