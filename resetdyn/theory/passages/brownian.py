r"""First passage of Brownian motion with drift to a level: closed forms.

From a distance `d`, with velocity `v` towards the level,

    T~(s) = exp(-phi(s)),    phi = d (R - v) / (2 D),    R = sqrt(v^2 + 4 D s),

hence ``M(s) = (exp(phi) - 1) / s`` (Evans and Majumdar, PRL 106, 160601 (2011) without drift; Ray, Mondal
and Reuveni, J. Phys. A 52, 255002 (2019) with it).  The survival probability is that of the inverse-Gaussian
law.  Drifting away (``v < 0``) the level is missed with probability ``1 - exp(-d |v| / D)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial, hypot, inf, pi, sqrt
from typing import Any

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian
from resetdyn.targets import Level
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.passage import InvertiblePassage, TimedPassage, inverses_from, register

_EPS = float(np.finfo(float).eps)
# Gauss's rule on (0, 1).
_BETWEEN, _WEIGHTS = (np.polynomial.legendre.leggauss(10) + np.array([[1.0], [0.0]])) / 2


@dataclass(frozen=True)
class BrownianPassage(TimedPassage, InvertiblePassage):
    """Brownian motion at `distance` from a level, drifting towards it with `velocity`."""

    diffusion: float
    velocity: float
    distance: float

    method = "closed form (Brownian motion)"
    timed_method = "closed form (inverse-Gaussian law)"
    precision = 4 * _EPS

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        if s == 0 and self.velocity <= 0:  # missed, or as good as missed
            return [inf]
        return self._log_mean(float(s), order)

    def log_mean_many(self, rates: FloatArray, order: int) -> FloatArray:
        """Return the series of ``log M`` around each rate: shape ``(order + 1, len(rates))``."""
        out = np.full((order + 1, rates.size), np.nan)
        finite = (rates > 0) | (self.velocity > 0)
        out[0, ~finite] = inf
        if finite.any():
            out[:, finite] = self._log_mean(rates[finite], order)
        return out

    def _log_mean(self, s: Any, order: int) -> list[Any]:
        """Return the series around a number, or an array of them (real or complex)."""
        D, v, d = self.diffusion, self.velocity, self.distance
        R = [_hypot(v, 2 * series.sqrt(D * s))]  # no square of `v` that would vanish
        for n in range(1, order + 1):  # R^2 = v^2 + 4 D s
            R.append(((4 * D if n == 1 else 0.0) - sum(R[i] * R[n - i] for i in range(1, n))) / (2 * R[0]))
        if v > 0:  # phi / s stays finite at s = 0, and so does M
            per_rate = series.divide([2 * d, *[0.0] * order], [R[0] + v, *R[1:]])
            phi = [s * per_rate[0], *(d / (2 * D) * c for c in R[1:])]
            out = series.add(series.logarithm(per_rate), series.logarithm(series.mean_decay(phi)))
            return series.add(out, phi)
        phi = [d / (2 * D) * (R[0] - v), *(d / (2 * D) * c for c in R[1:])]
        outer = [-series.expm1(-phi[0]), *(1 / factorial(k) for k in range(1, order + 1))]
        rate = [s, 1.0, *[0.0] * order][: order + 1]
        out = series.subtract(series.logarithm(series.compose(outer, phi)), series.logarithm(rate))
        out[0] = out[0] + phi[0]
        return out

    @property
    def bend(self) -> float:  # type: ignore[override]
        """Velocity squared, over ``4 D``, if it is towards the level."""
        return max(self.velocity, 0.0) ** 2 / (4 * self.diffusion)

    def rates(self) -> tuple[float, float]:
        """Return the range of rates set by diffusion and drift over the distance."""
        diffusive, ballistic = self.diffusion / self.distance**2, abs(self.velocity) / self.distance
        return 1e-4 * diffusive, 1e4 * (diffusive + ballistic)

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the level has not been reached by `t`."""
        t = np.asarray(t, dtype=float)
        low = self._ahead(t) / sqrt(2)
        with np.errstate(divide="ignore"):
            width = np.sqrt(self.distance / self.diffusion * (self.distance / t))
        out = np.asarray(np.maximum(ndtr(-self._ahead(t)) - self._reflected(t), 0.0))
        # At late times the two cancel: their difference is an integral over what lies between.
        late = (width < 0.5) & (low > -5) & (low < 30)
        x = low[late][:, None] + width[late][:, None] * _BETWEEN
        between = width[late] * ((2 / sqrt(pi) - 2 * x * erfcx(x)) @ _WEIGHTS)
        out[late] = np.exp(-(low[late] ** 2)) * between / 2
        return out

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that the level has been reached by `t`."""
        return ndtr(self._ahead(t)) + self._reflected(t)

    def log_reached(self, t: FloatArray) -> FloatArray:
        """Return the logarithm of the probability that the level has been reached by `t`."""
        t = np.asarray(t, dtype=float)
        behind = -(self.velocity * t + self.distance) / np.sqrt(2 * self.diffusion * t)
        beyond = self.velocity * self.distance / self.diffusion + log_ndtr(behind)
        return np.logaddexp(log_ndtr(self._ahead(t)), beyond)

    def density(self, t: FloatArray) -> FloatArray:
        """Return the density of the first-passage time."""
        t = np.asarray(t, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            width = np.sqrt(4 * pi * self.diffusion * t)
            density = np.exp(-(self._ahead(t) ** 2) / 2) / width * (self.distance / t)
        return np.where((t > 0) & (t < inf), density, 0.0)

    def _ahead(self, t: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return (self.velocity * t - self.distance) / np.sqrt(2 * self.diffusion * t)

    def _reflected(self, t: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            behind = -(self.velocity * t + self.distance) / np.sqrt(2 * self.diffusion * t)
        return np.exp(self.velocity * self.distance / self.diffusion + log_ndtr(behind))

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = np.exp(-self._log_mean(np.asarray(s, dtype=np.complex128), 0)[0])
        return np.where(s == 0, 0.0, inverse) if self.velocity <= 0 else inverse

    def inverses(self, s: ComplexArray, rate: float) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return ``1 / M`` at ``rate + s``, that plus ``rate + s``, and that plus `s`."""
        return inverses_from(self.inverse_mean(rate + s), self.transform(rate + s), s, rate)

    def transform(self, s: ComplexArray) -> ComplexArray:
        """Return ``T~`` at complex `s`."""
        D, v = self.diffusion, self.velocity
        R = np.sqrt(v * v + 4 * D * np.asarray(s, dtype=np.complex128))
        # R - v, without cancellation next to s = 0.
        phi = np.where(R.real + v > 0, 4 * D * s / (R + v), R - v) if v > 0 else R - v
        return np.exp(-self.distance / (2 * D) * phi)


@register(Brownian, Level)
def _to_level(process: Brownian, start: float, target: Level) -> BrownianPassage:
    side = 1.0 if start > target.x else -1.0
    return BrownianPassage(
        float(process.diffusion), -side * float(process.drift), float(abs(start - target.x))
    )


def _hypot(x: float, y: Any) -> Any:
    """Return ``sqrt(x^2 + y^2)``, where it is real without an underflow."""
    if not isinstance(y, np.ndarray):
        return hypot(x, y)
    return np.sqrt(x * x + y * y) if np.iscomplexobj(y) else np.hypot(x, y)
