r"""First passage of run-and-tumble motion out of an interval.

At speed `v`, reversing at rate `g`, at `x` from the low end and `l` from the high one, and in either
direction with probability one half: with ``b = (s + 2 g) / v``, ``theta = sqrt(s (s + 2 g)) / v``,

    S(y) = sinh(theta y) / theta,    C(y) = cosh(theta y),    F(y) = C(y) + b S(y),

the backward equations for the two directions (Malakar et al., J. Stat. Mech. (2018) 043215; solved here) give

    T~_low = F(l) / N,    T~_high = F(x) / N,    N = 2 (s + g) / v S(x + l) + 2 C(x + l),

and, by the addition theorems, ``M = (N - F(x) - F(l)) / (s (F(x) + F(l)))`` as positive terms (derived here),

    M (F(x) + F(l)) = S(x + l) / v + 2 b / v (b (S(x) S(l/2)^2 + S(l) S(x/2)^2)
                      + C(x) S(l/2)^2 + C(l) S(x/2)^2 + S(x) S(l)).

All of them are even in `theta`: at small ones they are power series in its square, at large ones the
exponentials are taken out.  In time, with ``k = v theta / (s + 2 g)`` and ``rho = (1 - k) / (1 + k)``,

    T~_low = e^(-theta x) / (1 + k) (1 - rho e^(-2 theta l)) sum_n rho^(2 n) e^(-2 n theta (x + l))

is a sum of fronts, each of them inverted on its own until they have faded.  Those that never tumble arrive
at ``x / v`` and ``l / v``, all at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import RunAndTumble
from resetdyn.targets import Interval
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray, Transform, invert
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.decay import decay_of
from resetdyn.theory.passages.fronts import from_front
from resetdyn.theory.passages.passage import InvertiblePassage, TimedPassage, register
from resetdyn.theory.passages.run_and_tumble import RunAndTumblePassage
from resetdyn.theory.passages.tumbling_waves import ComplexWaves, Waves

# Crossings after which the fronts no longer show; how many are the least, and tumbles enough for them.
_FADED, _LEAST, _TUMBLES = 20.0, 6.0, 40.0


class _Front(NamedTuple):
    """What arrives from this distance, after so many reflections, with its sign."""

    distance: float
    reflections: int
    sign: int


@dataclass(frozen=True)
class TumblingExit(TimedPassage, InvertiblePassage):
    """Run-and-tumble motion at `below` from the low end and `above` from the high end."""

    speed: float
    tumble_rate: float
    below: float
    above: float

    method = "closed form (run-and-tumble motion in an interval)"
    timed_method = "front by front (run-and-tumble motion in an interval)"
    precision = 4e-15

    @property
    def width(self) -> float:
        """Width of the interval."""
        return self.below + self.above

    @property
    def edges(self) -> list[float]:
        """The times at which the survival probability jumps, or its slope does."""
        return sorted({f.distance / self.speed for f in self._fronts(3 * self.width) if f.reflections < 2})

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        parts = Waves(self.speed, self.tumble_rate, self.width, s, order)
        short, long = sorted((self.below, self.above))
        fall = series.exponential([(short - long) * c for c in parts.theta])
        total = series.add(parts.reach(long), series.multiply(fall, parts.reach(short)))
        waiting = series.logarithm(self._waiting(parts))
        return series.add(series.subtract(waiting, series.logarithm(total)), [short * c for c in parts.theta])

    def _waiting(self, parts: Waves) -> Series:
        """Return ``M (F(x) + F(l))``, over ``e^(theta (x + l))``."""
        (s_x, c_x), (s_y, c_y) = parts.both(self.below), parts.both(self.above)
        half_x, half_y = (
            series.multiply(h, h) for h in (parts.both(y / 2)[0] for y in (self.below, self.above))
        )
        runs = series.add(series.multiply(s_x, half_y), series.multiply(s_y, half_x))
        total = series.add(series.multiply(parts.b, runs), series.multiply(s_x, s_y))
        total = series.add(total, series.add(series.multiply(c_x, half_y), series.multiply(c_y, half_x)))
        total = series.multiply(parts.b, total)
        return [(a + 2 * c) / self.speed for a, c in zip(parts.both(self.width)[0], total, strict=True)]

    def log_odds(self, s: float) -> tuple[float, float]:
        """Return ``log(T~_low / T~_high)`` and its derivative."""
        parts = Waves(self.speed, self.tumble_rate, self.width, s, 1)
        low, high = (series.logarithm(parts.reach(y)) for y in (self.above, self.below))
        odds, slope = series.add(
            series.subtract(low, high), [(self.above - self.below) * c for c in parts.theta]
        )
        return odds, slope

    def rates(self) -> tuple[float, float]:
        """Return the range of rates set by diffusion over the distances, by tumbling and by the flights."""
        g, fast, slow = (
            self.tumble_rate,
            self.speed / min(self.below, self.above),
            self.speed / self.width,
        )
        return 1e-4 * min(g, slow, slow**2 / g), 1e4 * (g + fast + fast**2 / g)

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        parts = ComplexWaves(self.speed, self.tumble_rate, np.asarray(s, dtype=np.complex128))
        x, y = self.below, self.above
        b, half_x, half_y = parts.b, parts.sinh(x / 2) ** 2, parts.sinh(y / 2) ** 2
        crossed = b * (parts.sinh(x) * half_y + parts.sinh(y) * half_x) + parts.sinh(x) * parts.sinh(y)
        crossed = crossed + parts.cosh(x) * half_y + parts.cosh(y) * half_x
        with np.errstate(all="ignore"):  # far out there is nothing
            near = parts.reach(x) * np.exp(-parts.theta * y) + parts.reach(y) * np.exp(-parts.theta * x)
            return np.asarray(near * self.speed / (parts.sinh(self.width) + 2 * b * crossed))

    def end_transform(self, s: ComplexArray, end: int) -> ComplexArray:
        """Return ``T~_low`` (end 0) or ``T~_high`` (end 1) at complex `s`."""
        near, far = (self.below, self.above) if end == 0 else (self.above, self.below)
        parts = ComplexWaves(self.speed, self.tumble_rate, np.asarray(s, dtype=np.complex128))
        with np.errstate(all="ignore"):  # far out there is nothing
            rate = 2 * (parts.s + self.tumble_rate) / self.speed
            below = rate * parts.sinh(self.width) + 2 * parts.cosh(self.width)
            return np.asarray(parts.reach(far) * np.exp(-parts.theta * near) / below)

    def elsewhere(self) -> tuple[TumblingExit, ...]:
        """Return the passage from the middle."""
        return (replace(self, below=self.width / 2, above=self.width / 2),)

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that neither end has been reached by `t`."""
        early, late = self._split(t)
        out = np.empty(np.shape(t))
        if np.any(early):
            out[early] = np.maximum(1 - self._arrived(np.asarray(t)[early]), 0.0)
        if np.any(late):
            out[late] = self._inverted(np.asarray(t)[late], lambda s: 1 / (self.inverse_mean(s) + s))
        return out

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that an end has been reached by `t`."""
        early, late = self._split(t)
        out = np.empty(np.shape(t))
        if np.any(early):
            out[early] = self._arrived(np.asarray(t)[early])
        if np.any(late):
            out[late] = 1 - self._inverted(np.asarray(t)[late], lambda s: 1 / (self.inverse_mean(s) + s))
        return out

    def density(self, t: FloatArray) -> FloatArray:
        """Return the density of the first-passage time off the two first fronts, where it is infinite."""
        return self._density(t, (0, 1), lambda s: 1 - s / (self.inverse_mean(s) + s))

    def end_density(self, t: FloatArray, end: int) -> FloatArray:
        """Return the density of leaving at one end, but for who goes straight there."""
        return self._density(t, (end,), lambda s: self.end_transform(s, end))

    def straight(self, end: int) -> tuple[float, float]:
        """Return when those arrive at an end who go straight there, and the probability of that."""
        distance = (self.below, self.above)[end]
        return distance / self.speed, RunAndTumblePassage(self.speed, self.tumble_rate, distance).at_once

    def _density(self, t: FloatArray, ends: tuple[int, ...], transform: Transform) -> FloatArray:
        early, late = self._split(t)
        out = np.empty(np.shape(t))
        if np.any(early):
            times = np.asarray(t)[early]
            total = np.zeros(times.shape)
            for front in self._fronts(self.speed * times.max(initial=0.0), ends):
                alone, delay = self._alone(front), front.distance / self.speed
                if front.reflections == 0:
                    total += alone.density(times)
                else:
                    step = self.tumble_rate / 2 * alone.at_once if front.reflections == 1 else 0.0
                    total += front.sign * from_front(self._seen(front), times - delay, step, 0)
            out[early] = total
        if np.any(late):
            out[late] = self._inverted(np.asarray(t)[late], transform)
        return out

    def _split(self, t: FloatArray) -> tuple[Any, Any]:
        """Return which times are early, and which are so late that no front shows."""
        crossing = self.width / self.speed
        last = min(_FADED * crossing, max(_LEAST * crossing, _TUMBLES / self.tumble_rate))
        late = np.asarray(t) > last
        return ~late, late

    def _inverted(self, times: FloatArray, formula: Transform) -> FloatArray:
        def transform(s: ComplexArray) -> ComplexArray:
            with np.errstate(all="ignore"):
                return formula(s)

        return np.asarray(invert(transform, times, self._decay))

    @cached_property
    def _decay(self) -> float:
        return decay_of(self)

    def _arrived(self, times: FloatArray) -> FloatArray:
        total = np.zeros(times.shape)
        for front in self._fronts(self.speed * times.max(initial=0.0)):
            at_once = self._alone(front).at_once if front.reflections == 0 else 0.0
            late = times - front.distance / self.speed

            def over(s: ComplexArray, front: _Front = front) -> ComplexArray:
                return np.asarray(self._seen(front)(s) / s)

            total += front.sign * from_front(over, late, at_once)
        return total

    def _fronts(self, reach: float, ends: tuple[int, ...] = (0, 1)) -> list[_Front]:
        """Return the fronts that arrive at some ends from distances up to this one."""
        fronts = []
        for n in range(int(reach / (2 * self.width)) + 1):
            around = 2 * n * self.width
            for end in ends:
                near, far = (self.below, self.above)[:: 1 - 2 * end]
                fronts.append(_Front(near + around, 2 * n, 1))
                fronts.append(_Front(near + 2 * far + around, 2 * n + 1, -1))
        return [front for front in fronts if front.distance <= reach]

    def _alone(self, front: _Front) -> RunAndTumblePassage:
        return RunAndTumblePassage(self.speed, self.tumble_rate, front.distance)

    def _seen(self, front: _Front) -> Transform:
        """Return the transform of a front as seen from it."""
        alone, g = self._alone(front), self.tumble_rate

        def transform(s: ComplexArray) -> ComplexArray:
            rho = g / (s + g + np.sqrt(s) * np.sqrt(s + 2 * g))
            return alone.delayed(s) * rho**front.reflections

        return transform


@register(RunAndTumble, Interval)
def _out_of_interval(process: RunAndTumble, start: float, target: Interval) -> TumblingExit:
    return TumblingExit(
        process.speed, process.tumble_rate, float(start - target.low), float(target.high - start)
    )
