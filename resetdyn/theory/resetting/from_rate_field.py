r"""Resets at a rate that depends on the position, from the motion that is killed at that rate.

With `h` and `Q` the transforms of reaching the target alive and of being under way
(:mod:`.passages.killed`), resets to the start give ``Q_r = M / (1 + s M)`` with ``M = Q / h``, as if
there were none; otherwise a trial ends by a reset with the transform ``R = 1 - h - s Q``
(:mod:`.resetting.trials`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import exp, expm1, inf, isfinite, log
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck
from resetdyn.resets import RateField
from resetdyn.results import FirstPassageResult
from resetdyn.results.first_passage import Exits
from resetdyn.targets import Interval, Level
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.cauchy import taylor
from resetdyn.theory.numerics.inversion import ComplexArray, invert
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.decay import decay_rate
from resetdyn.theory.passages.killed import Killed, killed_passage
from resetdyn.theory.passages.passage import InvertiblePassage, one_dimensional
from resetdyn.theory.resetting import renewal
from resetdyn.theory.resetting.exits import EndedTrial, ended_at, exits, exits_of
from resetdyn.theory.resetting.poisson_times import density_function, survival_function
from resetdyn.theory.resetting.trials import Trial, pause_series, renewed

_PRECISION = 1e-12
# Logarithm of `Q / h` above which the derivatives of `Q` are taken on a circle, of this size in units of its
# scale; relative error that is no worse than what is lost else.
_RARE, _CIRCLE, _SURE = 20.0, 0.25, 1e-9


class FieldPassage(InvertiblePassage):
    """First passage under resets to the start at a rate of the position."""

    method = "chain of power series (rate of the position)"
    precision = _PRECISION
    wary = True

    def __init__(self, killed: Killed) -> None:
        self.killed = killed

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        return self.killed.logs(s, order)[1]

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        hit, alive = self.killed.values(s)
        return hit / alive

    def rates(self) -> tuple[float, float]:
        """Return a range of rates around the inverse of the mean."""
        log_mean = self.log_mean(0.0, 0)[0]
        unit = exp(-log_mean) if abs(log_mean) < renewal.LOG_MAX else 1.0
        return 1e-4 * unit, 1e4 * unit


class EndedFieldPassage(FieldPassage):
    """The same out of an interval."""

    def log_odds(self, s: float) -> tuple[float, float]:
        """Return ``log(T~_low / T~_high)`` and its derivative."""
        return self.killed.log_odds(s)


def by_field(problem: FirstPassage) -> FirstPassageResult | None:
    """Take resets at a rate of the position from the motion that is killed at that rate."""
    reset = problem.reset
    if not isinstance(reset, RateField) or reset.random_to or reset.return_speed is not None:
        return None
    start, to = (_passage(problem, reset, place) for place in (problem.start, problem.reset_to))
    if start is None or to is None:
        return None
    if reset.free and problem.start == problem.reset_to:
        log_mean = start.log_mean(0.0, 0)[0]
        return FirstPassageResult(
            problem=problem,
            method=start.method,
            mean=_exp(log_mean),
            error=_error(log_mean),
            log_mean=log_mean,
            moments=lambda order: renewal.poisson_moment(order, 0.0, start, start),
            survival_function=survival_function(reset, 0.0, start, start),
            density_function=density_function(reset, 0.0, start, start),
            resets_function=lambda: _resets(start, start),
            exits_function=exits(0.0, start, start, None),
        )
    log_mean = _log_mean(start, to, pause_series(reset.refractory, 0)[0])

    def moment(order: int) -> float:
        first, again = (_trial(passage.killed, order - 1) for passage in (start, to))
        if first is None or again is None or log_mean > renewal.LOG_MAX:
            return inf
        survival = renewed(first, again, pause_series(reset.refractory, order - 1))
        return renewal.moment_from(survival, order) if all(map(isfinite, survival)) else inf

    return FirstPassageResult(
        problem=problem,
        method=start.method,
        mean=_exp(log_mean),
        error=_error(log_mean),
        log_mean=log_mean,
        moments=moment,
        survival_function=_inverse(start.killed, to.killed, density=False) if reset.free else None,
        density_function=_inverse(start.killed, to.killed, density=True) if reset.free else None,
        resets_function=lambda: _resets(start, to),
        exits_function=_exits_by_trials(start, to, reset.mean_refractory),
    )


def _passage(problem: FirstPassage, reset: RateField, place: Any) -> FieldPassage | None:
    if problem.process.dim > 1:
        return None
    process, at, target = one_dimensional(problem.process, place, problem.target)
    if not isinstance(process, Brownian | OrnsteinUhlenbeck | Langevin):
        return None
    # A half-space may stretch the axis, on which the rate is given.
    if at != place or not isinstance(target, Level | Interval):
        return None
    kind = EndedFieldPassage if isinstance(target, Interval) else FieldPassage
    return kind(killed_passage(process, reset.field, target, at))


def _log_mean(start: FieldPassage, to: FieldPassage, pause: float) -> float:
    """Return the logarithm of ``Q_x + (1 - h_x) (Q_y / h_y + pause / h_y)``."""
    (log_hit_x, *_), (ratio_x, *_) = start.killed.logs(0.0, 0)
    (log_hit_y, *_), (ratio_y, *_) = to.killed.logs(0.0, 0)
    if inf in (ratio_x, ratio_y):
        return inf
    again = -np.expm1(min(log_hit_x, 0.0))
    renewing = ratio_y if pause == 0 else float(np.logaddexp(ratio_y, log(pause) - log_hit_y))
    return float(np.logaddexp(ratio_x + log_hit_x, log(again) + renewing)) if again else ratio_x + log_hit_x


def _trial(killed: Killed, order: int) -> Trial | None:
    """Return the trial from here; None where it does not end."""
    log_hit, log_ratio = killed.logs(0.0, order)
    if not all(map(isfinite, log_ratio)):
        return None
    hit = series.exponential(log_hit)
    alive = series.exponential(series.add(log_hit, log_ratio))
    if order > 0 and log_ratio[0] > _RARE:
        # The derivatives of `h` and `Q / h` are so large that they cancel.
        scale = min(abs(alive[0] / alive[n]) ** (1 / n) for n in range(1, min(order, 2) + 1))
        values, error = taylor(killed.alive, _CIRCLE * scale, order)
        alive = values.tolist() if error < _SURE else alive
    reset = [1 - hit[0], *(-h - q for h, q in zip(hit[1:], alive, strict=False))]
    return Trial(alive, reset, hit[0], log_hit[0])


def _exits_by_trials(start: FieldPassage, to: FieldPassage, pause: float) -> Callable[[], Exits] | None:
    """Return what gives the ends, where there are two."""
    if not (isinstance(start, EndedFieldPassage) and isinstance(to, EndedFieldPassage)):
        return None
    return lambda: exits_of(_ended_trial(start), _ended_trial(to), (pause, pause))


def _ended_trial(passage: EndedFieldPassage) -> EndedTrial:
    """Return the trial with its ends: ``t_e = -(log h_e)'``, ``b = -R' = h' + Q``."""
    (log_hit, slope), (log_ratio, _) = passage.killed.logs(0.0, 1)
    spent = max(_exp(log_hit + log_ratio) + exp(log_hit) * slope, 0.0)
    shares, means = ended_at(passage.log_odds(0.0), -slope)
    return EndedTrial(shares, means, log_hit, -expm1(min(log_hit, 0.0)), spent)


def _resets(start: FieldPassage, to: FieldPassage) -> float:
    log_hit_x, log_hit_y = (passage.killed.logs(0.0, 0)[0][0] for passage in (start, to))
    return float(-np.expm1(min(log_hit_x, 0.0))) * _exp(-log_hit_y)


def _inverse(start: Killed, to: Killed, *, density: bool) -> Any:
    def transform(s: ComplexArray) -> ComplexArray:
        (h_x, q_x), (h_y, q_y) = start.values(s), to.values(s)
        first, later = (h_x, h_y) if density else (q_x, q_y)
        return first + (1 - h_x - s * q_x) * later / (h_y + s * q_y)

    def decay(s: ComplexArray) -> ComplexArray:
        hit, alive = to.values(s)
        return hit / alive + s

    @cache
    def shift() -> float:
        return decay_rate(decay, wary=True)

    def function(t: FloatArray) -> FloatArray:
        return np.asarray(invert(transform, t, shift()))

    return function


def _exp(log_mean: float) -> float:
    return exp(log_mean) if log_mean < renewal.LOG_MAX else inf


def _error(log_mean: float) -> float:
    mean = _exp(log_mean)
    return _PRECISION * (1 + abs(log_mean)) * mean if isfinite(mean) else 0.0
