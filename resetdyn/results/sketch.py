"""A histogram of numbers of any size in constant memory: bins of the same relative width everywhere.

The leading bits of a floating-point number (its exponent and the first :data:`BITS` bits of its fraction) are
the number of its bin, so each octave has ``2^BITS`` bins, whose width is at most ``2^-BITS`` of the numbers
in them.  Counts are integers: sketches merge in any order to the same bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resetdyn._checks import FloatArray

BITS = 8
# Relative width of a bin.
RESOLUTION = 2.0**-BITS
_SHIFT = 52 - BITS


class Sketch(NamedTuple):
    """Counts of positive numbers in consecutive bins.

    Attributes
    ----------
    first : int
        Number of the first bin.
    counts : (bins,) int array
        How many numbers there are in each.
    """

    first: int
    counts: NDArray[np.int64]

    @property
    def n(self) -> int:
        """How many numbers there are in all."""
        return int(self.counts.sum())

    @property
    def edges(self) -> FloatArray:
        """Edges of the bins, one more than there are bins."""
        return _low_ends(np.arange(self.first, self.first + len(self.counts) + 1))

    def merged(self, other: Sketch) -> Sketch:
        """Return the counts of both."""
        if not len(self.counts) or not len(other.counts):
            return self if len(self.counts) else other
        first = min(self.first, other.first)
        last = max(self.first + len(self.counts), other.first + len(other.counts))
        counts = np.zeros(last - first, np.int64)
        for sketch in (self, other):
            start = sketch.first - first
            counts[start : start + len(sketch.counts)] += sketch.counts
        return Sketch(first, counts)


EMPTY = Sketch(0, np.zeros(0, np.int64))


class Signed(NamedTuple):
    """Counts of numbers of either sign: below zero (by their size), at zero, above zero."""

    below: Sketch
    zeros: int
    above: Sketch

    @property
    def edges(self) -> FloatArray:
        """Edges of all bins, with one of no width at zero where zeros were counted."""
        return np.concatenate([-self.below.edges[::-1], [0.0, 0.0], self.above.edges])

    @property
    def counts(self) -> NDArray[np.int64]:
        """Counts between :attr:`edges`; the numbers next to zero are in bins of their own."""
        return np.concatenate([self.below.counts[::-1], [0, self.zeros, 0], self.above.counts])

    def merged(self, other: Signed) -> Signed:
        """Return the counts of both."""
        return Signed(
            self.below.merged(other.below), self.zeros + other.zeros, self.above.merged(other.above)
        )


NOTHING = Signed(EMPTY, 0, EMPTY)


def sketch_of(values: FloatArray) -> Sketch:
    """Return the counts of finite numbers of at least 0."""
    if not len(values):
        return EMPTY
    bins = np.ascontiguousarray(values).view(np.int64) >> _SHIFT
    first = int(bins.min())
    return Sketch(first, np.bincount(bins - first).astype(np.int64, copy=False))


def signed_sketch_of(values: FloatArray) -> Signed:
    """Return the counts of finite numbers."""
    below, above = values[values < 0], values[values > 0]
    return Signed(sketch_of(-below), len(values) - len(below) - len(above), sketch_of(above))


def share_below(counts: NDArray[np.int64], edges: FloatArray, x: FloatArray, n: int) -> FloatArray:
    """Return which share of `n` numbers is below `x`, taken as evenly spread inside a bin."""
    cumulative = np.concatenate([[0], np.cumsum(counts)])
    return np.interp(x, edges, cumulative / n)


def quantile(counts: NDArray[np.int64], edges: FloatArray, q: FloatArray, n: int) -> FloatArray:
    """Return the numbers that the shares `q` of `n` numbers are at or below (`inf`: more than there are)."""
    cumulative = np.cumsum(counts)
    ranks = q * n
    index = np.searchsorted(cumulative, ranks, side="left")
    known = np.minimum(index, len(counts) - 1)
    within = (ranks - (cumulative[known] - counts[known])) / np.maximum(counts[known], 1)
    values = edges[known] + np.clip(within, 0.0, 1.0) * (edges[known + 1] - edges[known])
    return np.where(index < len(counts), values, np.inf)


def rebinned(counts: NDArray[np.int64], edges: FloatArray, wanted: FloatArray) -> FloatArray:
    """Return the counts between other edges, each bin's taken as evenly spread inside it."""
    cumulative = np.concatenate([[0], np.cumsum(counts)])
    return np.diff(np.interp(wanted, edges, cumulative))


def _low_ends(bins: NDArray[np.int64]) -> FloatArray:
    return (bins.astype(np.int64) << _SHIFT).view(np.float64)
