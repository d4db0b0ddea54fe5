r"""The transform of the Ornstein-Uhlenbeck first passage in the whole complex plane, for inversion in time.

The integrals of :mod:`.passages.ornstein_uhlenbeck` end where the real part of `nu` is negative, but
``J(y) = nu I(y)`` and its companion ``K = I'`` obey, at any `nu`,

    J' = nu K,    K' = y K + J,    N(a, z) = -int_a^z K dy,    M = N(a, z) / J(z),

and nothing cancels at small `nu`.  They are started far above, from their asymptotic series (DLMF 12.9.1),

    J : K = sum_k (-1)^k (nu)_(2k) / (k! (2 y^2)^k)  :  -(1/y) sum_k (-1)^k (nu + 1)_(2k) / (k! (2 y^2)^k),

and carried down by Taylor steps, in the direction in which the other solution dies out.

At large ``|nu|`` there is a series in its inverse instead.  ``D = e^(-y^2 / 4) I`` obeys
``D'' = (y^2 / 4 + b) D`` with ``b = nu - 1/2``, so that with ``X = sqrt(y^2 / 4 + b)``, ``tau = y / (2 X)``

    D = X^(-1/2) e^(-int X dy) sum_s F_s(tau) / b^s,    F_0 = 1,
    F_(s+1) = (1 - tau^2)^2 F_s' / 4 - int (1/8 - 5 tau^2 / 16) F_s dtau

(derived here; the polynomials are those of DLMF 12.10.40 up to constants, which drop out of ``T~``).
"""

from __future__ import annotations

from cmath import exp, log, sqrt
from math import cos, expm1, sin
from math import exp as real_exp

import numpy as np
from numba import njit
from numpy.polynomial import Polynomial

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics.inversion import ComplexArray

# The series in 1 / nu is used from here on, where nu is larger than y^2, and this far from the negative
# axis: the other solution, e^(-pi |Im nu|) times this one, enters there.
_LARGE = 40.0
_OFF_AXIS = 11.5
_TERMS = 15
# Taylor steps: (step times rate of change)^degree / degree! is beneath rounding.
_STEP = 2.2
_DEGREE = 30
# Exponents and sums from which 1 / M is 0 in floats.
_FLAT = 690.0
_BEYOND = 1e300


def _polynomials() -> FloatArray:
    """Return the coefficients of F_0, F_1, ..., one in each row."""
    factor, weight = Polynomial([1.0, 0.0, -1.0]) ** 2 / 4, Polynomial([1 / 8, 0.0, -5 / 16])
    rows, f = np.zeros((_TERMS, 3 * _TERMS)), Polynomial([1.0])
    for row in rows:
        row[: f.coef.size] = f.coef
        f = factor * f.deriv() - (weight * f).integ()
    return rows


_F = _polynomials()


@njit(cache=True)
def inverse_means(nus: ComplexArray, a: float, z: float, gap: float) -> ComplexArray:
    """Return ``1 / M`` at each complex `nu`, from `z` above the level `a`, ``gap = z - a``."""
    out = np.empty(nus.size, np.complex128)
    for i in range(nus.size):
        nu = nus[i]
        if _is_large(nu, a, z):
            exponent = _at_large_order(nu, a, z, gap)
            out[i] = 0j if exponent.real > _FLAT else _over(nu, _expm1(exponent))
        else:
            _, N = _by_steps(nu, a, z, gap)
            out[i] = 0j if abs(N) > _BEYOND else _over(1, N)
    return out


@njit(cache=True)
def transforms(nus: ComplexArray, a: float, z: float, gap: float) -> ComplexArray:
    """Return ``T~`` at each complex `nu`: left of 0 it may be so large that ``1 / M`` is next to ``-nu``."""
    out = np.empty(nus.size, np.complex128)
    for i in range(nus.size):
        if _is_large(nus[i], a, z):
            out[i] = exp(-_at_large_order(nus[i], a, z, gap))
        else:
            J, N = _by_steps(nus[i], a, z, gap)
            out[i] = 0j if abs(N) > _BEYOND else _over(1, J)
    return out


