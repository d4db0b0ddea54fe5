"""Exact steady states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray


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
