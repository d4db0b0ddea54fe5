r"""The integrals of :mod:`.passages.ornstein_uhlenbeck`, compiled: a microsecond each.

All are sums of positive terms by the trapezoidal rule, whose error falls exponentially with the step.  Rates
above 19 (in units of the stiffness) make the integrand a narrow peak
(:mod:`.passages.ornstein_uhlenbeck_peak`).  For lower ones the substitution

    t = scale log(1 + exp(x - exp(-7 x / 10) / 2 - 9 / 10))

in steps of 0.28 takes few nodes to 1e-14: it is a double exponential to the left (the integrand may fall as
slowly as `t`) and linear to the right, where it is a Gaussian.  The nodes do not depend on the rate: all that
does is ``t_j^nu``, one exponential a node, so that many rates share the rest.

`nu` counts in units of the stiffness; a series is in powers of `nu`.
"""

from __future__ import annotations

from math import exp, expm1, log

import numpy as np
from numba import njit

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics.compiled_series import add_log, exponential, logarithm
from resetdyn.theory.passages.ornstein_uhlenbeck_peak import (
    NEGLIGIBLE,
    add_exponent,
    log_expectation,
    log_peak,
    offset,
    peak_of,
)

# Below this rate the nodes are shared.
_SHARED = 19.0
# Shared nodes reach as far as this level below the centre.
_LOWEST = -37.0
# Widest difference of two levels (in units of the lower one's scale) that the shared nodes resolve.
_WIDEST = 20.0

_STEP = 0.28
_x = np.arange(-22, 126) * _STEP
_bend = 0.5 * np.exp(-0.7 * _x)
_inner = _x - _bend - 0.9
_NODES: FloatArray = np.logaddexp(0.0, _inner)
_LOG_NODES: FloatArray = np.where(_inner < -36, _inner, np.log(_NODES))
_SPEED: FloatArray = _STEP * (1 + 0.7 * _bend) / (1 + np.exp(-_inner))


@njit(cache=True)
def log_mean_many(rates: FloatArray, a: float, z: float, gap: float, order: int) -> FloatArray:
    """Return the series of ``log M`` around each rate, from `z` above the level `a`, ``gap = z - a``."""
    out = np.empty((order + 1, rates.size))
    above, below = np.empty(order + 1), np.empty(order + 1)
    shared = a >= _LOWEST and rates.size > 0 and rates.min() < _SHARED
    if shared:
        center = log(peak_of(1.0, z))  # powers of w that are small where the integrand is large
        n_w, n_g = gap_weights(a, gap, center)
        j_w, j_g, j_rise = j_weights(z, center)
    for i in range(rates.size):
        nu = rates[i]
        if nu >= _SHARED:
            below[:] = 0.0
            if not log_expectation(nu, z, gap, above):
                log_peak(nu, a, gap, above)
                log_peak(nu, z, 0.0, below)
                offset(nu, a, z, gap, above)
            add_log(nu, below)
        elif shared:
            power_sums(nu, n_w, n_g, above)
            logarithm(above)
            above[0] += shift(a)
            j_sums(nu, j_w, j_g, j_rise, below)
            logarithm(below)
            below[0] += shift(z)
        else:
            log_peak(nu + 1, a, -gap, above)
            add_exponent(nu + 1, a, above)
            log_j(nu, z, below)
        for k in range(order + 1):
            out[k, i] = above[k] - below[k]
    return out


@njit(cache=True)
def log_j(nu: float, y: float, out: FloatArray) -> None:
    """Set the series of ``log J(y)``; at large `nu` it is small against its parts, which costs digits."""
    if nu >= _SHARED:
        log_peak(nu, y, 0.0, out)
        add_exponent(nu, y, out)
        add_log(nu, out)
        return
    w, g, rising = j_weights(max(y, 0.0) if y < _LOWEST else y, 0.0)
    j_sums(nu, w, g, rising, out)
    logarithm(out)
    if y >= _LOWEST:
        out[0] += shift(y)
    else:  # J = J(0) + nu N(y, 0): the logarithm of the larger beside the ratio of the two
        if nu == 0:
            out[1:] = np.inf
            return
        rise = np.empty_like(out)
        log_peak(nu + 1, y, y, rise)
        add_exponent(nu + 1, y, rise)
        add_log(nu, rise)
        if rise[0] > out[0]:
            rise, out[:] = out.copy(), rise
        rise -= out
        exponential(rise)
        rise[0] += 1.0
        logarithm(rise)
        out += rise


