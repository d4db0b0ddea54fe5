r"""What resetting can reach, whatever the protocol, and what it is sure to reach.

For resets to the start without cost, and `T` the time without resetting, with median `m`:

- No protocol is faster than the harmonic mean ``1 / <1 / T>``.  A trial that lasts `R` succeeds with
  probability ``P(T <= R) <= <min(T, R) / T>``, and the mean is ``<T_R> = <min(T, R)> / P(T <= R)`` (Pal and
  Reuveni, PRL 118, 030603 (2017)).  For a fixed `R`, ``min(T, R)`` grows with `T` while ``1 / T`` falls, so
  that ``<min(T, R) / T> <= <min(T, R)> <1 / T>`` (Chebyshev) and ``<T_R> >= 1 / <1 / T>``; a random `R` mixes
  fixed ones, and its ratio lies between theirs.
- For the same reason no protocol is faster than the best fixed period.
- Resetting at the rate ``x / m`` with ``x = 1 + W(-1 / (2 e)) = 0.768`` has a mean of at most
  ``(2 e^x - 1) m / x = 2 e^x m = 4.311 m``, as ``T~(r) >= e^(-r m) / 2`` (derived here; cf. Starkov and
  Belan, arXiv:2209.06611).

The harmonic mean follows from ``<1 / T> = int_0^inf F(t) dt / t^2 = int_0^inf T~(s) ds``.
"""

from __future__ import annotations

from math import e, exp, inf, isfinite, log, nan
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import lambertw

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage
from resetdyn.processes import is_discrete
from resetdyn.resets import Sharp
from resetdyn.theory.numerics.quadrature import over_times
from resetdyn.theory.optima.optimum import optimal_reset
from resetdyn.theory.optima.reset_dials import free_passage
from resetdyn.theory.passages.law import LawPassage
from resetdyn.theory.passages.passage import Passage, TimedPassage
from resetdyn.theory.resetting.pair import passages
from resetdyn.theory.solver import solve
from resetdyn.verdicts import ResetBounds

_X = 1 + float(lambertw(-1 / (2 * e)).real)
MEDIAN_BOUND = 2 * exp(_X)
_TOO_FAR = 690.0


def reset_bounds(problem: Any) -> ResetBounds:
    """Return between which bounds resetting can bring the mean, and where the optima lie between them.

    Parameters
    ----------
    problem : FirstPassage or frozen scipy.stats distribution
        A search whose resets lead to the start without cost (its own reset does not matter otherwise), or the
        law of completion times.

    Returns
    -------
    ResetBounds
        The bounds, and the best means at a constant rate and at a fixed period.

    Raises
    ------
    ValueError
        If resets lead elsewhere or cost time, the process is discrete, or no exact route is known.

    References
    ----------
    D. Starkov and S. Belan, arXiv:2209.06611 (2022); A. Pal and S. Reuveni, Phys. Rev. Lett. 118,
    030603 (2017).

    Examples
    --------
    >>> import resetdyn as rd
    >>> bounds = rd.reset_bounds(rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0)))
    >>> round(bounds.harmonic, 9), round(bounds.best, 9), round(bounds.poisson, 9), round(bounds.median, 6)
    (0.5, 1.33588567, 1.544138652, 4.738102)
    """
    if hasattr(problem, "cdf"):
        law = LawPassage(problem)
        passage: Passage = law
        median = law.quantiles[1]
    elif isinstance(problem, FirstPassage):
        passage = _checked(problem)
        median = _median(problem, passage)
    else:
        raise TypeError(f"problem={problem!r}: give rd.FirstPassage or a frozen scipy.stats distribution")
    poisson, sharp = optimal_reset(problem), _sharp(problem)
    free = passage.log_mean(0.0, 0)[0]
    return ResetBounds(
        harmonic=_harmonic(passage, median),
        best=sharp[0],
        best_period=sharp[1],
        poisson=poisson.mean,
        poisson_rate=poisson.rate,
        median=MEDIAN_BOUND * median,
        median_rate=_X / median,
        mean=exp(free) if free < 709 else inf,
        method=passage.method,
        problem=problem,
    )


def _checked(problem: FirstPassage) -> Passage:
    if is_discrete(problem.process):
        raise ValueError(f"process={type(problem.process).__name__}: the bounds are for continuous time")
    reset = problem.reset
    if not reset.free or reset.random_to or not np.array_equal(problem.start, problem.reset_to):
        raise ValueError(
            f"reset={reset}: the bounds are for resets to the start without cost; leave out to= etc."
        )
    pair = passages(problem)
    if pair is None:
        raise ValueError(
            f"no exact route for {type(problem.process).__name__} to a {type(problem.target).__name__}; "
            "use rd.simulate(problem) without resetting, and rd.advise"
        )
    return pair[0]


def _sharp(problem: Any) -> tuple[float, float]:
    try:
        best = optimal_reset(problem, family=Sharp)
    except ValueError:  # no exact survival probability
        return nan, nan
    return best.mean, best.parameter


def _median(problem: FirstPassage, passage: Passage) -> float:
    """Return the time by which half of the searches have ended; `inf` where that many never do."""
    if isinstance(passage, TimedPassage):

        def above(u: float) -> float:
            return float(passage.survival(np.asarray(exp(u)))) - 0.5
    else:
        result = solve(free_passage(problem))

        def above(u: float) -> float:
            return float(result.survival(exp(u))) - 0.5

    low, high = (-log(rate) for rate in passage.rates()[::-1])
    while above(low) < 0:
        low -= 2.0
    while above(high) > 0:
        high += 2.0
        if high > _TOO_FAR:
            return inf
    return exp(brentq(above, low, high, xtol=1e-14, rtol=1e-14))


def _harmonic(passage: Passage, median: float) -> float:
    """Return ``1 / <1 / T>``."""
    if isinstance(passage, TimedPassage):

        def weight(t: FloatArray) -> FloatArray:
            return (passage.reached(t) / t**2)[None, :]

        unit = median if isfinite(median) else 1 / passage.rates()[1]
        whole = over_times(weight, list(getattr(passage, "edges", ())), unit, 1)
        return _inverse(_converges(passage, unit), float(whole.value[0]))

    def transform(s: FloatArray) -> FloatArray:
        log_mean = passage.log_mean_many(s, 0)[0]
        return np.exp(-np.logaddexp(0.0, np.log(s) + log_mean))[None, :]

    low, high = passage.rates()
    whole = over_times(transform, [], float(np.sqrt(low * high)), 0)
    return _inverse(True, float(whole.value[0]))


def _converges(passage: TimedPassage, unit: float) -> bool:
    """Return whether the density vanishes at small times, so that ``1 / T`` has a mean."""
    near, nearer = (float(passage.reached(np.asarray(unit * t))) / t for t in (1e-60, 1e-80))
    return nearer < 1e-3 * near or nearer == 0.0


def _inverse(converges: bool, mean: float) -> float:
    return 1 / mean if converges and 0 < mean < inf else 0.0
