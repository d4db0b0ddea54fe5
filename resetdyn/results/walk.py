"""Exact steady states of random walks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.results.steady_state import SteadyStateResult


@dataclass(frozen=True)
class WalkSteadyStateResult(SteadyStateResult):
    """Exact steady state of a random walk; on the integers it has probabilities, `pmf`, and no density.

    Attributes
    ----------
    probabilities : callable or None
        What `pmf` asks; None where places have no exact probabilities.
    """

    probabilities: Callable[[FloatArray], FloatArray] | None = field(default=None, repr=False)

    def pmf(self, x: ArrayLike) -> Any:
        """Return the probability of being at `x`, 0 between the places that the walk reaches.

        Parameters
        ----------
        x : float or array
            Places.

        Raises
        ------
        ValueError
            If the steps have a continuous law, or resets lead to random places.

        Examples
        --------
        >>> import resetdyn as rd
        >>> walk = rd.RandomWalk({-1: 0.5, 1: 0.5})
        >>> result = rd.solve(rd.SteadyState(walk, rd.Geometric(0.1, to=0.0)))
        >>> result.pmf([0, 1]).round(9)
        array([0.22941573, 0.14379526])
        >>> round(result.cov, 9)  # (1 - p) / p
        9.0
        """
        if self.probabilities is None:
            raise ValueError(
                "pmf: places have exact probabilities for steps on the integers and resets to a point; "
                "use rd.simulate(problem).samples and a histogram"
            )
        values = self.probabilities(_checks.finite_array("x", x))
        return float(values) if values.ndim == 0 else values

    def pdf(self, x: ArrayLike) -> Any:
        """Raise ValueError: there is no density."""
        if self.probabilities is None:
            return super().pdf(x)
        raise ValueError(f"x={x!r}: a walk on the integers has no density; use .pmf(x)")
