r"""First passage from a random place: the average over places of what is linear in the survival probability.

With ``T~ = <T~_y>`` and ``Q~ = <Q~_y>`` a random start is a passage like any other, whose ``M = Q~ / T~`` is
a ratio of sums of positive numbers.  The average runs over the quantiles of the law of the place, split at
the target, by the double-exponential rule, which takes the tails of the law at the ends of ``(0, 1)`` and the
kink at the target (derived here).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import inf, pi
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.functions import Quadratic
from resetdyn.processes import Process
from resetdyn.targets import Ball, HalfSpace, Interval, Level, Sublevel, Target
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.passage import (
    InvertibleEnds,
    InvertiblePassage,
    Passage,
    TimedPassage,
    find_passage,
)
from resetdyn.theory.resetting.exits import poisson_trial
from resetdyn.theory.resetting.waiting import values_of

# Steps and reach of the double-exponential rule; at half as many nodes it is right to 1e-6 or better.
_POINTS = np.arange(-32, 33) / 8
_PRECISION = 1e-12
# Size of ``1 - T~`` beneath which it is summed from the places' own.
_CANCELS = 1e-3


class _Average(Passage):
    """The average of passages with weights that add up to 1, less `inside` for places within the target."""

    def __init__(self, weights: FloatArray, parts: Sequence[Any]) -> None:
        self.weights, self.parts = weights, parts
        self.inside = max(0.0, 1 - float(np.sum(weights)))
        if self.inside < 1e-13:
            self.inside = 0.0
        self.method = f"{parts[0].method}, averaged over the places"
        self.timed_method = f"{getattr(parts[0], 'timed_method', '')}, averaged over the places"
        self.wary = any(getattr(part, "wary", False) for part in parts)
        self.precision = max(_PRECISION, *(part.precision for part in parts))

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        alive, hit = [], []
        for part in self.parts:
            log_m = part.log_mean(s, order)
            # 1 / Q~ = s + 1 / M, and T~ = Q~ / M.
            inverse = series.exponential([-c for c in log_m])
            inverse = [c + v for c, v in zip(inverse, [s, 1.0, *[0.0] * order], strict=False)]
            alive.append([-c for c in series.logarithm(inverse)])
            hit.append(series.subtract(alive[-1], log_m))
        if self.inside:
            hit.append([0.0] * (order + 1))
        weights = self.weights.tolist()
        total = _log_sum(weights, alive)
        return series.subtract(total, _log_sum([*weights, self.inside] if self.inside else weights, hit))

    def outside(self) -> _Average:
        """Return the average over the places outside the target alone."""
        return type(self)(self.weights / np.sum(self.weights), self.parts)

    def rates(self) -> tuple[float, float]:
        """Return the range of rates set by all of the places that matter."""
        ranges = [part.rates() for w, part in zip(self.weights, self.parts, strict=True) if w > 1e-6]
        return min(low for low, _ in ranges), max(high for _, high in ranges)

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        inverse = [part.inverse_mean(s) for part in self.parts]
        alive = [w / (i + s) for w, i in zip(self.weights, inverse, strict=True)]
        hit = self.inside + sum(a * i for a, i in zip(alive, inverse, strict=True))
        return np.asarray(hit / sum(alive))

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the target has not been reached by `t`."""
        return self._mean([part.survival(t) for part in self.parts])

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that the target has been reached by `t`."""
        return self.inside + self._mean([part.reached(t) for part in self.parts])

    def _mean(self, values: list[FloatArray]) -> FloatArray:
        return np.asarray(np.tensordot(self.weights, np.array(values), axes=1))


class _Ended(_Average):
    """The average of passages out of an interval; `at_once` are its ends' parts of `inside`."""

    at_once = (0.0, 0.0)

    def log_odds(self, s: float) -> tuple[float, float]:
        """Return ``log(T~_low / T~_high)`` and its derivative."""
        trials = [poisson_trial(s, part) for part in self.parts]
        shares, means = (np.array([t[i] for t in trials]) for i in (0, 1))
        logs = np.array([t.log_hit for t in trials])
        most = 0.0 if self.inside else float(logs.max())
        parts = (self.weights * np.exp(logs - most))[:, None] * shares
        # Transforms of the ends, and minus their slopes.
        (low, high), (late_low, late_high) = parts.sum(axis=0) + self.at_once, (parts * means).sum(axis=0)
        if min(low, high) <= 0:
            return (inf if low > 0 else -inf), 0.0
        return float(np.log(low / high)), float(late_high / high - late_low / low)

    def end_transform(self, s: ComplexArray, end: int) -> ComplexArray:
        """Return ``T~_low`` (end 0) or ``T~_high`` (end 1) at complex `s`, but for what is there at once."""
        return np.asarray(self.weights @ self._transforms(s, end))

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        s = np.asarray(s, dtype=np.complex128)
        hits = self._transforms(s, 0) + self._transforms(s, 1)
        hit = self.weights @ hits
        with np.errstate(all="ignore"):
            out = np.asarray((self.inside + hit) * s / (self.weights @ (1 - hits)))
        near = np.abs(self.inside + hit - 1) < _CANCELS
        if near.any():
            out[near] = super().inverse_mean(s[near])
        return out

    def alike(self) -> tuple[InvertiblePassage, ...]:
        """Return the passage from the likeliest place, and those that show its decay better."""
        return tuple(self.parts[int(np.argmax(self.weights))].alike())

    def _transforms(self, s: ComplexArray, end: int) -> ComplexArray:
        together = getattr(self.parts[0], "end_transforms", None)
        if together is not None:
            return np.asarray(together(self.parts, s, end))
        return np.array([part.end_transform(s, end) for part in self.parts])


