"""Power series in arrays, real or complex, for compiled code: as in :mod:`.numerics.series`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from resetdyn._checks import FloatArray

# Where the recurrence of `decay_moments` turns round, and in how many steps back its start is forgotten.
_FORWARDS = 5.0
_FORGOTTEN = 36


@njit(cache=True)
def logarithm(a: Any) -> None:
    """Replace a series by its logarithm."""
    if a.size > 1:
        given = a.copy()
        for n in range(1, a.size):
            total = given[n]
            for i in range(1, n):
                total -= i * a[i] * given[n - i] / n
            a[n] = total / given[0]
    a[0] = np.log(a[0])


@njit(cache=True)
def exponential(a: Any) -> None:
    """Replace a series by its exponential."""
    given = a.copy()
    a[0] = np.exp(given[0])
    for n in range(1, a.size):
        a[n] = 0.0
        for i in range(1, n + 1):
            a[n] += i * given[i] * a[n - i] / n


@njit(cache=True)
def add_log(nu: float, out: FloatArray) -> None:
    """Add the series of ``log nu``."""
    out[0] += np.log(nu)
    term = -1.0
    for k in range(1, out.size):
        term /= -nu
        out[k] += term / k


# Loops, because an expression in arrays takes a tenth of a second to compile.


@njit(cache=True)
def combined(p: float, a: Any, q: float, b: Any) -> Any:
    """Return ``p a + q b``."""
    out = np.zeros_like(a)
    for n in range(a.size):
        out[n] = p * a[n] + q * b[n]
    return out


@njit(cache=True)
def product(a: Any, b: Any) -> Any:
    """Return the product."""
    out = np.zeros_like(a)
    for n in range(a.size):
        for i in range(n + 1):
            out[n] += a[i] * b[n - i]
    return out


@njit(cache=True)
def quotient(a: Any, b: Any) -> Any:
    """Return the quotient ``a / b``."""
    out = a.copy()
    for n in range(a.size):
        for i in range(n):
            out[n] -= out[i] * b[n - i]
        out[n] /= b[0]
    return out


@njit(cache=True)
def square_root(a: Any) -> Any:
    """Return ``sqrt(a)``."""
    out = a.copy()
    out[0] = np.sqrt(a[0])
    for n in range(1, a.size):
        for i in range(1, n):
            out[n] -= out[i] * out[n - i]
        out[n] /= 2 * out[0]
    return out


@njit(cache=True)
def decay(a: Any) -> Any:
    """Return ``e^-a``."""
    out = combined(-1.0, a, 0.0, a)
    exponential(out)
    return out


@njit(cache=True)
def polynomial(coefficients: Any, variable: Any) -> Any:
    """Return ``sum_k coefficients[k] variable^k``."""
    out = np.zeros_like(variable)
    for k in range(coefficients.size - 1, -1, -1):
        out = product(out, variable)
        out[0] += coefficients[k]
    return out


@njit(cache=True)
def mean_decay(q: Any) -> Any:
    """Return ``g(q) = (1 - e^-q) / q = int_0^1 e^(-q u) du``."""
    moments = decay_moments(q.size - 1, q[0])
    for k in range(1, q.size, 2):
        moments[k] = -moments[k]
    step = q.copy()
    step[0] = 0.0
    return polynomial(moments, step)


@njit(cache=True)
def decay_moments(order: int, q: Any) -> Any:
    """Return ``c_k = int_0^1 u^k e^(-q u) du / k!`` for ``k = 0, ..., order``.

    They obey ``q c_k = c_(k-1) - e^-q / k!``: forwards that is stable at large `q`, backwards at small.
    """
    c = np.full(order + 1, q)
    last = np.exp(-q)
    if abs(q) > _FORWARDS:
        c[0] = (1 - last) / q
        for k in range(1, order + 1):
            last /= k
            c[k] = (c[k - 1] - last) / q
        return c
    top = order + _FORGOTTEN
    for k in range(2, top + 1):
        last /= k
    moment = 0 * q
    for k in range(top, 0, -1):
        moment = q * moment + last  # c_(k-1)
        if k <= order + 1:
            c[k - 1] = moment
        last *= k
    return c
