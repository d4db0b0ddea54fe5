r"""The formulas of :mod:`.passages.interval`, compiled, at real and at complex rates."""

from __future__ import annotations

from math import gamma
from typing import Any

import numpy as np
from numba import njit

from resetdyn.theory.numerics.compiled_series import (
    combined,
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
# Above the last value of m alone a difference of two means will do.
_EVEN, _EVEN_TERMS = 0.7, 9
_SMALL, _SMALL_TERMS, _APART = 0.8, 18, 0.5


@njit(cache=True)
def log_means(s: Any, diffusion: float, v: float, x: float, l: float, out: Any) -> None:  # noqa: E741
    """Set the columns of `out` to the series of ``log M`` around each rate."""
    for i in range(s.size):
        square = np.zeros(out.shape[0], out.dtype)  # of theta
        square[0] = v * v + s[i] / diffusion
        if square.size > 1:
            square[1] = 1 / diffusion
        if abs(square[0]) ** 0.5 * (x + l) < _EVEN:
            logs = _even(square, v, x, l)
        else:
            logs = _exponential(square, s[i] / diffusion, v, x, l)
        logs[0] -= np.log(diffusion)
        for k in range(logs.size):
            out[k, i] = logs[k]


@njit(cache=True)
def _exponential(square: Any, rate: Any, v: float, x: float, l: float) -> Any:  # noqa: E741
    theta = square_root(square)
    large = theta.copy()
    large[0] += abs(v)
    square[0] = rate
    small = quotient(square, large)  # theta - |v| without cancellation
    plus, minus = (large, small) if v > 0 else (small, large)
    size = 1 + abs(theta[0]) * (x + l)  # in every term, above and below: keeps it in the floats
    g_x = _times(size, mean_decay(_times(2 * x, theta)))
    g_l = _times(size, mean_decay(_times(2 * l, theta)))
    low, high = _times(x, plus), _times(l, minus)  # the exponents of leaving
    inside_low = product(g_l, _occupation(low, _times(x, minus)))
    inside_high = product(g_x, _occupation(high, _times(l, plus)))
    inside = combined(x, inside_low, l, inside_high)
    nearer = low[0] if low[0].real < high[0].real else high[0]  # taken out
    low[0] -= nearer
    high[0] -= nearer
    leave = combined(l, product(g_l, decay(low)), x, product(g_x, decay(high)))
    logarithm(inside)
    logarithm(leave)
    inside = combined(1.0, inside, -1.0, leave)
    inside[0] += np.log(x) + np.log(l) + nearer
    return inside


@njit(cache=True)
def _occupation(p: Any, m: Any) -> Any:
    """Return the series of ``H(p, m)``."""
    if abs(p[0] + m[0]) > _SMALL:
        here = combined(1.0, mean_decay(p), -1.0, product(decay(p), mean_decay(m)))
        return quotient(here, combined(1.0, p, 1.0, m))
    if abs(m[0]) > _APART:  # left of 0, near the branch point: p and m are large, their sum is not
        return quotient(combined(1.0, mean_decay(p), -1.0, mean_decay(combined(1.0, p, 1.0, m))), m)
    ladder, power = np.zeros_like(p), np.zeros_like(p)  # of (p^k - (-m)^k) / (p + m), and of (-m)^k
    ladder[0] = power[0] = 1.0
    total, weight, minus = _times(0.5, ladder), 0.5, _times(-1.0, m)
    for k in range(1, _SMALL_TERMS):
        power = product(power, minus)
        ladder = combined(1.0, product(p, ladder), 1.0, power)
        weight /= k + 2
        total = combined(1.0, total, weight, ladder)
    return product(total, decay(p))


@njit(cache=True)
def _even(square: Any, v: float, x: float, l: float) -> Any:  # noqa: E741
    s_x, s_l = _sinh(x, square), _sinh(l, square)
    inside = combined(1.0, product(s_l, _stay(x, v, square)), 1.0, product(s_x, _stay(l, -v, square)))
    leave = combined(np.exp(-v * x), s_l, np.exp(v * l), s_x)
    logarithm(inside)
    logarithm(leave)
    return combined(1.0, inside, -1.0, leave)


@njit(cache=True)
def _times(factor: float, a: Any) -> Any:
    return combined(factor, a, 0.0, a)


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
