r"""First passage in any force on the line: a chain of positive transfer maps.

Let `x` be at the distance ``eta`` from a target, with the force ``p`` *towards* it, killed at the rate
``k = s + r``.  From the far end inwards (``xi = -eta``) the transform of the first passage is ``u``, where

    D u'' + p u' = k u;      with y = u' / u,  h = e^(-int y)  from there to the target.

Let ``Q`` be the transform of the probability to be under way, and ``G`` a solution of
``D G'' + p G' = k G + 1`` like `u`; where ``G`` is shifted by a multiple of `u` so as to vanish, its slope is
``q``.  One element carries the values at its outer edge to those at its inner edge by

    H = A + B y,    y -> (C + E y) / H,    q -> (W + V y + Delta q) / H,    Q / h -> H Q / h + (a + B q),

where ``(A, C)``, ``(B, E)`` are value and slope of the solutions that start as ``(1, 0)`` and ``(0, 1)``, `a`
is that of the source from ``(0, 0)``, ``W' = (A - p W) / D`` and ``V' = (B - p V) / D`` start at 0, and
``Delta = exp(-int p / D)``.  All of them are positive: nothing cancels, at any rate and over any barrier, and
``M = (1 / T~ - 1) / s = Q / h`` keeps its relative accuracy at ``s = 0`` too (derived here).  Without killing
other than `s`, ``A = 1 + s a``, ``C = s W`` and ``y = s q``; an absorbing far end has ``y = inf``.

Where the far end is natural, the element at which to start is found on the way outwards: what an end at
``(y, q)`` adds to `q` at the start falls as ``1 / tau`` (see `_forgotten`).  In every element the force is a
polynomial, the solutions are power series, and their coefficients are jets in `s`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn.theory.element import (
    A_,
    B_,
    C_,
    E_,
    LONGER,
    MORE,
    TERMS,
    V_,
    W_,
    a_,
    element,
    kernel,
    length,
    local,
    settled,
    taylor,
)  # fmt: skip

# How the chain ended: it needs a longer mesh, or room for more elements.
DONE, TOO_SHORT, FULL = 0, 1, 2
# What is at the far end of the mesh: more to come, a reflecting wall, an absorbing one, the end of the line
# (where the solution that settles at once is right).
OPEN, REFLECTING, ABSORBING, SETTLED = 0, 1, 2, 3

_SMALL = 1e-18
_UP, _DOWN, _STEP = 2.0**300, 2.0**-300, 300  # exponents move in these steps


@kernel
def chain(
    rates: Any, unit: float, diffusion: float, edges: Any, force: Any, kill: Any, degrees: Any, stops: Any,
    end: int, split: bool, varying: bool, room: int, ratio: Any, hit: Any, slopes: Any, exponents: Any,
    tilts: Any,
) -> tuple[int, int]:  # fmt: skip
    """Fill in ``Q / h`` from the last stop, and ``1 / h`` and the fall of the potential between the stops.

    Parameters
    ----------
    rates : (n,) float or complex array
        Laplace variables `s`; the jets are in ``(s - rate) / unit``.
    edges, force, kill, degrees : arrays
        The mesh: distances of its edges, coefficients by element and power of the coordinate in [-1, 1].
    stops : (m,) array
        Distances from the target at which an element must end, increasing; the chain starts at the last.
    end : int
        What is at the far end.
    split : bool
        Whether ``y`` is carried on its own.
    varying : bool
        Whether `kill` is not 0.
    room : int
        Greatest number of elements.
    ratio, hit, slopes, exponents, tilts : (n, jet), (n, m, jet), (n, 2), (n, m + 2), (m,) arrays
        Results: ``Q / h``; ``1 / h`` over each stretch; `y` and `q` at the target; the exponents (to base 2)
        of ``Q / h``, `q` and the stretches' ``1 / h``; ``int p / D`` over each stretch.

    Returns
    -------
    tuple of int
        How it ended, and the number of rates done.
    """
    order = ratio.shape[1] - 1
    n_base, width = force.shape[0], max(force.shape[1], kill.shape[1])
    store = np.empty((room, 8, order + 1), rates.dtype)
    falls = np.empty(room)
    work = np.empty((order + 1, 8, TERMS + MORE + LONGER * order + 1), rates.dtype)
    f, k = np.empty(width), np.empty(width)
    used = 8 if varying else 5 if split else 4
    marks = np.empty(len(stops), np.int64)
    for i in range(len(rates)):
        s = rates[i]
        count, base, stop = 0, 0, 0
        at, h = 0.0, edges[1]
        rho, tau_y, tau_q = 0 * s, 0 * s, 0 * s
        y_end, q_end = 0 * s, np.zeros(order + 1, rates.dtype)
        absorbed = False
        while True:
            if stop < len(stops) and at >= stops[stop]:
                marks[stop] = count
                stop += 1
                continue
            outside = stop == len(stops)
            if base == n_base:
                if end == OPEN or not outside:
                    return TOO_SHORT, i
                absorbed = end == ABSORBING
                if end == SETTLED:
                    half = (edges[base] - edges[base - 1]) / 2
                    p, dp, r = local(force[base - 1], kill[base - 1], degrees[base - 1], 1.0, half)
                    y_end = settled(s, unit, diffusion, p, dp, r, q_end)
                break
            if count == room:
                return FULL, i
            low, high = edges[base], edges[base + 1]
            half, middle = (high - low) / 2, (high + low) / 2
            n_f, n_k = degrees[base, 0], degrees[base, 1]
            limit = high if outside else min(high, stops[stop])
            h = length(
                force[base], n_f, kill[base], n_k, abs(s), diffusion, (at - middle) / half, half, limit - at,
                2 * h, f, k,
            )  # fmt: skip
            last = at + 1.0000001 * h >= limit
            above = limit if last else at + h
            h = above - at
            m_f = taylor(force[base], n_f, (above - middle) / half, -h / half, h / diffusion, f)
            m_k = 0
            if varying:
                m_k = 1 + taylor(kill[base], n_k, (above - middle) / half, -h / half, h * h / diffusion, k)
            falls[count] = element(f, m_f, k, m_k, s, unit, h, diffusion, used, work, store[count])
            at = above
            if last and above == high:
                base += 1
            if outside and end != ABSORBING:
                # Does what is further out still matter?
                one = store[count]
                delta = np.exp(-falls[count])
                head = one[A_, 0] + rho * one[C_, 0]
                rho = (one[B_, 0] + rho * one[E_, 0]) / head
                tau_y = (tau_y + one[C_, 0] / head) * (head * head / delta)
                tau_q = (tau_q + one[W_, 0] / head) * (head / delta if varying else head * head / delta)
                b = base - 1 if above == high else base
                p, dp, r = local(force[b], kill[b], degrees[b], (above - middle) / half, half)
                y_end = settled(s, unit, diffusion, p, dp, r, q_end)
                share = abs(q_end[0]) / (abs(1 + rho * y_end) * abs(tau_q))
                if varying and y_end != 0:
                    share = max(share, abs(y_end / (1 + rho * y_end)) / abs(tau_y))
                if share < _SMALL:
                    count += 1
                    break
            count += 1
        _inwards(
            s, unit, count, marks, store, falls, y_end, q_end, absorbed, split, ratio[i], hit[i],
            slopes[i], exponents[i], tilts,
        )  # fmt: skip
    return DONE, len(rates)


@kernel
def _inwards(
    s: Any, unit: float, count: int, marks: Any, store: Any, falls: Any, y_end: Any, q: Any, absorbed: bool,
    split: bool, ratio: Any, hit: Any, slopes: Any, exponents: Any, tilts: Any,
) -> None:  # fmt: skip
    """Carry `y` and `q` from the far end to the target; `q` is left at its value there."""
    jet = len(ratio)
    y, head, gain, new = np.empty_like(q), np.empty_like(q), np.empty_like(q), np.empty_like(q)
    y[:] = 0
    y[0] = y_end
    ratio[:] = 0
    hit[:] = 0
    hit[:, 0] = 1
    exponents[:] = 0
    tilts[:] = 0
    e_ratio, e_q, inverse = 0, 0, 1.0  # the values are ratio 2^e_ratio and q 2^e_q; inverse = 2^-e_q
    s_up, unit_up = s, unit
    stretch = len(marks) - 1
    for e in range(count - 1, -1, -1):
        one = store[e]
        if absorbed and e == count - 1:
            _divide(one[E_], one[B_], y)
            _divide(one[V_], one[B_], q)
            continue
        for n in range(jet):  # Q / h of the element
            total = one[a_, n] * inverse
            for i in range(n + 1):
                total += one[B_, i] * q[n - i]
            gain[n] = total
        for n in range(jet):
            if split:
                total = one[A_, n]
                for i in range(n + 1):
                    total += one[B_, i] * y[n - i]
            else:  # 1 + s gain
                total = s_up * gain[n]
                if n > 0:
                    total += unit_up * gain[n - 1]
                else:
                    total += 1
            head[n] = total
        delta = np.exp(-falls[e])
        for n in range(jet):
            total = one[W_, n] * inverse
            if split:
                total += delta * q[n]
                for i in range(n + 1):
                    total += one[V_, i] * y[n - i] * inverse
            else:
                for i in range(n + 1):
                    total += one[E_, i] * q[n - i]
            new[n] = total
        _divide(new, head, q)
        if split:
            for n in range(jet):
                total = one[C_, n]
                for i in range(n + 1):
                    total += one[E_, i] * y[n - i]
                new[n] = total
            _divide(new, head, y)
        if e < marks[-1]:
            while stretch > 0 and e < marks[stretch - 1]:
                stretch -= 1
            tilts[stretch] += falls[e]
            _multiply(hit[stretch], head)
            if abs(hit[stretch, 0]) > _UP:
                hit[stretch] *= _DOWN
                exponents[2 + stretch] += _STEP
            _multiply(ratio, head)
            if e_q > e_ratio:
                ratio *= 2.0 ** (e_ratio - e_q)
                e_ratio = e_q
            ratio += gain * 2.0 ** (e_q - e_ratio)
            if abs(ratio[0]) > _UP:
                ratio *= _DOWN
                e_ratio += _STEP
        if abs(q[0]) > _UP or (e_q > 0 and abs(q[0]) < 1):
            shift = _STEP if abs(q[0]) > 1 else -_STEP
            factor = _UP if shift > 0 else _DOWN
            e_q += shift
            q /= factor
            inverse /= factor
            s_up *= factor
            unit_up *= factor
    exponents[0], exponents[1] = e_ratio, e_q
    slopes[0], slopes[1] = y[0], q[0]
    if not split:
        slopes[0] = s_up * q[0]


@kernel
def _multiply(a: Any, b: Any) -> None:
    """Multiply the jet `a` by `b` in place."""
    for n in range(len(a) - 1, -1, -1):
        total = a[n] * b[0]
        for i in range(n):
            total += a[i] * b[n - i]
        a[n] = total


@kernel
def _divide(a: Any, b: Any, out: Any) -> None:
    for n in range(len(out)):
        total = a[n]
        for i in range(n):
            total -= out[i] * b[n - i]
        out[n] = total / b[0]
