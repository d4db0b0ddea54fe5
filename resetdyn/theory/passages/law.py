r"""A given law of completion times as a first passage: nothing but its distribution function is needed.

With ``Q = 1 - F`` the survival function,

    M(s) = Q~(s) / T~(s),    Q~(s) = int_0^inf e^(-s t) Q(t) dt,    T~(s) = s int_0^inf e^(-s t) F(t) dt,

and the derivatives bring down powers of `t`; the integrands are positive (Reuveni, PRL 116, 170601 (2016)).
At ``s = 0`` the moments take their place: ``T~(s) = sum (-s)^n <T^n> / n!``.
"""

from __future__ import annotations

from functools import cached_property
from math import factorial, inf, isfinite, log
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.quadrature import over_times
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.passage import TimedPassage

# Probabilities between which the law is taken to have its features.
_OFTEN = 1e-3
# Times, in units of the first of them, at which a density that keeps a finite value has come to it.
_SOON = 1e-160, 1e-200


class LawPassage(TimedPassage):
    """First passage whose time has a given law.

    Parameters
    ----------
    law : frozen scipy.stats distribution
        Law of the completion times; ``cdf``, ``sf`` and ``support`` are used, and ``pdf`` if it has one.

    Raises
    ------
    TypeError
        If it is no distribution of one number, or a discrete one.
    ValueError
        If times may be negative, or vanish.
    """

    method = "quadrature over the given law"
    timed_method = "given law"

    def __init__(self, law: Any) -> None:
        self.law = _checks.distribution("law", law)
        if hasattr(law, "pmf"):
            raise TypeError(
                "law: it is discrete; give a continuous law of times, or a problem with rd.Geometric"
            )
        self.low, self.high = (float(end) for end in law.support())
        if self.low < 0:
            raise ValueError(f"law: its support starts at {self.low:g}; completion times are never negative")
        if float(law.cdf(0.0)) > 0:
            raise ValueError("law: it has completion times of 0; give a law of times above 0")

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the search has not ended by `t`."""
        return self._safe(self.law.sf, t)

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that it has."""
        return self._safe(self.law.cdf, t)

    def density(self, t: FloatArray) -> FloatArray:
        """Return the density of the completion time."""
        return self._safe(self.law.pdf, t)

    @staticmethod
    def _safe(function: Any, t: FloatArray) -> FloatArray:
        """Return the values of a distribution's function, which may overflow inside at extreme times."""
        with np.errstate(all="ignore"):
            return np.nan_to_num(np.asarray(function(t), dtype=float), posinf=inf)

    def log_density_at_0(self) -> float:
        """Return the logarithm of the density at vanishing times (`inf` where it diverges)."""
        if self.low > 0:
            return -inf
        near, nearer = (self.quantiles[0] * step for step in _SOON)
        first, second = (float(self.density(np.asarray(t))) for t in (near, nearer))
        if second > 1.01 * first:
            return inf
        return log(second) if second > 0.99 * first > 0 else -inf

    @property
    def dense(self) -> bool:
        """Whether the law has a density."""
        return hasattr(self.law, "pdf")

    @property
    def edges(self) -> list[float]:
        """The ends of the support, at which the law is not smooth."""
        return [end for end in (self.low, self.high) if 0 < end < inf]

    @cached_property
    def quantiles(self) -> tuple[float, float, float]:
        """Times by which few, half and most searches have ended."""
        few, half, most = (self._time_of(q) for q in (_OFTEN, 0.5, 1 - _OFTEN))
        return few, half, most

    def _time_of(self, q: float) -> float:
        """Return a quantile by bisection in the logarithm of time; `inf` where it is beyond 1e300."""
        low, high = -690.0, 690.0
        if self.reached(np.exp(np.array(high))) < q:
            return inf
        while high - low > 1e-15 * max(1.0, abs(low)):
            middle = (low + high) / 2
            if middle in (low, high):
                break
            low, high = (low, middle) if self.reached(np.exp(np.array(middle))) >= q else (middle, high)
        return float(np.exp((low + high) / 2))

    def rates(self) -> tuple[float, float]:
        """Return the range of rates set by the times of most searches."""
        few, half, most = self.quantiles
        return 1e-4 / (most if isfinite(most) else 1e4 * half), 1e4 / few

    @cached_property
    def precision(self) -> float:  # type: ignore[override]
        """Relative error of ``M(s)`` at a typical rate, as the quadrature estimates it."""
        value, error = self._integrals(np.array([1 / self.quantiles[1]]), 0)
        return float(np.sum(error / value)) + 1e-15

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        return self._log_mean_at_0(order) if s == 0 else self._series([s], order)[0]

    def log_mean_many(self, rates: FloatArray, order: int) -> FloatArray:
        """Return the series of ``log M`` around each rate, with one quadrature for all above 0."""
        if np.any(rates == 0):
            return super().log_mean_many(rates, order)
        return np.array(
            [row + [np.nan] * (order + 1 - len(row)) for row in self._series(rates.tolist(), order)]
        ).T

    def _series(self, rates: list[float], order: int) -> list[Series]:
        value, _ = self._integrals(np.array(rates), order)
        scale = np.array([(-1) ** n / factorial(n) for n in range(order + 1)])
        return [_ratio(s, scale * alive, scale * done) for s, (alive, done) in zip(rates, value, strict=True)]

    def _integrals(self, rates: FloatArray, order: int) -> tuple[FloatArray, FloatArray]:
        """Return ``int t^n e^(-s t) Q dt`` and the same of `F`, shape (rates, 2, order + 1), with errors."""
        powers = np.arange(order + 1)[:, None]

        def weighted(t: FloatArray) -> FloatArray:
            either = np.array([self.survival(t), self.reached(t)])
            weight = np.exp(-rates[:, None] * t)[:, None, None, :] * t**powers
            return np.asarray(weight * either[None, :, None, :]).reshape(-1, len(t))

        cuts = [*self.edges, *(1 / rates[[0, -1]])]
        value, error = over_times(weighted, cuts, self.quantiles[1], order)
        shape = len(rates), 2, order + 1
        return value.reshape(shape), error.reshape(shape)

    def _log_mean_at_0(self, order: int) -> Series:
        moments = self.moments(order + 1)
        if not isfinite(moments[1]):
            return [inf]
        hit = [(-1) ** n * m / factorial(n) for n, m in enumerate(moments)]
        known = next((n for n, m in enumerate(moments) if not isfinite(m)), order + 2)
        hit = hit[:known]
        # M = (1 / T~ - 1) / s = -(T~ - 1) / s / T~.
        out = series.logarithm(series.divide([-c for c in hit[1:]], hit))
        return [*out, *((-1.0) ** n * inf for n in range(known - 1, order + 1))]

    def moment(self, order: int) -> float:
        """Return the raw moment of this order, ``n int t^(n - 1) Q dt``; `inf` where it diverges."""
        return self.moments(order)[order]

    def moments(self, order: int) -> Series:
        """Return the raw moments up to this order."""
        orders = np.arange(1.0, order + 1)[:, None]

        def rows(t: FloatArray) -> FloatArray:
            return orders * t ** (orders - 1) * self.survival(t)

        return [1.0, *over_times(rows, self.edges, self.quantiles[1], order - 1).value.tolist()]


def _ratio(s: float, alive: FloatArray, done: FloatArray) -> Series:
    """Return the series of ``log M`` around `s` from those of the transforms of `Q` and `F`."""
    survival = alive.tolist()
    hit = series.times_variable(done.tolist(), s)
    if hit[0] <= 0:
        return [inf]
    if hit[0] > 0.5:  # the derivatives of s int e^(-s t) F dt cancel, those of 1 - s Q~ do not
        hit[1:] = [-c for c in series.times_variable(survival, s)[1:]]
    return series.subtract(series.logarithm(survival), series.logarithm(hit))
