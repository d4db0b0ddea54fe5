"""Summaries: what is left of simulated paths where their number is too large to keep them.

Moments to fourth order, counts in bins of the relative width 2^-8 (see :mod:`resetdyn.results.sketch`) and
integer counts, in constant memory whatever `n`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.results import sketch
from resetdyn.results.estimate import TimesEstimate
from resetdyn.results.moments import Moments
from resetdyn.results.sketch import Sketch
from resetdyn.results.tails import largest

_HIGHEST = 4  # the highest moment that is kept


@dataclass(frozen=True)
class FirstPassageSummary(TimesEstimate):
    """First-passage times sampled by simulation, summed up: ``rd.simulate(problem, keep="summary")``.

    Attributes
    ----------
    problem : FirstPassage
        What was asked.
    method : str
        The sampler that was used and its order.
    censored : int
        Number of paths that had not reached the target when they were given up.
    never : int
        Number of those among them that never would: their time is infinite.
    moments : Moments
        Count, mean and central sums to fourth order of the finite times, those of giving up included.
    sketch : Sketch
        Counts of the arrivals in bins of relative width 2^-8.
    resets_moments : Moments
        The same as `moments` of the number of resets.
    hits : (int, int) or None
        How many paths left an interval at its low and at its high end.
    given_up_at : float
        Earliest time at which a path was given up.
    bias : float
        Bias of `mean` by the finite time step as it was measured, with the noise of that; a part of `error`,
        0 where it was not measured.

    Examples
    --------
    >>> import resetdyn as rd
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))
    >>> summary = rd.simulate(problem, n=100_000, rng=7, keep="summary")
    >>> abs(summary.mean - rd.solve(problem).mean) < 4 * summary.error
    True
    >>> abs(summary.survival(1.0) - 0.507944583) < 0.01, abs(summary.quantile(0.5) - 1.0275) < 0.02
    (True, True)
    >>> abs(summary.resets - 1.718281828) < 0.05
    True
    """

    problem: Any
    method: str
    censored: int
    never: int
    moments: Moments = field(repr=False)
    sketch: Sketch = field(repr=False)
    resets_moments: Moments = field(repr=False)
    hits: tuple[int, int] | None = field(default=None, repr=False)
    given_up_at: float = math.inf
    bias: float = 0.0

    @property
    def n(self) -> int:
        """Number of paths."""
        return self.moments.n + self.never

    @property
    def resets(self) -> float:
        """Mean number of resets of a path."""
        return float(self.resets_moments.mean)

    @property
    def shares(self) -> tuple[float, float] | None:
        """Shares of the paths that left an interval at its low and at its high end; None where not known."""
        return None if self.hits is None else (self.hits[0] / self.n, self.hits[1] / self.n)

    ends = shares  # the name on exact results

    def survival(self, t: ArrayLike) -> Any:
        """Return the fraction of paths that had not reached the target by time `t`.

        It is that of the paths at a time within a relative 2^-8 of `t`, the width of a bin.
        """
        times = self._check_time(t)
        if not self.sketch.n:
            alive = np.ones(times.shape)
        else:
            alive = 1 - sketch.share_below(self.sketch.counts, self.sketch.edges, times, self.n)
        return float(alive) if alive.ndim == 0 else alive

    def quantile(self, q: ArrayLike) -> Any:
        """Return the time by which the share `q` had arrived (`inf`: never), to a relative 2^-8."""
        shares = self._check_share(q)
        if not self.sketch.n:
            values = np.full(shares.shape, np.inf)
        else:
            values = sketch.quantile(self.sketch.counts, self.sketch.edges, shares, self.n)
        return float(values) if values.ndim == 0 else values

    def histogram(self, edges: ArrayLike | None = None) -> tuple[FloatArray, FloatArray]:
        """Return counts and edges of a histogram of the arrival times.

        Parameters
        ----------
        edges : increasing array, optional
            Edges of the bins, by default those of the sketch; between them counts are shared out evenly.
        """
        return _histogram(self.sketch.counts, self.sketch.edges, edges)

    def _given_up(self) -> tuple[int, float]:
        return self.censored, self.given_up_at

    def _raw_moment(self, order: int) -> float:
        if order > _HIGHEST:
            raise ValueError(
                f"order={order}: a summary keeps moments to order {_HIGHEST}; simulate with keep='samples'"
            )
        return math.inf if self.never else float(self.moments.raw(order))

    def _raw_std(self) -> float:
        return math.sqrt(self.moments.variance)

    def _largest(self) -> FloatArray:
        k = largest(self.n)
        from_top = np.minimum(np.cumsum(self.sketch.counts[::-1]), k)
        counts = np.diff(from_top, prepend=0)[::-1]
        edges = self.sketch.edges
        return np.repeat((edges[1:] + edges[:-1]) / 2, counts)


@dataclass(frozen=True)
class SteadyStateSummary:
    """Independent samples of a steady state, summed up: ``rd.simulate(problem, keep="summary")``.

    Attributes
    ----------
    problem : SteadyState
        What was asked.
    method : str
        The sampler that was used.
    moments : Moments
        Count, mean and central sums to fourth order, component by component.
    products : float or (d, d) array
        Sums of the products of two components' distances from their means.
    sketches : list of Signed
        Counts of each component in bins of relative width 2^-8.
    bias : float or (d,) array
        Bias of `mean` by the finite time step as it was measured, with the noise of that; a part of `error`,
        0 where it was not measured.

    Examples
    --------
    >>> import resetdyn as rd
    >>> problem = rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0))
    >>> summary = rd.simulate(problem, n=100_000, rng=7, keep="summary")
    >>> abs(summary.cov - 1.0) < 0.05, abs(summary.moment(4) - 6.0) < 1.0
    (True, True)
    >>> abs(summary.quantile(0.5)) < 0.02
    True
    """

    problem: Any
    method: str
    moments: Moments = field(repr=False)
    products: Any = field(repr=False)
    sketches: list[sketch.Signed] = field(repr=False)
    bias: Any = 0.0

    @property
    def n(self) -> int:
        """Number of samples."""
        return self.moments.n

    @property
    def mean(self) -> Any:
        """Sample mean: a float, or a vector of shape ``(d,)``."""
        return self.moments.mean

    @property
    def cov(self) -> Any:
        """Sample variance, or covariance of shape ``(d, d)``."""
        return self.products / (self.n - 1) if self.n > 1 else self.products + math.nan

    @property
    def std(self) -> Any:
        """Standard deviation, component by component."""
        std = np.sqrt(self.moments.variance)
        return float(std) if std.ndim == 0 else std

    @property
    def error(self) -> Any:
        """Standard error of `mean`, component by component, with the measured step bias if there is one."""
        error = np.hypot(self.std / math.sqrt(self.n), self.bias)
        return float(error) if error.ndim == 0 else error

    def moment(self, order: int) -> Any:
        """Return the raw moment of this order, component by component, to the fourth."""
        order = _checks.integer("order", order)
        if order > _HIGHEST:
            raise ValueError(
                f"order={order}: a summary keeps moments to order {_HIGHEST}; simulate with keep='samples'"
            )
        return self.moments.raw(order)

    def quantile(self, q: ArrayLike, component: int = 0) -> Any:
        """Return what the share `q` of a component's values is below, to a relative 2^-8."""
        shares = _checks.finite_array("q", q)
        if not np.all((shares > 0) & (shares < 1)):
            raise ValueError(f"q={q!r}: give probabilities between 0 and 1, both excluded")
        counted = self._of(component)
        values = sketch.quantile(counted.counts, counted.edges, shares, self.n)
        return float(values) if values.ndim == 0 else values

    def histogram(self, edges: ArrayLike | None = None, component: int = 0) -> tuple[FloatArray, FloatArray]:
        """Return counts and edges of a histogram of a component.

        Parameters
        ----------
        edges : increasing array, optional
            Edges of the bins, by default those of the sketch; between them counts are shared out evenly.
        component : int, optional
            Which component.
        """
        counted = self._of(component)
        return _histogram(counted.counts, counted.edges, edges)

    def _of(self, component: int) -> sketch.Signed:
        if not 0 <= _checks.integer("component", component, at_least=0) < len(self.sketches):
            raise ValueError(f"component={component}: the state has {len(self.sketches)}, counted from 0")
        return self.sketches[component]

    def __str__(self) -> str:
        return f"mean = {self.mean} +- {self.error} ({self.n} samples, {self.method})"


def _histogram(counts: Any, known: FloatArray, edges: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    if edges is None:
        return counts.astype(float), known
    wanted = _checks.finite_array("edges", edges)
    if wanted.ndim != 1 or len(wanted) < 2 or np.any(np.diff(wanted) <= 0):
        raise ValueError(f"edges={edges!r}: give at least two increasing numbers")
    return sketch.rebinned(counts, known, wanted), wanted
