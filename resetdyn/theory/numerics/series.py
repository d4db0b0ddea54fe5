"""Truncated power series (jets): what a function and its derivatives do together.

A series is a plain list ``[c0, c1, ..., cn]`` of floats standing for ``c0 + c1 e + ... + cn e^n`` around
some point.  Theory expands Laplace transforms this way: one jet gives the mean, every moment, the slope in
the reset rate and the second-order (Landau) coefficient.  With arrays, real or complex, in place of the
floats the same functions work on many series at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Series = list[float]


def _either(name: str) -> Callable[[Any], Any]:
    """Return the function for numbers (fast) and for arrays."""
    number, array = getattr(math, name), getattr(np, name)
    return lambda x: array(x) if isinstance(x, np.ndarray) else number(x)


_TINY = 1e-300
# Where the recurrence of `decay_moments` turns round, and in how many steps back its start is forgotten.
_FORWARDS = 5.0
_FORGOTTEN = 36
_INVERSE_FACTORIALS = [1 / math.factorial(k) for k in range(150)]

exp, log, sqrt, expm1 = (_either(name) for name in ("exp", "log", "sqrt", "expm1"))


def add(a: Sequence[float], b: Sequence[float]) -> Series:
    """Return the sum."""
    return [x + y for x, y in zip(a, b, strict=True)]


def subtract(a: Sequence[float], b: Sequence[float]) -> Series:
    """Return the difference."""
    return [x - y for x, y in zip(a, b, strict=True)]


def multiply(a: Sequence[float], b: Sequence[float]) -> Series:
    """Return the product, truncated to the shorter factor."""
    return [sum(a[i] * b[n - i] for i in range(n + 1)) for n in range(min(len(a), len(b)))]


def divide(a: Sequence[float], b: Sequence[float]) -> Series:
    """Return the quotient ``a / b``; ``b[0]`` must not vanish."""
    out: Series = []
    for n in range(min(len(a), len(b))):
        out.append((a[n] - sum(out[i] * b[n - i] for i in range(n))) / b[0])
    return out


def times_variable(a: Sequence[float], at: float) -> Series:
    """Return ``s a(s)`` expanded around ``s = at``."""
    if at == 0:  # a term may be infinite
        return [0.0, *a[:-1]]
    return [at * c + (a[n - 1] if n else 0.0) for n, c in enumerate(a)]


def exponential(a: Sequence[float]) -> Series:
    """Return ``exp(a)``."""
    out = [exp(a[0])]
    for n in range(1, len(a)):
        out.append(sum(i * a[i] * out[n - i] for i in range(1, n + 1)) / n)
    return out


def logarithm(a: Sequence[float]) -> Series:
    """Return ``log(a)``; ``a[0]`` must be positive."""
    out = [log(a[0])]
    for n in range(1, len(a)):
        out.append((a[n] - sum(i * out[i] * a[n - i] for i in range(1, n)) / n) / a[0])
    return out


def root(a: Sequence[float]) -> Series:
    """Return ``sqrt(a)``; ``a[0]`` must be positive unless it is alone."""
    out = [sqrt(a[0])]
    for n in range(1, len(a)):
        out.append((a[n] - sum(out[i] * out[n - i] for i in range(1, n))) / (2 * out[0]))
    return out


def compose(outer: Sequence[float], inner: Sequence[float]) -> Series:
    """Return ``outer(inner - inner[0])``: `outer` is expanded around ``inner[0]``."""
    if len(inner) == 1:
        return [outer[0]]
    shift = [0.0, *inner[1:]]
    out = [0.0] * len(inner)
    for c in reversed(outer[: len(inner)]):
        out = multiply(out, shift)
        out[0] += c
    return out


def mean_decay(q: Sequence[float]) -> Series:
    r"""Return ``g(q) = (1 - e^-q) / q = int_0^1 e^(-q u) du``."""
    return compose([(-1) ** k * c for k, c in enumerate(decay_moments(len(q) - 1, q[0]))], q)


def decay_moments(order: int, q: Any) -> list[Any]:
    r"""Return ``c_k = int_0^1 u^k e^(-q u) du / k!`` for ``k = 0, ..., order``.

    They obey ``q c_k = c_(k-1) - e^-q / k!``: forwards that is stable at large `q`, backwards at small.
    """
    if isinstance(q, np.ndarray):
        large = abs(q) > _FORWARDS
        if large.any() and not large.all():
            out = np.empty((order + 1, *q.shape), q.dtype)
            for part in (large, ~large):
                out[:, part] = decay_moments(order, q[part])
            return list(out)
        forwards = order == 0 or bool(large.all())
        q = q + (q == 0) * _TINY
    else:
        forwards = order == 0 or abs(q) > _FORWARDS
        q = q or _TINY
    moments = [-expm1(-q) / q]
    last = exp(-q)
    if forwards:
        for k in range(1, order + 1):
            moments.append((moments[-1] - last / math.factorial(k)) / q)
        return moments
    moments = [0.0 * q]
    for k in range(order + _FORGOTTEN, 0, -1):
        moments.append(q * moments[-1] + last * _INVERSE_FACTORIALS[k])
    return moments[: -order - 2 : -1]
