r"""The lowest point of a curve over a positive parameter: all minima are found, and compared.

A curve gives the logarithm of a mean time as a function of the parameter.  A scan finds between which of its
points there are minima.  Where the slope is known exactly, a minimum is a root of it, to rounding.  Where
only values are, they are sampled at Chebyshev points of the chart ``u`` (say ``u = log`` parameter), where an
analytic curve is a polynomial to rounding, and the root of the polynomial's derivative is taken: a relative
error `e` of the values becomes about `20 e` of the place, and not its square root as in a search by
comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, inf, log
from typing import NamedTuple, Protocol

import numpy as np
from numpy.polynomial import chebyshev
from scipy.optimize import brentq

from resetdyn._checks import FloatArray

_EPS = float(np.finfo(float).eps)
_NODES = 24
# The interval of a fit is halved until its highest coefficients are this small, or no longer fall.
_RESOLVED = 1e-13
_NARROW = 1e-2
# A root of the derivative with such an imaginary part is real to rounding.
_REAL = 1e-9
# So much steeper within a step, where the slope changes its sign, means a jump.
_JUMP = 0.02
# Stands for a mean that is beyond the floats where values are compared.
_ENDLESS = 1e300


class Curve(Protocol):
    """The logarithm of a mean as a function of one parameter."""

    chart: Chart
    precision: float
    sloped: bool  # whether the slope is known

    def log_mean(self, x: float) -> float:
        """Return the logarithm of the mean; `inf` where it diverges."""

    def scan(self) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """Return points in the chart, there the values and the slopes (those may be left out)."""

    def slope(self, x: float) -> float:
        """Return d log(mean) / d x, where it is known."""

    def noise(self, x: float, log_mean: float) -> float:
        """Return the error of the slope in the chart (of the value, where that alone is known)."""


class Chart(NamedTuple):
    """A variable `u` on the line for a parameter `x` with a bound: ``x = place(u)``."""

    place: Callable[[float], float]
    inverse: Callable[[float], float]
    stretch: Callable[[float], float]  # dx / du as a function of x


LOGARITHMIC = Chart(exp, log, lambda x: x)
LOGISTIC = Chart(
    lambda u: 1 / (1 + exp(-u)) if u > 0 else exp(u) / (1 + exp(u)),
    lambda x: log(x) - log(1 - x),
    lambda x: x * (1 - x),
)
PLAIN = Chart(lambda u: u, lambda x: x, lambda x: 1.0)


@dataclass(frozen=True)
class Minimum:
    """A minimum of a curve: where, how low, and by how much the place may be off."""

    x: float
    log_mean: float
    error: float


class Scan(NamedTuple):
    """The minima inside the range, whether the curve falls towards its two ends, and the values there."""

    minima: list[Minimum]
    falls_low: bool
    falls_high: bool
    values: tuple[float, float]


def scan_minima(curve: Curve) -> Scan:
    """Return all minima inside the range that the curve scans, and what happens at its ends."""
    points, values, slopes = curve.scan()
    if slopes is not None:
        turns = np.flatnonzero((slopes[:-1] < 0) & (slopes[1:] >= 0))
        found = [_root(curve, float(points[i]), float(points[i + 1])) for i in turns]
        heights = float(values[0]), float(values[-1])
        return Scan(found, bool(slopes[0] >= 0), bool(slopes[-1] < 0), heights)
    values = np.minimum(values, _ENDLESS)
    found, noise = [], 16 * curve.precision
    for i in range(1, len(points) - 1):
        left, right = values[i - 1] - values[i], values[i + 1] - values[i]
        if min(left, right) >= 0 and max(left, right) > noise:  # flat to rounding is no minimum
            low, high = float(points[i - 1]), float(points[i + 1])
            if curve.sloped and _turns(curve, low, high):
                found.append(_root(curve, low, high))
            else:
                found += _fitted(curve, low, high)
    falls = bool(values[1] - values[0] > noise), bool(values[-2] - values[-1] > noise)
    return Scan(found, *falls, (float(values[0]), float(values[-1])))


def lowest(candidates: Sequence[Minimum], margin: float) -> Minimum:
    """Return the lowest of some minima; the first, unless another is lower by more than the margin."""
    best = min(candidates, key=lambda minimum: minimum.log_mean)
    return candidates[0] if candidates[0].log_mean <= best.log_mean + margin else best


def _turns(curve: Curve, low: float, high: float) -> bool:
    """Return whether the slope goes from below 0 to above."""
    return curve.slope(curve.chart.place(low)) < 0 <= curve.slope(curve.chart.place(high))


def _root(curve: Curve, low: float, high: float) -> Minimum:
    """Return where the exact slope changes its sign, to rounding."""
    place, stretch = curve.chart.place, curve.chart.stretch

    def steepness(u: float) -> float:
        x = place(u)
        return stretch(x) * curve.slope(x)

    u = float(brentq(steepness, low, high, xtol=1e-15, rtol=4 * _EPS))
    step = 1e-4
    bend = (steepness(u + step) - steepness(u - step)) / (2 * step)
    x = place(u)
    if bend * step > _JUMP:  # the curve jumps here: from which side is it lower?
        x = min((x * (1 + k * _EPS) for k in (-4, 0, 4)), key=curve.log_mean)
    height = curve.log_mean(x)
    off = max(curve.noise(x, height) / abs(bend) if bend else inf, 4 * _EPS)
    return Minimum(x, height, off * stretch(x))


def _fitted(curve: Curve, low: float, high: float) -> list[Minimum]:
    """Return the minimum, if any, of the polynomial through the values at Chebyshev points."""
    place, stretch = curve.chart.place, curve.chart.stretch
    nodes = chebyshev.chebpts1(_NODES)
    while True:
        middle, half = (low + high) / 2, (high - low) / 2
        places = [place(middle + half * x) for x in nodes.tolist()]
        values = np.array([curve.log_mean(x) for x in places])
        level, least = float(values.min()), middle + half * float(nodes[int(np.argmin(values))])
        if np.all(np.isfinite(values)):
            coefficients = chebyshev.chebfit(nodes, values - level, _NODES - 1)
            tail = float(np.abs(coefficients[-_NODES // 4 :]).max())
            size = float(np.abs(coefficients[1:]).max())
            noise = max(tail, *(curve.noise(x, level) for x in places))
            if tail <= max(_RESOLVED * size, 4 * curve.precision) or half < _NARROW:
                break
        elif half < _NARROW:  # the minimum is where the mean ceases to be finite
            return [Minimum(place(least), level, half * stretch(place(least)))]
        low, high = max(low, least - half / 2), min(high, least + half / 2)
    kept = np.flatnonzero(np.abs(coefficients) > 2 * tail)
    smooth = chebyshev.Chebyshev(coefficients[: int(kept[-1]) + 1 if len(kept) else 1])
    second = smooth.deriv(2)
    turns = [float(x.real) for x in smooth.deriv().roots() if abs(x.imag) < _REAL and abs(x.real) <= 1]
    turns = [x for x in turns if second(x) > 0]
    if not turns:
        return []
    x = min(turns, key=smooth)
    # Each coefficient is off by the noise, and its polynomial at most as steep as its order (off the ends).
    off = half * noise * _NODES**1.5 / float(second(x))
    found = place(middle + half * x)
    return [Minimum(found, curve.log_mean(found), max(off, 4 * _EPS) * stretch(found))]
