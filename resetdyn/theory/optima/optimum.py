r"""The optimal reset: the global minimum of the mean over the one parameter of a reset.

Rates from 0 to infinity, periods, probabilities per step, or a user's own one-parameter family: a curve of
the mean is scanned for all its minima (:mod:`.numerics.minimum`), which are compared with its ends, for
a finite rate may help where slow resetting does not (a first-order transition: Pal and Prasad, PRR 1, 032001
(2019)).  For Poisson resetting a minimum is a root of the slope, which theory gives without differencing; for
a fixed period, with a density of the first-passage time, it is where hazard rate times mean is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import exp, inf, log
from typing import Any, overload

import numpy as np
from scipy.optimize import brentq

from resetdyn.label_noise import LabelNoiseQuadratic
from resetdyn.theory.numerics.minimum import Minimum, Scan, lowest, scan_minima
from resetdyn.theory.optima.reset_curves import PoissonCurve
from resetdyn.theory.optima.reset_dials import Dial, dial_of
from resetdyn.theory.optima.risk import optimal_risk
from resetdyn.theory.resetting.renewal import LOG_MAX
from resetdyn.verdicts import OptimalReset, OptimalRisk

# A curve that falls beyond what was scanned is followed in such strides.
_STRIDE, _FAR, _STEPS = 1e3, 1e15, 8


@overload
def optimal_reset(problem: LabelNoiseQuadratic) -> OptimalRisk: ...
@overload
def optimal_reset(
    problem: Any, family: Any = None, bounds: tuple[float, float] | None = None
) -> OptimalReset: ...
def optimal_reset(problem: Any, family: Any = None, bounds: tuple[float, float] | None = None) -> Any:
    """Return the reset that is best of all of its kind.

    Parameters
    ----------
    problem : FirstPassage, frozen scipy.stats distribution, callable or LabelNoiseQuadratic
        A search, of which the mean time is minimised: its own reset says which parameter varies (the rate of
        `Poisson`, the period of `Sharp`, the probability of `Geometric`, a factor on a `RateField`), where
        resets lead and what they cost; without a reset the rate is varied. Or the law of completion times
        without resetting; or a function from a parameter to a problem, a result or a mean. Or a model of
        noisy labels, of which the steady clean risk is minimised.
    family : callable, optional
        Function from the parameter to a reset, such as ``lambda m: rd.Renewal(gamma(2, scale=m / 2))``, or
        one of the classes `Poisson` and `Sharp`; the place that resets lead to and their costs stay those of
        the problem unless it gives its own.
    bounds : (float, float), optional
        Range of the parameter, needed for a function and for a `family` that is one; by default all there is,
        0 and infinity included.

    Returns
    -------
    OptimalReset or OptimalRisk
        Its rate is 0 where resetting does not help, and `inf` where the mean (risk) falls for ever; a
        `parameter` equal to one of the bounds says that the mean still falls there.

    Raises
    ------
    ValueError
        If no exact route is known for the problem, or it does not say what is to vary.
    TypeError
        If `problem` is none of these, or `bounds` is missing.

    References
    ----------
    S. Reuveni, Phys. Rev. Lett. 116, 170601 (2016); A. Pal and S. Reuveni, Phys. Rev. Lett. 118, 030603
    (2017).

    Examples
    --------
    >>> import resetdyn as rd
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0))
    >>> best = rd.optimal_reset(problem)
    >>> round(best.rate, 9), round(best.mean, 9), best.speedup
    (2.539638282, 1.544138652, inf)
    >>> best = rd.optimal_reset(problem, family=rd.Sharp)
    >>> round(best.parameter, 9), round(best.mean, 9)
    (0.458502769, 1.33588567)

    From the law of the completion times alone:

    >>> from scipy.stats import lognorm
    >>> round(rd.optimal_reset(lognorm(1.5)).rate, 9)
    3.705888951
    """
    if isinstance(problem, LabelNoiseQuadratic):
        return optimal_risk(problem)
    return replace(optimum_of(dial_of(problem, family, bounds)), problem=problem)


def optimum_of(dial: Dial) -> OptimalReset:
    """Return the lowest point of a dial."""
    best = _lowest(dial)
    free, x = dial.free, best.x
    reset = dial.reset(x)
    gain = free - best.log_mean if best.log_mean < free else 0.0
    speedup = exp(gain) if gain < LOG_MAX else inf
    return OptimalReset(
        dial.rate(x), _exp(best.log_mean), speedup, best.error, dial.method, reset, x, best.log_mean
    )


def finite_minima(dial: Dial) -> list[Minimum]:
    """Return the minima strictly inside the dial's range."""
    return scan_minima(dial.curve).minima


