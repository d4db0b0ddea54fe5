"""How long searches under a chosen reset take: quantiles, and their intervals by the spread of resamples."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.intervals import student
from resetdyn.advice.quantiles import renewal_quantile, sharp_quantile, survival_of
from resetdyn.advice.study import Study
from resetdyn.resets import Geometric, Poisson, Sharp

_RESAMPLES, _GRID, _COARSE = 80, 2000, 400  # the latter two are points of a grid in time
_TOLD = 0.97  # of the resamples


@dataclass(frozen=True, eq=False)
class Searches:
    """Searches under one reset.

    Attributes
    ----------
    reset : Poisson, Sharp, Renewal or Geometric
        The resets.
    mean, resets : float
        Mean time, not corrected, and mean number of resets.
    optimism : float
        By which factor the choice makes the mean too good: quantiles are corrected by it as well.
    support : float
        How many runs, effectively, decide.
    """

    study: Study
    reset: Any
    mean: float
    resets: float
    optimism: float
    support: float

    def quantile(self, q: float) -> float:
        """Return the time by which a share `q` has ended."""
        return self.optimism * self._of(self.study.law.after, q, _GRID)

    def interval(self, q: float) -> tuple[float, float]:
        """Return its 95 % interval, even on a logarithmic scale; open above where no run is as slow."""
        value, coarse = self.quantile(q), self._of(self.study.law.after, q, _COARSE)
        drawn = [self._of(after, q, _COARSE) for after in self.study.resamples.after[:_RESAMPLES]]
        known = np.asarray([x for x in drawn if x < inf])
        if coarse == inf or len(known) < len(drawn) / 2:
            return 0.0, inf
        away = student(self.support, 0.975) * max(float(np.std(np.log(known))), 1e-12)
        if away > log(1e9):
            return 0.0, inf
        slower = self.study.samples.n * (1 - q) * (1 + self.resets)
        told = slower >= 1 and len(known) > _TOLD * len(drawn)
        return value / exp(away), value * exp(away) if told else inf

    def _of(self, after: FloatArray, q: float, grid: int) -> float:
        data, lost, reset = self.study.samples, self.study.price.overhead, self.reset
        if isinstance(reset, Sharp):
            return sharp_quantile(data.high, after, reset.period, lost, q)
        survives = survival_of(data.high, after)
        return renewal_quantile(survives, self._waits, lost, self.mean, self.resets, q, data.steps, grid)

    def _waits(self, t: FloatArray) -> FloatArray:
        """Return the survival probability of the waits, on top of what the times were taken under."""
        extra, reset = self.study.at_rate, self.reset
        if isinstance(reset, Poisson):
            return np.exp(-(reset.rate - extra) * t)
        if isinstance(reset, Geometric):
            return np.asarray(((1 - reset.probability) / (1 - extra)) ** np.floor(t))
        return np.asarray(reset.law.sf(t))
