r"""First passage of Brownian motion with drift out of an interval.

At `x` from the low end and `l` from the high end, with ``v = drift / (2 D)`` and
``theta = sqrt(v^2 + s / D)``, the transforms of leaving at the two ends are

    T~_low = e^(-v x) sinh(l theta) / sinh((x + l) theta),
    T~_high = e^(v l) sinh(x theta) / sinh((x + l) theta),

and ``T~ = T~_low + T~_high`` (Pal and Prasad, PRE 99, 032123 (2019) without drift).  ``1 - T~`` cancels, at
small `s` and near the ends, but ``Q~ = (1 - T~) / s`` is also the integral of the (positive) Green function
over where the process may be, and so (derived here)

    M = Q~ / T~ = (S(l) A(x, v) + S(x) A(l, -v)) / (D (e^(-v x) S(l) + e^(v l) S(x))),
    S(x) = sinh(theta x) / theta,    A(x, v) = int_0^x e^(-v u) S(x - u) du,

where every term is positive.  All of them are even in `theta`: at small ones they are expanded in its square.
At large ones the exponentials are taken out: with ``g(q) = (1 - e^-q) / q``, ``p = (theta + v) x`` and
``m = (theta - v) x`` (and likewise, with `-v`, for `l`),

    S(x) = x g(2 theta x) e^(theta x),    A(x, v) = x^2 H(p, m) e^(theta x),
    H(p, m) = (g(p) - e^-p g(m)) / (p + m) = e^-p sum_k (p^k - (-m)^k) / ((p + m) (k + 1)!).

They are compiled (:mod:`.passages.interval_kernel`), and load when first used.  In time, drift multiplies the
density of leaving at the low end by ``exp(-v x - v^2 D t)`` (Girsanov), and that without drift is a sum of
images or of eigenfunctions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from math import log, sqrt, tanh
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian
from resetdyn.targets import Interval
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.passage import InvertiblePassage, inverses_from, register

_EPS = float(np.finfo(float).eps)
# Time, in units of width^2 / D, up to which images are summed, and which ones; eigenfunctions later.
_EARLY, _IMAGES, _WAVES = 0.25, np.arange(-4, 5), np.arange(1, 13)


@cache
def _kernel() -> Any:
    return import_module("resetdyn.theory.passages.interval_kernel")


@dataclass(frozen=True)
class IntervalPassage(InvertiblePassage):
    """Brownian motion at `below` from the low end and `above` from the high end, ``v = drift / (2 D)``."""

    diffusion: float
    v: float
    below: float
    above: float

    method = "closed form (Brownian motion in an interval)"
    precision = 8 * _EPS

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        return self.log_mean_many(np.array([s], dtype=float), order)[:, 0].tolist()

    def log_mean_many(self, rates: FloatArray, order: int) -> FloatArray:
        """Return the series of ``log M`` around each rate: shape ``(order + 1, len(rates))``."""
        out = np.empty((order + 1, rates.size))
        _kernel().log_means(rates, self.diffusion, self.v, self.below, self.above, out)
        return out

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        s = np.asarray(s, dtype=np.complex128)
        out = np.empty((1, s.size), np.complex128)
        _kernel().log_means(s.ravel(), self.diffusion, self.v, self.below, self.above, out)
        with np.errstate(all="ignore"):  # far to the left the answer is 0
            return np.exp(-out[0]).reshape(s.shape)

    def density(self, t: FloatArray) -> FloatArray:
        """Return the density of the time of leaving."""
        v, t = self.v, np.asarray(t, dtype=float)
        low = self._driftless(self.below, self.above, t, -v * self.below)
        return low + self._driftless(self.above, self.below, t, v * self.above)

    def _driftless(self, way: float, back: float, t: FloatArray, tilt: float) -> FloatArray:
        """Return the density of leaving by an end without drift, times what drift makes of it."""
        width = way + back
        tau = self.diffusion * t / width**2
        drifted = tilt - self.v**2 * self.diffusion * t[:, None]
        early = tau < _EARLY
        out = np.empty(t.shape)
        ways = way + 2 * width * _IMAGES
        spread = 4 * self.diffusion * t[early, None]
        images = ways / np.sqrt(np.pi * spread) * np.exp(drifted[early] - ways**2 / spread)
        out[early] = images.sum(axis=1) / t[early]
        waves = _WAVES * np.sin(np.pi * _WAVES * way / width)
        if way > back:
            waves = _WAVES * np.sin(np.pi * _WAVES * back / width) * (-1.0) ** (_WAVES + 1)
        modes = np.exp(drifted[~early] - (np.pi * _WAVES) ** 2 * tau[~early, None])
        out[~early] = 2 * np.pi * self.diffusion / width**2 * (modes @ waves)
        return out

    @property
    def bend(self) -> float:  # type: ignore[override]
        """Drift squared, over ``4 D``."""
        return self.diffusion * self.v**2

    def inverses(self, s: ComplexArray, rate: float) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return ``1 / M`` at ``rate + s``, that plus ``rate + s``, and that plus `s`."""
        return inverses_from(self.inverse_mean(rate + s), self.transform(rate + s), s, rate)

    def transform(self, s: ComplexArray) -> ComplexArray:
        """Return ``T~`` at complex `s`."""
        v, x, l = self.v, self.below, self.above  # noqa: E741
        theta = np.sqrt(v * v + np.asarray(s, dtype=np.complex128) / self.diffusion)
        theta = np.where(theta == 0, 1e-150, theta)
        with np.errstate(all="ignore"):  # far to the left the answer is infinite
            low = np.exp(-(theta + v) * x) * np.expm1(-2 * l * theta)
            high = np.exp(-(theta - v) * l) * np.expm1(-2 * x * theta)
            return (low + high) / np.expm1(-2 * (x + l) * theta)

    def elsewhere(self) -> tuple[IntervalPassage, ...]:
        """Return the passage from the middle."""
        middle = (self.below + self.above) / 2
        return (replace(self, below=middle, above=middle),)

    def log_odds(self, s: float) -> tuple[float, float]:
        """Return ``log(T~_low / T~_high)`` and its derivative."""
        v, x, l = self.v, self.below, self.above  # noqa: E741
        theta = sqrt(v * v + s / self.diffusion)
        small = s / self.diffusion / (theta + abs(v)) if s > 0 else 0.0
        low, high = (theta + abs(v), small) if v > 0 else (small, theta + abs(v))
        g_x, g_l = (series.mean_decay([2 * theta * length])[0] for length in (x, l))
        turns = [length**2 * _langevin_over(theta * length) for length in (l, x)]
        odds = log(l / x) + log(g_l / g_x) + high * l - low * x
        return odds, (turns[0] - turns[1]) / (2 * self.diffusion)

    def end_transform(self, s: ComplexArray, end: int) -> ComplexArray:
        """Return ``T~_low`` (end 0) or ``T~_high`` (end 1) at complex `s`."""
        near, far, v = (self.below, self.above, self.v) if end == 0 else (self.above, self.below, -self.v)
        theta = np.sqrt(v * v + np.asarray(s, dtype=np.complex128) / self.diffusion)
        with np.errstate(all="ignore"):  # far out there is nothing
            above, below = np.expm1(-2 * far * theta), np.expm1(-2 * (near + far) * theta)
            return np.asarray(np.exp(-(theta + v) * near) * above / below)

    def rates(self) -> tuple[float, float]:
        """Return the range of rates set by diffusion and drift over the distances to the ends."""
        near, width = min(self.below, self.above), self.below + self.above
        return 1e-4 * self.diffusion / width**2, 1e4 * self.diffusion * (
            near**-2 + self.v**2 + abs(self.v) / near
        )


@register(Brownian, Interval)
def _out_of_interval(process: Brownian, start: float, target: Interval) -> IntervalPassage:
    diffusion = float(process.diffusion)
    v = float(process.drift) / (2 * diffusion)
    return IntervalPassage(diffusion, v, float(start - target.low), float(target.high - start))


def _langevin_over(y: float) -> float:
    """Return ``(coth(y) - 1 / y) / y``, at small `y` by its continued fraction."""
    if y > 2:
        return (1 / tanh(y) - 1 / y) / y
    fraction = 0.0
    for n in range(27, 3, -2):
        fraction = y * y / (n + 2 + fraction)
    return 1 / (3 + y * y / (5 + fraction))
