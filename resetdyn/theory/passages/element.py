r"""One element of a chain: how far it may reach, and its map by power series.

On an element of length `h`, with ``t`` from its outer edge inwards in units of `h`, ``f = h p / D`` and
``kappa = h^2 k / D`` are polynomials; each pair ``v' = w, w' = kappa v - f w + source`` is a power series in
`t` whose coefficients follow one from another.  As ``v_n = w_(n-1) / n``, those of `w` are enough:

    (n + 1) w_(n+1) = sum_i (kappa_(i-1) / (n - i + 1) - f_i) w_(n-i).

Jets in `s` come along, each fed by the one before.  Several rates go side by side, in lanes: one step waits
for the one before it, and many lanes wait no longer than one.  How long an element is and how many terms it
takes depends on bounds of the rates alone, so that a rate's answer does not depend on its neighbours.
See :mod:`.passages.chain` for what the letters mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

kernel: Any = njit(cache=True, nogil=True, error_model="numpy")
# Products may join the sums that they go to; nothing else is reordered.
joined: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})

LANES = 8  # rates side by side
PAD = 3  # rows of zeros before the first coefficient
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
def settled(s: Any, diffusion: float, p: float, dp: float, r: float) -> tuple[Any, Any]:
    """Return the `y` and `q` that hardly change on the way; `q` is infinite where there is none.

    Without killing a force that falls as a power of the distance is taken as such, which is exact for it.
    """
    k = s + r
    y, q = 0 * s, 0 * s
    if k == 0:
        bend = diffusion * dp / p if p > 0 else 0.0
        q += 1 / (p + bend) if p > 0 and p + bend > 0 else np.inf
        y += max(-p / diffusion, 0.0)
        return y, q
    root = np.sqrt(p * p + 4 * k * diffusion)
    if p >= 0:
        q += 2 / (p + root)
        y += k * q
    else:
        y += (root - p) / (2 * diffusion)
        q += y / k
    return y, q


@kernel
def settled_jets(s: Any, unit: float, diffusion: float, p: float, dp: float, r: float, q: Any) -> None:
    """Fill in the jets of the `q` that hardly changes on the way, after the first."""
    k = s + r
    bend = diffusion * dp / p if k == 0 and p > 0 else 0.0
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


@kernel
def needed(f: Any, n_f: int, k: Any, n_k: int, kappa: float, u: Any) -> int:
    """Return how many terms the series take at most, from one that bounds them all; `u` is room for it."""
    most = max(n_f, n_k)
    u[0], u[1] = 0.0, 1.0
    small = 0
    for n in range(1, TERMS):
        total = kappa * u[n - 1] / n
        for i in range(min(n, n_f) + 1):
            total += abs(f[i]) * u[n - i]
        for i in range(1, min(n, n_k) + 1):
            total += abs(k[i - 1]) * u[n - i] / (n - i + 1)
        u[n + 1] = total / (n + 1)
        small = small + 1 if u[n + 1] < _ROUNDING else 0
        if small > most + 1:
            return n + 1 - small + MORE
    return TERMS


@kernel
def element(
    f: Any, n_f: int, k: Any, n_k: int, s: Any, unit: float, h: float, diffusion: float, used: int,
    terms: int, work: Any, singles: Any, kappa: Any, inverses: Any, sums: Any, out: Any,
) -> None:  # fmt: skip
    """Fill in the maps of one element in all lanes, by power series from its outer edge.

    The columns of `work` are the lanes of ``(a, G)``, of ``(B, E)`` and of ``(A, C)`` where they are used;
    those of `singles` are the lanes of `V` and of `W`.
    """
    square, across = h * h / diffusion, h / diffusion
    columns = work.shape[2]
    for c in range(columns):
        kappa[c] = s[c % LANES] * square
    for j in range(out.shape[1]):
        last = terms + LONGER * j
        for c in range(columns):
            work[j, PAD, c] = 1.0 if j == 0 and c // LANES == 1 else 0.0
        if j > 0:
            work[j - 1, PAD + last - LONGER + 1 : PAD + last + 1] = 0  # beneath rounding
        _pairs(work, j, last, columns, f, n_f, k, n_k, kappa, unit * square, inverses)
        if used > V_:
            _singles(singles, work, j, last, singles.shape[2], f, n_f, inverses)
            _total(singles, j, last, out, V_)
            if used > W_:
                _total(singles, j, last, out, W_)
        _sums(work, j, last, inverses, sums, out)
        for c in range(LANES):
            out[a_, j, c] *= square
            out[B_, j, c] *= h
            out[V_, j, c] *= square
            out[G_, j, c] *= across
            if used > W_:
                out[W_, j, c] *= across
                out[C_, j, c] /= h
                continue
            out[W_, j, c] = out[G_, j, c]
            out[A_, j, c] = s[c] * out[a_, j, c]
            out[C_, j, c] = s[c] * out[W_, j, c]
            if j > 0:
                out[A_, j, c] += unit * out[a_, j - 1, c]
                out[C_, j, c] += unit * out[W_, j - 1, c]
            else:
                out[A_, j, c] += 1


@joined
def _pairs(
    w: Any, j: int, terms: int, columns: int, f: Any, n_f: int, k: Any, n_k: int, kappa: Any, step: float,
    inverses: Any,
) -> None:  # fmt: skip
    """Fill in the series of `w` of all pairs, of one order of the jets."""
    most = max(n_f, n_k)
    g = np.zeros(max(most, PAD) + 1)
    for n in range(terms):
        over, row = inverses[n], PAD + n
        for i in range(min(n, most) + 1):
            g[i] = -f[i] * over if i <= n_f else 0.0
            if 1 <= i <= n_k:
                g[i] += k[i - 1] * inverses[n - i] * over
        g0, g1, g2, g3 = g[0], g[1], g[2], g[3]
        fed = inverses[n - 1] * over if n > 0 else 0.0
        for c in range(columns):
            w[j, row + 1, c] = (
                g0 * w[j, row, c] + (g1 + fed * kappa[c]) * w[j, row - 1, c]
                + (g2 * w[j, row - 2, c] + g3 * w[j, row - 3, c])
            )  # fmt: skip
        for i in range(PAD + 1, min(n, most) + 1):
            tap = g[i]
            for c in range(columns):
                w[j, row + 1, c] += tap * w[j, row - i, c]
        if j > 0:
            fed *= step
            for c in range(columns):
                w[j, row + 1, c] += fed * w[j - 1, row - 1, c]
        # What starts as 1: the source of `a`, and the value of `A`.
        if n == 0 and j == 0:
            for c in range(LANES):
                w[j, row + 1, c] += 1.0
        for c in range(2 * LANES, columns):
            if j == 0 and n < max(n_k, 1):
                w[j, row + 1, c] += over * (k[n] if n < n_k else 0.0)
                if n == 0:
                    w[j, row + 1, c] += kappa[c]
            elif j == 1 and n == 0:
                w[j, row + 1, c] += step


@joined
def _singles(
    x: Any, w: Any, j: int, terms: int, columns: int, f: Any, n_f: int, inverses: Any
) -> None:  # fmt: skip
    """Fill in the series of ``v' = source - f v`` for `V`, whose source is `B`, and `W`, whose is `A`."""
    for c in range(columns):
        x[j, PAD, c] = 0.0
        x[j, PAD + 1, c] = 1.0 if j == 0 and c >= LANES else 0.0
    for n in range(1, terms):
        over, row = inverses[n], PAD + n
        fed = over * inverses[n - 1]
        for c in range(columns):
            x[j, row + 1, c] = fed * w[j, row - 1, LANES + c]
        for i in range(min(n, n_f) + 1):
            tap = f[i] * over
            for c in range(columns):
                x[j, row + 1, c] -= tap * x[j, row - i, c]


@joined
def _sums(w: Any, j: int, terms: int, inverses: Any, sums: Any, out: Any) -> None:
    """Add up the series of all pairs: their values, and their slopes."""
    columns = w.shape[2]
    for c in range(columns):
        sums[0, c] = 1.0 if j == 0 and c >= 2 * LANES else 0.0
        sums[1, c] = w[j, PAD + terms, c]
    for n in range(terms):
        over = inverses[n]
        for c in range(columns):
            sums[0, c] += over * w[j, PAD + n, c]
            sums[1, c] += w[j, PAD + n, c]
    for c in range(LANES):
        out[a_, j, c], out[G_, j, c] = sums[0, c], sums[1, c]
        out[B_, j, c], out[E_, j, c] = sums[0, LANES + c], sums[1, LANES + c]
        if columns > 2 * LANES:
            out[A_, j, c], out[C_, j, c] = sums[0, 2 * LANES + c], sums[1, 2 * LANES + c]


@joined
def _total(x: Any, j: int, terms: int, out: Any, part: int) -> None:
    at = LANES if part == W_ else 0
    for c in range(LANES):
        out[part, j, c] = 0.0
    for n in range(1, terms + 1):
        for c in range(LANES):
            out[part, j, c] += x[j, PAD + n, at + c]
