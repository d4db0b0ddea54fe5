r"""The densities in time of leaving an interval at either end, tabulated once.

``f_e(t)`` is the inverse of ``T~_e(s)``.  Between two ends all of them decay like ``e^(-lambda t)`` at last
and vanish like ``e^(-d^2 / (4 D t))`` at first, so that ``log f_e`` is smooth in ``log t``: Chebyshev
interpolants on panels that are halved until they are resolved hold it, from where `f` is beneath the floats
to where it is so again.  All nodes of a generation of panels are inverted at once.
"""

from __future__ import annotations

from functools import lru_cache
from math import log
from typing import Any, Protocol

import numpy as np
from numpy.polynomial import chebyshev

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics.inversion import ComplexArray, invert
from resetdyn.theory.passages.decay import decay_of
from resetdyn.theory.passages.passage import InvertibleEnds, InvertiblePassage, Passage

_DEGREE = 16
_NODES: Any = chebyshev.chebpts1(_DEGREE + 1)
_FIT: Any = np.linalg.inv(chebyshev.chebvander(_NODES, _DEGREE))
# Logarithms of what is nothing (in units of the decay), at first and where rare ends matter; the decay times
# that are tabulated, in log t, at most and at first; where the way to the earliest times ends.
_NOTHING, _FAINTEST = -140.0, -640.0
_LAST, _FIRST, _FARTHEST = 6.4, -3.6, -240.0
# Size of the last coefficients on a panel that is resolved, and its least width.
_RESOLVED, _NARROWEST = 1e-12, 0.1


class EndInTime(Protocol):
    """What knows the density of leaving at one end."""

    def log_density(self, t: FloatArray) -> FloatArray:
        """Return the logarithm of the density; ``-inf`` where it is beneath the floats."""


@lru_cache(maxsize=64)
def ends_in_time(passage: Passage, deep: bool = False) -> tuple[EndInTime, EndInTime] | None:
    """Return the two ends as functions of time, `deep` down to all floats; None where they are not known.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> from resetdyn.theory.passages.passage import find_passage
    >>> passage = find_passage(rd.Brownian(1.0), 0.25, rd.Interval(0.0, 1.0))
    >>> low, high = ends_in_time(passage)
    >>> np.exp(low.log_density(np.array([0.1]))).round(9)
    array([1.9002315])
    """
    # Where fronts arrive, the densities are not smooth.
    fronts = any(hasattr(part, "edges") for part in (passage, *getattr(passage, "parts", ())))
    if fronts or not (isinstance(passage, InvertibleEnds) and isinstance(passage, InvertiblePassage)):
        return None
    decay = decay_of(passage)
    least = _FAINTEST if deep else _NOTHING
    return (EndTable(passage, 0, decay, least), EndTable(passage, 1, decay, least)) if decay < 0 else None


class EndTable:
    """The density of leaving at one end, from its transform; `decay` is that of being inside."""

    def __init__(self, passage: InvertibleEnds, end: int, decay: float, least: float) -> None:
        self.passage, self.end, self.decay, self.least = passage, end, decay, least
        self.edges, self.coefficients = self._panels()

    def log_density(self, t: FloatArray) -> FloatArray:
        """Return the logarithm of the density; ``-inf`` where it is beneath the floats."""
        with np.errstate(divide="ignore"):
            log_t = np.log(np.asarray(t, dtype=float))
        panel = np.clip(np.searchsorted(self.edges, log_t, side="right") - 1, 0, len(self.coefficients) - 1)
        low, high = self.edges[panel], self.edges[panel + 1]
        x = np.clip((2 * log_t - low - high) / (high - low), -1.0, 1.0)
        value = np.sum(chebyshev.chebvander(x, _DEGREE) * self.coefficients[panel], axis=-1)
        inside = (log_t >= self.edges[0]) & (log_t <= self.edges[-1])
        return np.where(inside, value + log(-self.decay), -np.inf)

    def _panels(self) -> tuple[FloatArray, FloatArray]:
        """Return edges in log t, and coefficients, of panels that are resolved."""
        slow = -log(-self.decay)
        low = slow + np.arange(_FIRST, _LAST)
        high = low + 1.0
        values = self._values(low, high)
        while values[0, 0] > self.least and low[0] > slow + _FARTHEST:
            low, high = np.append(low[0] - 1.0, low), np.append(low[0], high)
            values = np.concatenate([self._values(low[:1], high[:1]), values])
        seen = values > self.least
        low, high, values = self._trimmed(low, high, values, seen)
        kept: list[tuple[FloatArray, FloatArray, FloatArray]] = []
        while len(low):
            coefficients = values @ _FIT.T
            tail = np.max(np.abs(coefficients[:, -2:]), axis=1)
            done = (tail <= _RESOLVED * (1 + np.max(np.abs(values), axis=1))) | (high - low <= _NARROWEST)
            kept.append((low[done], high[done], coefficients[done]))
            low, high = low[~done], high[~done]
            middle = (low + high) / 2
            low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
            values = self._values(low, high) if len(low) else values[:0]
        low, high, coefficients = (np.concatenate(part) for part in zip(*kept, strict=True))
        order = np.argsort(low)
        return np.append(low[order], high[order[-1]]), coefficients[order]

    def _trimmed(
        self, low: FloatArray, high: FloatArray, values: FloatArray, seen: Any
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the panels, cut to where there is something at all their nodes."""
        kept = seen.any(axis=1)
        low, high, values, seen = low[kept], high[kept], values[kept], seen[kept]
        for i in np.flatnonzero(~seen.all(axis=1)):
            nodes = (low[i] + (high[i] - low[i]) * (1 + _NODES) / 2)[seen[i]]
            if not seen[i, 0]:
                low[i] = nodes[0]
            if not seen[i, -1]:
                high[i] = nodes[-1]
            values[i] = self._values(low[i : i + 1], high[i : i + 1])[0]
        return low, high, values

    def _values(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Return the logarithm of the density at the nodes of panels: shape ``(panels, nodes)``."""
        times = np.exp(low[:, None] + (high - low)[:, None] * (1 + _NODES) / 2)

        def transform(s: ComplexArray) -> ComplexArray:
            return self.passage.end_transform(s, self.end) / -self.decay

        values = np.asarray(invert(transform, times, self.decay))
        return np.log(np.maximum(values, np.exp(self.least)))
