r"""The positive integrals behind :mod:`.passages.bessel`, as compiled loops.

With ``u = u_0 e^x`` around the peak ``u_0`` of ``u^nu e^(-u - b / u)``, the exponent lies

    depth(x) = u_0 (e^x - 1 - x) + v_0 (e^(-x) - 1 + x),    v_0 = b / u_0,    u_0 - v_0 = nu

below its maximum, a sum of positive terms, and the trapezoidal rule in `x` converges exponentially.  A
relative change ``e`` of the rate multiplies the integrand by ``exp(-e b / u)``, expanded around the peak (as
``exp(-e v_0) exp(e delta)``, ``delta = v_0 (1 - e^(-x))``) so that high orders do not cancel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

compiled: Any = njit(cache=True, nogil=True, error_model="numpy")

# A term is beneath rounding where it is this much smaller than the largest.
_NEGLIGIBLE = 1e-20
# Nothing of 1 - e^(-y), or of its derivatives, is left to see from here on.
_SATURATED = 80.0
# Below this, e^(-u) is 1.
_UNITY = 1e-17
# Of the angles between which both exponents decay, the share at either end that a turned contour keeps off.
_MARGIN = 0.3
# Angle of the rate up to which that leaves a contour.
_WIDEST = 3.0


@compiled
def excess(x: float) -> float:
    """Return ``e^x - 1 - x`` without cancellation."""
    if abs(x) > 0.5:
        return np.expm1(x) - x
    tail = 0.0
    for n in range(14, 2, -1):
        tail = (tail + 1.0) * (x / n)
    return (tail + 1.0) * x * x / 2.0


@compiled
def step_of(curvature: float) -> float:
    """Return a step of the trapezoidal rule that is fine enough for a peak of this curvature."""
    return min(0.12, 0.4 / np.sqrt(curvature))


@compiled
def _added(terms: np.ndarray, largest: np.ndarray, out: np.ndarray) -> bool:
    """Add the terms, one of each order; return whether they no longer matter to any."""
    beneath = True
    for n in range(len(terms)):
        out[n] += terms[n]
        size = abs(terms[n])
        beneath &= size <= _NEGLIGIBLE * largest[n]
        largest[n] = max(largest[n], size)
    return beneath


@compiled
def _lower_gammas(y: float, out: np.ndarray) -> None:
    """Set ``out[j]`` to the regularised lower incomplete gamma function ``P(j + 1, y)``."""
    last = len(out) - 1
    if y > last + 30.0:
        term = np.exp(-y)
        above = term
        for j in range(last + 1):
            out[j] = 1.0 - above
            term *= y / (j + 1)
            above += term
        return
    # From the highest down: each adds one term of the Poisson law, all positive.
    term = np.exp(-y)
    for j in range(1, last + 2):
        term *= y / j
    total, ahead, k = term, term, last + 2
    while ahead > 1e-18 * total:
        ahead *= y / k
        total += ahead
        k += 1
    for j in range(last, -1, -1):
        out[j] = total
        term *= (j + 1) / y if y > 0 else 0.0
        total += term
    out[0] = -np.expm1(-y)


@compiled
def survivor_sums(nu: float, b: float, root: float, order: int) -> np.ndarray:
    """Return the series of ``int u^(nu - 1) e^(-u - b (1 + e) / u) du``, relative to its peak and shift."""
    u0 = (nu + root) / 2 if nu >= 0 else 2 * b / (root - nu)
    v0 = 2 * b / (nu + root) if nu >= 0 else (root - nu) / 2
    h = step_of(root)
    out, terms, largest = np.zeros(order + 1), np.zeros(order + 1), np.zeros(order + 1)
    for side in (1, -1):
        k = 0 if side > 0 else 1
        while True:
            x = side * k * h
            delta, power = -v0 * np.expm1(-x), np.exp(-u0 * excess(x) - v0 * excess(-x))
            for n in range(order + 1):
                terms[n] = power
                power *= delta / (n + 1)
            if _added(terms, largest, out) and k > 0:
                break
            k += 1
    return out * h


@compiled
def gap_sums(nu: float, b: float, gap: float, root: float, order: int) -> np.ndarray:
    """Return the series of ``int u^(nu - 1) (e^(-u - b k / u) - e^(-u - (b + gap) k / u)) du / k``.

    Here ``k = 1 + e``. Relative to the peak and the shift of the first term; `b` may be 0 for ``nu > 0``.
    """
    u0 = (nu + root) / 2 if nu >= 0 else 2 * b / (root - nu)
    v0 = 2 * b / (nu + root) if nu >= 0 else (root - nu) / 2
    h = step_of(root)
    out, terms, largest = np.zeros(order + 1), np.zeros(order + 1), np.zeros(order + 1)
    gammas = np.zeros(order + 1)
    for side in (1, -1):
        k = 0 if side > 0 else 1
        while True:
            x = side * k * h
            u = u0 * np.exp(x)
            y = gap / u
            _lower_gammas(y, gammas)
            weight = np.exp(-u0 * excess(x) - v0 * excess(-x))
            delta = -v0 * np.expm1(-x)
            for n in range(order + 1):
                # int_0^1 (delta - y w)^n e^(-y w) dw y / n!
                total, power = 0.0, 1.0
                for j in range(n, -1, -1):
                    total += power * (gammas[j] if j % 2 == 0 else -gammas[j])
                    power *= delta / (n - j + 1)
                terms[n] = weight * total
            if _added(terms, largest, out) and k > 0:
                break
            if side < 0 and b == 0 and y > _SATURATED and u < _UNITY:  # pure powers from here: geometric
                out += terms / np.expm1(nu * h)
                break
            k += 1
    return out * h


@compiled
def turned_odds(nu: float, rates: np.ndarray, b: float, gap: float) -> np.ndarray:
    """Return ``1 / (G(b) / G(b + gap) - 1)`` at complex `s`, ``G(b) = int u^(nu - 1) e^(-u - s b / u) du``.

    The contour of each integral runs through its saddle, as far as both exponents decay along it; `nan` where
    none does, at 0 and on the negative axis.
    """
    out = np.empty(len(rates), dtype=np.complex128)
    for i in range(len(rates)):
        s = rates[i]
        if s == 0 or not abs(np.angle(s)) < _WIDEST:  # on the branch cut, or next to it
            out[i] = np.nan
            continue
        above, above_peak = _turned(nu, s, s * b, s * gap)
        below, below_peak = _turned(nu, s, s * (b + gap), 0j)
        out[i] = below / above * np.exp(below_peak - above_peak)
    return out


@compiled
def _turned(nu: float, s: complex, b: complex, gap: complex) -> tuple[complex, complex]:
    """Return the integral (with ``1 - e^(-gap / u)`` for a gap) over a value, and the value's logarithm."""
    root = np.sqrt(nu * nu + 4 * b)
    saddle = (nu + root) / 2 if nu >= 0 else 2 * b / (root - nu)
    angle, side = abs(np.angle(s)), 1.0 if s.imag >= 0 else -1.0
    margin = _MARGIN * (np.pi - angle)
    turn = side * min(max(side * np.angle(saddle), angle - np.pi / 2 + margin), np.pi / 2 - margin)
    u0 = abs(saddle) * (np.cos(turn) + 1j * np.sin(turn))
    v0 = b / u0
    h = min(step_of(abs(root)), margin / 6)
    total, largest = 0j, 0.0
    for way in (1, -1):
        k, last = (0 if way > 0 else 1), 0.0
        while True:
            x = way * k * h
            term = np.exp(nu * x - u0 * np.expm1(x) - v0 * np.expm1(-x))
            if gap != 0:
                u = u0 * np.exp(x)
                y = gap / u
                term *= _one_minus_exp(y)
                if way < 0 and b == 0 and y.real > _SATURATED and abs(u) < _UNITY:
                    total += term * (1 + 1 / np.expm1(nu * h))
                    break
            size = abs(term)
            total += term
            if size < last and size < _NEGLIGIBLE * largest:
                break
            largest, last = max(largest, size), size
            k += 1
    return total * h, nu * np.log(u0) - u0 - v0


@compiled
def _one_minus_exp(y: complex) -> complex:
    if abs(y) < 0.1:
        tail = 0j
        for n in range(12, 1, -1):
            tail = (tail + 1.0) * (-y / n)
        return (tail + 1.0) * y
    return 1.0 - np.exp(-y)