@njit(cache=True)
def _is_large(nu: complex, a: float, z: float) -> bool:
    return abs(nu) >= max(_LARGE, a * a, z * z) and (nu.real >= 0 or abs(nu.imag) > _OFF_AXIS)


@njit(cache=True)
def _by_steps(nu: complex, a: float, z: float, gap: float) -> tuple[complex, complex]:
    """Return ``J(a) / J(z)`` and `M`."""
    # The asymptotic series is wrong by e^(-y^2 / 2) there, and on the way down this dies out as fast again.
    y = max(z, sqrt(40 + z * z / 2).real) + 2 * abs(nu) ** 0.5
    start = -_over(_far_above(nu + 1, y), _far_above(nu, y)) / y
    J, K, _ = _carry(nu, y, y - z, 1.0 + 0j, start)
    J, _, N = _carry(nu, z, gap, 1.0 + 0j, _over(K, J))
    return J, N


@njit(cache=True)
def _far_above(nu: complex, y: float) -> complex:
    total = term = 1.0 + 0j
    for k in range(1, 200):
        term *= -(nu + 2 * k - 2) * (nu + 2 * k - 1) / (2 * k * y * y)
        total += term
        done = abs(term) < 1e-17 * abs(total)
        if done or (2 * k > abs(nu) and abs(nu + 2 * k) ** 2 > 2 * k * y * y):  # it diverges from here on
            break
    return total


@njit(cache=True)
def _carry(nu: complex, y: float, down: float, J: complex, K: complex) -> tuple[complex, complex, complex]:
    """Return `J` and `K` at ``y - down``, and the integral of ``-K`` over the way."""
    N = 0j
    while down > 0:
        h = min(down, _STEP / (2 + abs(y) + abs(nu) ** 0.5))
        j, k, before = J, K, 0j  # the Taylor terms at this point
        for n in range(1, _DEGREE):
            part = -h / n
            N += k * part
            j, k, before = nu * k * part, (y * k + before + j) * part, -h * k  # terms in powers of -h
            J += j
            K += k
            if abs(k.real) + abs(k.imag) < 1e-18 * (abs(K.real) + abs(K.imag)):
                break
        y, down = y - h, down - h
        if abs(N) > _BEYOND:
            break
    return J, K, N


@njit(cache=True)
def _at_large_order(nu: complex, a: float, z: float, gap: float) -> complex:
    """Return ``-log T~``."""
    b = nu - 0.5
    high, low = sqrt(z * z / 4 + b), sqrt(a * a / 4 + b)
    step = gap * (a + z) / 4 / (high + low)  # high - low
    exponent = (gap * high + a * step) / 2 - gap * (a + z) / 4
    exponent += b * _log1p((gap / 2 + step) / (a / 2 + low)) + _log1p(step / low) / 2
    # The difference of the two series, in which the common terms cancel, and their constants.
    tau_a, tau_z = a / (2 * low), z / (2 * high)
    below, difference, power = 0j, 0j, 1.0 + 0j
    apart = gap / (2 * low) - z * step / (2 * low * high)  # tau_z - tau_a
    for s in range(_TERMS):
        value, divided = 0j, 0j  # of the polynomial at tau_z, and its divided difference
        for i in range(3 * s, -1, -1):
            divided = divided * tau_a + value
            value = value * tau_z + _F[s, i]
        below += power * value
        difference -= power * divided * apart
        power /= b
    return exponent + _log1p(_over(difference, below))


@njit(cache=True)
def _over(a: complex, b: complex) -> complex:
    """Return ``a / b``, infinite at a pole and where the way to it has left the floats."""
    return complex(np.inf, 0.0) if b == 0 else a / b


@njit(cache=True)
def _log1p(c: complex) -> complex:
    if abs(c) > 0.3:
        return log(1 + c)
    q = c / (2 + c)
    square, total = q * q, 0j
    for n in range(21, 0, -2):
        total = total * square + 1 / n
    return 2 * q * total


@njit(cache=True)
def _expm1(c: complex) -> complex:
    x, y = c.real, c.imag
    return complex(expm1(x) * cos(y) - 2 * sin(y / 2) ** 2, real_exp(x) * sin(y))
