"""Exact first passage under resetting: which routes there are, and what each one needs.

A route takes a problem and returns its result, or None where it does not apply; `ROUTES` holds them all, the
best one first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import exp, inf, isfinite

from resetdyn.problems import FirstPassage
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck
from resetdyn.resets import NoReset, Poisson, Renewal, Sharp, never_resets
from resetdyn.results import FirstPassageResult
from resetdyn.targets import Interval, Level
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.passage import find_passage, one_dimensional
from resetdyn.theory.passages.timed import timed
from resetdyn.theory.resetting import renewal
from resetdyn.theory.resetting.exits import exits
from resetdyn.theory.resetting.exits_by_trials import exits_by_trials
from resetdyn.theory.resetting.from_rate_field import by_field
from resetdyn.theory.resetting.from_survival import trials_result
from resetdyn.theory.resetting.geometric_renewal import by_generating
from resetdyn.theory.resetting.pair import passages
from resetdyn.theory.resetting.poisson_times import density_function, survival_function
from resetdyn.theory.resetting.returns import return_delay, travel_to
from resetdyn.theory.resetting.returns_in_time import travelled
from resetdyn.theory.resetting.returns_to_places import delays_to_places
from resetdyn.theory.resetting.trials import pause_series

# The order of delays to which those of the first four moments are known together.
_FIRST = 3
# The relative error of what journeys back add.
_TRAVELLED = 1e-13


def by_transform(problem: FirstPassage) -> FirstPassageResult | None:
    """Take Poisson resetting (or none) from the Laplace transform of the reset-free first passage."""
    reset = problem.reset
    if never_resets(reset):
        alone = find_passage(problem.process, problem.start, problem.target)
        pair = (alone, alone) if alone else None
    else:
        pair = passages(problem) if isinstance(reset, Poisson) else None
    if pair is None:
        return None
    start, to = pair
    rate = getattr(reset, "rate", 0.0)
    costly = rate > 0 and not reset.free
    delays = _delays(problem, rate) if costly else None
    if costly and delays is None:
        return None
    log_mean = renewal.log_mean(rate, start, to, delays)
    mean = exp(log_mean) if log_mean < renewal.LOG_MAX else inf
    precision = max(start.precision, to.precision) * (1 + abs(log_mean))
    if delays and reset.return_speed is not None:
        precision += _TRAVELLED
    return FirstPassageResult(
        problem=problem,
        method=f"transform: {to.method if reset.random_to else start.method}",
        mean=mean,
        error=precision * mean if isfinite(mean) else 0.0,
        log_mean=log_mean,
        moments=lambda order: renewal.poisson_moment(order, rate, start, to, delays),
        survival_function=survival_function(reset, rate, start, to),
        density_function=density_function(reset, rate, start, to),
        resets_function=lambda: rate * _exp(renewal.log_mean(rate, start, to)) if rate else 0.0,
        exits_function=exits(rate, start, to, delays),
    )


def by_survival(problem: FirstPassage) -> FirstPassageResult | None:
    """Take resets after any waiting time from the survival probability of the reset-free process."""
    reset = problem.reset
    if not isinstance(reset, NoReset | Sharp | Renewal | Poisson):
        return None
    pair, journeys = passages(problem), travelled(problem) if reset.return_speed else None
    if pair is None or (reset.return_speed and journeys is None):
        return None
    start = timed(pair[0])
    to = start if pair[1] is pair[0] else timed(pair[1])
    if start is None or to is None:
        return None
    ends = None if journeys else exits_by_trials(reset, pair, (start, to))
    return trials_result(
        problem, f"survival: {to.timed_method}", reset, start, to, journeys=journeys, exits=ends
    )


def _delays(problem: FirstPassage, rate: float) -> renewal.Delays | None:
    """Return the series of what the costs of a reset add; None where they are not known."""
    reset = problem.reset
    if reset.return_speed is None:

        def paused(order: int) -> tuple[Series, Series]:
            k = [rate * c for c in pause_series(reset.refractory, order)]
            k[0] += 1.0
            return k, k

        return paused

    if problem.process.dim > 1:
        return None
    process, start, target = one_dimensional(problem.process, problem.start, problem.target)
    if not isinstance(process, Brownian | OrnsteinUhlenbeck | Langevin):
        return None
    if not isinstance(target, Level | Interval):
        return None
    if reset.random_to:
        if not isinstance(problem.target, Level | Interval):
            return None
        return delays_to_places(process, problem.target, start, rate, reset)
    back = one_dimensional(problem.process, problem.reset_to, problem.target)[1]
    journeys = [
        _journey(process, target, rate, reset.return_speed, place, back) for place in {start: 0, back: 0}
    ]

    def with_journeys(order: int) -> tuple[Series, Series]:
        pause = pause_series(reset.refractory, order)
        k = [renewal.both_delays(rate, journey(order), pause) for journey in journeys]
        return k[0], k[-1]

    return with_journeys


def _journey(
    process: Brownian | OrnsteinUhlenbeck | Langevin, target: Level | Interval, rate: float, speed: float,
    start: float, back: float,
) -> Callable[[int], Series]:  # fmt: skip
    """Return the series of `k` of journeys to `back` for what sets out from `start`."""
    travel = travel_to(back, speed)
    series_to = cache(lambda order: return_delay(process, target, rate, start, travel, (back,), order))
    # The first moments together: whoever asks for one of them asks for others.
    return lambda order: series_to(max(order, _FIRST) if order else 0)[: order + 1]


def _exp(x: float) -> float:
    return exp(x) if x < renewal.LOG_MAX else inf


# A new route is one line here.
ROUTES: dict[str, Callable[[FirstPassage], FirstPassageResult | None]] = {
    "transform": by_transform,
    "survival": by_survival,
    "field": by_field,
    "generating": by_generating,
}
