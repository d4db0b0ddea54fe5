r"""Arithmetic with twice the digits of floats, as compiled scalars.

A number is the sum of two floats, ``(high, low)``, of which the second is beneath the rounding of the first;
a complex one is ``(real high, real low, imaginary high, imaginary low)``.  Sums and products of floats are
split into what they round to and the rest without error (Dekker, Numer. Math. 18, 224 (1971); Hida, Li and
Bailey, ARITH-15 (2001)), which leaves about 31 digits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Double = tuple[float, float]
Complex = tuple[float, float, float, float]

# LLVM inlines them where they are used.
compiled: Any = njit(cache=True, nogil=True, error_model="numpy")

_SPLIT = 134217729.0  # 2^27 + 1


@compiled
def two_sum(a: float, b: float) -> Double:
    """Return ``a + b``, rounded, and what is missing."""
    total = a + b
    b_there = total - a
    return total, (a - (total - b_there)) + (b - b_there)


@compiled
def two_product(a: float, b: float) -> Double:
    """Return ``a b``, rounded, and what is missing."""
    product = a * b
    high = _SPLIT * a
    a_high = high - (high - a)
    high = _SPLIT * b
    b_high = high - (high - b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


@compiled
def _settled(high: float, low: float) -> Double:
    total = high + low
    return total, low - (total - high)


@compiled
def add(a: Double, b: Double) -> Double:
    """Return ``a + b``, to all digits where it cancels, too."""
    high, low = two_sum(a[0], b[0])
    other, lowest = two_sum(a[1], b[1])
    high, low = _settled(high, low + other)
    return _settled(high, low + lowest)


@compiled
def multiply(a: Double, b: Double) -> Double:
    """Return ``a b``."""
    high, low = two_product(a[0], b[0])
    return _settled(high, low + (a[0] * b[1] + a[1] * b[0]))


@compiled
def scale(a: Double, b: float) -> Double:
    """Return ``a b`` for a float `b`."""
    high, low = two_product(a[0], b)
    return _settled(high, low + a[1] * b)


@compiled
def divide(a: Double, b: Double) -> Double:
    """Return ``a / b``."""
    first = a[0] / b[0]
    rest = add(a, scale(b, -first))
    second = rest[0] / b[0]
    rest = add(rest, scale(b, -second))
    high, low = _settled(first, second)
    return add((high, low), (rest[0] / b[0], 0.0))


@compiled
def complex_add(a: Complex, b: Complex) -> Complex:
    """Return ``a + b``."""
    real, imag = add((a[0], a[1]), (b[0], b[1])), add((a[2], a[3]), (b[2], b[3]))
    return real[0], real[1], imag[0], imag[1]


@compiled
def complex_scale(a: Complex, b: Double) -> Complex:
    """Return ``a b`` for a real `b`."""
    real, imag = multiply((a[0], a[1]), b), multiply((a[2], a[3]), b)
    return real[0], real[1], imag[0], imag[1]


@compiled
def complex_multiply(a: Complex, b: Complex) -> Complex:
    """Return ``a b``."""
    ar, ai, br, bi = (a[0], a[1]), (a[2], a[3]), (b[0], b[1]), (b[2], b[3])
    minus = multiply(ai, bi)
    real = add(multiply(ar, br), (-minus[0], -minus[1]))
    imag = add(multiply(ar, bi), multiply(ai, br))
    return real[0], real[1], imag[0], imag[1]


@compiled
def complex_divide(a: Complex, b: Complex) -> Complex:
    """Return ``a / b``."""
    size = max(abs(b[0]), abs(b[2]))
    shrunk = complex_scale(b, (1 / size, 0.0))
    square = add(
        multiply((shrunk[0], shrunk[1]), (shrunk[0], shrunk[1])),
        multiply((shrunk[2], shrunk[3]), (shrunk[2], shrunk[3])),
    )
    conjugate = (shrunk[0], shrunk[1], -shrunk[2], -shrunk[3])
    above = complex_multiply(complex_scale(a, (1 / size, 0.0)), conjugate)
    return complex_scale(above, divide((1.0, 0.0), square))


@compiled
def size_of(a: Complex) -> float:
    """Return the sum of the sizes of the real and the imaginary part."""
    return np.abs(a[0]) + np.abs(a[2])
