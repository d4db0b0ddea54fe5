r"""What a density on the line, and atoms beside it, give: expectations of any function.

The density is tabulated once, by Legendre polynomials on panels that shrink towards every mark (a kink, or
where the bulk lies), grow outwards by powers until it has become negligible, and are halved where it asks
for it.  A function then costs its own values only; its quadrature halves the panels where the function asks
for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any

import numpy as np
from numpy.polynomial import legendre

from resetdyn._checks import FloatArray
from resetdyn.theory.steady.panels import integrate

Values = Callable[[FloatArray], FloatArray]

_GROWTH = 4.0
_INWARDS, _OUTWARDS = 15, 400
_BATCH = 4
_GONE = 1e-26  # mass per panel that is left out
_POINTS = 16
_NODES: FloatArray = legendre.leggauss(_POINTS)[0]
_FIT: FloatArray = np.asarray(np.linalg.inv(legendre.legvander(_NODES, _POINTS - 1)), dtype=np.float64)
_SETTLED = 4e-12  # of the last coefficients, relative to the largest value on the panel
_COARSE, _LITTLE = 1e-6, 1e-17  # the same where the panel holds so little, and mass
_DEEPEST, _MOST = 20, 1000


@dataclass(frozen=True)
class LineLaw:
    """A law on the line.

    Attributes
    ----------
    density : callable
        Density of the continuous part at an array of places.
    marks : tuple of float
        Kinks, and where the bulk is.
    scale : float
        A length of the order of its width.
    low, high : float
        Ends.
    atoms : tuple of (float, float)
        Places and probabilities beside the density.
    inwards : int
        How many times the panels shrink towards each mark by themselves.
    noise : float
        What may be rounding of the density.
    """

    density: Values
    marks: tuple[float, ...]
    scale: float
    low: float = -inf
    high: float = inf
    atoms: tuple[tuple[float, float], ...] = ()
    inwards: int = _INWARDS
    noise: float = 0.0

    def expect(self, function: Callable[[Any], Any]) -> float:
        """Return the expectation of a function of one number."""
        return self.average(
            lambda x: np.array([float(function(v)) for v in x.ravel().tolist()]).reshape(x.shape)
        )

    def average(self, function: Values) -> float:
        """Return the expectation of a function of arrays of any shape."""
        atoms = sum(weight * float(function(np.array([place]))[0]) for place, weight in self.atoms)
        return self._integral(lambda x, p: function(x) * p) + atoms

    def mean_log(self, at: float) -> float:
        """Return the mean of the logarithm of the density over that at one place."""
        there = float(self.density(np.array([at]))[0])
        return self._integral(lambda x, p: p * np.log(np.maximum(p, 1e-300) / there))

    def _integral(self, function: Callable[[FloatArray, FloatArray], FloatArray]) -> float:
        """Return the integral of a function of the place and the density."""
        low, high, coefficients = self._table
        middle, half = (low + high) / 2, (high - low) / 2

        def along(panels: Any, x: FloatArray) -> FloatArray:
            local = (x - middle[panels]) / half[panels]
            p = legendre.legval(local, np.moveaxis(coefficients[panels], -1, 0), tensor=False)
            return np.asarray(function(x, p))

        return float(np.sum(integrate(along, low, high, np.arange(len(low)), len(low), together=True)[0]))

    def mean_and_variance(self) -> tuple[float, float]:
        """Return the first two central moments."""
        centre = self.marks[0]
        mean = centre + self.average(lambda x: x - centre)
        return mean, self.average(lambda x: (x - mean) ** 2)

    @cached_property
    def _table(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Panels and the coefficients of the density on them."""
        edges = self._edges()
        low, high = edges[:-1], edges[1:]
        found: list[tuple[FloatArray, ...]] = []
        for depth in range(_DEEPEST):
            half = (high - low)[:, None] / 2
            places = low[:, None] + half * (1 + _NODES)
            values = self.density(places.ravel()).reshape(places.shape)
            coefficients = values @ _FIT.T
            largest = np.abs(values).max(axis=1)
            tail = np.abs(coefficients[:, -3:]).max(axis=1)
            done = tail <= np.maximum(_SETTLED * largest, self.noise)
            done |= (tail <= _COARSE * largest) & (tail * half[:, 0] <= _LITTLE)
            done |= (largest * half[:, 0] <= _GONE) | (depth == _DEEPEST - 1) | (len(low) > _MOST)
            found.append((low[done], high[done], coefficients[done]))
            if done.all():
                break
            more, middle = ~done, (low + high) / 2
            low, high = np.concatenate([low[more], middle[more]]), np.concatenate([middle[more], high[more]])
        a, b, c = (np.concatenate([part[k] for part in found]) for k in range(3))
        return a, b, c

    def _edges(self) -> FloatArray:
        """Return the edges of panels that cover the law."""
        span = (max(self.marks) - min(self.marks)) / self.scale
        most = np.log(max(span, 1.0)) / np.log(_GROWTH)
        inside = self.scale * _GROWTH ** np.arange(-float(self.inwards), most + 1)
        edges = [np.array([m for m in (*self.marks, self.low, self.high) if abs(m) < inf])]
        for mark in self.marks:
            edges += [mark - inside, mark + inside]
        edges += [self._outwards(-1.0, min(self.marks)), self._outwards(1.0, max(self.marks))]
        merged = np.unique(np.concatenate(edges))
        return merged[(merged >= self.low) & (merged <= self.high)]

    def _outwards(self, side: float, mark: float) -> FloatArray:
        """Return edges from `mark` outwards, until two in a row have nothing beyond them."""
        end = self.high if side > 0 else self.low
        places: list[float] = []
        for first in range(1, _OUTWARDS, _BATCH):
            steps = self.scale * _GROWTH ** np.arange(first, first + _BATCH)
            batch: FloatArray = np.asarray(mark + side * steps, dtype=np.float64)
            batch = batch[side * batch <= side * end]
            places += batch.tolist()
            if len(batch) < _BATCH:
                break
            gone = np.asarray(self.density(batch) * steps) <= _GONE
            if np.any(gone[1:] & gone[:-1]):
                break
        return np.array(places)