@njit(cache=True)
def gap_weights(a: float, gap: float, center: float) -> tuple[FloatArray, FloatArray]:
    """Return ``log t - center`` at the shared nodes, and their weights in ``N(a, a + gap) e^-shift(a)``.

    A wide gap is taken in pieces, each with its own nodes.
    """
    pieces, reach = 0, 0.0
    while reach < gap:
        reach += max(_WIDEST, a + reach)
        pieces += 1
    most = (pieces + 1) * _NODES.size  # rounding may leave a crumb
    w, g = np.empty(most), np.empty(most)
    lowest, n = shift(a), 0
    while gap > 0:
        piece = min(gap, max(_WIDEST, a))
        first, last = window(a)
        scale = scale_of(a)
        for i in range(first, last):
            t = scale * _NODES[i]
            w[n] = log(scale) + _LOG_NODES[i] - center
            ratio = -expm1(-piece * t) / t
            # Pieces further up are relative to the same shift as the first, which is the lowest.
            g[n] = scale * _SPEED[i] * ratio * gauss(t, a) * exp(shift(a) - lowest)
            n += 1
        a, gap = a + piece, gap - piece
    return w[:n], g[:n]


@njit(cache=True)
def j_weights(y: float, center: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return ``log t - center`` and the weights `g`, `rise` of ``J(y) = sum (g + nu rise) t^nu``.

    For ``y >= 0`` that is ``t + y`` and nothing, below it ``J(0) + nu N(y, 0)``.
    """
    first, last = window(y)
    if y < 0:
        first = min(first, window(0.0)[0])
    scale = scale_of(y)
    w, g, rise = np.empty(last - first), np.empty(last - first), np.zeros(last - first)
    down = exp(-shift(y))
    for i in range(last - first):
        t = scale * _NODES[first + i]
        w[i] = log(scale) + _LOG_NODES[first + i] - center
        speed = scale * _SPEED[first + i]
        if y >= 0:
            g[i] = speed * (t + y) * gauss(t, y)
        else:
            g[i] = speed * t * exp(-t * t / 2) * down
            rise[i] = speed * -expm1(y * t) / t * gauss(t, y)
    return w, g, rise


@njit(cache=True)
def power_sums(nu: float, w: FloatArray, g: FloatArray, out: FloatArray) -> None:
    """Set ``out[k] = sum g e^(nu w) w^k / k!``."""
    out[:] = 0.0
    if out.size == 1:
        total = 0.0
        for i in range(w.size):
            total += g[i] * exp(nu * w[i])
        out[0] = total
        return
    for i in range(w.size):
        value = g[i] * exp(nu * w[i])
        for k in range(out.size):
            out[k] += value
            value *= w[i] / (k + 1)


@njit(cache=True)
def j_sums(nu: float, w: FloatArray, g: FloatArray, rise: FloatArray, out: FloatArray) -> None:
    """Set the series of ``sum (g + nu rise) e^(nu w)``."""
    both = np.empty_like(g)
    for i in range(g.size):
        both[i] = g[i] + nu * rise[i]
    power_sums(nu, w, both, out)
    if out.size > 1:
        more = np.empty(out.size - 1)
        power_sums(nu, w, rise, more)
        for k in range(more.size):
            out[k + 1] += more[k]


@njit(cache=True)
def window(y: float) -> tuple[int, int]:
    """Return the range of shared nodes that count at a level, at any rate below the limit."""
    scale, end = scale_of(y), _NODES.size
    # To the right at the highest rate, whose maximum lies farthest to the right.
    peak = peak_of(_SHARED + 1, y)
    top = (_SHARED + 1) * log(peak) - peak * (peak / 2 + y)
    while True:
        t = scale * _NODES[end - 1]
        if (_SHARED + 1) * log(t) - t * (t / 2 + y) > top - NEGLIGIBLE or end == 1:
            break
        end -= 1
    # To the left at rate 0, where the integrand is t in log t.
    peak = peak_of(1.0, y)
    top = log(peak) - peak * (peak / 2 + y)
    begin = 0
    while begin < end - 1:
        t = scale * _NODES[begin]
        if log(scale) + _LOG_NODES[begin] - t * (t / 2 + y) > top - NEGLIGIBLE:
            break
        begin += 1
    return begin, end


@njit(cache=True)
def scale_of(y: float) -> float:
    """Return the scale of the shared nodes."""
    return 1.5 if y <= 0 else 1.5 / (1 + 0.18 * y)


@njit(cache=True)
def shift(y: float) -> float:
    """Return the exponent that is left out of the shared weights."""
    return y * y / 2 if y < 0 else 0.0


@njit(cache=True)
def gauss(t: float, y: float) -> float:
    """Return ``e^(-t^2 / 2 - y t)``, times ``e^-shift(y)``."""
    return exp(-((t + y) ** 2) / 2) if y < 0 else exp(-t * (t / 2 + y))
