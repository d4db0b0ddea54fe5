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

from resetdyn.theory.passages.element import (
    A_,
    B_,
    C_,
    E_,
    LANES,
    LONGER,
    MORE,
    PAD,
    TERMS,
    W_,
    element,
    kernel,
    length,
    local,
    needed,
    settled,
    settled_jets,
    taylor,
)  # fmt: skip
from resetdyn.theory.passages.inwards import inwards

# How the chain ended: it needs a longer mesh, or room for more elements.
DONE, TOO_SHORT, FULL = 0, 1, 2
# What is at the far end of the mesh: more to come, a reflecting wall, an absorbing one, the end of the line
# (where the solution that settles at once is right).
OPEN, REFLECTING, ABSORBING, SETTLED = 0, 1, 2, 3

_SMALL = 1e-18
_HUGE = 1e290


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
    n_rates, jets = len(rates), ratio.shape[1]
    n_base, width = force.shape[0], max(force.shape[1], kill.shape[1])
    used = 8 if varying else 5 if split else 4
    rows = PAD + TERMS + MORE + LONGER * jets + 1
    work = np.zeros((jets, rows, (3 if varying else 2) * LANES), rates.dtype)
    singles = np.zeros((jets, rows, (2 if varying else 1) * LANES), rates.dtype)
    kappa, s = np.empty(work.shape[2], rates.dtype), np.empty(LANES, rates.dtype)
    sums = np.empty((2, work.shape[2]), rates.dtype)
    inverses, bound = 1 / np.arange(1.0, rows + 1), np.empty(rows)
    store = np.empty((room, 8, jets, LANES), rates.dtype)
    # The elements so far, which serve all rates of about the same size.
    lengths, falls, deltas, outer = np.empty(room), np.empty(room), np.empty(room), np.empty((room, 3))
    counts = np.empty((room, 3), np.int64)
    fs, ks = np.zeros((room, width)), np.zeros((room, width))
    marks = np.empty(len(stops), np.int64)
    rho, tau_y, tau_q = (
        np.empty(LANES, rates.dtype),
        np.empty(LANES, rates.dtype),
        np.empty(LANES, rates.dtype),
    )
    y_end, q_end = np.empty(LANES, rates.dtype), np.empty((LANES, jets), rates.dtype)
    reach = np.empty(LANES, np.int64)
    slow = diffusion / stops[-1] ** 2
    if not 0 < slow < np.inf:
        slow = 1.0
    done, swing, size, planned, base, stop = 0, -1.0, -1.0, 0, 0, 0
    at, h = 0.0, edges[1]
    while done < n_rates:
        if _bound(_swing(rates[done]), slow) != swing or _bound(abs(rates[done]), slow) != size:
            swing, size = _bound(_swing(rates[done]), slow), _bound(abs(rates[done]), slow)
            planned, base, stop, at, h = 0, 0, 0, 0.0, edges[1]
            marks[:] = room + 1
        lanes = 1
        while (
            lanes < LANES and done + lanes < n_rates and _bound(_swing(rates[done + lanes]), slow) == swing
            and _bound(abs(rates[done + lanes]), slow) == size
        ):  # fmt: skip
            lanes += 1
        for c in range(LANES):
            s[c] = rates[done + min(c, lanes - 1)]
        rho[:], tau_y[:], tau_q[:], reach[:], q_end[:] = 0, 0, 0, -1, 0
        y_end[:] = 0
        count, going = 0, lanes
        while going > 0:
            if count == planned:
                while stop < len(stops) and at >= stops[stop]:
                    marks[stop] = planned
                    stop += 1
                outside = stop == len(stops)
                if base == n_base:
                    if end == OPEN or not outside:
                        return TOO_SHORT, done
                    break
                if planned == room:
                    return FULL, done
                low, high = edges[base], edges[base + 1]
                half, middle = (high - low) / 2, (high + low) / 2
                n_f, n_k = degrees[base, 0], degrees[base, 1]
                limit = high if outside else min(high, stops[stop])
                f, k = fs[planned], ks[planned]
                h = length(
                    force[base], n_f, kill[base], n_k, swing, diffusion, (at - middle) / half, half,
                    limit - at, 2 * h, f, k,
                )  # fmt: skip
                last = at + 1.0000001 * h >= limit
                above = limit if last else at + h
                h = above - at
                place = (above - middle) / half
                m_f = taylor(force[base], n_f, place, -h / half, h / diffusion, f)
                m_k = 0
                if varying:
                    m_k = 1 + taylor(kill[base], n_k, place, -h / half, h * h / diffusion, k)
                fall = 0.0
                for i in range(m_f + 1):
                    fall += f[i] / (i + 1)
                lengths[planned], falls[planned], deltas[planned] = h, fall, np.exp(-fall)
                terms = needed(f, m_f, k, m_k, size * h * h / diffusion, bound)
                counts[planned, 0], counts[planned, 1], counts[planned, 2] = m_f, m_k, terms
                p, dp, r = local(force[base], kill[base], degrees[base], place, half)
                outer[planned, 0], outer[planned, 1], outer[planned, 2] = p, dp, r
                at = above
                if last and above == high:
                    base += 1
                planned += 1
            element(
                fs[count], counts[count, 0], ks[count], counts[count, 1], s, unit, lengths[count], diffusion,
                used, counts[count, 2], work, singles, kappa, inverses, sums,
                store[count],
            )  # fmt: skip
            if count >= marks[-1] and end != ABSORBING:
                # Does what is further out still matter?
                one, delta = store[count], deltas[count]
                p, dp, r = outer[count]
                for c in range(lanes):
                    if reach[c] >= 0:
                        continue
                    head = one[A_, 0, c] + rho[c] * one[C_, 0, c]
                    rho[c] = (one[B_, 0, c] + rho[c] * one[E_, 0, c]) / head
                    # A well so deep that only a rate of 0 sees it.
                    if abs(rho[c]) > _HUGE:
                        rho[c] *= _HUGE / abs(rho[c])
                    tau_y[c] = (tau_y[c] + one[C_, 0, c] / head) * (head * head / delta)
                    tau_q[c] = (tau_q[c] + one[W_, 0, c] / head) * (
                        head / delta if varying else head * head / delta
                    )
                    y, q = settled(s[c], diffusion, p, dp, r)
                    damped = abs(1 + rho[c] * y)
                    share = abs(q) / (damped * abs(tau_q[c]))
                    if varying and y != 0:
                        share = max(share, abs(y) / damped / abs(tau_y[c]))
                    if share < _SMALL:
                        reach[c], y_end[c], q_end[c, 0] = count + 1, y, q
                        settled_jets(s[c], unit, diffusion, p, dp, r, q_end[c])
                        going -= 1
            count += 1
        for c in range(lanes):
            absorbed = reach[c] < 0 and end == ABSORBING
            if reach[c] < 0:
                reach[c] = count
                if end == SETTLED:
                    p, dp, r = outer[count - 1]
                    y_end[c], q_end[c, 0] = settled(s[c], diffusion, p, dp, r)
                    settled_jets(s[c], unit, diffusion, p, dp, r, q_end[c])
            i = done + c
            inwards(
                c, s[c], unit, reach[c], marks, store, falls, deltas, y_end[c], q_end[c], absorbed, split,
                ratio[i], hit[i], slopes[i], exponents[i], tilts,
            )  # fmt: skip
        done += lanes
    return DONE, n_rates


@kernel
def _swing(s: Any) -> float:
    """Return the size that counts for the length of an element: off the positive axis the series cancel."""
    return 4 * abs(s) - 3 * np.real(s)


@kernel
def _bound(size: float, slow: float) -> float:
    """Return a bound of a size that all of about this size have: slow rates hardly shape the elements."""
    if size == 0:
        return 0.0
    powers = np.log2(size) - np.log2(slow)
    step = 6 if powers <= 0 else 2
    return slow * 2.0 ** (step * np.ceil(powers / step))
