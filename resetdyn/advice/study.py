"""What all parts of the advice look at: the times, their law and its resamples, and what a reset costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from math import inf
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.choice import Choice, choose
from resetdyn.advice.free import Free, free_under_rate, free_without
from resetdyn.advice.intervals import influence, log_interval, unseen
from resetdyn.advice.menu import Menu, Price
from resetdyn.advice.odds import Ends, Odds, odds_of
from resetdyn.advice.poisson import poisson_menu
from resetdyn.advice.samples import Samples
from resetdyn.advice.survival import Law

_NODES = 32


def support_of(n: int) -> float:
    """Return how many runs, effectively, must tell a mean; of fewer, the best is noise."""
    return float(np.clip(np.sqrt(n), 10.0, 100.0))


@dataclass(frozen=True, eq=False)
class Study:
    """The times, their law, its resamples, the price of a reset, how they were taken, how runs ended."""

    samples: Samples
    law: Law
    resamples: Law
    halves: tuple[Law, Law]
    price: Price
    at_rate: float
    ties: str | None
    ends: Ends | None = None

    @cached_property
    def late(self) -> FloatArray:
        """Equally likely times for what the law leaves open: its exponential end."""
        last, rest = float(self.samples.high[-1]), float(self.law.rest)
        beyond = -np.log(1 - (np.arange(_NODES) + 0.5) / _NODES)
        times = last * (1 + beyond / max(-np.log(rest), 1e-9)) if rest > 0 else np.asarray([last])
        return np.asarray(np.ceil(times) if self.samples.steps else times)

    def poisson(self, rates: FloatArray, times: FloatArray | None = None) -> Menu:
        """Return the menu of Poisson resets at these rates, for the groups or for other times."""
        at = self.samples.at if times is None else times
        return poisson_menu(rates, at, self.late, self.price, self.at_rate, self.ties)

    def odds(self, rates: FloatArray) -> Odds | None:
        """Return what Poisson resets do to the outcomes."""
        if self.ends is None:
            return None
        alone = [partial(self.poisson, np.asarray([rate])) for rate in rates]
        return odds_of(self.ends, alone, rates)

    def base(self) -> tuple[FloatArray, float]:
        """Return what is spent without (more) resets, in each group and after the last time."""
        menu = self.poisson(np.asarray([self.at_rate]))
        return (menu.time + menu.price)[:, 0], float((menu.time_rest + menu.price_rest)[0])

    @cached_property
    def free(self) -> Free:
        """What the times say about the search without resets."""
        if self.at_rate:
            return free_under_rate(self.samples, self.law, self.at_rate, self.price, self.ties)
        return free_without(self.samples, self.law)

    @property
    def endless(self) -> bool:
        """Whether there is no mean without resets."""
        return not self.at_rate and self.free.mean == inf

    def chance(self, choice: Choice) -> float:
        """Return how sure it is that a choice gains: at least as sure as that nothing else has a mean."""
        gains = choice.gained.above_0()
        return max(gains, self.free.tail.no_mean) if self.endless and self.free.tail else gains

    def choose(self, menu: Menu) -> Choice:
        """Return the best of a menu."""
        base, last = self.base()
        hidden = unseen(self.samples, self.law)
        return choose(menu, self.law, self.resamples, self.halves, base, last, self.samples.n, hidden)


class MeanAt(NamedTuple):
    """Mean times at given rates, with the ends of their 95 % intervals, and whether the data reach there.

    Beyond their reach the intervals are open above, and their lower end is what runs faster than all that
    were seen could make of it.

    Attributes
    ----------
    mean, low, high : array
        Means and the ends of their intervals, of the shape of the rates, in the unit of the times.
    trusted : array of bool
        Whether the data reach there.
    """

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    trusted: Any

    @property
    def extrapolated(self) -> Any:
        """Where the mean is one beyond what the data tell."""
        return ~np.asarray(self.trusted)


def mean_at(study: Study, rates: FloatArray, reach: float) -> MeanAt:
    """Return what the data say of Poisson rates."""
    flat = np.atleast_1d(rates).ravel()
    menu = study.poisson(flat)
    law, n = study.law, study.samples.n
    mean, support = menu.lasting(law), menu.support(law, n)
    ends = []
    for i, value in enumerate(mean):
        g, rest = influence(menu, law, np.asarray(i))
        error = float(np.sqrt(law.variance(g, rest)))
        ends.append(log_interval(float(value), error, float(support[i]), law.skewness(g, n)))
    low, high = np.asarray(ends).T
    shape = np.shape(rates)
    trusted = flat <= reach * (1 + 1e-12)
    # The share of runs that are faster than the fastest of n is below this with 97.5 % probability.
    success, unseen = menu.success(law), 1 - 0.025 ** (1 / n)
    low = np.where(trusted, low, low * success / np.minimum(success + unseen, 1.0))
    high = np.where(trusted, high, np.inf)
    return MeanAt(*(np.reshape(x, shape) for x in (mean, low, high, trusted)))
