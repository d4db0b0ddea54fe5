r"""First passage in any force on the line: a chain of positive transfer maps.

Let `p` be the force towards a target, and ``k = s + r`` the rate at which the motion is killed.  From the far
end inwards (primes are derivatives that way) let

    D u'' + p u' = k u,    y = u' / u,        D G'' + p G' = k G + 1,

both bounded at the far end.  With `u` equal to 1 and `G` to 0 at the start, ``u = 1 / h`` and ``G = Q / h``
at the target, where `h` is the transform of the first passage and `Q` that of the chance to be under way.
Let `q` be the slope of `G` where it is 0.  One element takes the values at its outer edge to its inner edge:

    (u, u') -> (A u + B u', C u + E u'),      (G, G') -> (A G + B G' + a, C G + E G' + g),
    y -> (C + E y) / (A + B y),               q -> (W + V y + Delta q) / (A + B y),

where ``(A, C)``, ``(B, E)`` and ``(a, g)`` are value and slope of the solutions that start as ``(1, 0)``,
``(0, 1)`` and, with the source, ``(0, 0)``; ``W' = (A - p W) / D`` and ``V' = (B - p V) / D`` start at 0, and
``Delta = exp(-int p / D)``.  All of them are positive: nothing cancels, at any rate and over any barrier, and
``M = (1 / T~ - 1) / s = Q / h`` keeps its relative accuracy at ``s = 0`` too (derived here).  Without killing
other than `s`, ``A = 1 + s a``, ``C = s W``, ``g = W`` and ``y = s q``; an absorbing far end has ``y = inf``.

Beyond the start only `y` and `q` are needed, and forget where they began.  On the way outwards, with
``rho = B / A`` and ``tau = q / Delta`` of all elements so far (``A`` scaled to 1), an end at ``(y, q)`` adds
``q / (tau (1 + rho y))`` to 1; where that is beneath rounding the mesh has gone far enough.  In each element
the force is a polynomial and the solutions are power series, whose coefficients are jets in `s`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn.theory.element import (
    A_,
    B_,
    C_,
    E_,
    G_,
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
_HUGE = 1e290
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
        swing = 4 * abs(s) - 3 * np.real(s)  # off the positive axis the series cancel
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
                y_end = 0 * s
                q_end[:] = 0
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
                force[base], n_f, kill[base], n_k, swing, diffusion, (at - middle) / half, half, limit - at,
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
                rho *= min(1.0, _HUGE / abs(rho))  # a well so deep that only a rate of 0 sees it
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
    """Carry `y` and `q` from the far end to the target, and from the start `G` and `u` as well."""
    jet = len(ratio)
    y, head, gain, new = np.empty_like(q), np.empty_like(q), np.empty_like(q), np.empty_like(q)
    source, passing = np.zeros((2, jet), q.dtype), np.zeros((2, jet), q.dtype)  # (G, G'), (u, u')
    y[:] = 0
    y[0] = y_end
    exponents[:] = 0
    tilts[:] = 0
    e_q, inverse, inverse_source = 0, 1.0, 1.0  # q is q 2^e_q; inverse = 2^-e_q
    s_up, unit_up = s, unit
    stretch = len(marks)
    for e in range(count - 1, -1, -1):
        one = store[e]
        while stretch > 0 and e < marks[stretch - 1]:
            stretch -= 1
            if stretch == len(marks) - 1:
                source[1] = q
                exponents[0], inverse_source = e_q, inverse
            else:
                hit[stretch + 1] = passing[0]
            if not split:
                for n in range(jet):
                    y[n] = s_up * q[n]
                    if n > 0:
                        y[n] += unit_up * q[n - 1]
            passing[:] = 0
            passing[0, 0] = 1
            passing[1] = y
        if absorbed and e == count - 1:
            _divide(one[E_], one[B_], y)
            _divide(one[V_], one[B_], q)
            continue
        if stretch < len(marks):
            tilts[stretch] += falls[e]
            exponents[2 + stretch] += _carry(one, passing, 0.0, new)
            shift = _carry(one, source, inverse_source, new)
            if shift > 0:
                exponents[0] += shift
                inverse_source *= _DOWN
        delta = np.exp(-falls[e])
        for n in range(jet):
            # (W + V y + Delta q) / (A + B y); without a y of its own (W + E q) / (1 + s (a + B q)).
            gain[n] = one[a_, n] * inverse
            new[n] = one[W_, n] * inverse
            for i in range(n + 1):
                gain[n] += one[B_, i] * q[n - i]
            if split:
                head[n] = one[A_, n]
                new[n] += delta * q[n]
                for i in range(n + 1):
                    head[n] += one[B_, i] * y[n - i]
                    new[n] += one[V_, i] * y[n - i] * inverse
            else:
                head[n] = s_up * gain[n]
                if n > 0:
                    head[n] += unit_up * gain[n - 1]
                else:
                    head[n] += 1
                for i in range(n + 1):
                    new[n] += one[E_, i] * q[n - i]
        _divide(new, head, q)
        if split:
            for n in range(jet):
                new[n] = one[C_, n]
                for i in range(n + 1):
                    new[n] += one[E_, i] * y[n - i]
            _divide(new, head, y)
        if abs(q[0]) > _UP or (e_q > 0 and abs(q[0]) < 1):
            shift = _STEP if abs(q[0]) > 1 else -_STEP
            factor = _UP if shift > 0 else _DOWN
            e_q += shift
            q /= factor
            inverse /= factor
            s_up *= factor
            unit_up *= factor
    hit[0] = passing[0]
    ratio[:] = source[0]
    exponents[1] = e_q
    slopes[0], slopes[1] = y[0], q[0]
    if not split:
        slopes[0] = s_up * q[0]


@kernel
def _carry(one: Any, x: Any, source: float, new: Any) -> int:
    """Carry value and slope across an element, all positive at ``s >= 0``; return by how much they shrank."""
    jet = x.shape[1]
    for n in range(jet):
        new[n] = source * one[a_, n]
        for i in range(n + 1):
            new[n] += one[A_, i] * x[0, n - i] + one[B_, i] * x[1, n - i]
    for n in range(jet - 1, -1, -1):
        total = source * one[G_, n] + one[E_, 0] * x[1, n]
        for i in range(n):
            total += one[E_, n - i] * x[1, i]
        for i in range(n + 1):
            total += one[C_, i] * x[0, n - i]
        x[1, n] = total
    x[0] = new
    if max(abs(x[0, 0]), abs(x[1, 0])) < _UP:
        return 0
    x *= _DOWN
    return _STEP


@kernel
def _divide(a: Any, b: Any, out: Any) -> None:
    for n in range(len(out)):
        total = a[n]
        for i in range(n):
            total -= out[i] * b[n - i]
        out[n] = total / b[0]
