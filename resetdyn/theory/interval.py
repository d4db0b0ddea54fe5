r"""First passage of Brownian motion with drift out of an interval.

At `x` from the low end and `l` from the high end, with ``v = drift / (2 D)`` and
``theta = sqrt(v^2 + s / D)``, the transforms of leaving at the two ends are

    T~_low = e^(-v x) sinh(l theta) / sinh((x + l) theta),
    T~_high = e^(v l) sinh(x theta) / sinh((x + l) theta),

and ``T~ = T~_low + T~_high`` (Pal and Prasad, PRR 1, 032001 (2019)).  ``1 - T~`` cancels at small `s`, and so
does every derivative.  But the values of ``Q~ = (1 - T~) / s`` on a circle around `s` do not, and their
Fourier sum is its Taylor series (Cauchy's formula; the trapezoidal rule on a circle converges geometrically).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np
from scipy.special import expit

from resetdyn.processes import Brownian
from resetdyn.targets import Interval
from resetdyn.theory import series
from resetdyn.theory.inversion import ComplexArray
from resetdyn.theory.passage import InvertiblePassage, TwoEnded, register
from resetdyn.theory.series import Series

# Nodes on the upper half of the circle; the lower half is their conjugate.  The nearest singularity is more
# than four radii away, so that the error is below 4^-32.
_ANGLES = (np.arange(16) + 0.5) * pi / 16
_CIRCLE = np.exp(1j * _ANGLES)


@dataclass(frozen=True)
class IntervalPassage(InvertiblePassage, TwoEnded):
    """Brownian motion at `below` from the low end and `above` from the high end, ``v = drift / (2 D)``."""

    diffusion: float
    v: float
    below: float
    above: float

    method = "closed form (Brownian motion in an interval)"
    precision = 1e-14

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        width = self.below + self.above
        theta = np.sqrt(self.v**2 + s / self.diffusion)
        radius = self.diffusion * (1 / width + theta) / width
        points = s + radius * _CIRCLE
        # T~ spans hundreds of decades: relative to its value at s.
        at_s = float(np.logaddexp(*np.real(self._log_ends(s)))) if s > 0 else 0.0
        logs = self._log_ends(points)
        hit = np.exp(logs[0] - at_s) + np.exp(logs[1] - at_s)
        alive = (1 - hit * np.exp(at_s)) / points
        powers = _CIRCLE[:, None] ** -np.arange(order + 1.0) / radius ** np.arange(order + 1.0)
        hits = series.logarithm(list(np.mean(np.real(hit[:, None] * powers), axis=0)))
        alives = series.logarithm(list(np.mean(np.real(alive[:, None] * powers), axis=0)))
        out = [float(a - h) for a, h in zip(alives, hits, strict=True)]
        out[0] -= at_s
        return out

    def share_low(self, s: float) -> float:
        """Return ``T~_low / T~``: how likely the low end is, when reset to the start at rate `s`."""
        if s == 0 and self.v == 0:
            return self.above / (self.below + self.above)
        low, high = self._log_ends(s)
        return float(expit(low - high))

    def odds_slope(self, s: float) -> float:
        """Return the derivative of ``log(T~_low / T~_high)``."""
        q = self.v**2 + s / self.diffusion
        turns = [length**2 * _bend(length**2 * q) for length in (self.above, self.below)]
        return (turns[0] - turns[1]) / (2 * self.diffusion)

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        low, high = self._log_ends(s)
        hit = np.exp(low) + np.exp(high)
        return s * hit / (1 - hit)

    def _log_ends(self, s: Any) -> tuple[Any, Any]:
        """Return ``log T~_low`` and ``log T~_high`` at real or complex `s`."""
        theta = np.sqrt(self.v**2 + s / self.diffusion)
        large = theta + abs(self.v)
        small = s / self.diffusion / large  # theta - |v| without cancellation
        to_low, to_high = (large, small) if self.v > 0 else (small, large)
        whole = np.expm1(-2 * theta * (self.below + self.above))
        return (
            np.log(np.expm1(-2 * theta * self.above) / whole) - self.below * to_low,
            np.log(np.expm1(-2 * theta * self.below) / whole) - self.above * to_high,
        )

    def rates(self) -> tuple[float, float]:
        """Return the range of rates set by diffusion and drift over the distances to the ends."""
        near, width = min(self.below, self.above), self.below + self.above
        return 1e-4 * self.diffusion / width**2, 1e4 * self.diffusion * (
            near**-2 + self.v**2 + abs(self.v) / near
        )


@register(Brownian, Interval)
def _out_of_interval(process: Brownian, start: float, target: Interval) -> IntervalPassage:
    return IntervalPassage(
        process.diffusion, process.drift / (2 * process.diffusion), start - target.low, target.high - start
    )


def _bend(x: float) -> float:
    """Return ``(y coth y - 1) / y^2`` at ``x = y^2``."""
    if x < 0.04:
        return 1 / 3 - x * (1 / 45 - x * (2 / 945 - x * (1 / 4725 - x * (2 / 93555))))
    y = float(np.sqrt(x))
    return (y / float(np.tanh(y)) - 1) / x
