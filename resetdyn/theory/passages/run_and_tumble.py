r"""First passage of run-and-tumble motion to a level.

At speed `v`, reversing at rate `g`, from a distance `d` and in either direction with probability one half,
the backward equations for the two directions give (Evans and Majumdar, J. Phys. A 51, 475003 (2018), for the
mean under resets of place and direction; the transform and the density are derived here)

    T~(s) = e^(-q d / v) / (1 + k),    q = sqrt(s (s + 2 g)),    k = sqrt(s / (s + 2 g)),

so that ``M(s) = (e^(q d / v) (1 + k) - 1) / s``, a sum of positive terms.  With ``w = s + g - q``, which is
``g^2 / (s + g + q)``, nothing cancels in the series of `q` either.  Nothing arrives before the front,
``t_0 = d / v``; what has not tumbled by then, ``e^(-g t_0) / 2``, arrives with it, and what has later, with
``p = sqrt(t^2 - t_0^2)`` at the density

    f(t) = e^(-g t) / 2 * ((1 + g t_0) I_1(g p) / p + g t_0 (t - t_0) I_2(g p) / p^2).

The transforms are inverted from the front on; under resetting there is a weaker one at each multiple of
``t_0``: survival probabilities have these jumps, densities are those of what does not arrive with the start's
own front.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, factorial, inf

import numpy as np
from scipy.special import ive

from resetdyn._checks import FloatArray
from resetdyn.processes import RunAndTumble
from resetdyn.targets import Level
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray, invert
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.fronts import from_front
from resetdyn.theory.passages.passage import TimedPassage, register

# Multiples of `t_0` after which the fronts no longer show.
_FADED = 20


@dataclass(frozen=True)
class RunAndTumblePassage(TimedPassage):
    """Run-and-tumble motion at `distance` from a level, in either direction at first."""

    speed: float
    tumble_rate: float
    distance: float

    method = "closed form (run-and-tumble motion)"
    timed_method = "front by front (run-and-tumble motion)"
    precision = 2e-15

    @property
    def front(self) -> float:
        """When the first arrive, all that have not tumbled at once."""
        return self.distance / self.speed

    @property
    def at_once(self) -> float:
        """Probability of arriving with the front."""
        return exp(-self.tumble_rate * self.front) / 2

    @property
    def edges(self) -> list[float]:
        """The times at which the survival probability is not smooth."""
        return [self.front]

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        if s == 0:
            return [inf]
        phi = [self.front * c for c in exponent(s, self.tumble_rate, order)]
        # M = e^phi (1 - e^(-phi) + k) / s, and e^phi may be beyond the floats.
        outer = [exp(-phi[0]) * (-1.0) ** (n + 1) / factorial(n) for n in range(order + 1)]
        outer[0] = -expm1(-phi[0])
        rest = series.logarithm(series.add(series.compose(outer, phi), self._ratio(s, order)))
        rate = [s, 1.0, *[0.0] * order][: order + 1]
        return series.subtract(series.add(phi, rest), series.logarithm(rate))

    def _ratio(self, s: float, order: int) -> Series:
        """Return the series of ``k = sqrt(1 - 2 g / (s + 2 g))``."""
        above = s + 2 * self.tumble_rate
        square = [-2 * self.tumble_rate * (-1.0) ** n / above ** (n + 1) for n in range(order + 1)]
        square[0] = s / above
        return series.root(square)

    def rates(self) -> tuple[float, float]:
        """Return the range of rates set by diffusion over the distance, by tumbling and by the flight."""
        g, arrival = self.tumble_rate, 1 / self.front
        return 1e-4 * min(g, arrival, arrival**2 / g), 1e4 * (g + arrival + arrival**2 / g)

    def delayed(self, s: ComplexArray) -> ComplexArray:
        """Return ``e^(s t_0) T~(s)`` at complex `s`: the transform as seen from the front."""
        g = self.tumble_rate
        a, b = np.sqrt(s), np.sqrt(s + 2 * g)
        # q - s = g - w stays finite.
        return np.exp(-self.front * (g - g * g / (s + g + a * b))) * b / (a + b)

    def under_poisson(self, rate: float, to: RunAndTumblePassage, t: FloatArray) -> FloatArray:
        """Return the survival probability under Poisson resetting (`rate` 0: without), fronts and all.

        Its transform, ``(1 - T~_x(r + s)) / (s + r T~_y(r + s))``, is expanded in the second one: a term for
        each front that has passed, inverted from there on.
        """
        times = np.asarray(t, dtype=float)
        out = np.ones(times.shape)
        first, last = self.front, self.front
        if rate:
            first, last = min(first, to.front), max(last, to.front)
        late, early = times > _FADED * last, (times <= _FADED * last) & (times >= first)
        if np.any(late):
            out[late] = invert(lambda s: _survivors(s, rate, self, to), times[late])
        if np.any(early):
            out[early] = _by_fronts(rate, self, to, times[early])
        return out

    def density_under_poisson(self, rate: float, to: RunAndTumblePassage, t: FloatArray) -> FloatArray:
        """Return the density under Poisson resetting, off the start's own front, where it is infinite.

        Its transform, ``1 - s Q~ = (s T~_x(r + s) + r T~_y(r + s)) / (s + r T~_y(r + s))``, is expanded as
        that of the survival probability.
        """
        times = np.asarray(t, dtype=float)
        out = np.empty(times.shape)
        late = times > _FADED * max(self.front, to.front)
        if np.any(late):
            out[late] = invert(lambda s: _arrivals(s, rate, self, to), times[late])
        if not np.all(late):
            out[~late] = _density_by_fronts(rate, self, to, times[~late])
        return out

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the level has not been reached by `t`."""
        return self.under_poisson(0.0, self, t)

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that the level has been reached by `t`."""
        late = np.asarray(t, dtype=float) - self.front
        return from_front(lambda s: self.delayed(s) / s, late.ravel(), self.at_once).reshape(late.shape)

    def density(self, t: FloatArray) -> FloatArray:
        """Return the density of the first-passage time off the front, where it is infinite."""
        g, first, t = self.tumble_rate, self.front, np.asarray(t, dtype=float)
        after = np.maximum(t - first, 0.0)
        p = np.sqrt(after * (t + first))
        x = g * p
        small = x < 1e-4
        safe = np.where(small, 1.0, x)
        one = np.where(small, 0.5 - x / 2, ive(1, safe) / safe)
        two = np.where(small, 0.125 - x / 8, ive(2, safe) / safe**2)
        scale = np.exp(-g * first * first / np.where(after > 0, t + p, first)) / 2
        value = scale * g * ((1 + g * first) * one + g * g * first * after * two)
        return np.where(after > 0, value, np.where(t == first, inf, 0.0))


def exponent(s: float, g: float, order: int) -> Series:
    """Return the series of ``q = s + g - w`` around `s`, from ``w (2 (s + g) - w) = g^2``."""
    q = (s * (s + 2 * g)) ** 0.5
    w = [g * g / (s + g + q)]
    for n in range(1, order + 1):
        known = (2 * w[n - 1]) - sum(w[i] * w[n - i] for i in range(1, n))
        w.append(-known / (2 * q))
    return [q, *((1.0 if n == 1 else 0.0) - w[n] for n in range(1, order + 1))]


@register(RunAndTumble, Level)
def _to_level(process: RunAndTumble, start: float, target: Level) -> RunAndTumblePassage:
    return RunAndTumblePassage(process.speed, process.tumble_rate, abs(start - target.x))


def _survivors(
    s: ComplexArray, rate: float, start: RunAndTumblePassage, to: RunAndTumblePassage
) -> ComplexArray:
    with np.errstate(all="ignore"):
        hit_x, hit_y = (p.delayed(rate + s) * np.exp(-(rate + s) * p.front) for p in (start, to))
        return (1 - hit_x) / (s + rate * hit_y)


def _arrivals(
    s: ComplexArray, rate: float, start: RunAndTumblePassage, to: RunAndTumblePassage
) -> ComplexArray:
    with np.errstate(all="ignore"):
        hit_x, hit_y = (p.delayed(rate + s) * np.exp(-(rate + s) * p.front) for p in (start, to))
        return (s * hit_x + rate * hit_y) / (s + rate * hit_y)


def _by_fronts(
    rate: float, start: RunAndTumblePassage, to: RunAndTumblePassage, times: FloatArray
) -> FloatArray:
    total = np.ones(len(times))
    for k in range(int(times.max() / to.front) + 1 if rate else 1):
        for direct in (False, True):  # whether the start's own front comes on top
            if not (k or direct):
                continue

            def term(s: ComplexArray, k: int = k, direct: bool = direct) -> ComplexArray:
                hits = to.delayed(rate + s) ** k * (start.delayed(rate + s) if direct else 1.0)
                return hits / s ** (k + 1)

            delay = k * to.front + direct * start.front
            weight = (-rate) ** k * exp(-rate * delay)
            after = from_front(term, times - delay, 0.0 if k else start.at_once, k + 1)
            total += -weight * after if direct else weight * after
    return total


def _density_by_fronts(
    rate: float, start: RunAndTumblePassage, to: RunAndTumblePassage, times: FloatArray
) -> FloatArray:
    """Return ``T~_x - (T~_x - 1) z + (T~_x - 1) z^2 ...``, ``z = r T~_y / s``, as a function of time."""
    total = np.exp(-rate * times) * start.density(times)
    for k in range(1, int(times.max() / to.front) + 1):
        for direct in (False, True):  # whether the start's own front comes on top

            def term(s: ComplexArray, k: int = k, direct: bool = direct) -> ComplexArray:
                return to.delayed(rate + s) ** k * (start.delayed(rate + s) if direct else 1.0) / s**k

            delay = k * to.front + direct * start.front
            at_once = (to.at_once * (start.at_once if direct else 1.0)) if k == 1 else 0.0
            weight = (-rate) ** k * exp(-rate * delay)
            after = weight * from_front(term, times - delay, at_once, k)
            total += after if direct else -after
    return total
