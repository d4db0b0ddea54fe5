r"""The optimal reset rate, and whether resetting helps at all.

The optimum is found as a root of the derivative, which theory gives without differencing, and so to nearly
full precision.  ``CV > 1`` is the local answer, for slow resetting (Reuveni, PRL 116, 170601 (2016); for a
reset to another place than the start, ``<T^2>_start > 2 <T>_start <T>_to``).  A finite rate may help where
it does not (a first-order transition: Pal and Prasad, PRR 1, 032001 (2019)), so all minima are found and
compared.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, isinf, log, nan
from typing import Any, overload

import numpy as np
from scipy.optimize import brentq

from resetdyn.label_noise import LabelNoiseQuadratic
from resetdyn.problems import FirstPassage
from resetdyn.resets import NoReset, Poisson
from resetdyn.theory import renewal
from resetdyn.theory.passage import Passage, passages
from resetdyn.theory.risk import optimal_risk
from resetdyn.verdicts import OptimalReset, OptimalRisk, Verdict

# Rates scanned per decade for a change of sign of the slope.
_PER_DECADE = 8


@overload
def optimal_reset(problem: FirstPassage) -> OptimalReset: ...
@overload
def optimal_reset(problem: LabelNoiseQuadratic) -> OptimalRisk: ...
def optimal_reset(problem: Any) -> Any:
    """Return the rate of Poisson resetting that is best of all.

    Parameters
    ----------
    problem : FirstPassage or LabelNoiseQuadratic
        A search, of which the mean time is minimised (its own reset, none or Poisson, says where resets lead;
        its rate does not matter); or a model of noisy labels, of which the steady clean risk is minimised.

    Returns
    -------
    OptimalReset or OptimalRisk
        Its rate is 0 where resetting does not help, and `inf` where the mean (risk) falls for ever.

    Raises
    ------
    ValueError
        If no exact route is known for the problem, or its reset is not Poisson.

    Examples
    --------
    >>> import resetdyn as rd
    >>> best = rd.optimal_reset(rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0)))
    >>> round(best.rate, 9), round(best.mean, 9), best.speedup
    (2.539638282, 1.544138652, inf)
    """
    match problem:
        case FirstPassage():
            return _optimal_search(problem, *_known_passages(problem))
        case LabelNoiseQuadratic():
            return optimal_risk(problem)
    raise TypeError(f"problem={problem!r}: give rd.FirstPassage or rd.LabelNoiseQuadratic")


def reset_helps(problem: FirstPassage) -> Verdict:
    """Return whether resetting helps, at any rate and at small ones.

    Parameters
    ----------
    problem : FirstPassage
        Its reset (none or Poisson) says where resets lead; its rate does not matter.

    Returns
    -------
    Verdict
        `helps` is the verdict over all rates, `slope` the local one at rate 0.

    Raises
    ------
    ValueError
        If no exact route is known for the problem, or its reset is not Poisson.

    Examples
    --------
    >>> import resetdyn as rd
    >>> verdict = rd.reset_helps(rd.FirstPassage(rd.Brownian(1.0, drift=-1.0), 1.0, rd.Level(0.0)))
    >>> verdict.helps, round(verdict.cv**2, 9), verdict.transition_order  # Peclet number 1/2
    (True, 2.0, 2)
    """
    if not isinstance(problem, FirstPassage):
        raise TypeError(f"problem={problem!r}: give rd.FirstPassage")
    start, to = _known_passages(problem)
    best = _optimal_search(problem, start, to)
    mean = renewal.poisson_moment(1, 0.0, start, start)
    if isinf(mean):
        return Verdict(best.rate > 0, inf, -inf, nan, None, best.rate)
    cv = float(np.sqrt(renewal.poisson_moment(2, 0.0, start, start) / mean**2 - 1))
    expansion = renewal.mean_series(start, to, 2)
    if expansion is None:  # a reset may lead to where the target is missed
        return Verdict(best.rate > 0, cv, inf, nan, None, best.rate)
    _, slope, curvature = expansion
    return Verdict(best.rate > 0, cv, slope, curvature, 2 if curvature > 0 else 1, best.rate)


def _known_passages(problem: FirstPassage) -> tuple[Passage, Passage]:
    if not isinstance(problem.reset, NoReset | Poisson):
        raise ValueError(
            f"reset={problem.reset}: the optimum is over Poisson rates; give rd.Poisson or rd.NoReset"
        )
    pair = passages(problem)
    if pair is None:
        raise ValueError(
            f"no exact route for {type(problem.process).__name__} to a {type(problem.target).__name__}; "
            "use rd.simulate(problem) at several rates, or rd.renewal_samples"
        )
    return pair


def _optimal_search(problem: FirstPassage, start: Passage, to: Passage) -> OptimalReset:
    def slope(rate: float) -> float:
        return renewal.log_mean_slope(rate, start, to)

    def height(rate: float) -> float:
        return renewal.log_mean(rate, start, to)

    expansion = renewal.mean_series(start, to, 1)
    falls_at_once = expansion[1] < 0 if expansion else isinf(height(0.0))
    low, high = _span(start.rates(), to.rates())
    rate = _best(slope, height, low, high, falls_at_once)
    error = _noise(slope, rate, start.precision) if rate > 0 else 0.0
    mean, free = _exp(height(rate)), _exp(height(0.0))
    speedup = exp(height(0.0) - height(rate)) if free < inf else inf
    return OptimalReset(rate, mean, speedup, error, f"root of the slope; {start.method}")


def _best(
    slope: Callable[[float], float], height: Callable[[float], float], low: float, high: float, falls: bool
) -> float:
    """Return the lowest minimum over the rates: 0, or a root of the slope."""
    rates = np.geomspace(low, high, int(_PER_DECADE * np.log10(high / low)) + 2)
    falling = [slope(float(rate)) < 0 for rate in rates]
    candidates = [] if falls else [0.0]
    if falls and not falling[0]:
        candidates.append(_root(slope, low * 1e-12, low))
    for i in range(len(rates) - 1):
        if falling[i] and not falling[i + 1]:
            candidates.append(_root(slope, float(rates[i]), float(rates[i + 1])))
    return min(candidates, key=height)


def _root(slope: Callable[[float], float], low: float, high: float) -> float:
    """Return where the slope changes its sign, to rounding; 0 where that is below `low`."""
    if slope(low) >= 0:
        return 0.0
    return exp(brentq(lambda u: exp(u) * slope(exp(u)), log(low), log(high), xtol=1e-15, rtol=1e-15))


def _noise(slope: Callable[[float], float], rate: float, precision: float) -> float:
    """Return by how much a slope that is off by its rounding would move the root."""
    step = 1e-4 * rate
    bend = (slope(rate + step) - slope(rate - step)) / (2 * step)
    return max(10 * precision / (rate * abs(bend)) if bend else 0.0, 1e-15 * rate)


def _span(*ranges: tuple[float, float]) -> tuple[float, float]:
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _exp(x: float) -> float:
    return exp(x) if x < renewal.LOG_MAX else inf
