"""Which rates and periods to look at: as far as the data tell of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize_scalar

from resetdyn._checks import FloatArray
from resetdyn.advice.menu import Menu
from resetdyn.advice.samples import Samples
from resetdyn.advice.survival import Law

_NEAR, _AROUND = 0.4, 41  # in the logarithm of the rate
_SLOWEST, _RATES, _PERIODS = 0.01, 90, 120
MOST = 0.999  # probability of a reset per step
_LARGEST = 500.0  # of rate times the least time: beyond it the probability of success is lost in rounding


def rates_of(
    menu: Callable[[FloatArray], Menu], law: Law, data: Samples, at_rate: float, support: float
) -> FloatArray:
    """Return rates, from one reset in a hundred runs to the highest that enough runs tell of."""
    mean = float(law.p @ data.at + law.rest * data.high[-1])
    least, room = _SLOWEST / mean, (1 - at_rate if data.steps else np.inf)
    most = min(_LARGEST / float(data.at[0]), MOST * room)
    if data.steps:
        least, most = least / (1 + least) * room, most
    extra = np.geomspace(least, max(most, 2 * least), 2 * _RATES)
    told = menu(at_rate + extra).support(law, data.n) >= support
    end = len(told) if told.all() else max(int(np.argmin(told)), 2)
    return at_rate + np.geomspace(least, extra[end - 1], _RATES)


def refined(menu: Callable[[FloatArray], Menu], law: Law, rates: FloatArray) -> FloatArray:
    """Return the rates with the best one, and more around it, between them."""
    i = int(np.argmin(menu(rates).spent(law)))
    if i in (0, len(rates) - 1):
        return rates
    best = minimize_scalar(
        lambda x: float(menu(np.exp([x])).spent(law)[0]),
        bounds=(float(np.log(rates[i - 1])), float(np.log(rates[i + 1]))),
        method="bounded",
        options={"xatol": 1e-7},
    )
    near = np.exp(best.x + np.linspace(-_NEAR, _NEAR, _AROUND))  # the best one is the middle
    return np.unique(np.r_[rates, near[(near > rates[0]) & (near < rates[-1])]])


def periods_of(data: Samples, law: Law, support: float) -> FloatArray:
    """Return periods: times at which enough runs had ended, spread over ranks and over times."""
    ended = np.cumsum(law.p)
    enough = (ended * data.n >= support) & (law.p > 0) & (data.high < data.high[law.p > 0][-1])
    all_ = data.high[enough]
    if len(all_) <= _PERIODS:
        return all_
    half = _PERIODS // 2
    by_rank = np.linspace(0, len(all_) - 1, half).astype(int)
    by_time = np.searchsorted(all_, np.geomspace(all_[0], all_[-1], half))
    return all_[np.unique(np.r_[by_rank, np.minimum(by_time, len(all_) - 1)])]