def average_passage(process: Process, law: Any, target: Target) -> Passage | None:
    """Return the passage from a random place; None where it is not known from all of them."""
    places, weights = places_of(law, boundary_of(target))
    kept, parts = [], []
    for place, weight in zip(places, weights, strict=True):
        if any(_there(place, target)):
            continue
        part = find_passage(process, float(place), target)
        if part is None:
            return None
        kept.append(weight)
        parts.append(part)
    if not parts:
        raise ValueError("to: all of its places are in the target; give a law with places outside it")
    ended = isinstance(target, Interval) and all(isinstance(part, InvertibleEnds) for part in parts)
    timed, invertible = (
        all(isinstance(part, kind) for part in parts) for kind in (TimedPassage, InvertiblePassage)
    )
    average = _kind(ended, timed, invertible)(np.array(kept), parts)
    if isinstance(average, _Ended) and isinstance(target, Interval):
        at_low, at_high = _there(places, target)
        average.at_once = float(weights[at_low].sum()), float(weights[at_high].sum())
    return average


def _there(places: Any, target: Target) -> tuple[Any, ...]:
    """Return which places are in the target, to rounding; at either end of an interval."""
    if not isinstance(target, Interval):
        return (target.contains(places),)
    width = target.high - target.low
    return target.high - places >= width, places - target.low >= width


@cache
def _kind(ended: bool, timed: bool, invertible: bool) -> type[_Average]:
    """Return the kind of average of parts with these abilities."""
    able = ((TimedPassage, timed), (InvertiblePassage, invertible))
    return type("_Average", (_Ended if ended else _Average, *(kind for kind, can in able if can)), {})


def places_of(law: Any, boundary: tuple[float, ...]) -> tuple[FloatArray, FloatArray]:
    """Return places and weights that average a function with kinks at the boundary."""
    if hasattr(law, "pmf"):
        return values_of(law)
    cuts = np.unique(np.clip([0.0, *(float(law.cdf(x)) for x in boundary), 0.5, 1.0], 0, 1))
    u = pi / 2 * np.sinh(_POINTS)
    near, step = (
        1 / (1 + np.exp(-2 * u)),
        (_POINTS[1] - _POINTS[0]) * pi / 4 * np.cosh(_POINTS) / np.cosh(u) ** 2,
    )
    places, weights = [], []
    for low, high in pairwise(cuts):
        from_low = low + (high - low) * near
        from_high = (1 - high) + (high - low) * near[::-1]
        places.append(law.ppf(from_low) if low < 0.5 else law.isf(from_high))
        weights.append((high - low) * step)
    place, weight = np.concatenate(places), np.concatenate(weights)
    kept = np.isfinite(place) & (weight > 1e-300)
    return place[kept], weight[kept] / np.sum(weight)


def boundary_of(target: Target) -> tuple[float, ...]:
    """Return the points of the boundary (one dimension)."""
    match target:
        case Level(x=x):
            return (x,)
        case Interval(low=low, high=high):
            return low, high
        case HalfSpace(normal=normal, offset=offset):
            return (offset / float(normal.reshape(-1)[0]),)
        case Ball(center=center, radius=radius):
            return center - radius, center + radius
        case Sublevel(function=Quadratic() as function, value=value):
            radius = np.sqrt(2 * (value - function.floor) / function.matrix)
            return function.center - radius, function.center + radius
    return ()


def _log_sum(weights: Sequence[float], logs: list[Series]) -> Series:
    """Return the series of the logarithm of a weighted sum of exponentials."""
    most = max(log[0] for log in logs)
    total = [0.0] * len(logs[0])
    for weight, log in zip(weights, logs, strict=True):
        if log[0] - most > -700:
            term = series.exponential([log[0] - most, *log[1:]])
            total = [a + weight * b for a, b in zip(total, term, strict=True)]
    out = series.logarithm(total)
    out[0] += most
    return out
