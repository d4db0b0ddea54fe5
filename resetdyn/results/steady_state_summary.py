"""Summaries: what is left of samples of a steady state where their number is too large to keep them.

Moments to fourth order and counts in bins of the relative width 2^-8 (see :mod:`resetdyn.results.sketch`) of
each component, and the covariance, in constant memory whatever `n`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.results import sketch, summary
from resetdyn.results.moments import EMPTY, Moments, merged_products
from resetdyn.saving.saved import Saved

FEWEST_PATHS = 8  # whose means tell the error of the whole


@dataclass(frozen=True)
class SteadyStateSummary(Saved):
    """Samples of a steady state, summed up: ``rd.simulate(problem, keep="summary")``.

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
    chain : int
        How many samples were seen along one path and remember each other; 0 if all are independent.
    paths : Moments
        The same as `moments` of the means of whole chunks, each of which is then one path: they are
        independent, and `error` is told by their spread (`inf` of fewer than 8).

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
    chain: int = 0
    paths: Moments = field(default=EMPTY, repr=False)

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
        error = np.hypot(self.std * np.sqrt(self.memory / self.n), self.bias)
        return float(error) if error.ndim == 0 else error

    @property
    def memory(self) -> Any:
        """How many samples are worth one that is independent, component by component: 1 without memory."""
        if not self.chain:
            return 1.0
        if self.paths.n < FEWEST_PATHS:
            return self.moments.second * 0 + math.inf
        return np.maximum(1.0, self.chain * self.paths.variance / self.moments.variance)

    def moment(self, order: int) -> Any:
        """Return the raw moment of this order, component by component, to the fourth."""
        return self.moments.raw(summary.check_order(order))

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
        return summary.histogram(counted.counts, counted.edges, edges)

    def merged(self, other: SteadyStateSummary) -> SteadyStateSummary:
        """Return the summary of the samples of both, drawn for the same problem from different seeds."""
        summary.check_same(self, other)
        return SteadyStateSummary(
            self.problem,
            summary.both(self.method, other.method),
            self.moments.merged(other.moments),
            merged_products(self.moments, self.products, other.moments, other.products),
            [a.merged(b) for a, b in zip(self.sketches, other.sketches, strict=True)],
            np.maximum(self.bias, other.bias) if np.ndim(self.bias) else max(self.bias, other.bias),
            self.chain,
            self.paths.merged(other.paths),
        )

    def _of(self, component: int) -> sketch.Signed:
        if not 0 <= _checks.integer("component", component, at_least=0) < len(self.sketches):
            raise ValueError(f"component={component}: the state has {len(self.sketches)}, counted from 0")
        return self.sketches[component]

    def __str__(self) -> str:
        return f"mean = {self.mean} +- {self.error} ({self.n} samples, {self.method})"
