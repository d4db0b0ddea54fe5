"""Renewal from a survival function: what resetting makes of anything whose survival is known.

The trials of :mod:`.resetting.trials` by the quadrature of :mod:`.resetting.waiting`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import exp, inf, isfinite
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.resets import Geometric, RateField, Reset
from resetdyn.results import FirstPassageResult
from resetdyn.results.first_passage import Exits
from resetdyn.theory.resetting.renewal import LOG_MAX, moment_from
from resetdyn.theory.resetting.renewal_times import density_function, survival_function
from resetdyn.theory.resetting.returns_in_time import Travelled
from resetdyn.theory.resetting.trials import Trial, log_mean, mean_error, mean_resets, pause_series, renewed
from resetdyn.theory.resetting.waiting import Timed, trial

# By how much a given survival probability may leave [0, 1].
_ROUNDING = 1e-12
_EPS = float(np.finfo(float).eps)


class _Given:
    """A survival function that a user gave."""

    precision = _EPS
    timed_method = "given function"

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def survival(self, t: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):  # times of any order of magnitude are asked for
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

    def log_reached(self, t: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.log(self.reached(t))


def renewal_survival(survival: Callable[[Any], Any], reset: Reset) -> FirstPassageResult:
    """Return the first-passage statistics under resetting, from the survival probability without it.

    Resets lead to the start.

    Parameters
    ----------
    survival : callable
        Probability that the search has not ended by time `t`, for a number or an array of them: a
        distribution's ``sf``, say.
    reset : NoReset, Poisson, Sharp or Renewal
        When it is reset; a pause (`refractory`) after each reset counts.

    Returns
    -------
    FirstPassageResult
        With ``.mean``, ``.moment(k)``, ``.cv``, ``.resets``; ``.error`` is that of the quadrature.

    Raises
    ------
    ValueError
        If `reset` depends on the position or leads elsewhere, or if `survival` leaves [0, 1].

    References
    ----------
    S. Reuveni, Phys. Rev. Lett. 116, 170601 (2016); A. Pal and S. Reuveni, Phys. Rev. Lett. 118, 030603
    (2017).

    Examples
    --------
    >>> import resetdyn as rd
    >>> from scipy.stats import lognorm
    >>> round(rd.renewal_survival(lognorm(1.5).sf, rd.Poisson(3.7)).mean, 6)
    1.361657
    """
    if not callable(survival):
        raise TypeError(f"survival={survival!r}: give a function of time")
    if isinstance(reset, RateField | Geometric) or not isinstance(reset, Reset):
        raise ValueError(f"reset={reset}: give rd.Poisson, rd.Sharp, rd.Renewal or rd.NoReset")
    if reset.to is not None or reset.return_speed is not None:
        raise ValueError(
            f"reset={reset}: a survival function knows no places; leave out to= and return_speed="
        )
    given = _Given(survival)
    return trials_result(reset, "survival: given function", reset, given, given, _EPS)


def trials_result(
    problem: Any, method: str, reset: Reset, start: Timed, to: Timed, rounding: float = 0.0,
    journeys: Travelled | None = None, exits: Callable[[], Exits | None] | None = None,
) -> FirstPassageResult:  # fmt: skip
    """Return the result of trials that end by this reset.

    `rounding` is the error of ``reached``; `journeys` adds journeys back, `exits` gives an interval's ends.
    """

    @cache
    def both(order: int) -> tuple[Trial, Trial]:
        first = trial(start, reset, order)
        again = first if to is start else trial(to, reset, order)
        if journeys is None:
            return first, again
        travelled = journeys(first, 0, order)
        return travelled, travelled if to is start else journeys(again, 1, order)

    def moment(order: int) -> float:
        survival = renewed(*both(order - 1), pause_series(reset.refractory, order - 1))
        return moment_from(survival, order) if all(map(isfinite, survival)) else inf

    first, again = both(0)
    pause = pause_series(reset.refractory, 0)
    logarithm = log_mean(first, again, pause[0])
    mean = exp(logarithm) if logarithm < LOG_MAX else inf
    error = mean_error(first, again._replace(hit_error=again.hit_error + rounding), pause)
    return FirstPassageResult(
        problem=problem,
        method=method,
        mean=mean,
        error=error if np.isfinite(mean) else 0.0,
        log_mean=logarithm,
        moments=moment,
        resets_function=lambda: mean_resets(first, again),
        survival_function=None if journeys else survival_function(reset, start, to),
        density_function=None if journeys else density_function(reset, start, to),
        exits_function=exits,
    )
