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
from math import factorial, hypot, inf, log, log1p, sqrt

import numpy as np
from scipy.special import erf, erfc

from resetdyn._checks import FloatArray
from resetdyn.processes import OrnsteinUhlenbeck
from resetdyn.targets import Level
from resetdyn.theory import series
from resetdyn.theory.passage import Passage, TimedPassage, register
from resetdyn.theory.series import Series

# The integrand is beneath rounding where its exponent is this far below its maximum.
_NEGLIGIBLE = 42.0
# Where to look for that, in widths of the maximum: one standard deviation is one width.
_REACHES: FloatArray = np.geomspace(8.0, 1200.0, 20)
# A level so far below the centre, exp(a^2 / 2) times the relaxation time, is never reached in floats.
_FARTHEST = -37.0
# Logarithm of a ratio that is safe to exponentiate, and next to which 1 is nothing.
_HUGE = 600.0
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
        above = series.add(_log_gap(nu, self.a, self.z, order), _offset(nu + 1, self.a, self.z, order))
        logs = series.subtract(above, _log_j(nu, self.z, order))
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


def log_j(nu: float, y: float) -> float:
    """Return ``log J(y)``; at large `nu` it is small against its parts, which costs digits."""
    peak, power = _peak(nu + 1, y), nu + 1
    return _log_j(nu, y, 0)[0] + power * log(peak) - peak * (peak / 2 + y)


# The integrals below are given relative to exp(C(y)), C the exponent p log t - t^2 / 2 - y t at its maximum,
# p = nu + 1.  C may be a million where the differences between two levels, by `_offset`, matter to 1e-13.


def _log_gap(nu: float, a: float, z: float, order: int) -> Series:
    """Return the series in `nu` of ``log N(a, z) - C(a)``, for ``z > a``."""
    width = z - a
    return _log_integral(nu + 1, a, lambda t: -np.expm1(-width * t) / t, order)


def _log_j(nu: float, y: float, order: int) -> Series:
    """Return the series in `nu` of ``log J(y) - C(y)``."""
    if y >= 0:
        return _log_integral(nu + 1, y, lambda t: t + y, order)
    offset = _offset(nu + 1, y, 0.0, order)
    base = series.subtract(_log_j(nu, 0.0, order), offset)
    rise = _log_gap(nu, y, 0.0, order)
    if nu == 0 and order == 0:  # J = 1 at any y
        return base
    if rise[0] - base[0] > _HUGE:  # J(0) is negligible, and the ratio beyond the floats
        return series.add(rise, series.logarithm([nu, 1.0, *[0.0] * order][: order + 1]))
    one_plus = series.times_variable(series.exponential(series.subtract(rise, base)), nu)
    one_plus[0] += 1.0
    return series.add(base, series.logarithm(one_plus))


def _offset(power: float, a: float, z: float, order: int) -> Series:
    """Return the series in `power` of ``C(a) - C(z)``, all of whose terms are positive."""
    high, low = _peak(power, a), _peak(power, z)
    step = (z - a) * (high + low) / (_root(power, a) + _root(power, z))  # high - low
    ratio = log1p(step / low)
    return [power * ratio + step * (high + low) / 2, ratio, *[0.0] * order][: order + 1]


def _root(power: float, y: float) -> float:
    return hypot(y, 2 * sqrt(power))


def _peak(power: float, y: float) -> float:
    """Return where ``power log t - t^2 / 2 - y t`` is largest."""
    return 2 * power / (y + _root(power, y)) if y > 0 else (_root(power, y) - y) / 2


def _log_integral(power: float, y: float, factor: Callable[[FloatArray], FloatArray], order: int) -> Series:
    """Return the series in `power` of ``log int t^power e^(-t^2 / 2 - y t) factor(t) dt / t - C(y)``."""
    peak = _peak(power, y)
    width = 1 / hypot(peak, sqrt(power))

    def depth(w: FloatArray) -> FloatArray:  # of the exponent below its maximum, at t = peak e^w
        return peak * (peak * _excess(2 * w) / 2 + y * _excess(w))

    # To the right the exponent falls as a double exponential: 10 is far enough.
    left, right = -width * _REACHES, (width * _REACHES).clip(max=10.0)
    low, high = (float(w[np.argmax(depth(w) > _NEGLIGIBLE)]) for w in (left, right))
    h = min(0.1, 0.35 * width)
    w = np.arange(low, high + h, h, dtype=np.float64)
    weight = np.exp(-depth(w)) * factor(peak * np.exp(w))
    integrals = [float(weight.sum()) * h]
    integrals += [float(weight @ w**n) * h / factorial(n) for n in range(1, order + 1)]
    return series.logarithm(integrals)


def _excess(w: FloatArray) -> FloatArray:
    """Return ``e^w - 1 - w`` without cancellation."""
    small = np.clip(w, -0.1, 0.1)
    tail = np.zeros_like(w)
    for n in range(10, 2, -1):
        tail = (tail + 1) * (small / n)
    return np.where(small == w, (tail + 1) * w * w / 2, np.expm1(w) - w)
