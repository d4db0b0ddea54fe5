"""Summaries: what is left of simulated first passages where their number is too large to keep them.

Moments to fourth order, counts in bins of the relative width 2^-8 (see :mod:`resetdyn.results.sketch`) and
integer counts, in constant memory whatever `n`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn._checks import FloatArray
from resetdyn.results import sketch, summary
from resetdyn.results.estimate import TimesEstimate
from resetdyn.results.moments import Moments
from resetdyn.results.sketch import Sketch
from resetdyn.results.tails import largest


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
        return summary.histogram(self.sketch.counts, self.sketch.edges, edges)

    def merged(self, other: FirstPassageSummary) -> FirstPassageSummary:
        """Return the summary of the paths of both, simulated for the same problem from different seeds.

        Examples
        --------
        >>> import resetdyn as rd
        >>> problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))
        >>> parts = [rd.simulate(problem, n=1000, rng=[7, job], keep="summary") for job in range(3)]
        >>> parts[0].merged(parts[1]).merged(parts[2]).n
        3000
        """
        summary.check_same(self, other)
        hits = None
        if self.hits is not None and other.hits is not None:
            hits = (self.hits[0] + other.hits[0], self.hits[1] + other.hits[1])
        return FirstPassageSummary(
            self.problem,
            summary.both(self.method, other.method),
            self.censored + other.censored,
            self.never + other.never,
            self.moments.merged(other.moments),
            self.sketch.merged(other.sketch),
            self.resets_moments.merged(other.resets_moments),
            hits,
            min(self.given_up_at, other.given_up_at),
            max(self.bias, other.bias),
        )

    def _given_up(self) -> tuple[int, float]:
        return self.censored, self.given_up_at

    def _raw_moment(self, order: int) -> float:
        return math.inf if self.never else float(self.moments.raw(summary.check_order(order)))

    def _raw_std(self) -> float:
        return math.sqrt(self.moments.variance)

    def _largest(self) -> FloatArray:
        k = largest(self.n)
        from_top = np.minimum(np.cumsum(self.sketch.counts[::-1]), k)
        counts = np.diff(from_top, prepend=0)[::-1]
        edges = self.sketch.edges
        return np.repeat((edges[1:] + edges[:-1]) / 2, counts)
