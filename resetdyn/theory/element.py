r"""One element of a chain: how far it may reach, and its map by power series.

On an element of length `h`, with ``t`` from its outer edge inwards in units of `h`, ``f = h p / D`` and
``kappa = h^2 k / D`` are polynomials; each pair ``v' = w, w' = kappa v - f w + source`` is a power series in
`t` whose coefficients follow one from another.  Jets in `s` come along, each fed by the one before.
See :mod:`resetdyn.theory.chain` for what the letters mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

kernel: Any = njit(cache=True, nogil=True, error_model="numpy")

TERMS = 120  # of a power series at most
MORE = 2  # terms beyond those that are found to matter for the first of the series
LONGER = 3  # by how many terms each series is longer than the one of a jet before it
_TILT = 4.0  # size of the force over one element, in units of D: how much its series may cancel
_DECAY = 60.0  # k h^2 / D over one element: growth, of which the series has no fear
_ROUNDING = 1e-17
a_, G_, B_, E_, V_, A_, C_, W_ = range(8)  # where the parts of a map are kept; G is the slope of a


@kernel
def length(
    force: Any, n_f: int, kill: Any, n_k: int, s: float, diffusion: float, place: float, half: float,
    left: float, guess: float, f: Any, k: Any,
) -> float:  # fmt: skip
    """Return how long the next element may be, so that its series hardly cancel.

    What counts are the sizes of the coefficients from its outer edge on: those of a force that rises steeply
    there are large and alternate, however little the potential falls over the element.
    """
    h = min(left, guess)
    while True:
        step = h / half
        taylor(force, n_f, place + step, -step, h / diffusion, f)
        taylor(kill, n_k, place + step, -step, h * h / diffusion, k)
        tilt, decay = 0.0, s * h * h / diffusion
        for n in range(n_f + 1):
            tilt += abs(f[n]) / (n + 1)
        for n in range(n_k + 1):
            decay += abs(k[n])
        if tilt <= _TILT and decay <= _DECAY:
            break
        h *= max(min(_TILT / tilt, np.sqrt(_DECAY / decay)), 0.5)
    return left / np.ceil(0.999999 * left / h)


@kernel
def taylor(given: Any, degree: int, place: float, step: float, factor: float, out: Any) -> int:
    """Expand a polynomial around `place`, in units of `step`; return the degree that matters."""
    for n in range(degree + 1):
        out[n] = given[n]
    for i in range(degree):
        for n in range(degree - 1, i - 1, -1):
            out[n] += place * out[n + 1]
    largest = 0.0
    for n in range(degree + 1):
        out[n] *= factor
        factor *= step
        largest = max(largest, abs(out[n]))
    while degree > 0 and abs(out[degree]) <= _ROUNDING * largest:
        degree -= 1
    return degree


@kernel
def local(force: Any, kill: Any, degrees: Any, place: float, half: float) -> tuple[float, float, float]:
    """Return the force, its derivative and the killing rate at a place of an element."""
    p, dp, r = 0.0, 0.0, 0.0
    for n in range(degrees[0], -1, -1):
        dp = dp * place + p
        p = p * place + force[n]
    for n in range(degrees[1], -1, -1):
        r = r * place + kill[n]
    return p, dp / half, r


@kernel
def settled(s: Any, unit: float, diffusion: float, p: float, dp: float, r: float, q: Any) -> Any:
    """Fill in the `q` that hardly changes on the way, and return the `y`; `inf` where there is none.

    Without killing a force that falls as a power of the distance is taken as such, which is exact for it.
    """
    k = s + r
    y, bend = 0 * s, 0.0
    if k == 0:
        bend = diffusion * dp / p if p > 0 else 0.0
        q[0] = 1 / (p + bend) if p > 0 and p + bend > 0 else np.inf
        y += max(-p / diffusion, 0.0)
    else:
        root = np.sqrt(p * p + 4 * k * diffusion)
        if p >= 0:
            q[0] = 2 / (p + root)
            y = k * q[0]
        else:
            y = (root - p) / (2 * diffusion)
            q[0] = y / k
    for n in range(1, len(q)):
        pull = p + 2 * k * diffusion * q[0] + (2 * n + 1) * bend
        if k == 0 and not p + (2 * n + 1) * bend > 0:
            q[n] = np.inf if n % 2 == 0 else -np.inf
            continue
        total = 0 * s
        for i in range(1, n):
            total += k * q[i] * q[n - i]
        for i in range(n):
            total += unit * q[i] * q[n - 1 - i]
        q[n] = -diffusion * total / pull
    return y


@kernel
def element(
    f: Any, n_f: int, k: Any, n_k: int, s: Any, unit: float, h: float, diffusion: float, used: int,
    work: Any, out: Any,
) -> float:  # fmt: skip
    """Fill in the map of one element by power series from its outer edge; return ``int p / D``."""
    square, across = h * h / diffusion, h / diffusion
    kappa, step, terms = s * square, 0.0, 0
    for j in range(out.shape[1]):
        now, before = work[j], work[max(j - 1, 0)]
        now[:, 0] = 0
        if j == 0:
            now[E_, 0] = now[A_, 0] = 1
        else:
            step = unit * square
            before[:, terms + 1 : terms + 1 + LONGER] = 0  # beneath rounding
            terms += LONGER
        source = 1.0 if j == 0 else 0.0
        terms = _pair(now[a_], now[G_], source, before[a_], step, f, n_f, k, n_k, kappa, terms)
        _pair(now[B_], now[E_], 0.0, before[B_], step, f, n_f, k, n_k, kappa, terms)
        if used > V_:
            _single(now[V_], now[B_], f, n_f, terms)
        if used > W_:
            _pair(now[A_], now[C_], 0.0, before[A_], step, f, n_f, k, n_k, kappa, terms)
            _single(now[W_], now[A_], f, n_f, terms)
        for i in range(used):
            total = now[i, 0]
            for n in range(1, terms + 1):
                total += now[i, n]
            out[i, j] = total
        out[a_, j] *= square
        out[B_, j] *= h
        out[V_, j] *= square
        out[G_, j] *= across
        if used > W_:
            out[W_, j] *= across
            out[C_, j] /= h
            continue
        out[W_, j] = out[G_, j]
        out[A_, j] = s * out[a_, j]
        out[C_, j] = s * out[W_, j]
        if j > 0:
            out[A_, j] += unit * out[a_, j - 1]
            out[C_, j] += unit * out[W_, j - 1]
        else:
            out[A_, j] += 1
    fall = 0.0
    for i in range(n_f + 1):
        fall += f[i] / (i + 1)
    return fall


@kernel
def _pair(
    v: Any, w: Any, source: float, before: Any, step: float, f: Any, n_f: int, k: Any, n_k: int, kappa: Any,
    terms: int,
) -> int:  # fmt: skip
    """Fill in the series of ``v' = w, w' = (kappa + k) v - f w + source``; return how many terms matter."""
    small, most, n = 0, terms if terms else TERMS, 0
    while n < most:
        over = 1.0 / (n + 1)
        total = kappa * v[n] - f[0] * w[n] + source
        source = 0.0
        if step != 0:
            total += step * before[n]
        for i in range(1, min(n, n_f) + 1):
            total -= f[i] * w[n - i]
        for i in range(min(n + 1, n_k)):
            total += k[i] * v[n - i]
        v[n + 1] = w[n] * over
        w[n + 1] = total * over
        n += 1
        if terms == 0:
            small = small + 1 if abs(w[n]) < _ROUNDING else 0
            if small > max(n_f, n_k) + 1:
                terms = most = n + MORE
    return most


@kernel
def _single(v: Any, source: Any, f: Any, n_f: int, terms: int) -> None:
    """Fill in the series of ``v' = source - f v``."""
    for n in range(terms):
        total = source[n]
        for i in range(min(n, n_f) + 1):
            total -= f[i] * v[n - i]
        v[n + 1] = total / (n + 1)
