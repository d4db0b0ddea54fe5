"""Exact steady states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.saving.saved import Saved


class EntropyRates(NamedTuple):
    """Rates at which entropy changes in a steady state, in units of Boltzmann's constant per unit time.

    With the current `j` of the motion and its force `F`, and with resets at rate `r` to `y`,
    ``production - medium + resetting = 0`` (Fuchs, Goldt and Seifert, EPL 113, 60009 (2016)).

    Attributes
    ----------
    production : float
        What the motion produces in total: the integral of ``j^2 / (D p)``, never negative.
    medium : float
        What it gives to the medium, the heat over the temperature: the integral of ``j F / D``.
    resetting : float
        What resets take from (below 0) the system's entropy: ``r <log(p(x) / p(y))>``.
    """

    production: float
    medium: float
    resetting: float


class Transient(NamedTuple):
    """The law of the state at one time, on the way to the steady state.

    Attributes
    ----------
    time : float
        Time since the start.
    mean : float or (d,) array
        Mean.
    cov : float or (d, d) array
        Variance or covariance.
    density : callable
        What `pdf` asks.
    atoms : tuple of (place, weight)
        Points that hold a finite probability: where resets lead, during a pause; and the fronts of
        run-and-tumble motion, where those are who have not turned since the start. The density is that of the
        rest.
    """

    time: float
    mean: Any
    cov: Any
    density: Callable[[FloatArray], FloatArray]
    atoms: tuple[tuple[float, float], ...] = ()

    def pdf(self, x: ArrayLike) -> Any:
        """Return the density at `x`; in `d` dimensions of shape ``(..., d)``."""
        return _evaluated(self.density, x, np.size(self.mean))

    def __repr__(self) -> str:
        return f"Transient(time={self.time!r}, mean={self.mean!r}, cov={self.cov!r})"


@dataclass(frozen=True)
class SteadyStateResult(Saved):
    """Exact steady state.

    Attributes
    ----------
    problem : SteadyState
        What was asked.
    method : str
        The route that was taken.
    mean : float or (d,) array
        Mean; `inf` where it diverges.
    cov : float or (d, d) array
        Variance or covariance; `inf` where it diverges.
    error : float
        Estimated absolute numerical error of `mean`.
    atom : float
        Probability of waiting, in a pause after a reset, exactly where resets lead. The density is that of
        the rest, and its integral ``1 - atom``; mean, covariance and expectations are those of the whole.
    returning : float
        Fraction of time spent on journeys back at finite speed.
    """

    problem: Any
    method: str
    mean: Any
    cov: Any
    error: float
    density: Callable[[FloatArray], FloatArray] | None = field(default=None, repr=False)
    expectation: Callable[[Callable[[Any], Any]], float] | None = field(default=None, repr=False)
    atom: float = 0.0
    returning: float = 0.0
    moments: Callable[[int], float] | None = field(default=None, repr=False)
    later: Callable[[float, Any], Transient] | None = field(default=None, repr=False)
    entropy: Callable[[], EntropyRates] | None = field(default=None, repr=False)

    @property
    def std(self) -> Any:
        """Standard deviation, in `d` dimensions of each coordinate."""
        if np.ndim(self.cov) == 0:
            return float(np.sqrt(self.cov))
        return np.sqrt(np.diag(self.cov))

    def pdf(self, x: ArrayLike) -> Any:
        """Return the steady-state density at `x`; in `d` dimensions `x` has the shape ``(..., d)``."""
        if self.density is None:
            raise ValueError(
                f"method={self.method!r} has no exact density; "
                "use rd.simulate(problem).samples and a histogram"
            )
        return _evaluated(self.density, x, np.size(self.mean))

    def moment(self, order: int) -> float:
        """Return the raw moment ``<x^order>`` (one dimension); `inf` where it diverges.

        Examples
        --------
        >>> import resetdyn as rd
        >>> result = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0)))
        >>> result.moment(4)  # 24 (D / r)^2
        6.0
        """
        order = _checks.integer("order", order, at_least=0)
        if np.ndim(self.mean):
            raise ValueError(
                f"order={order}: raw moments are for one dimension, the state has {np.size(self.mean)}; "
                "use .mean and .cov"
            )
        if order < 2:
            return float(self.mean) if order else 1.0
        if self.moments is not None:
            return self.moments(order)
        return self.expect(lambda x: x**order)

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

    def transient(self, t: float, start: Any = None) -> Any:
        """Return the law of the state at time `t` after a start.

        Parameters
        ----------
        t : float
            Time since the start, above 0.
        start : float or (d,) array, optional
            Where it starts; by default where resets lead.

        Returns
        -------
        Transient
            With `.mean`, `.cov`, `.pdf(x)` and `.atoms`, where a point holds a finite probability.

        Examples
        --------
        >>> import resetdyn as rd
        >>> result = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0)))
        >>> round(result.transient(0.5).pdf(1.0), 12)
        0.17965409816
        """
        if self.later is None:
            raise ValueError(
                f"method={self.method!r} has no exact law before the steady state is reached; "
                "use rd.trajectories(problem, times), or rd.simulate(problem) for late times"
            )
        t = _checks.finite("t", t)
        if t <= 0:
            raise ValueError(f"t={t:g}: give a time above 0")
        return self.later(t, start)

    @property
    def entropy_production(self) -> EntropyRates:
        """Rates at which entropy changes (one dimension, Poisson resetting to a point).

        Examples
        --------
        >>> import resetdyn as rd
        >>> result = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0)))
        >>> result.entropy_production  # free diffusion: r, 0 and -r
        EntropyRates(production=2.0, medium=0.0, resetting=-2.0)
        """
        if self.entropy is None:
            raise ValueError(
                f"method={self.method!r}: the entropy production is known for one dimension and Poisson "
                "resetting to a point without costs; average what you need over rd.simulate(problem).samples"
            )
        return self.entropy()


def _evaluated(density: Callable[[FloatArray], FloatArray], x: ArrayLike, dim: int) -> Any:
    places = _checks.finite_array("x", x)
    if dim > 1 and places.shape[-1:] != (dim,):
        raise ValueError(
            f"x has shape {places.shape}: give places in {dim} dimensions, of shape (..., {dim})"
        )
    values = density(places)
    return float(values) if np.ndim(values) == 0 else values
