r"""How long ago was the last reset?  The stationary law of the age, for any law of waiting times.

With waiting times of survival function `S` and mean ``<R>`` the age has the density

    w(a) = S(a) / <R>,    <a^n> = <R^(n + 1)> / ((n + 1) <R>)

(renewal theory; Nagar and Gupta, PRE 93, 060102 (2016); Pal, Kundu and Evans, J. Phys. A 49, 225001 (2016)):
exponential again under Poisson resetting, uniform over the period under sharp resetting.  A waiting time
whose tail falls as ``a^-alpha`` gives finite ``<a^n>`` for ``alpha > n + 1`` only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from math import factorial, inf, log
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.resets import Poisson, Renewal, Reset, Sharp
from resetdyn.theory.resetting.waiting import values_of
from resetdyn.theory.steady.lookup import Lookup

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_STEP, _STRIDE = 1.25, 4.0  # of the grid, in the logarithm of the age, and far below the waiting time
_LEAST, _MOST = 200.0, 280.0  # how far the grid reaches, in the same
_BELOW: FloatArray = np.concatenate([np.arange(-_LEAST, -12.0, _STRIDE), np.arange(-12.0, 0.0, _STEP)])
_BENEATH = 750.0  # minus the logarithm of a probability beneath the floats
_SPLITS = 40
_SETTLED = 1e-15
_QUANTILES = (1e-16, 1e-8, 1e-4, 1e-2, 0.1)
_MARGINAL = 1e-7  # a power this close to the last convergent one counts as divergent


class Ages(ABC):
    """Stationary ages, and the waiting times at whose ends the resets strike.

    Attributes
    ----------
    cycle : float
        Mean waiting time.
    grid : array
        Logarithms of ages, increasing, between which the laws are smooth.
    """

    cycle: float
    grid: FloatArray

    @abstractmethod
    def log_density(self, a: FloatArray) -> FloatArray:
        """Return the logarithm of the density of the age."""

    def log_strike(self, a: FloatArray) -> FloatArray:
        """Return the logarithm of the density of the waiting time, which has none where it is discrete."""
        return np.full(np.shape(a), -inf)

    @property
    def strikes(self) -> tuple[FloatArray, FloatArray] | None:
        """Values and probabilities of a waiting time that is discrete, else None."""
        return None

    @abstractmethod
    def moment(self, n: int) -> float:
        """Return ``<a^n>``."""

    @cached_property
    def nodes(self) -> tuple[FloatArray, FloatArray]:
        """Ages and weights that average smooth bounded functions of the logarithm of the age."""
        return rule(self.log_density, self.grid)

    @cached_property
    def strike_nodes(self) -> tuple[FloatArray, FloatArray]:
        """The same for the waiting time."""
        return self.strikes or rule(self.log_strike, self.grid)


class Exponential(Ages):
    """Ages under Poisson resetting."""

    def __init__(self, rate: float) -> None:
        self.rate, self.cycle = rate, 1 / rate
        self.grid = np.concatenate([_BELOW, np.arange(0.0, log(1e4), _STEP)]) - log(rate)

    def log_density(self, a: FloatArray) -> FloatArray:
        """Return the logarithm of the density of the age."""
        return log(self.rate) - self.rate * a

    log_strike = log_density

    def moment(self, n: int) -> float:
        """Return ``<a^n>``."""
        return factorial(n) / self.rate**n


class Uniform(Ages):
    """Ages under sharp resetting."""

    def __init__(self, period: float) -> None:
        self.cycle = period
        self.grid = log(period) + np.append(_BELOW, 0.0)

    def log_density(self, a: FloatArray) -> FloatArray:
        """Return the logarithm of the density of the age."""
        return np.full(np.shape(a), -log(self.cycle))

    @property
    def strikes(self) -> tuple[FloatArray, FloatArray]:
        """Values and probabilities of the waiting time."""
        return np.array([self.cycle]), np.ones(1)

    def moment(self, n: int) -> float:
        """Return ``<a^n>``."""
        return self.cycle**n / (n + 1)


class Discrete(Ages):
    """Ages for waiting times that take separate values."""

    def __init__(self, law: Any) -> None:
        self.values, self.chances = values_of(law)
        self.cycle = float(self.values @ self.chances)
        self.waiting = np.append(np.cumsum(self.chances[::-1])[::-1], 0.0)
        first = log(self.values[0])
        self.grid = np.concatenate([first + _BELOW, np.log(self.values)])

    def log_density(self, a: FloatArray) -> FloatArray:
        """Return the logarithm of the density of the age."""
        with np.errstate(divide="ignore"):
            # Rounding of a logarithm must not move an age across the end of its step.
            left = self.waiting[np.searchsorted(self.values, a * (1 - 1e-14))]
            return np.log(left / self.cycle)

    @property
    def strikes(self) -> tuple[FloatArray, FloatArray]:
        """Values and probabilities of the waiting time."""
        return self.values, self.chances

    def moment(self, n: int) -> float:
        """Return ``<a^n>``."""
        return float(self.chances @ self.values ** (n + 1)) / ((n + 1) * self.cycle)


class Waiting(Ages):
    """Ages for waiting times with a density."""

    def __init__(self, law: Any) -> None:
        self.law = law
        low, high = law.support()
        unit = log(law.median())
        top = min(unit + _MOST, log(high)) if high > 0 else unit
        coarse = unit + np.concatenate([_BELOW, np.arange(0.0, top - unit, _STEP)])
        sure = [law.ppf(q) for q in _QUANTILES] + [law.isf(q) for q in _QUANTILES] + [law.median(), low, high]
        cuts = np.log([t for t in sure if 0 < t < inf])
        grid = np.unique(np.concatenate([coarse, [top], cuts]))
        grid = grid[grid <= top]
        possible = self._log_alive(np.exp(grid)) > -_BENEATH
        self.grid = grid[: min(len(grid), int(possible.sum()) + 1)]
        self.cycle = self._integral(0)

    def log_density(self, a: FloatArray) -> FloatArray:
        """Return the logarithm of the density of the age."""
        with np.errstate(divide="ignore"):
            return self._table(np.log(a)) - log(self.cycle)

    def log_strike(self, a: FloatArray) -> FloatArray:
        """Return the logarithm of the density of the waiting time."""
        with np.errstate(all="ignore"):
            return np.nan_to_num(self.law.logpdf(a), nan=-inf, posinf=inf, neginf=-inf)

    def moment(self, n: int) -> float:
        """Return ``<a^n>``."""
        return self._integral(n) / self.cycle

    @cached_property
    def _table(self) -> Lookup:
        return Lookup(lambda u: self._log_alive(np.exp(u)), self.grid)

    @cached_property
    def nodes(self) -> tuple[FloatArray, FloatArray]:
        """Ages and weights; an age beyond all times stands for what is older than the grid."""
        a, w = rule(lambda a: self._log_alive(a) - log(self.cycle), self.grid)
        if self.exponent == inf:
            return a, w / w.sum()
        beyond = max(1 - float(w.sum()), 0.0)  # older than the grid: as old as can be
        return np.append(a, 1e300), np.append(w, beyond)

    @cached_property
    def exponent(self) -> float:
        """The power with which the survival function falls in the end (`inf` where it falls faster)."""
        if self.law.support()[1] < inf or self._log_alive(np.exp(self.grid[-1:]))[0] < -_BENEATH:
            return inf
        last = self.grid[-1] - np.array([20.0, 0.0])
        ends = self._log_alive(np.exp(last))
        return float((ends[0] - ends[1]) / 20)

    def _log_alive(self, a: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            return np.asarray(self.law.logsf(a), dtype=float)

    def _integral(self, n: int) -> float:
        """Return the integral of ``a^n S(a)``, a power law beyond the grid."""
        if self.exponent - n - 1 <= _MARGINAL:
            return inf
        unit = float(np.exp(self.grid[-1]) if self.exponent == inf else self.law.median())
        a, w = rule(lambda a: self._log_alive(a) + n * np.log(a / unit), self.grid)
        del a
        total = float(w.sum())
        if self.exponent < inf:
            end = self.grid[-1]
            log_tail = self._log_alive(np.exp(np.array([end])))[0] + end + n * (end - log(unit))
            total += float(np.exp(log_tail)) / (self.exponent - n - 1)
        return total * unit**n


def ages_of(reset: Reset) -> Ages | None:
    """Return the ages under a reset that comes after waiting times, None for any other."""
    match reset:
        case Poisson(rate=rate) if rate > 0:
            return Exponential(rate)
        case Sharp(period=period):
            return Uniform(period)
        case Renewal(law=law):
            return Discrete(law) if hasattr(law, "pmf") else Waiting(law)
    return None


def rule(log_weight: Callable[[FloatArray], FloatArray], grid: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights for the integral over the age, on panels halved until the weight settles."""

    def gauss(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        half = (high - low)[:, None] / 2
        a = np.exp(low[:, None] + half * (1 + _NODES))
        with np.errstate(under="ignore", over="ignore"):
            return a, np.exp(log_weight(a)) * a * half * _WEIGHTS

    low, high = grid[:-1], grid[1:]
    ages, weights = gauss(low, high)
    kept: list[tuple[FloatArray, FloatArray]] = []
    settled = 0.0
    for split in range(_SPLITS):
        middle = (low + high) / 2
        left, right = gauss(low, middle), gauss(middle, high)
        change = np.abs(left[1].sum(axis=1) + right[1].sum(axis=1) - weights.sum(axis=1))
        total = settled + float(left[1].sum() + right[1].sum())
        done = (change <= _SETTLED * total) | (split == _SPLITS - 1)
        kept.append((ages[done], weights[done]))
        settled += float(weights[done].sum())
        if done.all():
            break
        more = ~done
        low, high = np.concatenate([low[more], middle[more]]), np.concatenate([middle[more], high[more]])
        ages, weights = (np.concatenate([left[k][more], right[k][more]]) for k in (0, 1))
    a, w = (np.concatenate([part[k].ravel() for part in kept]) for k in (0, 1))
    return a, w
