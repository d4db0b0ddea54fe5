r"""First passage of Brownian motion with drift to a level: closed forms.

From a distance `d`, with velocity `v` towards the level,

    T~(s) = exp(-phi(s)),    phi = d (R - v) / (2 D),    R = sqrt(v^2 + 4 D s),

hence ``M(s) = (exp(phi) - 1) / s`` (Evans and Majumdar, PRL 106, 160601 (2011) without drift; Ray, Mondal
and Reuveni, J. Phys. A 52, 255002 (2019) with it).  The survival probability is that of the inverse-Gaussian
law.  Drifting away (``v < 0``) the level is missed with probability ``1 - exp(-d |v| / D)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, factorial, inf

import numpy as np
from scipy.special import log_ndtr, ndtr

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian
from resetdyn.targets import Level
from resetdyn.theory import series
from resetdyn.theory.inversion import ComplexArray
from resetdyn.theory.passage import InvertiblePassage, TimedPassage, register
from resetdyn.theory.series import Series

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class BrownianPassage(TimedPassage, InvertiblePassage):
    """Brownian motion at `distance` from a level, drifting towards it with `velocity`."""

    diffusion: float
    velocity: float
    distance: float

    method = "closed form (Brownian motion)"
    timed_method = "closed form (inverse-Gaussian law)"
    precision = 8 * _EPS

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        D, v, d = self.diffusion, self.velocity, self.distance
        if s == 0 and (v <= 0 or v * v == 0):  # missed, or as good as missed
            return [inf]
        R = series.root([v * v + 4 * D * s, 4 * D, *[0.0] * order][: order + 1])
        phi = [d / (2 * D) * c for c in R]
        if v > 0:
            # phi / s stays finite at s = 0, and so does M.
            per_rate = series.divide([2 * d, *[0.0] * order], [R[0] + v, *R[1:]])
            phi[0] = s * per_rate[0]
            growth = series.compose(_growth(phi[0], order), phi)
            out = series.add(series.logarithm(per_rate), series.logarithm(growth))
        else:
            phi[0] -= d * v / (2 * D)
            rise = series.compose([-expm1(-phi[0]), *(1 / factorial(k) for k in range(1, order + 1))], phi)
            rate = [s, 1.0, *[0.0] * order][: order + 1]
            out = series.subtract(series.logarithm(rise), series.logarithm(rate))
        out[0] += phi[0]
        return out

    def rates(self) -> tuple[float, float]:
        """Return the range of rates set by diffusion and drift over the distance."""
        diffusive, ballistic = self.diffusion / self.distance**2, abs(self.velocity) / self.distance
        return 1e-4 * diffusive, 1e4 * (diffusive + ballistic)

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the level has not been reached by `t`."""
        return np.maximum(ndtr(-self._ahead(t)) - self._reflected(t), 0.0)

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that the level has been reached by `t`."""
        return ndtr(self._ahead(t)) + self._reflected(t)

    def _ahead(self, t: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return (self.velocity * t - self.distance) / np.sqrt(2 * self.diffusion * t)

    def _reflected(self, t: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            behind = -(self.velocity * t + self.distance) / np.sqrt(2 * self.diffusion * t)
        return np.exp(self.velocity * self.distance / self.diffusion + log_ndtr(behind))

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        D, v, d = self.diffusion, self.velocity, self.distance
        phi = d * (np.sqrt(v * v + 4 * D * s) - v) / (2 * D)
        return -s * np.exp(-phi) / np.expm1(-phi)


@register(Brownian, Level)
def _to_level(process: Brownian, start: float, target: Level) -> BrownianPassage:
    side = 1.0 if start > target.x else -1.0
    return BrownianPassage(process.diffusion, -side * process.drift, abs(start - target.x))


def _growth(x: float, order: int) -> Series:
    """Return the Taylor coefficients of ``(e^x - 1) / x``, times ``e^-x``.

    They are ``h_k = int_0^1 (1 - u)^k e^(-x u) du / k!``, with ``x h_k + h_(k-1) = 1 / k!``.
    """
    if x > 5:
        out = [-expm1(-x) / x]
        for k in range(1, order + 1):
            out.append((1 / factorial(k) - out[-1]) / x)
        return out
    h, out = 0.0, []
    for k in range(order + 40, 0, -1):  # backwards is stable here; the first guess has long been forgotten
        h = 1 / factorial(k) - x * h
        out.append(h)
    return out[::-1][: order + 1]
