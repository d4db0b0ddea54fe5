r"""An estimate on a logarithmic scale, with the errors that resamples show.

Each resample's estimate falls short of the data's by so many of its own errors (the bootstrap-t); these
shortfalls are the law of the estimate's own, in units of its error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, inf, log

import numpy as np
from scipy import stats

from resetdyn._checks import FloatArray
from resetdyn.advice.intervals import OF_GAIN, OF_MEAN, Skewed, influence, student
from resetdyn.advice.menu import Menu
from resetdyn.advice.survival import Law

SURE = 0.95
SIGMA = (0.1587, 0.5, 0.8413)
_LEAST_ERROR, _BEYOND, _INDIFFERENT = 0.2, 0.1, 0.02


@dataclass(frozen=True, eq=False)
class Studied:
    """An estimate with the errors that resamples show, in units of its own.

    Attributes
    ----------
    value, error : float
        The estimate and its standard error.
    skewness : float
        Skewness of the average that its error is of.
    skewed : Skewed
        What that does to the upper end.
    support : float
        How many runs, effectively, tell the estimate.
    open_above : bool
        Whether the data bound it from below only.
    assumed : float
        How much of the estimate comes of how runs that were given up are taken to go on: the lower end does
        without.
    shortfalls : (b,) array
        By how many of their own errors the estimates of resamples fall short of the data, in ascending order.
    """

    value: float
    error: float
    skewness: float
    skewed: Skewed
    shortfalls: FloatArray
    support: float
    open_above: bool = False
    assumed: float = 0.0

    @property
    def centre(self) -> float:
        """The estimate, corrected."""
        return self.value + self.error * float(np.mean(self.shortfalls))

    def moved(self, shift: float, spread: float) -> Studied:
        """Return the same with this between the estimate and its centre, and at least this spread."""
        if self.error == 0:
            return self
        low, _, high = np.quantile(self.shortfalls, SIGMA)
        wider = max(2 * spread / (self.error * float(high - low)), 1.0) if high > low else 1.0
        shortfalls = wider * (self.shortfalls - float(np.mean(self.shortfalls))) + shift / self.error
        return replace(self, shortfalls=shortfalls)

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of the exponential."""
        factor = inf if self.open_above else self.skewed.factor(self.skewness)
        low, high = np.quantile(self.shortfalls, [0.025 if factor == 1 else 0.05, 0.975])
        middle = float(np.mean(self.shortfalls))
        # Resamples know the errors of their own estimates no better than a normal law does.
        wider = student(self.support, 0.975) / student(inf, 0.975)
        low = middle + wider * (low - middle)
        high = middle + wider * (high - middle) * min(factor, 1e9)
        ends = np.clip(self.value + self.error * np.asarray([low, high]), -700, 700)
        return exp(ends[0] - self.assumed), exp(ends[1]) if factor < inf else inf

    def above_0(self, times: float = 1.0) -> float:
        """Return the probability that the truth is above 0, were errors so many times as large.

        It is the less certain of what resamples and a normal law say.
        """
        if self.error == 0:
            return 0.5 if self.value == 0 else float(self.value > 0)
        share = float(np.mean(self.value + times * self._reach() * self.shortfalls > 0))
        normal = float(stats.norm.cdf(self.centre / (times * self.spread)))
        if (share - 0.5) * (normal - 0.5) <= 0:
            return (share + normal) / 2
        return share if abs(share - 0.5) < abs(normal - 0.5) else normal

    @property
    def spread(self) -> float:
        """Standard deviation of the estimate, as far as it can be short of the truth where it is below 0."""
        return self._reach() * max(float(np.std(self.shortfalls)), 1.0)

    def _reach(self) -> float:
        return self.error * (self.skewed.factor(self.skewness) if self.centre < 0 else 1.0)


def studied(
    value: float,
    short: FloatArray,
    menu: Menu,
    law: Law,
    resamples: Law,
    which: int,
    chosen: FloatArray,
    n: int,
    base: FloatArray | None = None,
    last: float = 0.0,
    unseen: float = 0.0,
) -> Studied:
    """Return the estimate of a choice, from what the choices of resamples fall `short` in truth.

    With `base` (times without resetting) it is a gain, else a mean.
    """
    g, rest = influence(menu, law, np.asarray(which), base, last)
    own = float(np.sqrt(law.variance(g, rest)))
    theirs = np.sqrt(resamples.variance(*influence(menu, resamples, chosen, base, last)))
    # An error far below the data's own comes of a resample without the slow runs, and is none.
    units = np.maximum(theirs, max(_LEAST_ERROR * own, 1e-300))
    skewness, skewed = law.skewness(g, n), OF_MEAN
    beyond = float(law.rest) * float((menu.time_rest + menu.price_rest)[which])
    whole = float(law.p @ (menu.time + menu.price)[:, which]) + beyond
    # What was not seen to end decides, unless resets come so soon that it makes no difference.
    decides = beyond > _BEYOND * whole or unseen > float(law.rest)
    open_above, assumed = decides and menu.left_open(law, which, unseen) > _INDIFFERENT, 0.0
    if base is not None:  # what speaks against slow resets is how few runs are much slower than the mean
        open_above = unseen > 0 or law.skewness(base, n) > OF_MEAN.open
        beyond = float(law.rest) * (last - float(base[-1]))
        assumed = -log(1 - beyond / float(law.p @ base + law.rest * last))
        skewness, skewed = max(skewness, law.skewness((base - law.p @ base) ** 2, n)), OF_GAIN
    support = float(menu.support(law, n)[which])
    return Studied(value, own, skewness, skewed, np.sort(short / units), support, open_above, assumed)


def more_samples(gained: Studied, n: int) -> float:
    """Return how many more runs would settle the sign of a gain, if it is what it seems."""
    if gained.centre == 0:
        return inf
    needed = float(stats.norm.ppf(SURE)) * gained.spread / gained.centre
    # One that seems settled, and is not for other reasons (skewness), asks for half as many again.
    return float(np.ceil(n * max(needed**2 - 1, 0.5)))
