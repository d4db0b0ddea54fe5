"""Results: what comes back, how it was obtained (`method`) and how far to trust it (`error`).

Exact results carry functions that are evaluated when asked; Monte Carlo results carry the samples.  An
`error` is an absolute one on `mean`: an estimate of the numerical error for theory, a standard error for
Monte Carlo.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray


@dataclass(frozen=True)
class FirstPassageResult:
    """Exact first-passage statistics.

    Attributes
    ----------
    problem : FirstPassage
        What was asked.
    method : str
        The route that was taken.
    mean : float
        Mean first-passage time; `inf` where it diverges.
    error : float
        Estimated absolute numerical error of `mean`.
    ends : (float, float) or None
        Probabilities that an interval is left at its low and at its high end.
    """

    problem: Any
    method: str
    mean: float
    error: float
    moments: Callable[[int], float] = field(repr=False)
    survival_function: Callable[[float], float] | None = field(default=None, repr=False)
    ends: tuple[float, float] | None = None

    def moment(self, order: int) -> float:
        """Return the raw moment of this order (`inf` where it diverges)."""
        return self.moments(_checks.integer("order", order))

    @cached_property
    def std(self) -> float:
        """Standard deviation of the first-passage time."""
        second = self.moment(2)
        return float("inf") if np.isinf(second) else float(np.sqrt(max(second - self.mean**2, 0.0)))

    @property
    def cv(self) -> float:
        """Coefficient of variation, `std / mean`; `inf` where the moments diverge."""
        return self.std / self.mean if np.isfinite(self.std) else float("inf")

    def survival(self, t: ArrayLike) -> Any:
        """Return the probability that the target has not been reached by time `t`."""
        if self.survival_function is None:
            raise ValueError(
                f"method={self.method!r} has no exact survival probability; "
                "use rd.simulate(problem).survival(t), which estimates it"
            )
        times = _checks.finite_array("t", t)
        if np.any(times < 0):
            raise ValueError(f"t={t!r}: give times of at least 0")
        values = np.array([self.survival_function(float(x)) for x in times.ravel()])
        return _checks.unit_or_scalar(values.reshape(times.shape), times.size if times.ndim else 1)


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
class SteadyStateResult:
    """Exact steady state.

    Attributes
    ----------
    problem : SteadyState
        What was asked.
    method : str
        The route that was taken.
    mean : float or (d,) array
        Mean.
    cov : float or (d, d) array
        Variance or covariance.
    error : float
        Estimated absolute numerical error of `mean`.
    """

    problem: Any
    method: str
    mean: Any
    cov: Any
    error: float
    density: Callable[[FloatArray], FloatArray] | None = field(default=None, repr=False)
    expectation: Callable[[Callable[[Any], Any]], float] | None = field(default=None, repr=False)

    def pdf(self, x: ArrayLike) -> Any:
        """Return the steady-state density at `x` (one dimension)."""
        if self.density is None:
            raise ValueError(
                f"method={self.method!r} has no exact density; "
                "use rd.simulate(problem).samples and a histogram"
            )
        values = self.density(_checks.finite_array("x", x))
        return float(values) if np.ndim(values) == 0 else values

    def expect(self, function: Callable[[Any], Any]) -> float:
        """Return the steady-state expectation of a function of the state.

        A :class:`~resetdyn.Quadratic` needs the mean and covariance only; any other function needs the
        density.
        """
        if hasattr(function, "expect"):
            return float(function.expect(self.mean, self.cov))
        if self.expectation is None:
            raise ValueError(
                f"function={function!r}: without an exact density only an rd.Quadratic has an exact "
                "expectation; average it over rd.simulate(problem).samples"
            )
        return self.expectation(function)


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