def _lowest(dial: Dial) -> Minimum:
    scan = scan_minima(dial.curve)
    inside = list(scan.minima)
    if dial.falls_at_once and scan.falls_low and isinstance(dial.curve, PoissonCurve):
        inside += _below(dial.curve)
    if dial.ceaseless == inf:
        inside += _farther(dial, scan)
    outside = _ends(dial, scan.falls_low, scan.falls_high, scan.values)
    return lowest([*outside, *inside], 4 * dial.curve.precision)


def _farther(dial: Dial, scan: Scan) -> list[Minimum]:
    """Return the minima beyond the range of a curve that still falls there, and must rise in the end."""
    found: list[Minimum] = []
    curve, rising = dial.curve, dial.never == 0
    for _ in range(_STEPS):
        if dial.ends[rising] not in (0.0, inf) or not (scan.falls_high if rising else scan.falls_low):
            break
        curve = (
            curve.part(curve.high / 2, curve.high * _FAR)
            if rising
            else curve.part(curve.low / _FAR, curve.low * 2)
        )
        scan = scan_minima(curve)
        found += scan.minima
    return found


def _ends(dial: Dial, falls_low: bool, falls_high: bool, values: tuple[float, float]) -> list[Minimum]:
    """Return the candidates at the ends of the dial, the one without resetting first.

    Parameters
    ----------
    dial : Dial
        With its ends.
    falls_low, falls_high : bool
        Whether the scanned curve falls towards its low and its high end.
    values : (float, float)
        Logarithms of the mean at the two ends of the scan.
    """
    low, high = dial.ends
    out = []
    if low <= dial.never <= high and not dial.falls_at_once:
        out.append(Minimum(dial.never, dial.free, 0.0))
    out += [Minimum(x, dial.curve.log_mean(x), 0.0) for x in dial.fixed]
    opposite = {0.0: (high, falls_high, 1), inf: (low, falls_low, 0)}.get(dial.never)
    if opposite:
        x, falls, end = opposite
        if x == 1.0:
            out.append(Minimum(x, dial.ceaseless, 0.0))
        elif falls and x in (0.0, inf):
            out.append(Minimum(x, _ceaseless(dial, end, values[end]), 0.0))
    return out


def _ceaseless(dial: Dial, end: int, value: float) -> float:
    """Return the log of the mean where resets never stop: the limit of a curve that still falls."""
    if not np.isnan(dial.ceaseless):
        return dial.ceaseless
    x = dial.curve.high if end else dial.curve.low
    for _ in range(_STEPS):
        x *= _STRIDE if end else 1 / _STRIDE
        value, before = min(dial.curve.log_mean(x), value), value
        if before - value <= dial.curve.precision:
            break
    return value


def _below(curve: PoissonCurve) -> list[Minimum]:
    """Return the minimum at a rate below those where the slope is above rounding: the transition is near."""
    low, high = 1e-12 * curve.low, curve.low
    while high < curve.high and high * curve.slope(high) <= 4 * curve.precision:
        high *= 10
    if curve.slope(low) >= 0 or curve.slope(high) <= 0:
        return [Minimum(0.0, curve.log_mean(0.0), high)]
    rate = exp(_bracketed(lambda u: exp(u) * curve.slope(exp(u)), log(low), log(high)))
    bend = (curve.slope(1.1 * rate) - curve.slope(0.9 * rate)) / (0.2 * rate)
    height = curve.log_mean(rate)
    error = curve.noise(rate, height) / (rate * abs(bend)) if bend else inf
    return [Minimum(rate, height, max(error, 1e-15 * rate))]


def _bracketed(function: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(function, low, high, xtol=1e-15, rtol=1e-15))


def _exp(x: float) -> float:
    return exp(x) if x < LOG_MAX else inf
