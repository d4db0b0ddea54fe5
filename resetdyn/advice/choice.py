r"""The best of a menu, and what it will really bring.

The best of many estimates is better than it will prove to be.  By how much is told by resamples: each chooses
its own best, and is judged by the data it was drawn from.  The mean of that disappointment is added to the
prediction, and its spread is the prediction's error: ``log J(data, choice of the resample) - log J(resample,
its choice)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log

import numpy as np
from scipy import stats

from resetdyn._checks import FloatArray
from resetdyn.advice.intervals import influence
from resetdyn.advice.menu import Menu
from resetdyn.advice.survival import Law

SURE = 0.95
_LEAST_ERROR = 0.2


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


def choose(menu: Menu, law: Law, resamples: Law, base: FloatArray, last: float, n: int) -> Choice:
    """Return the best reset of a menu; `base` are the times without (more) resetting."""
    spent = menu.spent(law)
    which = int(np.argmin(spent))
    drawn = menu.spent(resamples)
    chosen = np.argmin(drawn, axis=1)
    rows = np.arange(len(chosen))
    mean = float(law.p @ base + law.rest * last)
    means = resamples.p @ base + resamples.rest * last
    # What each resample's choice brings in truth (the data) and by its own account, in units of its own error:
    # gains of very slow resets and their errors are both small.
    truth, account = np.log(spent[chosen]), np.log(drawn[rows, chosen])
    support = float(menu.support(law, n)[which])
    log_spent, gain = log(float(spent[which])), log(mean / float(spent[which]))
    told = _studied(log_spent, truth - account, menu, law, resamples, which, chosen)
    gained = _studied(
        gain,
        np.log(mean) - truth - (np.log(means) - account),
        menu,
        law,
        resamples,
        which,
        chosen,
        base,
        last,
    )
    optimism = max(told.centre - log_spent, 0.0)
    return Choice(
        which, exp(log_spent + optimism), told.interval(), exp(optimism), gained, support, chosen
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Studied:
    """An estimate with the errors that resamples show, in units of its own.

    Attributes
    ----------
    value, error : float
        The estimate and its standard error.
    shortfalls : (b,) array
        By how many of their own errors the estimates of resamples fall short of the data, in ascending order.
    """

    value: float
    error: float
    shortfalls: FloatArray

    @property
    def centre(self) -> float:
        """The estimate, corrected."""
        return self.value + self.error * float(np.mean(self.shortfalls))

    def interval(self, level: float = SURE) -> tuple[float, float]:
        """Return the interval of the exponential."""
        ends = np.quantile(self.shortfalls, [(1 - level) / 2, (1 + level) / 2])
        low, high = np.clip(self.value + self.error * ends, -700, 700)
        return exp(low), exp(high)

    def above_0(self) -> float:
        """Return the probability that the truth is above 0: the less certain of resamples and a normal law."""
        if self.error == 0:
            return 0.5 if self.value == 0 else float(self.value > 0)
        share = float(np.mean(self.value + self.error * self.shortfalls > 0))
        spread = float(np.std(self.shortfalls))
        normal = float(stats.norm.cdf(self.centre / (self.error * max(spread, 1.0))))
        if (share - 0.5) * (normal - 0.5) <= 0:
            return (share + normal) / 2
        return share if abs(share - 0.5) < abs(normal - 0.5) else normal


def _studied(
    value: float,
    short: FloatArray,
    menu: Menu,
    law: Law,
    resamples: Law,
    which: int,
    chosen: FloatArray,
    base: FloatArray | None = None,
    last: float = 0.0,
) -> Studied:
    own = float(np.sqrt(law.variance(*influence(menu, law, np.asarray(which), base, last))))
    theirs = np.sqrt(resamples.variance(*influence(menu, resamples, chosen, base, last)))
    # An error far below the data's own comes of a resample without the slow runs, and is none.
    units = np.maximum(theirs, max(_LEAST_ERROR * own, 1e-300))
    return Studied(value, own, np.sort(short / units))


def more_samples(gained: Studied, n: int) -> float:
    """Return how many more runs would settle the sign of a gain, if it is what it seems."""
    gain = gained.centre
    needed = float(stats.norm.ppf(SURE)) * gained.error * max(float(np.std(gained.shortfalls)), 1.0)
    if gain == 0:
        return inf
    # One that seems settled, and is not for other reasons (skewness), asks for half as many again.
    return float(np.ceil(n * max((needed / gain) ** 2 - 1, 0.5)))
