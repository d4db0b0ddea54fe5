r"""First passage of an isotropic Ornstein-Uhlenbeck process to a ball around its centre.

The distance from the centre is a radial process; in `d` dimensions, with ``alpha = s / (2 k)``, ``b = d / 2``
and ``z = k distance^2 / (2 D)``,

    T~(s) = U(alpha, b, z_x) / U(alpha, b, z_a),
    Gamma(alpha) U(alpha, b, z) = int_0^inf e^(-z t) t^(alpha - 1) (1 + t)^(b - alpha - 1) dt

(Kummer's function of the second kind, DLMF 13.4.4; the backward equation is Kummer's).  The mean under
resetting to the start, ``M = (1 / T~ - 1) / s``, is then a ratio of integrals of positive functions (derived
here),

    M(s) = N / (2 k J),
    N = int_0^inf e^(-z_a t) (1 - e^(-(z_x - z_a) t)) t^(alpha - 1) (1 + t)^(b - alpha - 1) dt,
    J = alpha Gamma(alpha) U(alpha, b, z_x),

at every rate, 0 included, where ``J = 1``.  For `J` the singular power is integrated by parts after the
recurrence ``U(alpha, b) = U(alpha, b - 1) + alpha U(alpha + 1, b)`` has lowered `b` to ``b' <= 1`` in `m`
steps:

    J = int_0^inf (t / (1 + t))^alpha e^(-z t) (1 + t)^(b' - 1)
        (z + (1 + alpha - b') / (1 + t) + alpha ((1 + t)^m - 1) / t) dt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log, log1p, sqrt
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import OrnsteinUhlenbeck
from resetdyn.targets import Ball
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.passage import InvertiblePassage, inverses_from, register

# Relative rounding within which a matrix counts as isotropic, and a centre as that of the ball.
_ISOTROPIC = 1e-13


@dataclass(frozen=True)
class KummerPassage(InvertiblePassage):
    """Radial Ornstein-Uhlenbeck process in `dim` dimensions, from the distance `x` to ``a < x``."""

    stiffness: float
    diffusion: float
    dim: int
    x: float
    a: float

    method = "ratio of positive integrals (radial Ornstein-Uhlenbeck process)"
    precision = 4e-15

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        from resetdyn.theory.passages.kummer_integrals import kummer_sums

        per_length = self.stiffness / (2 * self.diffusion)
        alpha, b, near = s / (2 * self.stiffness), self.dim / 2, per_length * self.a**2
        gap = per_length * (self.x - self.a) * (self.x + self.a)
        far, power = near + gap, alpha + 1
        root_a, root_x = sqrt(near * near + 4 * power * near), sqrt(far * far + 4 * power * far)
        peak_a, peak_x = 2 * power / (near + root_a), 2 * power / (far + root_x)  # z t (1 + t) = power
        scale_a, above = kummer_sums(alpha, b, near, peak_a, gap, order)
        scale_x, below = kummer_sums(alpha, b, far, peak_x, 0.0, order)
        logs = series.subtract(series.logarithm(above.tolist()), series.logarithm(below.tolist()))
        # Difference of the two maxima, power log(t / (1 + t)) - z t + b log(1 + t): each a sum of one sign.
        ahead = 2 * power * gap / (near * root_x + far * root_a)  # peak_a - peak_x
        rise = log1p(ahead / (peak_x * (1 + peak_a)))
        fall = 2 * power**2 * gap / (root_x + root_a)
        fall *= 1 / (far + 2 * power + root_x) + 1 / (near + 2 * power + root_a)  # z_x t_x - z_a t_a
        logs[0] += scale_a - scale_x + power * rise + fall + b * log1p(ahead / (1 + peak_x))
        logs[0] -= log(2 * self.stiffness)
        if order:
            logs[1] += rise
        return [c / (2 * self.stiffness) ** n for n, c in enumerate(logs)]

    def transform(self, s: ComplexArray) -> ComplexArray:
        """Return ``T~`` at complex `s`."""
        from resetdyn.theory.passages.kummer_plane import hit_ratios

        orders = np.atleast_1d(np.asarray(s, dtype=np.complex128)).ravel() / (2 * self.stiffness)
        near, far = (self.stiffness / (2 * self.diffusion) * r**2 for r in (self.a, self.x))
        return hit_ratios(orders, self.dim / 2, near, far).reshape(np.shape(s))

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        return self._inverse_mean(s, self.transform(s))

    def _inverse_mean(self, s: ComplexArray, hit: ComplexArray) -> ComplexArray:
        with np.errstate(all="ignore"):
            inverse = s * hit / (1 - hit)
        return np.where(s == 0, exp(-self.log_mean(0.0, 0)[0]), inverse)

    def inverses(self, s: ComplexArray, rate: float) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return ``1 / M`` at ``rate + s``, that plus ``rate + s``, and that plus `s`."""
        hit = self.transform(rate + s)
        return inverses_from(self._inverse_mean(rate + s, hit), hit, s, rate)

    def hits_in_digits(self, s: list[Any]) -> list[tuple[Any, Any]]:
        """Return ``T~`` and ``1 - T~`` to 30 digits."""
        from mpmath import mpf

        from resetdyn.theory.passages.carried import TRAP, carried

        per_length = mpf(self.stiffness) / (2 * mpf(self.diffusion))
        x, a = mpf(self.x), mpf(self.a)
        gap = per_length * (x - a) * (x + a)
        return carried(TRAP, self.dim / 2, per_length * a**2, gap, [p / (2 * self.stiffness) for p in s])

    @property
    def bend(self) -> float:  # type: ignore[override]
        """Force at the start squared, over ``4 D``."""
        return (self.stiffness * self.x) ** 2 / (4 * self.diffusion)

    @property
    def spacing(self) -> float:
        """The least distance of the two slowest poles."""
        return 2 * self.stiffness

    def elsewhere(self) -> tuple[KummerPassage, ...]:
        """Return the passage from further out."""
        return (replace(self, x=self.x + 2 * sqrt(self.diffusion / self.stiffness)),)

    def rates(self) -> tuple[float, float]:
        """Return the range of rates set by relaxation, and by diffusion and drift over the distance."""
        k, way = self.stiffness, self.x - self.a
        scale = sqrt(self.diffusion / k)
        span, size = way / scale, self.x / scale
        return 1e-4 * k * min(1.0, size**-2), 1e4 * k * (1 + span**-2 + (size + self.dim / size) / span)


@register(OrnsteinUhlenbeck, Ball)
def _to_ball(process: OrnsteinUhlenbeck, start: FloatArray, target: Ball) -> KummerPassage | None:
    k, diffusion = (_isotropic(np.atleast_2d(m)) for m in (process.stiffness, process.diffusion))
    off = np.linalg.norm(np.atleast_1d(process.center - target.center))
    if k is None or diffusion is None or off > _ISOTROPIC * target.radius:
        return None
    distance = float(np.linalg.norm(np.atleast_1d(start - target.center)))
    return KummerPassage(k, diffusion, process.dim, distance, target.radius)


def _isotropic(matrix: FloatArray) -> float | None:
    """Return the number that the matrix is a multiple of one by, if it is."""
    scale = float(matrix[0, 0])
    apart = np.abs(matrix - scale * np.eye(len(matrix))).max()
    return scale if scale > 0 and apart <= _ISOTROPIC * scale else None
