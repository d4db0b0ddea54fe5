r"""Does resetting help at all?

``CV > 1`` is the local answer, for slow resetting (Reuveni, PRL 116, 170601 (2016); for a reset to another
place than the start, ``<T^2>_start > 2 <T>_start <T>_to``; a mean pause `c` adds ``2 c <T>`` to what the
second moment must exceed).  A finite rate may help where slow resetting does not (a first-order transition:
Pal and Prasad, PRR 1, 032001 (2019)), so the verdict is that of the global optimum.  Over all fixed periods
it is that of any protocol, for a reset to the start without cost (Pal and Reuveni, PRL 118, 030603 (2017)):
some period helps where the mean residual life of the search ever exceeds its mean.
"""

from __future__ import annotations

from math import inf, isfinite, sqrt
from typing import Any

from resetdyn.problems import FirstPassage
from resetdyn.theory.optima.expansion import landau
from resetdyn.theory.optima.optimum import optimum_of
from resetdyn.theory.optima.reset_dials import dial_of, free_passage
from resetdyn.theory.passages.law import LawPassage
from resetdyn.theory.resetting.pair import passages
from resetdyn.theory.resetting.renewal import poisson_moment
from resetdyn.theory.solver import solve
from resetdyn.verdicts import Verdict


def reset_helps(problem: Any) -> Verdict:
    """Return whether resetting helps, at any rate and at small ones.

    Parameters
    ----------
    problem : FirstPassage or frozen scipy.stats distribution
        A search, whose reset says where resets lead, what they cost and what is varied: the rate of `Poisson`
        (or without a reset), the period of `Sharp`, the probability of `Geometric`; its present value does
        not matter. Or the law of the completion times.

    Returns
    -------
    Verdict
        `helps` is the verdict over all rates, periods or probabilities, `slope` the local one for slow
        resetting at a constant rate (probability). With `Sharp`, and resets to the start without cost,
        `helps` is the verdict over all protocols whatever (a gain beneath rounding, by resets so late that
        they hardly ever happen, counts as none).

    Raises
    ------
    ValueError
        If no exact route is known for the problem.

    References
    ----------
    S. Reuveni, Phys. Rev. Lett. 116, 170601 (2016); A. Pal and S. Reuveni, Phys. Rev. Lett. 118, 030603
    (2017).

    Examples
    --------
    >>> import resetdyn as rd
    >>> verdict = rd.reset_helps(rd.FirstPassage(rd.Brownian(1.0, drift=-1.0), 1.0, rd.Level(0.0)))
    >>> verdict.helps, round(verdict.cv**2, 9), verdict.transition_order  # Peclet number 1/2
    (True, 2.0, 2)

    A finite rate may help where slow resetting does not:

    >>> verdict = rd.reset_helps(rd.FirstPassage(rd.Brownian(1.0, drift=3.0), 0.2, rd.Interval(0.0, 1.0)))
    >>> verdict.helps, verdict.cv < 1, verdict.slope > 0, verdict.transition_order
    (True, True, True, 1)
    """
    if not (isinstance(problem, FirstPassage) or hasattr(problem, "cdf")):
        raise TypeError(f"problem={problem!r}: give rd.FirstPassage or a frozen scipy.stats distribution")
    dial = dial_of(problem, None, None)
    best = optimum_of(dial)
    _, slope, curvature = map(float, landau(problem, 2))
    helps = best.parameter != dial.never
    if dial.free == inf:
        return Verdict(helps, inf, -inf, curvature, None, best.rate, problem)
    order = (2 if curvature > 0 else 1) if isfinite(slope) and isfinite(curvature) else None
    return Verdict(helps, fluctuation(problem), slope, curvature, order, best.rate, problem)


def fluctuation(problem: Any) -> float:
    """Return the coefficient of variation without resetting."""
    if not isinstance(problem, FirstPassage):
        _, mean, second = LawPassage(problem).moments(2)
    else:
        pair = passages(free_passage(problem))
        if pair is None:
            return float(solve(free_passage(problem)).cv)
        mean, second = (poisson_moment(n, 0.0, pair[0], pair[0]) for n in (1, 2))
    return sqrt(max(second / mean**2 - 1, 0.0)) if isfinite(second) else inf
