"""Samples, and what is estimated from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn._checks import FloatArray


@dataclass(frozen=True)
class FirstPassageSamples:
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
    """

    problem: Any
    method: str
    times: FloatArray = field(repr=False)
    resets: Any = field(repr=False)
    censored: Any = field(repr=False)
    ends: Any = field(default=None, repr=False)

    @property
    def n(self) -> int:
        """Number of paths."""
        return len(self.times)

    @property
    def lower_bound(self) -> bool:
        """Whether some path was censored, so that `mean` is only a lower bound."""
        return bool(np.any(self.censored))

    @cached_property
    def mean(self) -> float:
        """Mean first-passage time; a lower bound where paths were censored (see `lower_bound`)."""
        return float(np.mean(self.times))

    @cached_property
    def std(self) -> float:
        """Standard deviation of the times."""
        return float(_spread(self.times)) if np.all(np.isfinite(self.times)) else float("inf")

    @property
    def cv(self) -> float:
        """Coefficient of variation of the times."""
        return self.std / self.mean if np.isfinite(self.std) else float("inf")

    @property
    def error(self) -> float:
        """Standard error of `mean`."""
        return float(self.std / np.sqrt(self.n))

    def survival(self, t: ArrayLike) -> Any:
        """Return the fraction of paths that had not reached the target by time `t`."""
        times = np.asarray(t, dtype=float)
        hit = np.sort(self.times[~self.censored])
        alive = 1 - np.searchsorted(hit, times, side="right") / self.n
        given_up = self.times[self.censored]
        if given_up.size and np.any(times > given_up.min()):
            raise ValueError(
                f"t={np.max(times):g}: paths were given up at {given_up.min():g}; "
                "ask for earlier times or simulate with a larger max_time"
            )
        return float(alive) if alive.ndim == 0 else alive

    def __str__(self) -> str:
        relation = ">=" if self.lower_bound else "="
        note = f", {int(self.censored.sum())} censored: a lower bound" if self.lower_bound else ""
        return f"mean {relation} {self.mean:.6g} +- {self.error:.2g} ({self.n} paths, {self.method}{note})"


@dataclass(frozen=True)
class RenewalEstimate:
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
class SteadyStateSamples:
    """Independent samples of a steady state.

    Attributes
    ----------
    problem : SteadyState
        What was asked.
    method : str
        The sampler that was used.
    samples : (n,) or (n, d) array
        One state a row.
    """

    problem: Any
    method: str
    samples: FloatArray = field(repr=False)

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
    def error(self) -> Any:
        """Standard error of `mean`, component by component."""
        error = _spread(self.samples) / np.sqrt(self.n)
        return float(error) if error.ndim == 0 else error

    def expect(self, function: Callable[[Any], Any]) -> tuple[float, float]:
        """Return the sample mean of a function of the state, and its standard error."""
        values = np.array([function(x) for x in self.samples], dtype=float)
        return float(values.mean()), float(_spread(values) / np.sqrt(self.n))


def _spread(samples: FloatArray) -> Any:
    """Return the standard deviation, column by column; one sample alone does not tell it (nan)."""
    return samples.std(axis=0, ddof=1) if len(samples) > 1 else np.full(samples.shape[1:], np.nan)
