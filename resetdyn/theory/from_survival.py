r"""Renewal from a survival function: the mean under resetting of anything whose survival is known.

Poisson resetting at rate `r`, with ``Q~(s) = int_0^inf e^(-s t) Q(t) dt`` by quadrature, gives
``<T_r> = Q~(r) / (1 - r Q~(r))``; a fixed period gives ``<T> = int_0^period Q dt / (1 - Q(period))``
(Pal and Reuveni, PRL 118, 030603 (2017)).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import factorial, inf
from typing import Any, Protocol

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.resets import Poisson, Reset, Sharp
from resetdyn.results import FirstPassageResult
from resetdyn.theory import series
from resetdyn.theory.quadrature import over_exponential, over_interval
from resetdyn.theory.renewal import SharpParts, moment_from, sharp_series
from resetdyn.theory.series import Series

# By how much a given survival probability may leave [0, 1].
_ROUNDING = 1e-12
_EPS = float(np.finfo(float).eps)


class Timed(Protocol):
    """What has a survival probability, and its complement without cancellation (if it can)."""

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the search has not ended by `t`."""

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that it has."""


class _Given:
    """A survival function that a user gave."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def survival(self, t: FloatArray) -> FloatArray:
        q = np.asarray(self.function(t), dtype=float)
        if q.shape != np.shape(t):
            raise ValueError(
                f"survival returned shape {q.shape} for times of shape {np.shape(t)}: return one each"
            )
        if not np.all((q >= -_ROUNDING) & (q <= 1 + _ROUNDING)):
            raise ValueError(f"survival returned values from {q.min():g} to {q.max():g}: give probabilities")
        return np.clip(q, 0.0, 1.0)

    def reached(self, t: FloatArray) -> FloatArray:
        return 1 - self.survival(t)


def renewal_survival(survival: Callable[[Any], Any], reset: Reset) -> FirstPassageResult:
    """Return the first-passage statistics under resetting, from the survival probability without it.

    Resets lead to the start.

    Parameters
    ----------
    survival : callable
        Probability that the search has not ended by time `t`, for a number or an array of them: a
        distribution's ``sf``, say.
    reset : Poisson or Sharp
        When it is reset.

    Returns
    -------
    FirstPassageResult
        With ``.mean``, ``.moment(k)``, ``.cv``; ``.error`` is the estimated error of the quadrature.

    Raises
    ------
    ValueError
        If `reset` is neither Poisson resetting at a rate above 0 nor sharp, or if `survival` leaves [0, 1].

    Examples
    --------
    >>> import resetdyn as rd
    >>> from scipy.stats import lognorm
    >>> round(rd.renewal_survival(lognorm(1.5).sf, rd.Poisson(3.7)).mean, 6)
    1.361657
    """
    if not callable(survival):
        raise TypeError(f"survival={survival!r}: give a function of time")
    match reset:
        case Poisson(rate=rate) if rate > 0:
            return _poisson_result(reset, rate, _Given(survival))
        case Sharp(period=period):
            given = _Given(survival)
            return sharp_result(reset, "survival: given function", period, given, given, _EPS)
    raise ValueError(f"reset={reset}: give rd.Poisson with a rate above 0, or rd.Sharp")


def sharp_result(
    problem: Any, method: str, period: float, start: Timed, to: Timed, rounding: float = 0.0
) -> FirstPassageResult:
    """Return the result under resetting with a fixed period; `rounding` is that of `reached`."""

    @cache
    def both(order: int) -> tuple[SharpParts, SharpParts, float]:
        first, error = _period(start, period, order)
        again, again_error = (first, error) if to is start else _period(to, period, order)
        if not again.reached:
            return first, again, 0.0
        later = again_error + rounding * again.integrals[0] / again.reached
        return first, again, error + first.survived * later / again.reached

    def moment(order: int) -> float:
        first, again, _ = both(order - 1)
        if again.reached <= 0:  # too small for the floats
            return inf if first.survived > 0 else moment_from(first.integrals, order)
        return moment_from(sharp_series(period, first, again), order)

    mean = moment(1)
    return FirstPassageResult(
        problem=problem, method=method, mean=mean, error=both(0)[2], moments=moment,
        survival_function=lambda t: _sharp_survival(t, period, start, to),
    )  # fmt: skip


def _sharp_survival(t: float, period: float, start: Timed, to: Timed) -> float:
    """Return the survival probability under resetting with a fixed period: a product of periods."""
    periods = int(t // period)
    if periods == 0:
        return float(start.survival(np.asarray(t)))
    whole = float(start.survival(np.asarray(period))) * float(to.survival(np.asarray(period))) ** (
        periods - 1
    )
    return whole * float(to.survival(np.asarray(t - periods * period)))


def _period(timed: Timed, period: float, order: int) -> tuple[SharpParts, float]:
    scale = np.array([(-1) ** n / factorial(n) for n in range(order + 1)])
    powers = np.arange(order + 1)[:, None]
    integral = over_interval(lambda t: t**powers * timed.survival(t), period)
    end = np.asarray(period)
    parts = SharpParts(
        float(timed.survival(end)), float(timed.reached(end)), (scale * integral.value).tolist()
    )
    return parts, float(integral.error[0])


def _poisson_result(problem: Any, rate: float, timed: Timed) -> FirstPassageResult:
    @cache
    def transforms(order: int) -> tuple[Series, Series, float]:
        """Return the series of ``Q~`` and ``T~`` around `rate`, and the relative error of the mean."""
        powers = np.arange(order + 1)[:, None]
        scale = np.array([(-1) ** n / factorial(n) for n in range(order + 1)])
        integral = over_exponential(
            lambda t: np.concatenate([t**powers * timed.survival(t), t**powers * timed.reached(t)]), rate
        )
        alive, done = np.split(integral.value, 2)
        hit = series.times_variable((scale * done).tolist(), rate)  # T~ = s int e^(-s t) (1 - Q) dt
        if hit[0] <= 0:
            return (scale * alive).tolist(), hit, inf
        # 1 - Q, of which `done` is made, is rounded where Q is close to 1.
        relative = integral.error[0] / alive[0] + integral.error[order + 1] / done[0] + _EPS / hit[0]
        return (scale * alive).tolist(), hit, float(relative)

    def moment(order: int) -> float:
        alive, hit, _ = transforms(order - 1)
        if hit[0] <= 0:
            return inf
        below = [hit[0], *(-rate * c for c in alive[1:])]  # 1 - r Q~(r + s)
        return moment_from(series.divide(alive, below), order)

    mean = moment(1)
    error = mean * transforms(0)[2] if np.isfinite(mean) else 0.0
    return FirstPassageResult(problem, "survival: given function", mean, error, moment)
