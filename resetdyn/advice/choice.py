r"""The best of a menu, and what it will really bring.

The best of many estimates is better than it will prove to be.  By how much is told by random halves of the
runs: each chooses its own best, which the other half judges.  This optimism of half the runs, over
``sqrt(2)``, is that of all (where one reset is about as good as another; where one is clearly the best there
is hardly any).  The spread is told by resamples: each chooses its own best, and is judged by the data it was
drawn from.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.menu import Menu
from resetdyn.advice.studied import SIGMA, Studied, studied
from resetdyn.advice.survival import Law


@dataclass(frozen=True, eq=False)
class Choice:
    """A reset chosen from a menu.

    Attributes
    ----------
    which : int
        Its place in the menu.
    spent : float
        Mean time, price included, that it will bring: corrected for the choice.
    interval : tuple of float
        Its interval.
    optimism : float
        By which factor the choice makes the uncorrected prediction too good.
    gained : Studied
        Logarithm of the mean without resetting over `spent`.
    chosen : (b,) int array
        What the resamples chose.
    """

    which: int
    spent: float
    interval: tuple[float, float]
    optimism: float
    gained: Studied
    support: float
    chosen: FloatArray


def choose(
    menu: Menu,
    law: Law,
    resamples: Law,
    halves: tuple[Law, Law],
    base: FloatArray,
    last: float,
    n: int,
    unseen: float,
) -> Choice:
    """Return the best reset of a menu.

    `base` are the times without (more) resetting, `last` that of what the law leaves open, and `unseen` is
    the probability of ends that runs which were given up hide.
    """
    spent = menu.spent(law)
    which = int(np.argmin(spent))
    drawn = menu.spent(resamples)
    chosen = np.argmin(drawn, axis=1)
    rows = np.arange(len(chosen))
    mean = float(law.p @ base + law.rest * last)
    means = resamples.p @ base + resamples.rest * last
    # What each resample's choice brings in truth (the data) and by its own account, in units of its own
    # error: gains of very slow resets and their errors are both small.
    truth, account = np.log(spent[chosen]), np.log(drawn[rows, chosen])
    support = float(menu.support(law, n)[which])
    log_spent, gain = log(float(spent[which])), log(mean / float(spent[which]))
    told = studied(log_spent, truth - account, menu, law, resamples, which, chosen, n, unseen=unseen)
    told = told.moved(*_judged(menu, halves))
    short = np.log(mean) - truth - (np.log(means) - account)
    gained = studied(gain, short, menu, law, resamples, which, chosen, n, base, last, unseen)
    optimism = told.centre - log_spent
    return Choice(
        which, exp(log_spent + optimism), told.interval(), exp(optimism), gained, support, chosen
    )  # fmt: skip


def _judged(menu: Menu, halves: tuple[Law, Law]) -> tuple[float, float]:
    """Return by how much the choice makes the logarithm of the mean too good, and the error of that."""
    ours, others = (menu.spent(half) for half in halves)
    rows, chosen = np.arange(len(ours)), np.argmin(ours, axis=1)
    better = np.log(others[rows, chosen]) - np.log(ours[rows, chosen])
    low, middle, high = np.quantile(better, SIGMA)
    # The difference of two halves has twice the error of the whole.
    return max(float(middle), 0.0) / sqrt(2), float(high - low) / 4
