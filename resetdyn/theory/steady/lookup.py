"""A function of one number that takes long, tabulated once: Chebyshev polynomials on halved panels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.polynomial import chebyshev

from resetdyn._checks import FloatArray

_DEGREE = 14
_NODES: FloatArray = chebyshev.chebpts1(_DEGREE + 1)
_FIT: FloatArray = np.asarray(np.linalg.inv(chebyshev.chebvander(_NODES, _DEGREE)), dtype=np.float64)
_ROUNDING = 2e-15  # of a coefficient, relative to the largest value (at least 1)
_NOISE = 1e-9  # the same, that may be rounding of the function itself
_ENOUGH, _HALVINGS = 7, 24
_MOST = 4000  # panels at a time


class Lookup:
    """The function between the first and the last of these edges; `nan` panels are left to itself."""

    def __init__(self, function: Callable[[FloatArray], FloatArray], edges: FloatArray) -> None:
        self.function = function
        low, high = edges[:-1], edges[1:]
        found: list[tuple[FloatArray, FloatArray, FloatArray]] = []
        for halving in range(_HALVINGS):
            middle, half = (low + high) / 2, (high - low) / 2
            values = function(middle[:, None] + half[:, None] * _NODES)
            finite: Any = np.isfinite(values).all(axis=1)
            coefficients = np.where(finite[:, None], values, 0.0) @ _FIT.T
            tail = np.abs(coefficients[:, -3:]).max(axis=1)
            nothing: Any = np.all(np.isneginf(values), axis=1)
            good: Any = finite & (tail <= _ROUNDING * np.maximum(np.abs(values).max(axis=1), 1.0))
            # Where halving no longer helps, what is left is the function's own rounding.
            good |= finite & (tail <= _NOISE * np.abs(values).max(axis=1)) & (halving >= _ENOUGH)
            coefficients[~good] = np.nan
            coefficients[nothing] = -np.inf
            done = good | nothing | (halving == _HALVINGS - 1) | (len(low) > _MOST)
            found.append((low[done], high[done], coefficients[done]))
            if done.all():
                break
            more = ~done
            low, high = np.concatenate([low[more], middle[more]]), np.concatenate([middle[more], high[more]])
        low, high, coefficients = (np.concatenate([part[k] for part in found]) for k in range(3))
        order = np.argsort(low)
        self.edges = np.append(low[order], high.max())
        self.coefficients = np.ascontiguousarray(coefficients[order])

    def __call__(self, u: FloatArray) -> FloatArray:
        """Return the function's values; beyond the edges it is asked itself."""
        u = np.ascontiguousarray(u, dtype=float)
        values = _values(self.edges, self.coefficients, u.ravel()).reshape(u.shape)
        left = np.isnan(values)
        if left.any():
            values[left] = self.function(u[left])
        return values


@njit(cache=True)
def _values(edges: FloatArray, coefficients: FloatArray, u: FloatArray) -> FloatArray:
    out = np.empty(u.size)
    for n in range(u.size):
        i = np.searchsorted(edges, u[n]) - 1
        if u[n] == edges[0]:
            i = 0
        if i < 0 or i >= len(coefficients):
            out[n] = np.nan
            continue
        c = coefficients[i]
        if not np.isfinite(c[0]):
            out[n] = c[0]
            continue
        x = (2 * u[n] - edges[i] - edges[i + 1]) / (edges[i + 1] - edges[i])
        first, second = 0.0, 0.0
        for k in range(len(c) - 1, 0, -1):
            first, second = c[k] + 2 * x * first - second, first
        out[n] = c[0] + x * first - second
    return out
