"""What all parts of the advice look at: the times, their law and its resamples, and what a reset costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.choice import Choice, choose
from resetdyn.advice.intervals import influence, log_interval
from resetdyn.advice.menu import Menu, Price
from resetdyn.advice.poisson import poisson_menu
from resetdyn.advice.samples import Samples
from resetdyn.advice.survival import Law

_NODES = 32


def support_of(n: int) -> float:
    """Return how many runs, effectively, must tell a mean; of fewer, the best is noise."""
    return float(np.clip(np.sqrt(n), 10.0, 100.0))


@dataclass(frozen=True, eq=False)
class Study:
    """The times, their law, its resamples, the price of a reset, and how the times were taken."""

    samples: Samples
    law: Law
    resamples: Law
    halves: tuple[Law, Law]
    price: Price
    at_rate: float
    ties: str | None

    @cached_property
    def late(self) -> FloatArray:
        """Equally likely times for what the law leaves open: its exponential end."""
        last, rest = float(self.samples.high[-1]), float(self.law.rest)
        beyond = -np.log(1 - (np.arange(_NODES) + 0.5) / _NODES)
        times = last * (1 + beyond / max(-np.log(rest), 1e-9)) if rest > 0 else np.asarray([last])
        return np.asarray(np.ceil(times) if self.samples.steps else times)

    def poisson(self, rates: FloatArray) -> Menu:
        """Return the menu of Poisson resets at these rates."""
        return poisson_menu(rates, self.samples.at, self.late, self.price, self.at_rate, self.ties)

    def base(self) -> tuple[FloatArray, float]:
        """Return what is spent without (more) resets, in each group and after the last time."""
        menu = self.poisson(np.asarray([self.at_rate]))
        return (menu.time + menu.price)[:, 0], float((menu.time_rest + menu.price_rest)[0])

    def choose(self, menu: Menu) -> Choice:
        """Return the best of a menu."""
        base, last = self.base()
        return choose(menu, self.law, self.resamples, self.halves, base, last, self.samples.n)


class MeanAt(NamedTuple):
    """Mean times at given rates, with the ends of their 95 % intervals, and whether the data reach there."""

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    trusted: Any


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
    return MeanAt(*(np.reshape(x, shape) for x in (mean, low, high, trusted)))
