r"""The integrals of :mod:`.passages.ornstein_uhlenbeck` over one narrow peak, compiled.

At high rates ``t^power e^(-t^2 / 2 - y t)`` is nearly a Gaussian in ``w = log t``, for which the trapezoidal
rule in steps of half standard deviations is right to 1e-15.  The exponent is taken relative to its maximum,
``C(y)``, where its parts are a million times its differences: only ``C(a) - C(z)`` is ever needed.
"""

from __future__ import annotations

from math import exp, expm1, hypot, log, log1p, sqrt

import numpy as np
from numba import njit

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics.compiled_series import logarithm

# Steps in standard deviations of the peak.
_STEP = 0.5
# Terms this far below the largest, in the exponent, are beneath rounding.
NEGLIGIBLE = 40.0


@njit(cache=True)
def log_peak(power: float, y: float, gap: float, out: FloatArray) -> None:
    """Set the series of ``log int t^power e^(-t^2 / 2 - y t) f(t) dt / t``, less the exponent's maximum.

    The factor `f` is ``1 - e^(-gap t)`` for a `gap` above 0, 1 for 0, and ``(1 - e^(gap t)) / t`` below.
    """
    peak = peak_of(power, y)
    h = _STEP / hypot(peak, sqrt(power))
    out[:] = 0.0
    for side in (1.0, -1.0):
        w = 0.0 if side > 0 else -h
        while True:
            rise, depth = descent(w, power, peak)
            if depth > NEGLIGIBLE:
                break
            value = h * exp(-depth)
            t = peak * (1 + rise)
            if gap > 0:
                value *= -expm1(-gap * t)
            elif gap < 0:
                value *= -expm1(gap * t) / t
            for k in range(out.size):
                out[k] += value
                value *= w / (k + 1)
            w += side * h
    logarithm(out)


@njit(cache=True)
def log_expectation(nu: float, y: float, gap: float, out: FloatArray) -> bool:
    """Set the series of ``log <e^(gap t) - 1>``, the mean under ``t^(nu - 1) e^(-t^2 / 2 - y t)``, if it can.

    That is ``log nu M``.  Under so narrow a peak the function hardly changes: the series of its change
    relative to the peak has the digits that the difference of two logarithms would lose, half of them in
    the second derivative at ``nu = 1e8``.  It cannot where the function would shift the peak by more than
    its width.
    """
    peak = peak_of(nu, y)
    width = 1 / hypot(peak, sqrt(nu))
    if gap * peak * width > 1:
        return False
    h = _STEP * width
    at_peak = -expm1(-gap * peak)
    weight, change = np.zeros(out.size), np.zeros(out.size)
    for side in (1.0, -1.0):
        w = 0.0 if side > 0 else -h
        while True:
            rise, depth = descent(w, nu, peak)
            if depth > NEGLIGIBLE + 6:
                break
            value = exp(-depth)
            relative = expm1(gap * peak * rise) / at_peak
            for k in range(out.size):
                weight[k] += value
                change[k] += value * relative
                value *= w / (k + 1)
            w += side * h
    for n in range(out.size):  # the quotient
        total = change[n]
        for i in range(n):
            total -= out[i] * weight[n - i]
        out[n] = total / weight[0]
    first = out[0]
    out[0] += 1.0
    logarithm(out)
    out[0] = log1p(first) + gap * peak + log(at_peak)
    return True


@njit(cache=True)
def descent(w: float, power: float, peak: float) -> tuple[float, float]:
    """Return ``t / peak - 1`` at ``t = peak e^w``, and how far the exponent is below its maximum there.

    The latter is ``(t - peak)^2 / 2 + power (t / peak - 1 - w)``, whose parts are positive.
    """
    if abs(w) < 0.3:
        tail = 0.0
        for n in range(13, 2, -1):
            tail = (tail + 1) * (w / n)
        excess = (tail + 1) * w * w / 2
        rise = w + excess
    else:
        rise = expm1(w)
        excess = rise - w
    return rise, (peak * rise) ** 2 / 2 + power * excess


@njit(cache=True)
def peak_of(power: float, y: float) -> float:
    """Return where ``power log t - t^2 / 2 - y t`` is largest."""
    root = hypot(y, 2 * sqrt(power))
    return 2 * power / (y + root) if y > 0 else (root - y) / 2


@njit(cache=True)
def add_exponent(power: float, y: float, out: FloatArray) -> None:
    """Add the maximum of the exponent, a series in the power."""
    peak = peak_of(power, y)
    out[0] += power * log(peak) - peak * (peak / 2 + y)
    if out.size > 1:
        out[1] += log(peak)


@njit(cache=True)
def offset(power: float, a: float, z: float, gap: float, out: FloatArray) -> None:
    """Add by how much the maximum is higher at the level `a` than at `z`; both terms are positive."""
    high, low = peak_of(power, a), peak_of(power, z)
    root = 2 * sqrt(power)
    step = gap * (high + low) / (hypot(a, root) + hypot(z, root))  # high - low
    ratio = log1p(step / low)
    out[0] += power * ratio + step * (high + low) / 2
    if out.size > 1:
        out[1] += ratio
