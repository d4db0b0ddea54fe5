r"""Integrals over the line for many places at once, of functions with peaks of any width.

Gauss's rule on panels that are halved until nothing changes.  A density far out in its tail is an integral
over the age (or the origin) of ``exp(g)`` whose peak may be a thousand times narrower than the grid; but its
logarithm `g` rises towards the peak from afar.  `log_integral` therefore climbs to every maximum of `g` by
golden sections, lets the panels shrink towards it, and integrates ``exp(g - max g)``: its relative accuracy
does not depend on how small the result is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray

Rows = Any  # which of the integrals, an int array
Function = Callable[[Rows, FloatArray], FloatArray]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_EPS = float(np.finfo(float).eps)
_SETTLED = 1e-12  # relative to the integral of the modulus
_TOGETHER = 0.1  # the same for one of many
_FAINT = 1e-16  # the same, of a panel that is not looked at again
_HALVINGS = 48
_MOST_PANELS = 60_000
_NEGLIGIBLE = 40.0  # in the exponent
_GOLDEN = (np.sqrt(5.0) - 1) / 2
_SECTIONS = 58
_SHRINK: FloatArray = 8.0 ** -np.arange(13.0, dtype=np.float64)


def integrate(
    function: Function, low: FloatArray, high: FloatArray, rows: Rows, count: int, together: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Return `count` integrals and estimates of their errors.

    Parameters
    ----------
    function : callable
        Maps rows ``(m, 1)`` and places ``(m, 16)`` to values.
    low, high : (m,) arrays
        Panels to begin with.
    rows : (m,) int array
        Which integral each panel is part of.
    count : int
        How many integrals there are.
    together : bool
        Whether only their sum is asked for, so that small ones need not be right to their own digits.
    """

    def gauss(low: FloatArray, high: FloatArray, rows: Rows) -> FloatArray:
        half = (high - low)[:, None] / 2
        return np.asarray(
            (function(rows[:, None], low[:, None] + half * (1 + _NODES)) @ _WEIGHTS) * half[:, 0]
        )

    def gathered(rows: Rows, values: FloatArray) -> FloatArray:
        return np.bincount(rows, values, count).astype(float)

    whole = gauss(low, high, rows)
    faint = np.abs(whole) < _FAINT * gathered(rows, np.abs(whole))[rows]
    total, size = gathered(rows[faint], whole[faint]), gathered(rows[faint], np.abs(whole[faint]))
    error = size.copy()
    low, high, whole, rows = (part[~faint] for part in (low, high, whole, rows))
    for halving in range(_HALVINGS):
        middle = (low + high) / 2
        left, right = gauss(low, middle, rows), gauss(middle, high, rows)
        change = np.abs(left + right - whole)
        now = size + gathered(rows, np.abs(left) + np.abs(right))
        done = change <= _SETTLED * (_TOGETHER * now.sum() if together else now[rows])
        if halving == _HALVINGS - 1 or (len(low) > _MOST_PANELS and halving > 3):
            done[:] = True
        total += gathered(rows[done], (left + right)[done])
        size += gathered(rows[done], (np.abs(left) + np.abs(right))[done])
        error += gathered(rows[done], change[done]) / 16
        if done.all():
            break
        more = ~done
        low, high = np.concatenate([low[more], middle[more]]), np.concatenate([middle[more], high[more]])
        whole, rows = np.concatenate([left[more], right[more]]), np.concatenate([rows[more], rows[more]])
    return total, error + 8 * _EPS * size


def log_integral(log_f: Function, grid: FloatArray) -> FloatArray:
    """Return the logarithms of the integrals of ``exp(log_f)``, one for each row of the grid.

    Parameters
    ----------
    log_f : callable
        Maps rows and places, arrays of one shape or that broadcast, to logarithms (`-inf` is allowed).
    grid : (n, m) array
        Increasing places in each row, the first and the last being the ends.  The function is smooth between
        them, and between two neighbours it has one maximum at most.
    """
    count, size = grid.shape
    g = log_f(np.arange(count)[:, None], grid)
    padded = np.pad(g, ((0, 0), (1, 1)), constant_values=-np.inf)
    row, at = np.nonzero((g >= padded[:, :-2]) & (g > padded[:, 2:]))
    before, after = grid[row, np.maximum(at - 1, 0)], grid[row, np.minimum(at + 1, size - 1)]
    summit = _climb(log_f, row, before, after)
    around = np.concatenate(
        [
            summit[:, None] - (summit - before)[:, None] * _SHRINK,
            summit[:, None] + (after - summit)[:, None] * _SHRINK,
            grid[row, at][:, None],
        ],
        axis=1,
    )
    around.sort(axis=1)
    near = log_f(row[:, None], around)
    top = g.max(axis=1)
    np.maximum.at(top, row, near.max(axis=1))

    floor = top - _NEGLIGIBLE
    plain = np.maximum(g[:, :-1], g[:, 1:]) > floor[:, None]
    plain[row, np.maximum(at - 1, 0)] = False
    plain[row, np.minimum(at, size - 2)] = False
    i, j = np.nonzero(plain)
    k, m = np.nonzero(
        (np.maximum(near[:, :-1], near[:, 1:]) > floor[row][:, None]) & (around[:, 1:] > around[:, :-1])
    )
    low = np.concatenate([grid[i, j], around[k, m]])
    high = np.concatenate([grid[i, j + 1], around[k, m + 1]])
    rows = np.concatenate([i, row[k]])

    def scaled(rows: Rows, u: FloatArray) -> FloatArray:
        with np.errstate(under="ignore"):
            return np.asarray(np.exp(np.minimum(log_f(rows, u) - top[rows], _NEGLIGIBLE)))

    if not len(low):
        return np.full(count, -np.inf)
    value = integrate(scaled, low, high, rows, count)[0]
    with np.errstate(divide="ignore"):
        return np.where(value > 0, np.log(value) + np.where(np.isfinite(top), top, 0.0), -np.inf)


def _climb(log_f: Function, rows: Rows, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return where the function is largest between `low` and `high`, by golden sections."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = log_f(rows, left), log_f(rows, right)
    for _ in range(_SECTIONS):
        up = at_right > at_left
        low, high = np.where(up, left, low), np.where(up, high, right)
        new = np.where(up, low + _GOLDEN * (high - low), high - _GOLDEN * (high - low))
        value = log_f(rows, new)
        left, at_left, right, at_right = (
            np.where(up, right, new),
            np.where(up, at_right, value),
            np.where(up, new, left),
            np.where(up, value, at_left),
        )
    return (low + high) / 2
