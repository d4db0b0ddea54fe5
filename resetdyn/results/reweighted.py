"""What one run says about many reset rates."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp
from typing import Any, NamedTuple

from resetdyn._checks import FloatArray
from resetdyn.saving.saved import Saved


class ReweightedOptimum(NamedTuple):
    """The rate with the least mean time, as far as samples tell.

    Attributes
    ----------
    rate, error : float
        The rate and its standard error.
    mean, mean_error : float
        The mean time there and its standard error.
    """

    rate: float
    error: float
    mean: float
    mean_error: float

    @property
    def interval(self) -> tuple[float, float]:
        """Interval that holds the true rate with a probability of 95 %, even on a logarithmic scale."""
        factor = exp(1.96 * self.error / self.rate)
        return self.rate / factor, self.rate * factor


@dataclass(frozen=True, eq=False)
class Reweighted(Saved):
    """Mean first-passage times under many resets, estimated from one run by :func:`resetdyn.reweight`.

    Attributes
    ----------
    resets : tuple of Reset
        The resets that were asked about.
    rates : array
        Their rates: resets per unit time, or per step.
    n : int
        Number of paths.
    method : str
        How the run was reweighted.
    mean, error : array
        Mean first-passage times and their standard errors.
    ess : array
        Effective sample sizes: how many paths without weights would tell as much.
    trusted : bool array
        Where the mean and its error can be relied on.
    optimum : ReweightedOptimum or None
        The Poisson rate with the least mean; None where the trusted rates do not enclose it.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> times = 0.5 / np.random.default_rng(1).normal(size=100_000) ** 2  # Brownian, D = 1, distance 1
    >>> answer = rd.reweight(times, [0.5, 2.0, 3.0, 10.0])
    >>> low, high = answer.optimum.interval
    >>> low < 2.5396 < high
    True
    """

    resets: tuple[Any, ...] = field(repr=False)
    rates: FloatArray
    n: int
    method: str
    mean: FloatArray
    error: FloatArray
    ess: FloatArray
    trusted: Any
    optimum: ReweightedOptimum | None

    def plot(self, ax: Any = None) -> Any:
        """Draw the means with two standard errors, hollow where not trusted, and return the axes."""
        from resetdyn.plotting.reweighted import reweighted

        return reweighted(self, ax=ax)
