"""The ways to reset that the advice speaks of, each the best of its menu."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import exp, inf, nan
from typing import Any

import numpy as np
from scipy import stats

from resetdyn._checks import FloatArray
from resetdyn.advice.bounds import Bounds, bounds_of
from resetdyn.advice.choice import Choice
from resetdyn.advice.families import SHAPES, family_menu, waits_menu
from resetdyn.advice.grid import MOST, periods_of
from resetdyn.advice.intervals import log_error
from resetdyn.advice.luby import Luby, luby_mean
from resetdyn.advice.menu import Menu
from resetdyn.advice.odds import Odds, odds_of
from resetdyn.advice.option import Option
from resetdyn.advice.quantiles import free_quantile
from resetdyn.advice.searches import Searches
from resetdyn.advice.sharp import sharp_menu
from resetdyn.advice.study import Study, support_of
from resetdyn.resets import Geometric, Poisson, Renewal, Sharp


def poisson_reset(study: Study, rate: float) -> Any:
    """Return Poisson resets, or geometric ones for steps."""
    if study.ties is not None:
        return Geometric(float(rate), refractory=study.price.overhead, ties=study.ties)
    return Poisson(float(rate), refractory=study.price.overhead)


def option_of(
    study: Study,
    menu: Menu,
    choice: Choice,
    reset: Any,
    at_reach: bool,
    alone: Callable[[FloatArray], Menu],
) -> Option:
    """Return the reset that was chosen, with its prediction; `alone` is the menu of it for any times."""
    law, i = study.law, choice.which
    one = menu.only([k == i for k in range(len(menu.values))])
    time, spent = float(one.lasting(law)[0]), float(one.spent(law)[0])
    share = time / spent
    success = float(one.success(law)[0])
    resets = 1 / success - 1
    if study.at_rate:  # of which attempts are between the resets on top
        frequency = reset.probability if study.ties else reset.rate
        chances = time - (study.ties == "process")  # the end of the run is no chance for a reset
        resets = chances * frequency / (1 + frequency * study.price.overhead)
    mean = choice.spent * share
    searches = Searches(study, reset, time, resets, choice.optimism, choice.support)
    return Option(
        reset, mean, (choice.interval[0] * share, choice.interval[1] * share), choice.spent,
        *_gain(study, choice), resets, choice.optimism,
        choice.support, at_reach, _outcomes(study, reset, alone), searches.quantile,
        searches.interval,
    )  # fmt: skip


def _gain(study: Study, choice: Choice) -> tuple[float, tuple[float, float], float]:
    """Return the speed-up, its interval, and the probability that there is one."""
    gained = choice.gained
    if study.endless:
        return inf, (gained.interval()[0], inf), study.chance(choice)
    return exp(gained.centre), gained.interval(), study.chance(choice)


def _outcomes(study: Study, reset: Any, alone: Callable[[FloatArray], Menu]) -> Odds | None:
    if study.ends is None:
        return None
    rate = getattr(reset, "rate", getattr(reset, "probability", nan))
    return odds_of(study.ends, [alone], [rate])


def poisson_option(study: Study, menu: Menu, choice: Choice, rate: float, at_reach: bool) -> Option:
    """Return resets at the rate that was chosen."""
    alone = partial(study.poisson, np.asarray([rate]))
    most = study.ties is not None and rate >= MOST
    return option_of(study, menu, choice, poisson_reset(study, rate), at_reach and not most, alone)


def robust_option(study: Study, menu: Menu, choice: Choice) -> Option:
    """Return the rate whose mean has the least upper limit."""
    law, n = study.law, study.samples.n
    spent, support = menu.spent(law), menu.support(law, n)
    errors = np.asarray([log_error(menu, law, i) for i in range(len(menu.values))])
    factor = stats.t.ppf(0.975, np.maximum(support - 1, 1))
    i = int(np.argmin(np.log(spent) + factor * errors))
    one = menu.only([k == i for k in range(len(menu.values))])
    own = study.choose(one)
    return poisson_option(study, one, own, menu.values[i], i == len(menu.values) - 1)


def sharp_option(study: Study) -> Option | None:
    """Return the best fixed period (None where the data tell of none)."""
    periods = periods_of(study.samples, study.law, support_of(study.samples.n))
    if len(periods) == 0:
        return None
    menu = sharp_menu(periods, study.samples.at, study.late, study.price)
    choice = study.choose(menu)
    period = periods[[choice.which]]

    def alone(times: FloatArray) -> Menu:
        return sharp_menu(period, times, study.late, study.price)

    reset = Sharp(float(period[0]), refractory=study.price.overhead)
    at_reach = choice.which == 0 and not (study.samples.steps and period[0] <= 1)
    return option_of(study, menu, choice, reset, at_reach, alone)


def luby_option(study: Study) -> Luby:
    """Return Luby's sequence; its unit is not tuned, so that nothing is to be corrected."""
    unit = free_quantile(study.samples.high, study.law.after, 0.1)
    return Luby(unit, luby_mean(study.law, study.samples.at, unit, study.price))


def bounds_option(study: Study, sharp: Option) -> Bounds:
    """Return what no protocol can beat and one is sure to keep."""
    price = study.price
    paid = price.overhead + price.cost if price.of_age is None else inf
    return bounds_of(study.law, study.samples.at, sharp.spent, paid, study.samples.n)


def family_option(study: Study, name: str, sharp: Option) -> Option:
    """Return the best waits of a family, "gamma" or "Weibull"."""
    data, law = study.samples, study.law
    means = sharp.reset.period * np.geomspace(0.05, 50, 18)
    menu = family_menu(name, means, data.at, study.late, study.price)
    told = menu.support(law, data.n) >= support_of(data.n)
    menu = menu.only(told)
    choice = study.choose(menu)
    shape, scale = menu.values[choice.which]
    law_of_waits = (
        stats.gamma(shape, scale=scale) if name == "gamma" else stats.weibull_min(shape, scale=scale)
    )

    def alone(times: FloatArray) -> Menu:
        mean = np.asarray([law_of_waits.mean()])
        return waits_menu(name, np.asarray([shape]), mean, times, study.late, study.price)

    reset = Renewal(law_of_waits, refractory=study.price.overhead)
    return option_of(study, menu, choice, reset, shape == max(SHAPES), alone)
