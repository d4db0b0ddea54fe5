"""Exact first-passage statistics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import exp, inf, isfinite, isnan, log, nan, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.processes import is_discrete
from resetdyn.saving.saved import Saved

# Beyond this time, in units of the scale of the problem, the target counts as missed.
_NEVER = 1e200
# Relative rounding of a root that lies on a step.
_ON_STEP = 1e-12


class Exits(NamedTuple):
    """How likely each end of an interval is, and the mean times of leaving at it."""

    shares: tuple[float, float]
    means: tuple[float, float]


@dataclass(frozen=True)
class FirstPassageResult(Saved):
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
    log_mean : float
        Logarithm of the mean, also where the mean itself is beyond the floats; `inf` where it diverges.
    moments, survival_function, density_function, resets_function, exits_function : callable or None
        Where the rest comes from when it is asked for (None where no exact route is known).

    Examples
    --------
    >>> import resetdyn as rd
    >>> result = rd.solve(rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0)))
    >>> round(result.survival(1.0), 9), round(result.pdf(1.0), 9), round(result.resets, 9)
    (0.507944583, 0.29204848, 1.718281828)
    >>> round(result.quantile(0.5), 9)
    1.027512609
    """

    problem: Any
    method: str
    mean: float
    error: float
    moments: Callable[[int], float] = field(repr=False)
    survival_function: Callable[[FloatArray], FloatArray] | None = field(default=None, repr=False)
    density_function: Callable[[FloatArray], FloatArray] | None = field(default=None, repr=False)
    resets_function: Callable[[], float] | None = field(default=None, repr=False)
    exits_function: Callable[[], Exits | None] | None = field(default=None, repr=False)
    log_mean: float = nan

    def __post_init__(self) -> None:
        if isnan(self.log_mean):
            object.__setattr__(self, "log_mean", log(self.mean) if self.mean > 0 else -inf)

    def moment(self, order: int) -> float:
        """Return the raw moment of this order (`inf` where it diverges)."""
        order = _checks.integer("order", order)
        return self.mean if order == 1 else self.moments(order)

    @cached_property
    def std(self) -> float:
        """Standard deviation of the first-passage time."""
        second = self.moment(2)
        return sqrt(max(second - self.mean**2, 0.0)) if isfinite(second) else inf

    @property
    def cv(self) -> float:
        """Coefficient of variation, `std / mean`; `inf` where the moments diverge."""
        return self.std / self.mean if isfinite(self.std) else inf

    @cached_property
    def resets(self) -> float:
        """Mean number of resets before the target is reached; `inf` where it diverges."""
        return self._known("mean number of resets", self.resets_function, ".resets")()

    @property
    def ends(self) -> tuple[float, float] | None:
        """Probabilities that an interval is left at its low and at its high end; None where not known."""
        return self._exits.shares if self._exits else None

    @property
    def end_means(self) -> tuple[float, float] | None:
        """Mean times of leaving an interval, given the end that it is left at; None where not known."""
        return self._exits.means if self._exits else None

    @cached_property
    def _exits(self) -> Exits | None:
        return self.exits_function() if self.exits_function else None

    def survival(self, t: ArrayLike) -> Any:
        """Return the probability that the target has not been reached by time `t`."""
        return self._at(t, "survival probability", self.survival_function, "survival(t)", 1.0)

    def pdf(self, t: ArrayLike) -> Any:
        """Return the probability density of the first-passage time at `t`."""
        return self._at(t, "density", self.density_function, "times", 0.0)

    def quantile(self, q: ArrayLike) -> Any:
        """Return the time by which the target has been reached with probability `q` (`inf`: never).

        In discrete time it is the first step by which the probability is at least `q`.
        """
        levels = _checks.finite_array("q", q)
        if not np.all((levels > 0) & (levels < 1)):
            raise ValueError(f"q={q!r}: give probabilities between 0 and 1, both excluded")
        times = np.array([self._time_of(float(level)) for level in levels.ravel()])
        if is_discrete(getattr(self.problem, "process", None)):
            times = np.ceil(times * (1 - _ON_STEP))
        return float(times[0]) if levels.ndim == 0 else times.reshape(levels.shape)

    def _time_of(self, q: float) -> float:
        from scipy.optimize import brentq  # as late as that: it takes a tenth of a second to import

        def above(log_time: float) -> float:
            return float(self.survival(exp(log_time))) - (1 - q)

        low = high = self.log_mean if isfinite(self.log_mean) and abs(self.log_mean) < 600 else 0.0
        step = 1.0
        while above(high) > 0:
            low, high, step = high, high + step, 2 * step
            if high > log(_NEVER):
                return inf
        step = 1.0
        while above(low) <= 0:
            low, high, step = low - step, low, 2 * step
        return exp(brentq(above, low, high, xtol=1e-14, rtol=1e-14))

    def _at(
        self,
        t: ArrayLike,
        what: str,
        function: Callable[[FloatArray], FloatArray] | None,
        name: str,
        at_0: float,
    ) -> Any:
        """Return the values of a function of time, which is known at times above 0."""
        times = _checks.finite_array("t", t)
        if np.any(times < 0):
            raise ValueError(f"t={t!r}: give times of at least 0")
        values = np.full(times.shape, at_0)
        later = times > 0
        if np.any(later) or function is None:
            values[later] = self._known(what, function, f".{name}")(times[later])
        return float(values) if times.ndim == 0 else values

    def _known(self, what: str, function: Any, name: str) -> Any:
        if function is None:
            raise ValueError(
                f"method={self.method!r} has no exact {what}; use rd.simulate(problem){name}, which "
                "estimates it"
            )
        return function
