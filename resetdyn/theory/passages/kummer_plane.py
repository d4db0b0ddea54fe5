r"""Kummer's function at complex orders, for inversion in time, as compiled loops.

For ``Re alpha >= 1 + 0.6 |Im alpha|`` the integral ``H = Gamma(alpha) U(alpha, b, z)`` is taken along the
ray through its complex saddle, ``z t (1 + t) = alpha``.  So it is at large orders that are not close
to the negative axis, where the integrand vanishes to rounding before, at last, it grows towards 0.
Elsewhere, to smaller orders,

    (alpha - 1) H(alpha - 1) = (2 alpha + z - b) H(alpha) - (alpha - b + 1) H(alpha + 1)

(DLMF 13.3.7) is stable, for `U` is the solution that falls with rising `alpha`.  Next to ``alpha = 0`` its
parts, of the size of ``z^(1 - b)``, cancel: there ``J = alpha H`` is taken from its own integral, that of
:mod:`.passages.kummer`.
"""

from __future__ import annotations

import numpy as np

from resetdyn.theory.passages.bessel_integrals import compiled

_NEGLIGIBLE = 1e-18
# Nodes on either side of a saddle after which an integral is given up.
_MOST = 20_000
# Steps of the recurrence up to which an order is reached.
_LONGEST = 100_000
# Where an order is large enough, and turned little enough, to do without.
_DEEP, _TURNED = 100.0, 0.25
# Real part, over the imaginary one, of the orders at which integrals are taken else.
_AHEAD = 0.6
# Where alpha is small, and the nodes of log t there.
_SMALL, _STEP, _FIRST, _BEYOND = 0.4, 0.2, -80.0, 45.0
# A recurrence is rescaled when it leaves these bounds.
_BIG = 1e100


@compiled
def hit_ratios(alphas: np.ndarray, b: float, near: float, far: float) -> np.ndarray:
    """Return ``H(far) / H(near)`` at each `alpha`; `nan` too far to the left."""
    out = np.empty(len(alphas), dtype=np.complex128)
    for i in range(len(alphas)):
        size, cosine = abs(alphas[i]), np.cos(np.angle(alphas[i]) / 2)
        if size < _SMALL:
            out[i] = _at_small_order(alphas[i], b, far) / _at_small_order(alphas[i], b, near)
            continue
        # To an order that is not turned far: along a ray that is, e^(-z t) hardly decays.
        steps = max(int(np.ceil(1.0 + _AHEAD * abs(alphas[i].imag) - alphas[i].real)), 0)
        if cosine > _TURNED and size * cosine > _DEEP + 8 * np.sqrt(size * far):
            steps = 0
        if steps > _LONGEST:
            out[i] = np.nan
            continue
        first = alphas[i] + steps
        values_far, values_near = _pair(first, b, far), _pair(first, b, near)
        shift = _log_ratio(first, b, near, far)
        above, above_scale = _descend(first, steps, b, far, values_far)
        below, below_scale = _descend(first, steps, b, near, values_near)
        out[i] = above / below * np.exp(above_scale - below_scale - shift) if below != 0 else np.nan
    return out


@compiled
def _at_small_order(alpha: complex, b: float, z: float) -> complex:
    """Return ``J = alpha H(alpha)``, which is 1 at 0."""
    lowered = max(np.ceil(b - 1), 0.0)
    power, total = b - lowered - 1, 0j
    for k in range(int((np.log(_BEYOND / z) - _FIRST) / _STEP) + 2):
        x = _FIRST + k * _STEP
        t = np.exp(x)
        outer = np.log1p(t)
        rest = z + (alpha - power) / (1 + t) + alpha * np.expm1(lowered * outer) / t
        total += rest * np.exp(alpha * (x - outer) - z * t + power * outer + x)
    return total * _STEP


@compiled
def _pair(alpha: complex, b: float, z: float) -> tuple[complex, complex]:
    """Return ``H(alpha)`` and ``H(alpha + 1)``, both relative to the scale of the first."""
    peak = _saddle(alpha, z)
    h = min(0.07, 0.4 / np.sqrt(abs(alpha * (1 + 2 * peak) / (1 + peak) ** 2) + b))
    first, second, largest, raised = 0j, 0j, 0.0, 0.0
    for side in (1, -1):
        last = 0.0
        for k in range(0 if side > 0 else 1, _MOST):
            x = side * k * h
            t = peak * np.exp(x)
            inner = _log1p(np.expm1(-x) / (1 + peak))
            height = -alpha * inner + (b - 1) * (np.log(1 + t) - np.log(1 + peak)) - z * peak * np.expm1(x)
            if height.real > raised + 1.0:
                lower = np.exp(raised - height.real)
                first, second, largest, last = first * lower, second * lower, largest * lower, last * lower
                raised = height.real
            term = np.exp(height - raised)
            first += term
            second += term * t / (1 + t)
            size = abs(term)
            if size <= _NEGLIGIBLE * largest and size <= last:
                break
            largest, last = max(largest, size), size
    lift = h * np.exp(raised)
    return first * lift, second * lift


@compiled
def _saddle(alpha: complex, z: float) -> complex:
    return 2 * (alpha / z) / (1 + np.sqrt(1 + 4 * alpha / z))


@compiled
def _log_ratio(alpha: complex, b: float, near: float, far: float) -> complex:
    """Return the logarithm of the scale at `near` over that at `far`, without cancellation."""
    root_a, root_x = np.sqrt(near * near + 4 * alpha * near), np.sqrt(far * far + 4 * alpha * far)
    peak_a, peak_x = _saddle(alpha, near), _saddle(alpha, far)
    gap = far - near
    ahead = 2 * alpha * gap / (near * root_x + far * root_a)
    fall = 2 * alpha**2 * gap / (root_x + root_a)
    fall *= 1 / (far + 2 * alpha + root_x) + 1 / (near + 2 * alpha + root_a)
    rise = _log1p(ahead / (peak_x * (1 + peak_a)))
    return alpha * rise + fall + (b - 1) * _log1p(ahead / (1 + peak_x))


@compiled
def _descend(
    alpha: complex, steps: int, b: float, z: float, values: tuple[complex, complex]
) -> tuple[complex, float]:
    """Return H so many orders lower, and the logarithm of a scale."""
    here, above = values
    scale = 0.0
    for _ in range(steps):
        if alpha == 1:
            return here * np.inf, scale
        here, above = ((2 * alpha + z - b) * here - (alpha - b + 1) * above) / (alpha - 1), here
        alpha -= 1
        size = abs(here) + abs(above)
        if size > _BIG or size < 1 / _BIG:
            here, above, scale = here / size, above / size, scale + np.log(size)
    return here, scale


@compiled
def _log1p(g: complex) -> complex:
    """Return ``log(1 + g)`` without cancellation."""
    if abs(g) > 0.2:
        return np.log(1 + g)
    u = g / (2 + g)
    square, tail = u * u, 0j
    for n in range(21, 1, -2):
        tail = (tail + 1.0 / n) * square
    return 2 * u * (1 + tail)
