r"""The best of a menu, and what it will really bring.

The best of many estimates is better than it will prove to be.  By how much is told by resamples: each chooses
its own best, and is judged by the data it was drawn from.  The mean of that disappointment is added to the
prediction, and its spread is the prediction's error: ``log J(data, choice of the resample) - log J(resample,
its choice)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf

import numpy as np
from scipy import stats

from resetdyn._checks import FloatArray
from resetdyn.advice.intervals import influence, log_interval
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
    gain, gain_error : float
        Logarithm of the mean without resetting over `spent`, corrected, and its error.
    gain_interval : tuple of float
        Interval of the ratio.
    chosen : (b,) int array
        What the resamples chose.
    """

    which: int
    spent: float
    interval: tuple[float, float]
    optimism: float
    gain: float
    gain_error: float
    gain_interval: tuple[float, float]
    support: float
    chosen: FloatArray

    @property
    def probability(self) -> float:
        """Probability that this reset makes the mean smaller than it is without."""
        if self.gain_error == 0:
            return float(self.gain > 0)
        return float(stats.t.cdf(self.gain / self.gain_error, max(self.support - 1, 1.0)))


def choose(menu: Menu, law: Law, resamples: Law, base: FloatArray, last: float, n: int) -> Choice:
    """Return the best reset of a menu; `base` are the times without (more) resetting."""
    spent = menu.spent(law)
    which = int(np.argmin(spent))
    drawn = menu.spent(resamples)
    chosen = np.argmin(drawn, axis=1)
    rows = np.arange(len(chosen))
    mean = float(law.p @ base + law.rest * last)
    means = resamples.p @ base + resamples.rest * last
    # What each resample's choice brings in truth (the data) and by its own account.
    truth, account = np.log(spent[chosen]), np.log(drawn[rows, chosen])
    support = float(menu.support(law, n)[which])
    short = truth - account
    error = float(np.std(short, ddof=1))
    optimism = max(float(np.mean(short)), 0.0)
    value = float(spent[which]) * exp(optimism)
    gain = float(np.log(mean / spent[which]))
    own = np.sqrt(np.maximum(law.variance(*influence(menu, law, np.asarray(which), base, last)), 0.0))
    theirs = np.sqrt(np.maximum(resamples.variance(*influence(menu, resamples, chosen, base, last)), 0.0))
    found = np.log(means) - account
    # In units of its own error, for gains of very slow resets and their errors are both small; an error that
    # is far below the data's own comes of a resample without the slow runs, and is none.
    short_gain = (np.log(mean) - truth - found) / np.maximum(theirs, max(_LEAST_ERROR * float(own), 1e-300))
    gain = gain + float(own) * min(float(np.mean(short_gain)), 0.0)
    gain_error = float(own) * max(float(np.std(short_gain, ddof=1)), 1.0)
    return Choice(
        which, value, log_interval(value, error, support), exp(optimism), gain, gain_error,
        log_interval(exp(gain), gain_error, support), support, chosen,
    )  # fmt: skip


def more_samples(gain: float, error: float, n: int) -> float:
    """Return how many more runs would settle the sign of a gain, if it is what it seems."""
    needed = float(stats.norm.ppf(SURE)) * error
    if abs(gain) >= needed:
        return 0.0
    return inf if gain == 0 or error == inf else float(np.ceil(n * ((needed / gain) ** 2 - 1)))
