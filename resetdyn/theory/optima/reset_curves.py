r"""The mean as a function of the one parameter of a reset: rate, period, probability, or a user's own.

Poisson resetting from `x` to `y`, with a mean pause `c` after each reset, has

    <T> = M_x (1 + r c) (1 + r M_y) / (1 + r M_x),

whose slope is known (Evans and Majumdar, PRL 106, 160601 (2011); :mod:`.resetting.renewal`).  A fixed
period `p` has ``<T> = A_x + Q_x (A_y + c) / F_y``, with `A` the integral of the survival probability `Q` over
the period and ``F = 1 - Q``; without pause and to the start, its slope vanishes where the hazard is one over
the mean, ``f A = Q F`` (Pal and Reuveni, PRL 118, 030603 (2017)).  Everything else is solved point by point.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from math import exp, inf, isfinite, isinf, log, log1p, log10, nan
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.results import FirstPassageResult
from resetdyn.theory.numerics.minimum import LOGARITHMIC, PLAIN, Chart
from resetdyn.theory.passages.law import LawPassage
from resetdyn.theory.passages.passage import Passage
from resetdyn.theory.resetting import renewal
from resetdyn.theory.resetting.renewal import LOG_MAX

_EPS = float(np.finfo(float).eps)
# Points in a decade of a rate whose slope is known, and of a parameter whose values alone are.
_SLOPES, _VALUES = 8, 4
# A trial that succeeds so rarely is too short, whatever its slope.
_RARE = 1e-150
# Periods in a decade, whose panels Gauss's rule with this many nodes integrates to rounding, and what comes
# before the first of them, in its units.
_PERIODS = 6
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_FIRST: FloatArray = np.geomspace(1e-8, 1e-1, 8)
# How many times the relative error of a mean that of its logarithmic slope may be.
_SAFETY = 12.0
# Error of a density that is taken by differences, or by inversion.
_DIFFERENCED = 1e-12
# Least error of the logarithm of a mean that is solved.
_LEAST = 1e-14


class PoissonCurve:
    """Log of the mean over the rate, with its exact slope."""

    chart = LOGARITHMIC
    sloped = True

    def __init__(self, start: Passage, to: Passage, pause: float = 0.0) -> None:
        self.start, self.to, self.pause = start, to, pause
        self.precision = max(start.precision, to.precision)
        low, high = start.rates()
        if to is not start:
            others = to.rates()
            low, high = min(low, others[0]), max(high, others[1])
        self.low = min(low, 1e-2 / pause) if pause else low
        self.high = high

    def part(self, low: float, high: float) -> PoissonCurve:
        """Return the same curve, scanned over other rates."""
        other = copy(self)
        other.low, other.high = low, high
        return other

    def scan(self) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """Return values and slopes at all points."""
        count = int(_SLOPES * log10(self.high / self.low)) + 2
        points = np.linspace(log(self.low), log(self.high), count)
        rates = np.exp(points)
        x = self.start.log_mean_many(rates, 1)
        y = x if self.to is self.start else self.to.log_mean_many(rates, 1)
        slopes = self._slope(rates, x, y)
        slopes[np.abs(rates * slopes) < 4 * self.precision] = 0.0  # flat to rounding
        waited = np.log1p(rates * self.pause)
        if self.to is self.start:
            return points, x[0] + waited, slopes
        return points, renewal.log_mean_from(rates, x[0], y[0], waited, waited), slopes

    def log_mean(self, rate: float) -> float:
        """Return the logarithm of the mean; `inf` where it diverges."""
        x = self.start.log_mean(rate, 0)[0]
        if rate == 0:
            return x
        waited = log1p(rate * self.pause)
        if self.to is self.start:
            return x + waited
        return float(renewal.log_mean_from(rate, x, self.to.log_mean(rate, 0)[0], waited, waited))

    def noise(self, rate: float, log_mean: float) -> float:
        """Return the error of ``rate * slope``: the slope is made of terms of the order of the mean."""
        return _SAFETY * self.precision * exp(min(log(rate) + log_mean, 0.0))

    def slope(self, rate: float) -> float:
        """Return d log(mean) / d rate at a rate above 0."""
        x = self.start.log_mean(rate, 1)
        y = x if self.to is self.start else self.to.log_mean(rate, 1)
        return float(self._slope(rate, x, y))

    def slope_at_0(self) -> float:
        """Return d log(mean) / d rate without resetting; `-inf` where a moment that it needs diverges."""
        x = self.start.log_mean(0.0, 1)
        if isinf(x[0]):
            return -inf
        slope = (x[1] if isfinite(x[1]) else -inf) + self.pause
        if self.to is self.start:
            return slope
        m_x, m_y = (exp(min(log_mean, LOG_MAX)) for log_mean in (x[0], self.to.log_mean(0.0, 0)[0]))
        return inf if m_y >= exp(LOG_MAX) > m_x else slope + m_y - m_x

    def _slope(self, rate: Any, x: Any, y: Any) -> Any:
        waited = self.pause / (1 + rate * self.pause)
        if self.to is self.start:
            return x[1] + waited
        hit_x, hit_y = (np.exp(-np.logaddexp(0.0, np.log(rate) + m[0])) for m in (x, y))
        return x[1] * hit_x + y[1] * (1 - hit_y) + (hit_x - hit_y) / rate + waited


class SharpCurve:
    """Log of the mean over the period, where the survival probability and its density are known.

    The integrals over the period are summed up panel by panel once, and continued from the last panel's end.
    """

    chart = LOGARITHMIC
    sloped = True

    def __init__(self, start: Any, to: Any, periods: tuple[float, float], pause: float = 0.0) -> None:
        self.start, self.to, self.pause = start, to, pause
        self.precision = 8 * _EPS if isinstance(start, LawPassage) else _DIFFERENCED
        self.low, self.high = periods

    def part(self, low: float, high: float) -> SharpCurve:
        """Return the same curve, scanned over other periods."""
        return SharpCurve(self.start, self.to, (low, high), self.pause)

    @cached_property
    def _ends(self) -> FloatArray:
        """The ends of the panels: the periods to look at, and all places where a law is not smooth."""
        edges = [
            e for p in (self.start, self.to) for e in getattr(p, "edges", ()) if self.low < e < self.high
        ]
        count = int(_PERIODS * np.log10(self.high / self.low)) + 2
        return np.unique([*np.geomspace(self.low, self.high, count), *edges])

    @cached_property
    def _areas(self) -> dict[Any, FloatArray]:
        """The integrals of the survival probability up to the ends of the panels."""
        ends = np.concatenate([[0.0], self.low * _FIRST, self._ends])
        half = np.diff(ends)[:, None] / 2
        t = ends[:-1, None] + half * (1 + _NODES)
        out = {}
        for passage in {self.start, self.to}:
            alive = passage.survival(t.ravel()).reshape(t.shape)
            out[passage] = np.cumsum((alive @ _WEIGHTS) * half[:, 0])[len(_FIRST) :]
        return out

    def scan(self) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """Return the values at all points."""
        ends = self._ends
        log_mean = _sharp_log_mean(
            self._areas[self.start],
            self.start.survival(ends),
            self._areas[self.to] + self.pause,
            self.to.log_reached(ends),
        )
        return np.log(ends), log_mean, None

    def log_mean(self, period: float) -> float:
        """Return the logarithm of the mean, also where the mean is beyond the floats."""
        area, alive, _, later, _, _ = self._parts(period)
        log_hit = self.to.log_reached(np.array([period]))
        return float(_sharp_log_mean(area, alive, later + self.pause, log_hit)[0])

    def noise(self, period: float, log_mean: float) -> float:
        """Return the error of ``period * slope``."""
        return _SAFETY * self.precision

    def slope(self, period: float) -> float:
        """Return d log(mean) / d period; just its sign where hardly a trial ends within the period."""
        area, alive, rate, later, hit, again = self._parts(period)
        if hit < _RARE:
            return -1.0
        if self.to is self.start and self.pause == 0:
            return (alive * hit - rate * area) / (area * hit)
        wait = later + self.pause
        change = alive - rate * wait / hit + alive * (1 - hit) / hit - alive * wait * again / hit**2
        return change / (area + alive * wait / hit)

    def _parts(self, period: float) -> tuple[float, float, float, float, float, float]:
        area, alive, rate, hit = self._one(self.start, period)
        later, again = area, rate
        if self.to is not self.start:
            later, _, again, hit = self._one(self.to, period)
        return area, alive, rate, later, hit, again

    def _one(self, passage: Any, period: float) -> tuple[float, float, float, float]:
        """Return ``A``, ``Q``, ``f`` and ``F``."""
        n = int(np.searchsorted(self._ends, period, side="right")) - 1
        known, since = (float(self._areas[passage][n]), float(self._ends[n])) if n >= 0 else (0.0, 0.0)
        half = (period - since) / 2
        area = known + half * float(passage.survival(since + half * (1 + _NODES)) @ _WEIGHTS)
        end = np.array([period])
        alive, rate, hit = (float(f(end)[0]) for f in (passage.survival, passage.density, passage.reached))
        return area, alive, rate, hit


def _sharp_log_mean(area: Any, alive: Any, wait: Any, log_hit: FloatArray) -> FloatArray:
    """Return ``log(A + Q w / F)``."""
    with np.errstate(divide="ignore"):
        return np.logaddexp(np.log(area), np.log(alive) + np.log(wait) - log_hit)


@dataclass
class SolvedCurve:
    """Log of the mean over any parameter, solved point by point."""

    solved: Callable[[float], Any]
    low: float
    high: float
    chart: Chart = LOGARITHMIC
    precision: float = _LEAST
    sloped = False
    known: dict[float, tuple[float, float]] = field(default_factory=dict)

    def scan(self) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """Return the values at all points."""
        low, high = self.chart.inverse(self.low), self.chart.inverse(self.high)
        count = 41 if self.chart is PLAIN else int(_VALUES * (high - low) / np.log(10)) + 2
        points = np.linspace(low, high, max(count, 9))
        values = np.array([self.log_mean(self.chart.place(u)) for u in points.tolist()])
        return points, values, None

    def log_mean(self, x: float) -> float:
        """Return the logarithm of the mean; `inf` where it diverges."""
        if x not in self.known:
            self.known[x] = _solved(self.solved(x))
        return self.known[x][0]

    def slope(self, x: float) -> float:
        """Return nothing: the values alone are known."""
        return nan

    def noise(self, x: float, log_mean: float) -> float:
        """Return the error of the logarithm of the mean."""
        return self.known[x][1]


def _solved(result: Any) -> tuple[float, float]:
    """Return the logarithm of the mean in a result (or that number), and its error."""
    if not isinstance(result, FirstPassageResult):
        mean = float(result)
        return (log(mean) if mean > 0 else -inf if mean == 0 else inf), _LEAST
    finite = 0 < result.mean < inf
    return float(result.log_mean), max(result.error / result.mean, _LEAST) if finite else _LEAST
