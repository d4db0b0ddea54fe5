r"""Trials that end at a waiting time of any law, from the survival probability without resetting.

    A_n = int t^n Q(t) S(t) dt,    B_n = int t^n Q(t) f(t) dt,    success: int (1 - Q(t)) f(t) dt,

with the density `f` of the waiting time, or sums over the values that it takes; up to ``(-1)^n / n!`` they
are the Taylor coefficients of the transforms.  The integrals converge or diverge by the powers of time in the
tails: for diffusion, ``Q ~ t^(-1/2)``, a waiting time with ``S ~ t^(-alpha)`` gives a finite mean only for
``alpha > 1/2``.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, factorial, inf, log
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy.special import logsumexp

from resetdyn._checks import FloatArray
from resetdyn.resets import Renewal, Reset, Sharp
from resetdyn.theory.numerics.quadrature import over_gaps, over_interval, over_times
from resetdyn.theory.resetting.rare_success import log_success
from resetdyn.theory.resetting.trials import Trial

# Values of a discrete law that are summed over, and the probability that may be left out.
_MOST = 100_000
_LEFT = 1e-17
# Logarithm of the successes beneath which the earliest times may matter, and beneath which logarithms do.
_RARE, _FAINT = -10.0, -200.0
_EPS = float(np.finfo(float).eps)


class Timed(Protocol):
    """What has a survival probability, and its complement without cancellation (if it can).

    `precision` is the relative error of the two, `timed_method` where they come from.
    """

    precision: float
    timed_method: str

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the search has not ended by `t`."""

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that it has."""

    def log_reached(self, t: FloatArray) -> FloatArray:
        """Return its logarithm, beneath the floats as well if it can."""


class Values(NamedTuple):
    """The values that a discrete waiting time takes, and their probabilities."""

    values: FloatArray
    chances: FloatArray

    @property
    def longer(self) -> FloatArray:
        """The probability of a waiting time of at least each value, and 0."""
        return np.append(np.cumsum(self.chances[::-1])[::-1], 0.0)


def law_of(reset: Reset) -> Any:
    """Return the law of the waiting time: `Values`, or what has a density as distributions have."""
    match reset:
        case Sharp(period=period):
            return Values(np.array([period]), np.ones(1))
        case Renewal(law=law):
            return values_of(law) if hasattr(law, "pmf") else law
    return Exponential(getattr(reset, "rate", 0.0))


def trial(timed: Timed, reset: Reset, order: int) -> Trial:
    """Return the trial that ends by this reset, to this order."""
    law = law_of(reset)
    integrals = _at_values if isinstance(law, Values) else _continuous
    out = integrals(timed, law, order)
    deepen = getattr(timed, "deepen", None)
    if out.log_hit < _RARE and deepen is not None and deepen():  # a table may leave out what is improbable
        out = integrals(timed, law, order)
    return out


class Exponential:
    """The waiting time of Poisson resetting, with what is asked of a law here; at rate 0 it never ends."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def support(self) -> tuple[float, float]:
        """Return the shortest and the longest waiting time."""
        return 0.0, inf

    def median(self) -> float:
        """Return the typical waiting time."""
        return log(2) / self.rate if self.rate else 1.0

    def pdf(self, t: FloatArray) -> FloatArray:
        """Return the density."""
        return self.rate * self.sf(t)

    def logpdf(self, t: FloatArray) -> FloatArray:
        """Return the logarithm of the density."""
        return (log(self.rate) if self.rate else -inf) - self.rate * t

    def sf(self, t: FloatArray) -> FloatArray:
        """Return the probability of waiting longer."""
        return np.exp(-self.rate * t)


def values_of(law: Any) -> Values:
    """Return the values of a discrete law, and their probabilities."""
    given = getattr(getattr(law, "dist", law), "xk", None)
    if given is not None:
        values = np.asarray(given, dtype=float) + (law.support()[0] - given[0])
    else:
        low, high = law.support()
        count = 16.0
        while count < min(_MOST, high - low) and law.sf(low + count) > _LEFT:
            count *= 2
        last = min(high, low + count)
        if last - low >= _MOST:
            raise ValueError(
                f"law: more than {_MOST} of its values matter; give a continuous law, or use "
                "rd.simulate(problem)"
            )
        values = np.arange(low, last + 1, dtype=float)
    chances = np.asarray(law.pmf(values), dtype=float)
    return Values(values[chances > 0], chances[chances > 0] / np.sum(chances))


def _at_values(timed: Timed, law: Values, order: int) -> Trial:
    """Return the trial for a waiting time that takes these values: the survival is integrated in between."""
    powers = np.arange(order + 1)[:, None]
    (values, chances), waiting = law, law.longer

    def alive(t: FloatArray) -> FloatArray:
        return np.asarray(t**powers * timed.survival(t) * waiting[np.searchsorted(values, t)])

    inner = [edge for edge in getattr(timed, "edges", ()) if 0 < edge < values[-1]]
    cuts = np.unique([*inner, *values])
    parts = [over_interval(alive, cuts[0])]
    if len(cuts) > 1:
        parts.append(over_gaps(alive, cuts))
    value, error = (sum(column) for column in zip(*parts, strict=True))
    ended = values**powers * timed.survival(values) @ chances
    log_hit = float(logsumexp(_log_reached(timed)(values), b=chances))
    return _trial(timed, value, ended, log_hit, float(error[0]), 0.0)


def _continuous(timed: Timed, law: Any, order: int) -> Trial:
    edges, unit = [*law.support(), *getattr(timed, "edges", ())], float(law.median())
    powers = np.arange(order + 1)[:, None]

    def rows(t: FloatArray) -> FloatArray:
        alive, times = timed.survival(t), t**powers
        with np.errstate(all="ignore"):
            density, waiting = np.nan_to_num(law.pdf(t)), np.nan_to_num(law.sf(t))
            hits = density * timed.reached(t)
        return np.concatenate([times * (alive * waiting), times * (alive * density), [hits]])

    value, error = over_times(rows, edges, unit, order)
    alive, ended, (hit,) = np.split(value, [order + 1, 2 * order + 2])
    if hit > exp(_FAINT):
        log_hit, hit_error = log(hit), float(error[-1] / hit)
    elif isinstance(law, Exponential) and law.rate == 0:  # it never ends
        log_hit, hit_error = -inf, 0.0
    else:
        log_hit, hit_error = log_success(_log_reached(timed), law, unit, edges)
    if ended[0] > 0.5:
        ended[0] = 1 - exp(log_hit)
    return _trial(timed, alive, ended, log_hit, float(error[0]), hit_error)


def _log_reached(timed: Timed) -> Callable[[FloatArray], FloatArray]:
    """Return the logarithm of the probability of success, at the earliest times as well if it can be."""
    return getattr(timed, "log_reached_early", timed.log_reached)


def _trial(
    timed: Timed, alive: FloatArray, ended: FloatArray, log_hit: float, alive_error: float, hit_error: float
) -> Trial:
    """Return the trial; `hit_error` is a relative one."""
    scale = np.array([(-1) ** n / factorial(n) for n in range(len(alive))])
    hit = exp(log_hit)
    # An exponential carries the rounding of its exponent.
    hit_error += timed.precision + 4 * _EPS + (2 * _EPS * abs(log_hit) if hit > 0 else 0.0)
    alive_error += timed.precision * float(alive[0])
    return Trial(
        (scale * alive).tolist(), (scale * ended).tolist(), hit, log_hit, alive_error, hit_error * hit
    )
