r"""The positive integrals behind :mod:`.passages.kummer`, as a compiled loop.

Both are ``int W(t) (1 + t)^b r(t) dt / t`` with ``W = (t / (1 + t))^(alpha + 1) e^(-z t)``, which is largest
where ``z t (1 + t) = alpha + 1``.  At ``t = t_z e^x``, with ``g = (e^(-x) - 1) / (1 + t_z)``, it lies

    z t_z (4 sinh^2(x / 2) - (1 + t_z) (g - log(1 + g)))

below its maximum, in logarithm, and ``log(t / (1 + t))``, which derivatives in `alpha` bring down, lies
``log(1 + g)`` below its value there.  The trapezoidal rule in `x`, or where small powers of `t` fall slowly
in `y`, with ``x = y + 1 - e^(-y)`` but for a shift, converges exponentially.
"""

from __future__ import annotations

import numpy as np

from resetdyn.theory.passages.bessel_integrals import compiled

# A term is beneath rounding where it is this much smaller than the largest.
_NEGLIGIBLE = 1e-20
# Below this `alpha` the integrand falls slowly to the left.
_SLOW = 8.0


@compiled
def kummer_sums(
    alpha: float, b: float, z: float, peak: float, gap: float, order: int
) -> tuple[float, np.ndarray]:
    """Return the series in `alpha` of an integral: a scale in logarithm, and the terms relative to it.

    The integrand is ``W (1 + t)^b`` times ``(1 - e^(-gap t)) / t`` or, where `gap` is 0, times that of `J`.
    """
    steps_down = max(np.ceil(b - 1), 0.0)
    low = b - steps_down
    curvature = (alpha + 1) * (1 + 2 * peak) / (1 + peak) ** 2 + b
    stretched = alpha < _SLOW
    h = min(0.11 if stretched else 0.2, 0.5 / np.sqrt(curvature))
    # From below all features, so that the stretch to the left meets powers of t alone.
    origin = min(0.0, -np.log(peak * (1 + z + gap))) if stretched else 0.0
    out, largest, terms = np.zeros(order + 1), np.zeros(order + 1), np.zeros(order + 1)
    scale = 0.0
    for side in (1, -1):
        k = 0 if side > 0 else 1
        while True:
            y = side * k * h
            x = origin + y - np.expm1(-y) if stretched else y
            g = np.expm1(-x) / (1 + peak)
            delta = -np.log1p(g)
            t = peak * np.exp(x)
            height = b * (np.log1p(t) - np.log1p(peak)) - z * peak * _depth(x, g, peak)
            if height > scale + 1.0:  # what was added so far, in the new scale
                out *= np.exp(scale - height)
                largest *= np.exp(scale - height)
                scale = height
            weight = np.exp(height - scale) * (1 + np.exp(-y) if stretched else 1.0)
            if gap > 0:
                factor, slope = -np.expm1(-gap * t) / t, 0.0
            else:
                reduced = np.exp(-steps_down * np.log1p(t))
                slope = reduced / (1 + t) - np.expm1(-steps_down * np.log1p(t)) / t
                factor = reduced * (z + (1 - low) / (1 + t)) + alpha * slope
            beneath = True
            power, before = weight, 0.0  # delta^n / n!, and that of n - 1
            for n in range(order + 1):
                terms[n] = factor * power + slope * before
                out[n] += terms[n]
                size = abs(terms[n])
                beneath &= size <= _NEGLIGIBLE * largest[n]
                largest[n] = max(largest[n], size)
                before = power
                power *= delta / (n + 1)
            if beneath and k > 0:
                break
            k += 1
    return scale, out * h


@compiled
def _depth(x: float, g: float, peak: float) -> float:
    if abs(x) > 1:
        return np.expm1(x) + (1 + peak) * np.log1p(g)
    return 4 * np.sinh(x / 2) ** 2 - (1 + peak) * _beyond_log(g)


@compiled
def _beyond_log(g: float) -> float:
    """Return ``g - log(1 + g)`` without cancellation."""
    if abs(g) > 0.2:
        return g - np.log1p(g)
    u = g / (2 + g)  # log(1 + g) = 2 (u + u^3 / 3 + ...), and g - 2 u = g u
    square, tail = u * u, 0.0
    for n in range(21, 1, -2):
        tail = (tail + 1.0 / n) * square
    return g * u - 2 * u * tail
