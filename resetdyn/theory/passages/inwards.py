"""The way back along a chain: from the far end to the target, lane by lane.

See :mod:`.passages.chain` for the maps and what the letters mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn.theory.passages.element import A_, B_, C_, E_, G_, V_, W_, a_, kernel

_UP, _DOWN, _STEP = 2.0**300, 2.0**-300, 300  # exponents move in these steps


@kernel
def inwards(
    lane: int, s: Any, unit: float, count: int, marks: Any, store: Any, falls: Any, deltas: Any, y_end: Any,
    q: Any, absorbed: bool, split: bool, ratio: Any, hit: Any, slopes: Any, exponents: Any, tilts: Any,
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
            for n in range(jet):
                head[n], new[n], gain[n] = store[e, B_, n, lane], store[e, E_, n, lane], store[e, V_, n, lane]
            _divide(new, head, y)
            _divide(gain, head, q)
            continue
        if stretch < len(marks):
            tilts[stretch] += falls[e]
            exponents[2 + stretch] += _carry(store, e, lane, passing, 0.0, new)
            shift = _carry(store, e, lane, source, inverse_source, new)
            if shift > 0:
                exponents[0] += shift
                inverse_source *= _DOWN
        delta = deltas[e]
        for n in range(jet):
            # (W + V y + Delta q) / (A + B y); without a y of its own (W + E q) / (1 + s (a + B q)).
            gain[n] = store[e, a_, n, lane] * inverse
            new[n] = store[e, W_, n, lane] * inverse
            for i in range(n + 1):
                gain[n] += store[e, B_, i, lane] * q[n - i]
            if split:
                head[n] = store[e, A_, n, lane]
                new[n] += delta * q[n]
                for i in range(n + 1):
                    head[n] += store[e, B_, i, lane] * y[n - i]
                    new[n] += store[e, V_, i, lane] * y[n - i] * inverse
            else:
                head[n] = s_up * gain[n]
                if n > 0:
                    head[n] += unit_up * gain[n - 1]
                else:
                    head[n] += 1
                for i in range(n + 1):
                    new[n] += store[e, E_, i, lane] * q[n - i]
        _divide(new, head, q)
        if split:
            for n in range(jet):
                new[n] = store[e, C_, n, lane]
                for i in range(n + 1):
                    new[n] += store[e, E_, i, lane] * y[n - i]
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
def _carry(store: Any, e: int, lane: int, x: Any, source: float, new: Any) -> int:
    """Carry value and slope across an element, all positive at ``s >= 0``; return by how much they shrank."""
    jet = x.shape[1]
    for n in range(jet):
        new[n] = source * store[e, a_, n, lane]
        for i in range(n + 1):
            new[n] += store[e, A_, i, lane] * x[0, n - i] + store[e, B_, i, lane] * x[1, n - i]
    for n in range(jet - 1, -1, -1):
        total = source * store[e, G_, n, lane] + store[e, E_, 0, lane] * x[1, n]
        for i in range(n):
            total += store[e, E_, n - i, lane] * x[1, i]
        for i in range(n + 1):
            total += store[e, C_, i, lane] * x[0, n - i]
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
