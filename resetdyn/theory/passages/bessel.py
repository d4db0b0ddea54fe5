r"""First passage by radial diffusion: to a ball in `d` dimensions, and in a logarithmic potential.

The distance from the centre of a ball (Brownian motion in `d` dimensions, ``nu = 1 - d / 2``) and the
position in the potential ``U = strength * log x`` (``nu = (1 + strength / D) / 2``) are the same Bessel
process.  From a distance `x` to a distance ``a < x``, with ``q = sqrt(s / D)`` and ``c = distance^2 / 4 D``,

    T~(s) = (x / a)^nu K_nu(q x) / K_nu(q a) = G(c_x) / G(c_a),
    G(c) = int_0^inf u^(nu - 1) e^(-u - s c / u) du

(Evans and Majumdar, J. Phys. A 47, 285001 (2014); Ray and Reuveni, J. Chem. Phys. 152, 234110 (2020), whose
target ``a = 0`` needs ``nu > 0``).  The mean under resetting to the start, ``M = (1 / T~ - 1) / s``, is then
a ratio of two integrals of positive functions (derived here),

    M(s) = int_0^inf u^(nu - 1) e^(-u - s c_a / u) (1 - e^(-s (c_x - c_a) / u)) / s du  /  G(c_x),

at every `nu`, rate and distance.  Without resetting the n-th moment is finite where ``nu > n``, and for
``nu < 0`` the target is missed with probability ``1 - (a / x)^(-2 nu)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log, log1p, pi, sqrt
from typing import Any

import numpy as np
from scipy.special import erf, erfc, gammainc, gammaincc, gammaln, log_ndtr, xlogy

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian
from resetdyn.targets import Ball
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray, invert
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.bessel_late import is_late, late_density, late_survival
from resetdyn.theory.passages.decay import density_of_inverse
from resetdyn.theory.passages.passage import InvertiblePassage, TimedPassage, register

# Relative rounding within which a diffusion matrix counts as isotropic.
_ISOTROPIC = 1e-13


@dataclass(frozen=True)
class BesselPassage(InvertiblePassage):
    """Bessel process of index `nu` from the distance `x` to the distance ``a < x``."""

    diffusion: float
    nu: float
    x: float
    a: float

    method = "ratio of positive integrals (Bessel process)"
    precision = 4e-15

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        if s == 0:
            return self._reset_free(order)
        from resetdyn.theory.passages import bessel_integrals as integrals

        nu, b, gap = self.nu, s * self._near, s * self._gap
        root_a, root_x = sqrt(nu * nu + 4 * b), sqrt(nu * nu + 4 * (b + gap))
        rise = 4 * gap / (root_x + root_a)
        above = integrals.gap_sums(nu, b, gap, root_a, order).tolist()
        below = integrals.survivor_sums(nu, b + gap, root_x, order).tolist()
        logs = series.subtract(series.logarithm(above), series.logarithm(below))
        # Difference of the two peaks, nu log u - root, and of the shifts, which are its derivative in log s.
        peak = nu * log1p(rise / (root_a + nu)) if nu >= 0 else nu * log1p(rise / (root_a - nu))
        if nu < 0:  # u = 2 b / (root - nu)
            peak = nu * log1p(gap / b) - peak
        logs[0] += rise - peak - log(s)
        if order:
            logs[1] += rise / 2
        return [c / s**n for n, c in enumerate(logs)]

    def _reset_free(self, order: int) -> Series:
        """Return the series around 0, of which the n-th term needs a finite moment of order ``n + 1``."""
        nu, near, far = self.nu, self._near, self._near + self._gap
        if nu <= 1:
            return [inf]
        finite = min(order, max(int(np.ceil(nu)) - 2, 0))
        above, below, gamma = [], [], 1.0  # gamma = Gamma(nu - n) / Gamma(nu) (-1)^n / n!
        for n in range(finite + 1):
            between = sum(far**i * near ** (n - i) for i in range(n + 1)) / (n + 1)
            above.append(gamma / (nu - n - 1) * between)
            below.append(gamma * far**n)
            gamma *= -1 / ((nu - n - 1) * (n + 1))
        logs = series.subtract(series.logarithm(above), series.logarithm(below))
        logs[0] += log(self._gap)
        return logs + [(-1.0) ** n * inf for n in range(finite + 1, order + 1)]

    def rates(self) -> tuple[float, float]:
        """Return the range of rates set by diffusion over the distances."""
        power = 1 + abs(self.nu)
        return 1e-4 * self.diffusion / self.x**2, 1e4 * power * self.diffusion / (self.x - self.a) ** 2

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        from resetdyn.theory.passages import bessel_integrals as integrals

        rates = np.atleast_1d(np.asarray(s, dtype=np.complex128))
        return s * integrals.turned_odds(self.nu, rates.ravel(), self._near, self._gap).reshape(np.shape(s))

    def hits_in_digits(self, s: list[Any]) -> list[tuple[Any, Any]]:
        """Return ``T~`` and ``1 - T~`` to 30 digits."""
        from mpmath import mpf

        from resetdyn.theory.passages.carried import FREE, carried

        x, a = mpf(self.x), mpf(self.a)
        near, gap = a**2 / (4 * self.diffusion), (x - a) * (x + a) / (4 * mpf(self.diffusion))
        return carried(FREE, 1 - self.nu, near, gap, s)

    def density(self, t: FloatArray) -> FloatArray:
        """Return the density of the first-passage time at times above 0."""
        t = np.asarray(t, dtype=float)
        late, out = is_late(self.diffusion, self.x, t), np.full(t.shape, np.nan)
        out[late] = late_density(self.diffusion, self.nu, self.x, self.a, t[late])
        rest = np.isnan(out)
        if rest.any():
            out[rest] = density_of_inverse(self, t[rest], 0.0)
        return out

    def free_survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the target has not been reached by `t`, which is above 0."""
        t = np.asarray(t, dtype=float)
        out = np.full(t.shape, np.nan)
        if self.nu > 1:  # else the tail is not small so soon
            late = is_late(self.diffusion, self.x, t)
            out[late] = late_survival(self.diffusion, self.nu, self.x, self.a, t[late])
        rest = np.isnan(out)
        if rest.any():
            out[rest] = invert(
                lambda s: 1 / self.inverses(s, 0.0)[2],
                t[rest],
                precise=lambda s: [
                    missed / p for p, (_, missed) in zip(s, self.hits_in_digits(s), strict=True)
                ],
            )
        return out

    @property
    def _near(self) -> float:
        return self.a**2 / (4 * self.diffusion)

    @property
    def _gap(self) -> float:
        return (self.x - self.a) * (self.x + self.a) / (4 * self.diffusion)


