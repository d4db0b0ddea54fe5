"""Exact moments of SGD: in the steady state, and along training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.results.steady_state import SteadyStateResult
from resetdyn.saving.saved import Saved


@dataclass(frozen=True)
class SGDMoments(Saved):
    """Exact mean and covariance of SGD after some steps.

    Attributes
    ----------
    time : int
        Steps since the start.
    mean : float or (d,) array
        Mean.
    cov : float or (d, d) array
        Variance or covariance.
    """

    time: int
    mean: Any
    cov: Any

    def expect(self, function: Any) -> float:
        """Return the expectation of a :class:`~resetdyn.Quadratic`, such as a risk."""
        if not hasattr(function, "expect"):
            raise ValueError(
                f"function={function!r}: from mean and covariance only an rd.Quadratic has an exact "
                "expectation"
            )
        return float(function.expect(self.mean, self.cov))


@dataclass(frozen=True)
class SGDSteadyStateResult(SteadyStateResult):
    """Exact steady state of SGD.

    Attributes
    ----------
    joint_cov : (2d, 2d) array or None
        Covariance of the state and the velocity, if there is momentum.
    """

    joint_cov: FloatArray | None = None
    along: Any = field(default=None, repr=False, compare=False)

    def moment(self, order: int) -> float:
        """Return the raw moment ``<x^order>`` (one dimension) up to the second."""
        order = _checks.integer("order", order, at_least=0)
        if order > 2 or np.ndim(self.mean):
            raise ValueError(
                f"order={order}: of SGD mean and covariance are known (in one dimension order 0, 1 and 2); "
                "average the rest over rd.simulate(problem).samples"
            )
        return [1.0, self.mean, self.mean**2 + self.cov][order]

    def transient(self, t: ArrayLike, start: Any = None) -> Any:
        """Return the moments on the way to the steady state.

        Parameters
        ----------
        t : int or (m,) array of int
            Steps since the start, increasing.
        start : float or (d,) array, optional
            Where training starts, at rest; by default where resets lead.

        Returns
        -------
        SGDMoments or list of SGDMoments
            One for each number of steps.

        Examples
        --------
        >>> import resetdyn as rd
        >>> sgd = rd.QuadraticSGD(
        ...     hessian=1.0, optimum=0.0, gradient_covariance=4.0, learning_rate=0.5, batch_size=1
        ... )
        >>> rd.solve(rd.SteadyState(sgd)).transient(2, start=8.0)
        SGDMoments(time=2, mean=2.0, cov=1.25)
        """
        start = self.problem.reset.to if start is None else start
        steps = np.atleast_1d(np.asarray(t))
        found = [SGDMoments(int(n), *m) for n, m in zip(steps, self.along(start, steps), strict=True)]
        return found[0] if np.ndim(t) == 0 else found
