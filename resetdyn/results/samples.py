"""Samples, and what is estimated from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn._checks import FloatArray
from resetdyn.results.correlation import memory
from resetdyn.results.estimate import TimesEstimate
from resetdyn.results.tails import largest
from resetdyn.saving.saved import Saved


@dataclass(frozen=True)
class FirstPassageSamples(TimesEstimate):
    """First-passage times sampled by simulation.

    Attributes
    ----------
    problem : FirstPassage
        What was asked.
    method : str
        The sampler that was used and its order.
    times : (n,) array
        First-passage time of each path, or the time at which it was given up.
    resets : (n,) int array
        Resets that each path went through.
    censored : (n,) bool array
        Paths that had not reached the target when they were given up.
    ends : (n,) int array or None
        Which end of an interval was hit: 0 low, 1 high, -1 none.
    bias : float
        Bias of `mean` by the finite time step as it was measured, with the noise of that; a part of `error`,
        0 where it was not measured.

    Examples
    --------
    >>> import resetdyn as rd
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.NoReset())
    >>> samples = rd.simulate(problem, n=100_000, rng=7)  # P(T > t) ~ t^(-1/2): the mean diverges
    >>> samples.mean, samples.tail_index.mean_exists
    (inf, False)
    >>> abs(samples.quantile(0.5) - 1.099) < 0.05
    True
    """

    problem: Any
    method: str
    times: FloatArray = field(repr=False)
    resets: Any = field(repr=False)
    censored: Any = field(repr=False)
    ends: Any = field(default=None, repr=False)
    bias: float = 0.0

    @property
    def n(self) -> int:
        """Number of paths."""
        return len(self.times)

    @property
    def shares(self) -> tuple[float, float] | None:
        """Shares of the paths that left an interval at its low and at its high end; None where not known."""
        if self.ends is None:
            return None
        return float(np.mean(self.ends == 0)), float(np.mean(self.ends == 1))

    def survival(self, t: ArrayLike) -> Any:
        """Return the fraction of paths that had not reached the target by time `t`."""
        times = self._check_time(t)
        alive = 1 - np.searchsorted(self._arrivals, times, side="right") / self.n
        return float(alive) if alive.ndim == 0 else alive

    def quantile(self, q: ArrayLike) -> Any:
        """Return the time by which the share `q` of the paths had reached the target (`inf`: never)."""
        shares = self._check_share(q)
        ranks = np.ceil(shares * self.n).astype(int) - 1
        arrivals = np.append(self._arrivals, np.inf)
        values = arrivals[np.minimum(ranks, len(arrivals) - 1)]
        return float(values) if values.ndim == 0 else values

    @cached_property
    def _arrivals(self) -> FloatArray:
        return np.sort(self.times[~self.censored])

    @cached_property
    def _censored(self) -> int:
        return int(np.count_nonzero(self.censored))

    def _given_up(self) -> tuple[int, float]:
        return self._censored, float(self.times[self.censored].min()) if self._censored else np.inf

    def _raw_moment(self, order: int) -> float:
        return float(np.mean(self.times**order))

    def _raw_std(self) -> float:
        return float(_spread(self.times))

    def _largest(self) -> FloatArray:
        k = largest(self.n)
        return np.partition(self.times, self.n - k)[-k:]


@dataclass(frozen=True)
class RenewalEstimate(Saved):
    """First-passage statistics under resetting, estimated from reset-free times.

    Attributes
    ----------
    reset : Reset
        The resetting that was asked about.
    n : int
        Number of times.
    method : str
        The renewal formula that was used.
    mean : float
        Mean first-passage time.
    error : float
        Standard error of `mean`, plus half the range that censored searches leave open.
    cv : float
        Coefficient of variation.
    """

    reset: Any
    n: int
    method: str
    mean: float
    error: float
    cv: float

    def __str__(self) -> str:
        return f"mean = {self.mean:.6g} +- {self.error:.2g} ({self.n} times, {self.method})"


@dataclass(frozen=True)
class SteadyStateSamples(Saved):
    """Samples of a steady state.

    Attributes
    ----------
    problem : SteadyState
        What was asked.
    method : str
        The sampler that was used.
    samples : (n,) or (n, d) array
        One state a row.
    bias : float or (d,) array
        Bias of `mean` by the finite time step as it was measured, with the noise of that; a part of `error`,
        0 where it was not measured.
    chain : int
        How many samples, one after the other, were seen along one path and remember each other (`error`
        knows); 0 if all are independent.
    """

    problem: Any
    method: str
    samples: FloatArray = field(repr=False)
    bias: Any = 0.0
    chain: int = 0

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.samples)

    @cached_property
    def mean(self) -> Any:
        """Sample mean: a float, or a vector of shape ``(d,)``."""
        mean = self.samples.mean(axis=0)
        return float(mean) if mean.ndim == 0 else mean

    @cached_property
    def cov(self) -> Any:
        """Sample variance, or covariance of shape ``(d, d)``."""
        cov = np.cov(self.samples, rowvar=False)
        return float(cov) if cov.ndim == 0 else cov

    @property
    def std(self) -> Any:
        """Standard deviation, component by component."""
        std = _spread(self.samples)
        return float(std) if std.ndim == 0 else std

    @property
    def error(self) -> Any:
        """Standard error of `mean`, component by component, with the measured step bias if there is one."""
        error = np.hypot(_spread(self.samples) / np.sqrt(self.n / self.memory), self.bias)
        return float(error) if error.ndim == 0 else error

    @cached_property
    def memory(self) -> Any:
        """How many samples are worth one that is independent, component by component: 1 without memory."""
        return self._memory_of(self.samples)

    def expect(self, function: Callable[[Any], Any]) -> tuple[float, float]:
        """Return the sample mean of a function of the state, and its standard error."""
        values = np.array([function(x) for x in self.samples], dtype=float)
        return float(values.mean()), float(_spread(values) / np.sqrt(self.n / self._memory_of(values)))

    def __str__(self) -> str:
        return f"mean = {self.mean} +- {self.error} ({self.n} samples, {self.method})"

    def _memory_of(self, values: FloatArray) -> Any:
        if not self.chain:
            return 1.0
        if values.ndim == 1:
            return memory(values, self.chain)
        return np.array([memory(column, self.chain) for column in values.T])


def _spread(samples: FloatArray) -> Any:
    """Return the standard deviation, column by column; one sample alone does not tell it (nan)."""
    return samples.std(axis=0, ddof=1) if len(samples) > 1 else np.full(samples.shape[1:], np.nan)