@dataclass(frozen=True)
class OriginPassage(BesselPassage, TimedPassage):
    """The target at 0, reached at the time ``c_x / U`` with `U` of the gamma law of shape `nu`."""

    timed_method = "closed form (inverse-gamma law)"

    def hits_in_digits(self, s: list[Any]) -> list[tuple[Any, Any]]:
        """Return ``T~`` and ``1 - T~`` to 30 digits."""
        from mpmath import mp, mpf

        from resetdyn.theory.passages.carried import FREE, falls

        # The solution that vanishes at 0, y^nu 0F1(nu + 1; s y), has a known Wronskian with that which falls.
        nu, y, found = mpf(self.nu), mpf(self.x) ** 2 / (4 * mpf(self.diffusion)), []
        for p, fall in zip(s, falls(FREE, 1 - self.nu, y, s), strict=True):
            rest = mp.hyp0f1(nu, p * y) - fall * y / nu * mp.hyp0f1(nu + 1, p * y)
            found.append((1 / rest, (rest - 1) / rest))
        return found

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that 0 has not been reached by `t`."""
        return gammainc(self.nu, self._ratio(t))

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that 0 has been reached by `t`."""
        return gammaincc(self.nu, self._ratio(t))

    def density(self, t: FloatArray) -> FloatArray:
        """Return the density of the first-passage time."""
        t = np.asarray(t, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self._ratio(t)
            density = np.exp(xlogy(self.nu, ratio) - ratio - gammaln(self.nu)) / t
        return np.where((t > 0) & (t < inf), density, 0.0)

    def _ratio(self, t: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return self._gap / np.asarray(t, dtype=float)


@dataclass(frozen=True)
class HalfIntegerPassage(BesselPassage, TimedPassage):
    """The indices -1/2 (a ball in three dimensions) and 1/2 (a line), with error functions in time."""

    timed_method = "closed form (error functions)"

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the target has not been reached by `t`."""
        z = self._scaled(t)
        return erf(z) + (1 - self._ever) * erfc(z) if self.nu < 0 else erf(z)

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that the target has been reached by `t`."""
        return self._ever * erfc(self._scaled(t))

    def log_reached(self, t: FloatArray) -> FloatArray:
        """Return its logarithm, beneath the floats as well."""
        return np.asarray(log(2 * self._ever) + log_ndtr(-sqrt(2.0) * self._scaled(t)))

    def density(self, t: FloatArray) -> FloatArray:
        """Return the density of the first-passage time."""
        t, z = np.asarray(t, dtype=float), self._scaled(t)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            density = self._ever * z * np.exp(-z * z) / (sqrt(pi) * t)
        return np.where((t > 0) & (t < inf), density, 0.0)

    @property
    def _ever(self) -> float:
        return self.a / self.x if self.nu < 0 else 1.0

    def _scaled(self, t: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return (self.x - self.a) / np.sqrt(4 * self.diffusion * np.asarray(t, dtype=float))


@register(Brownian, Ball)
def _to_ball(process: Brownian, start: FloatArray, target: Ball) -> BesselPassage | None:
    diffusion = np.atleast_2d(process.diffusion)
    scale = float(diffusion[0, 0])
    if np.any(process.drift) or np.abs(diffusion - scale * np.eye(process.dim)).max() > _ISOTROPIC * scale:
        return None
    distance = float(np.linalg.norm(np.atleast_1d(start - target.center)))
    return _bessel(scale, 1 - process.dim / 2, distance, target.radius)


def log_passage(
    diffusion: float, strength: float, distance_start: float, distance_target: float
) -> BesselPassage | None:
    """Return the passage in the potential ``strength * log x`` from one distance down to another.

    None where there is none: a start at or below the target, or a target at 0 that is never reached, for
    ``strength <= -diffusion``.

    Examples
    --------
    >>> from math import exp
    >>> round(exp(log_passage(1.0, 3.0, 1.0, 0.0).log_mean(0.5, 0)[0]), 12)
    0.234157696036
    """
    nu = (1 + strength / diffusion) / 2
    if distance_start <= distance_target or (distance_target == 0 and nu <= 0):
        return None
    return _bessel(diffusion, nu, distance_start, distance_target)


def _bessel(diffusion: float, nu: float, x: float, a: float) -> BesselPassage:
    if a == 0:
        return OriginPassage(diffusion, nu, x, a)
    return (HalfIntegerPassage if abs(nu) == 0.5 else BesselPassage)(diffusion, nu, x, a)
