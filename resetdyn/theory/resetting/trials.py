r"""Resetting as a sequence of trials, whatever the waiting time.

A trial from `z` ends by reaching the target (at `T`) or by a reset (at `R`, independent of the motion, with
``S(t) = P(R > t)``).  With ``A_z(s) = int_0^inf e^(-s t) Q_z(t) S(t) dt``, ``B_z(s) = <e^(-s R); R < T>``
and the transform ``C(s)`` of the pause after a reset, resetting from the start `x` to `y` gives (derived
here; Pal and Reuveni, PRL 118, 030603 (2017) for the mean without pauses)

    Q~(s) = A_x + B_x ((1 - C) / s + C V),    V = (A_y + B_y (1 - C) / s) / (1 - B_y C),

``1 - B_y(0)`` being the probability that a trial succeeds.  The number of resets is geometric after the
first, with mean ``B_x(0) / (1 - B_y(0))``.
"""

from __future__ import annotations

from math import factorial, inf, log
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.quadrature import over_times
from resetdyn.theory.numerics.series import Series


class Trial(NamedTuple):
    """One trial: the series of `A` and `B` around 0, the chance of success, the errors of `A` and of that.

    Coefficients that diverge are infinite; the logarithm of the chance is known where the chance is beneath
    the floats.
    """

    alive: Series
    reset: Series
    hit: float
    log_hit: float
    alive_error: float = 0.0
    hit_error: float = 0.0


def renewed(start: Trial, to: Trial, pause: Series) -> Series:
    """Return the series of ``Q~`` around 0; `pause` is that of ``(1 - C) / s``."""
    elapsed_x, again_x = _with_pause(start, pause)
    if start.reset[0] == 0:
        return elapsed_x
    elapsed_y, again_y = (elapsed_x, again_x) if to is start else _with_pause(to, pause)
    if to.hit <= 0:
        return [inf] * len(elapsed_x)
    renewing = series.divide(elapsed_y, [to.hit, *(-b for b in again_y[1:])])
    return series.add(elapsed_x, series.multiply(again_x, renewing))


def log_mean(start: Trial, to: Trial, pause: float) -> float:
    """Return the logarithm of the mean time, with a mean pause after each reset."""
    elapsed_x, elapsed_y = (trial.alive[0] + trial.reset[0] * pause for trial in (start, to))
    if start.reset[0] == 0 or inf in (elapsed_x, elapsed_y):
        return log(elapsed_x) if elapsed_x < inf and start.reset[0] == 0 else inf
    return float(np.logaddexp(log(elapsed_x), log(start.reset[0] * elapsed_y) - to.log_hit))


def mean_error(start: Trial, to: Trial, pause: Series) -> float:
    """Return the error of the mean that those of the two trials make."""
    if to.hit <= 0:
        return 0.0
    elapsed = to.alive[0] + to.reset[0] * pause[0]
    renewing = elapsed / to.hit
    again = (to.alive_error + to.hit_error * (pause[0] + renewing)) / to.hit
    return start.alive_error + start.hit_error * (pause[0] + renewing) + start.reset[0] * again


def mean_resets(start: Trial, to: Trial) -> float:
    """Return the mean number of resets; `inf` where it diverges."""
    if start.reset[0] == 0:
        return 0.0
    return start.reset[0] / to.hit if to.hit > 0 else inf


def pause_series(pause: Any, order: int) -> Series:
    """Return the series of ``(1 - <e^(-s c)>) / s`` for a pause `c`, fixed or random."""
    moments = [pause**n for n in range(1, order + 2)] if isinstance(pause, float) else _moments(pause, order)
    return [(-1) ** n * m / factorial(n + 1) for n, m in enumerate(moments)]


def _moments(law: Any, order: int) -> list[float]:
    """Return the first ``order + 1`` moments of a random pause; `inf` where they diverge."""
    if order == 0 or hasattr(law, "pmf"):
        return [float(law.mean()), *(float(law.moment(n)) for n in range(2, order + 2))]
    powers = np.arange(order + 1)[:, None]

    def rows(t: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            return np.asarray((powers + 1) * t**powers * np.nan_to_num(law.sf(t)))

    integrals = over_times(rows, list(law.support()), float(law.median()), order).value
    return [float(moment) for moment in integrals]


def _with_pause(trial: Trial, pause: Series) -> tuple[Series, Series]:
    """Return the series of ``A + B (1 - C) / s`` and of ``B C``."""
    if not any(pause):
        return trial.alive, trial.reset
    waited = series.multiply(trial.reset, pause)
    return (
        series.add(trial.alive, waited),
        series.subtract(trial.reset, series.times_variable(waited, 0.0)),
    )
