r"""First passage of the one-dimensional Ornstein-Uhlenbeck process to a level.

In units of ``sqrt(D / k)`` and ``1 / k``, from `z` above a level `a` at the rate `nu`, the transform is
``T~ = I(z) / I(a)`` with ``I(y) = int_0^inf t^(nu - 1) e^(-t^2 / 2 - y t) dt``, proportional to
``e^(y^2 / 4) D_(-nu)(y)`` (Siegert, Phys. Rev. 81, 617 (1951)).  The mean under resetting to the start,
``M = (1 / T~ - 1) / nu``, is then a ratio of two integrals of positive functions,

    M(nu) = N(a, z) / J(z),
    N(a, z) = int_0^inf t^(nu - 1) e^(-t^2 / 2 - a t) (1 - e^(-(z - a) t)) dt,
    J(y) = nu I(y) = int_0^inf t^nu (t + y) e^(-t^2 / 2 - y t) dt     (by parts, for y >= 0)
                   = J(0) + nu N(y, 0)                                (for y < 0),

so that nothing cancels at any rate, 0 included, where ``J = 1``.  With ``w = log t`` the derivatives in `nu`
only bring down powers of `w`, and the trapezoidal rule converges exponentially.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, expm1, factorial, inf, log, sqrt

import numpy as np
from scipy.special import erf, erfc

from resetdyn._checks import FloatArray
from resetdyn.processes import OrnsteinUhlenbeck
from resetdyn.targets import Level
from resetdyn.theory import series
from resetdyn.theory.passage import Passage, TimedPassage, register
from resetdyn.theory.series import Series

# Below this the integrand is beneath rounding, relative to its maximum.
_NEGLIGIBLE = -42.0
# A level so far below the centre, exp(a^2 / 2) times the relaxation time, is never reached in floats.
_FARTHEST = -37.0
# The logarithm of a ratio that is kept out of the floats.
_BEYOND = 600.0


@dataclass(frozen=True)
class OrnsteinUhlenbeckPassage(Passage):
    """Ornstein-Uhlenbeck process from `z` above a level `a`, in units of ``sqrt(D / k)``."""

    stiffness: float
    a: float
    z: float

    method = "ratio of positive integrals (Ornstein-Uhlenbeck process)"
    precision = 2e-13

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        if s == 0 and self.a < _FARTHEST:
            return [inf]
        nu = s / self.stiffness
        log_n, log_j = log_gap(nu, self.a, self.z, order), log_j_integral(nu, self.z, order)
        logs = [n - j for n, j in zip(log_n, log_j, strict=True)]
        logs[0] -= log(self.stiffness)
        return [c / self.stiffness**n for n, c in enumerate(logs)]

    def rates(self) -> tuple[float, float]:
        """Return the range of rates set by relaxation, and by diffusion and drift over the distance."""
        k, gap, force = self.stiffness, self.z - self.a, max(abs(self.a), abs(self.z))
        return 1e-4 * k * min(1.0, gap**-2), 1e4 * k * (1 + gap**-2 + force / gap)


@dataclass(frozen=True)
class CentralPassage(OrnsteinUhlenbeckPassage, TimedPassage):
    """The level at the centre, where the survival probability is known: ``erf``."""

    timed_method = "closed form (Ornstein-Uhlenbeck process to its centre)"

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the centre has not been reached by `t`."""
        return erf(self._scaled(t))

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that the centre has been reached by `t`."""
        return erfc(self._scaled(t))

    def _scaled(self, t: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", over="ignore"):
            return self.z / np.sqrt(2 * np.expm1(2 * self.stiffness * t))


@register(OrnsteinUhlenbeck, Level)
def _to_level(process: OrnsteinUhlenbeck, start: float, target: Level) -> OrnsteinUhlenbeckPassage:
    side = 1.0 if start > target.x else -1.0
    scale = side * sqrt(process.stiffness / process.diffusion)
    a, z = scale * (target.x - process.center), scale * (start - process.center)
    kind = CentralPassage if a == 0 else OrnsteinUhlenbeckPassage
    return kind(process.stiffness, a, z)


def log_gap(nu: float, a: float, z: float, order: int) -> Series:
    """Return the series in `nu` of ``log N(a, z)``, for ``z > a``."""
    width = z - a
    return _log_integral(nu + 1, a, lambda t: -np.expm1(-width * t) / t, order)


def log_j_integral(nu: float, y: float, order: int) -> Series:
    """Return the series in `nu` of ``log J(y)``."""
    if y < 0:
        base = log_j_integral(nu, 0.0, order)
        rise = log_gap(nu, y, 0.0, order)
        if rise[0] - base[0] > _BEYOND:  # J(0) is negligible
            return [b + c for b, c in zip(rise, series.logarithm([nu, 1.0, *[0.0] * order]), strict=False)]
        ratio = series.times_variable(
            series.exponential([r - b for r, b in zip(rise, base, strict=True)]), nu
        )
        ratio[0] += 1.0
        return [b + c for b, c in zip(base, series.logarithm(ratio), strict=True)]
    return _log_integral(nu + 1, y, lambda t: t + y, order)


def _log_integral(power: float, y: float, factor: Callable[[FloatArray], FloatArray], order: int) -> Series:
    """Return the series in `power` of ``log int t^power e^(-t^2 / 2 - y t) factor(t) dt / t``."""
    peak = (sqrt(y * y + 4 * power) - y) / 2 if y < 0 else 2 * power / (y + sqrt(y * y + 4 * power))
    width = 1 / sqrt(peak * peak + power)

    def exponent(w: float) -> float:  # relative to the peak, without the factor
        return power * w - peak * expm1(w) * (peak * (exp(w) + 1) / 2 + y)

    def reach(step: float) -> float:
        w = step
        while exponent(w) > _NEGLIGIBLE:
            w *= 1.3
        return w

    h = min(0.1, 0.35 * width)
    w = np.arange(reach(-8 * width), reach(8 * width) + h, h)
    rise = np.expm1(w)
    t = peak * np.exp(w)
    weight = np.exp(power * w - peak * rise * (peak * (rise + 2) / 2 + y)) * factor(t)
    integrals = [float(weight.sum())]
    for n in range(1, order + 1):
        integrals.append(float(weight @ w**n) / factorial(n))
    out = series.logarithm(integrals)
    out[0] += log(h) + power * log(peak) - peak * (peak / 2 + y)
    if order:
        out[1] += log(peak)
    return out
