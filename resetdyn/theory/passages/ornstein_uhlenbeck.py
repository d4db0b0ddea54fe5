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
only bring down powers of `w`.

The sums are in :mod:`.passages.ornstein_uhlenbeck_kernel`, the transform at complex rates in
:mod:`.passages.ornstein_uhlenbeck_plane`; both are compiled, and load when first used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import import_module
from math import log, sqrt
from typing import Any

import numpy as np
from scipy.special import erf, erfc, log_ndtr

from resetdyn._checks import FloatArray
from resetdyn.processes import OrnsteinUhlenbeck
from resetdyn.targets import Level
from resetdyn.theory.numerics.inversion import ComplexArray, dominant_pole, invert
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.decay import density_of_inverse
from resetdyn.theory.passages.passage import InvertiblePassage, TimedPassage, inverses_from, register

_EPS = float(np.finfo(float).eps)


@cache
def _compiled(name: str) -> Any:
    return import_module(f"resetdyn.theory.passages.ornstein_uhlenbeck_{name}")


@dataclass(frozen=True)
class OrnsteinUhlenbeckPassage(TimedPassage, InvertiblePassage):
    """Ornstein-Uhlenbeck process from `z` to a level `a` below, by `gap`, in units of ``sqrt(D / k)``."""

    stiffness: float
    a: float
    z: float
    gap: float
    precision: float = field(init=False)

    method = "ratio of positive integrals (Ornstein-Uhlenbeck process)"
    timed_method = "inversion of the transform (Ornstein-Uhlenbeck process)"

    def __post_init__(self) -> None:
        # Rounding in the exponents, of up to y^2 / 2 below the centre.
        depth = min(self.a, 0.0) ** 2 + min(self.z, 0.0) ** 2
        object.__setattr__(self, "precision", _EPS * (12 + depth / 2))

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        return self.log_mean_many(np.array([s], dtype=float), order)[:, 0].tolist()

    def log_mean_many(self, rates: FloatArray, order: int) -> FloatArray:
        """Return the series of ``log M`` around each rate: shape ``(order + 1, len(rates))``."""
        k = self.stiffness
        logs = _compiled("kernel").log_mean_many(rates / k, self.a, self.z, self.gap, order)
        if k != 1:
            logs[0] -= np.log(k)
            for n in range(1, order + 1):
                logs[n] /= k**n
        return logs

    def rates(self) -> tuple[float, float]:
        """Return the range of rates set by relaxation, and by diffusion and drift over the distance."""
        k, gap, force = self.stiffness, self.gap, max(abs(self.a), abs(self.z))
        return 1e-4 * k * min(1.0, gap**-2), 1e4 * k * (1 + gap**-2 + force / gap)

    @property
    def bend(self) -> float:  # type: ignore[override]
        """Force at the start squared, over ``4 D``, if it is towards the level."""
        return self.stiffness * max(self.z, 0.0) ** 2 / 4

    @property
    def spacing(self) -> float:
        """The least distance of the two slowest poles."""
        return self.stiffness

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        nus = np.ascontiguousarray(s, dtype=complex).ravel() / self.stiffness
        inverse = _compiled("plane").inverse_means(nus, self.a, self.z, self.gap)
        return self.stiffness * inverse.reshape(np.shape(s))

    def inverses(self, s: ComplexArray, rate: float) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return ``1 / M`` at ``rate + s``, that plus ``rate + s``, and that plus `s`."""
        return inverses_from(self.inverse_mean(rate + s), self.transform(rate + s), s, rate)

    def transform(self, s: ComplexArray) -> ComplexArray:
        """Return ``T~`` at complex `s`."""
        nus = np.ascontiguousarray(s, dtype=complex).ravel() / self.stiffness
        return _compiled("plane").transforms(nus, self.a, self.z, self.gap).reshape(np.shape(s))

    def hits_in_digits(self, s: list[Any]) -> list[tuple[Any, Any]]:
        """Return ``T~`` and ``1 - T~`` to 30 digits."""
        from mpmath import mpf

        from resetdyn.theory.passages.carried import LINE, carried

        return carried(LINE, 0.0, mpf(self.a), mpf(self.gap), [p / self.stiffness for p in s])

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the level has not been reached by `t`."""
        return self._inverted(t, lambda s: 1 / self.inverses(s, 0.0)[2], self.decay, 1.0, 0.0)

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that the level has been reached by `t`."""
        return self._inverted(t, lambda s: self.transform(s) / s, 0.0, 0.0, 1.0)

    def density(self, t: FloatArray) -> FloatArray:
        """Return the probability density of reaching the level at `t`."""
        t = np.asarray(t, dtype=float)
        out, between = np.zeros(t.shape), (t > 0) & (t < np.inf)
        if between.any():
            out[between] = np.maximum(density_of_inverse(self, t[between], self.decay), 0.0)
        return out

    @cached_property
    def decay(self) -> float:
        """The dominant pole: the survival probability falls as ``exp(decay t)`` in the end."""
        return dominant_pole(lambda s: self.inverses(s, 0.0)[2])

    def _inverted(self, t: Any, transform: Any, shift: float, first: float, last: float) -> FloatArray:
        t = np.asarray(t, dtype=float)
        out = np.where(t > 0, last, first)
        between = (t > 0) & (t < np.inf)
        if between.any():
            out[between] = np.maximum(invert(transform, t[between], shift), 0.0)
        return out


@dataclass(frozen=True)
class CentralPassage(OrnsteinUhlenbeckPassage):
    """The level at the centre, where the survival probability is known: ``erf``."""

    timed_method = "closed form (Ornstein-Uhlenbeck process to its centre)"

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the centre has not been reached by `t`."""
        return erf(self._scaled(t))

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that the centre has been reached by `t`."""
        return erfc(self._scaled(t))

    def log_reached(self, t: FloatArray) -> FloatArray:
        """Return its logarithm, beneath the floats as well."""
        return np.asarray(log(2.0) + log_ndtr(-sqrt(2.0) * self._scaled(t)))

    def density(self, t: FloatArray) -> FloatArray:
        """Return the probability density of reaching the centre at `t`."""
        k = self.stiffness
        with np.errstate(all="ignore"):
            x = self._scaled(t)
            slope = x * k / -np.expm1(-2 * k * np.asarray(t))
        return np.where(x < np.inf, 2 / np.sqrt(np.pi) * np.exp(-x * x) * slope, 0.0)

    def _scaled(self, t: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", over="ignore"):
            return self.z / np.sqrt(2 * np.expm1(2 * self.stiffness * t))


@register(OrnsteinUhlenbeck, Level)
def _to_level(process: OrnsteinUhlenbeck, start: float, target: Level) -> OrnsteinUhlenbeckPassage:
    scale = sqrt(process.stiffness / process.diffusion)
    scale = scale if start > target.x else -scale
    a, z = scale * (target.x - process.center), scale * (start - process.center)
    kind = CentralPassage if a == 0 else OrnsteinUhlenbeckPassage
    return kind(process.stiffness, a, z, scale * (start - target.x))


def log_j(nu: float, y: float) -> float:
    """Return ``log J(y)``; at large `nu` it is small against its parts, which costs digits."""
    out = np.empty(1)
    _compiled("kernel").log_j(nu, y, out)
    return float(out[0])
