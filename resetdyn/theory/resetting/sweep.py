r"""The mean of one search at many Poisson rates, in a few calls instead of one for each.

The renewal formula needs ``M(r)`` of the reset-free process only (:mod:`.resetting.renewal`), and that
is known for all rates at once; this is what makes a phase diagram cheap.
"""

from __future__ import annotations

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage
from resetdyn.theory.passages.passage import Passage
from resetdyn.theory.resetting import renewal
from resetdyn.theory.resetting.pair import passages


class RateSweep:
    """The mean first-passage time of a problem as a function of the rate of its Poisson reset.

    Parameters
    ----------
    start, to : Passage
        From the start and from where resets lead.
    """

    def __init__(self, start: Passage, to: Passage) -> None:
        self.start, self.to = start, to

    def log_means(self, rates: FloatArray) -> FloatArray:
        """Return the logarithm of the mean at each rate; `inf` where the mean diverges."""
        log_x = self.start.log_mean_many(rates, 0)[0]
        if self.to is self.start:
            return log_x
        log_y = self.to.log_mean_many(rates, 0)[0]
        often = rates > 0
        out = log_x.copy()
        out[often] = renewal.log_mean_from(rates[often], log_x[often], log_y[often])
        return out

    def log_ratio(self, rate: float, free: float) -> float:
        """Return how far below `free` (a logarithm) the mean at this rate is."""
        return free - float(self.log_means(np.array([rate]))[0])

    @property
    def precision(self) -> float:
        """Relative error of ``M``."""
        return max(self.start.precision, self.to.precision)


def rate_sweep(problem: FirstPassage) -> RateSweep | None:
    """Return the sweep over the rates of a problem with a Poisson reset, or None where there is none."""
    if not problem.reset.free or problem.reset.random_to:
        return None
    pair = passages(problem)
    return None if pair is None else RateSweep(*pair)
