"""Truncated power series (jets): what a function and its derivatives do together.

A series is a plain list ``[c0, c1, ..., cn]`` of floats standing for ``c0 + c1 e + ... + cn e^n`` around
some point.  Theory expands Laplace transforms this way: one jet gives the mean, every moment, the slope in
the reset rate and the second-order (Landau) coefficient.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp as _exp
from math import log as _log
from math import sqrt as _sqrt

Series = list[float]


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
    out = [_exp(a[0])]
    for n in range(1, len(a)):
        out.append(sum(i * a[i] * out[n - i] for i in range(1, n + 1)) / n)
    return out


def logarithm(a: Sequence[float]) -> Series:
    """Return ``log(a)``; ``a[0]`` must be positive."""
    out = [_log(a[0])]
    for n in range(1, len(a)):
        out.append((a[n] - sum(i * out[i] * a[n - i] for i in range(1, n)) / n) / a[0])
    return out


def root(a: Sequence[float]) -> Series:
    """Return ``sqrt(a)``; ``a[0]`` must be positive unless it is alone."""
    out = [_sqrt(a[0])]
    for n in range(1, len(a)):
        out.append((a[n] - sum(out[i] * out[n - i] for i in range(1, n))) / (2 * out[0]))
    return out


def compose(outer: Sequence[float], inner: Sequence[float]) -> Series:
    """Return ``outer(inner - inner[0])``: `outer` is expanded around ``inner[0]``."""
    shift = [0.0, *inner[1:]]
    out = [0.0] * len(inner)
    for c in reversed(outer[: len(inner)]):
        out = multiply(out, shift)
        out[0] += c
    return out
