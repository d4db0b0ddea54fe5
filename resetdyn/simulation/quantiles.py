r"""Numbers with any law, for compiled loops: its quantile function as a table.

A number with the law `F` is ``F^-1(u)``.  With a fair coin for the half and an exponential number `E` within
it, ``u = exp(-E) / 2`` or ``1 - u = exp(-E) / 2``, both tails are reached as far as the floats go, and the
quantile is smooth in `E`: linear for an exponential tail, exponential for a power law.  In between nodes it
is a cubic with the slopes of a spline, held to what keeps it monotone (Fritsch and Carlson, SIAM J. Numer.
Anal. 17, 238 (1980)).  Cells are cut in two until the cubic is right to 1e-6 (of the quantile, or 1e-9 of the
spread) inside, or until they hold less than 1e-9 of all draws: a jump of the quantile, as at a gap in the
support or between atoms, is as good as exact.
Draws beyond ``E = 32`` (one in 1e14) follow the last cell's slope.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.simulation.kernel import State, kernel
from resetdyn.simulation.variates import bits, exponential

_WIDTH = 0.125  # of a cell of the index
_CELLS = 256  # 32 / _WIDTH
_ACCURACY = 1e-7
_OF_SPREAD = 1e-10
_RARE = 1e-9
_CUT = 0.4  # off the middle, where errors of the two slopes cancel
_CUTS = 60

_ONE = np.uint64(1)


class Quantiles(NamedTuple):
    """Nodes in `E` of the lower half, then of the upper; the cubic from each; the first cell of each index.

    Cells end at the next node, the last of each half at infinity.
    """

    starts: FloatArray
    ends: FloatArray
    cubics: FloatArray
    index: Any
    low: float
    high: float


NO_QUANTILES = Quantiles(
    np.empty(0), np.empty(0), np.empty((0, 4)), np.empty((2, 0), np.int64), -math.inf, math.inf
)


@kernel
def draw(state: State, law: Quantiles) -> float:
    """Return a number with the law."""
    e = exponential(state)
    half = np.int64(bits(state) & _ONE)
    k = law.index[half, min(int(e / _WIDTH), _CELLS - 1)]
    while e >= law.ends[k]:
        k += 1
    t = e - law.starts[k]
    value = law.cubics[k, 0] + t * (law.cubics[k, 1] + t * (law.cubics[k, 2] + t * law.cubics[k, 3]))
    return min(max(value, law.low), law.high)


@lru_cache(maxsize=64)
def quantiles_of(law: Any) -> Quantiles:
    """Return the table of a frozen distribution.

    Raises
    ------
    ValueError
        If the distribution does not give its quantiles.
    """
    spread = float(law.ppf(0.75) - law.ppf(0.25))
    low, high = (float(end) for end in law.support())
    lower = _refined(lambda e: law.ppf(np.exp(-e) / 2), spread, low, high)
    upper = _refined(lambda e: law.isf(np.exp(-e) / 2), spread, low, high)
    return tabulated(lower, upper, low, high)


def tabulated(
    lower: tuple[FloatArray, FloatArray], upper: tuple[FloatArray, FloatArray], low: float, high: float
) -> Quantiles:
    """Return the table through the nodes ``(E, quantile)`` of both halves, which begin at ``E = 0``."""
    starts, ends, cubics, index = [], [], [], []
    first = 0
    for nodes, values in (lower, upper):
        cubic = monotone(nodes, values).c[::-1].T
        last = np.array([[values[-1], (values[-1] - values[-2]) / (nodes[-1] - nodes[-2]), 0.0, 0.0]])
        starts.append(nodes)
        ends.append(np.append(nodes[1:], np.inf))
        cubics.append(np.concatenate([cubic, last]))
        index.append(first + np.searchsorted(nodes, np.arange(_CELLS) * _WIDTH, side="right") - 1)
        first += len(nodes)
    return Quantiles(
        np.concatenate(starts),
        np.concatenate(ends),
        np.ascontiguousarray(np.concatenate(cubics)),
        np.array(index, np.int64),
        low,
        high,
    )


def monotone(x: FloatArray, y: FloatArray) -> Any:
    """Return a piecewise cubic through the points that rises, or falls, where they do."""
    from scipy.interpolate import CubicHermiteSpline, CubicSpline  # as late as that: it is slow to import

    chords = np.diff(y) / np.diff(x)
    slopes = CubicSpline(x, y).derivative()(x)
    least = 3 * np.minimum(np.abs(np.append(chords[:1], chords)), np.abs(np.append(chords, chords[-1:])))
    sign = 1.0 if y[-1] >= y[0] else -1.0
    return CubicHermiteSpline(x, y, sign * np.clip(sign * slopes, 0.0, least))


def _refined(
    quantile: Callable[[FloatArray], Any], spread: float, low: float, high: float
) -> tuple[FloatArray, FloatArray]:
    """Return nodes and values between which the cubic is right."""

    def values_at(e: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            values = np.asarray(quantile(e), dtype=float)
        if np.any(np.isnan(values)):
            raise ValueError("law: its quantiles (ppf, isf) are not numbers; give one that knows them")
        return np.clip(values, max(low, -1e300), min(high, 1e300))

    nodes: Any = np.arange(_CELLS + 1) * _WIDTH
    values = values_at(nodes)
    falling = values[-1] < values[0]
    settled = np.zeros(len(nodes) - 1, dtype=bool)
    for _ in range(_CUTS):
        inside = (nodes[:-1] + _CUT * np.diff(nodes))[~settled]
        if not inside.size:
            break
        exact = values_at(inside)
        off = np.abs(monotone(nodes, values)(inside) - exact)
        mass = np.exp(-nodes[:-1]) * -np.expm1(-np.diff(nodes)) / 2
        fine = (off <= _ACCURACY * np.abs(exact) + _OF_SPREAD * spread) | (mass[~settled] < _RARE)
        settled[~settled] = fine
        # A cell that is cut is two unsettled ones; a settled one stays.
        at = np.flatnonzero(~settled)
        nodes = np.insert(nodes, at + 1, inside[~fine])
        values = np.insert(values, at + 1, exact[~fine])
        settled = np.insert(settled, at + 1, False)
    ordered: FloatArray = np.minimum.accumulate(values) if falling else np.maximum.accumulate(values)
    return nodes, ordered
