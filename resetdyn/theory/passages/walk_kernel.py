r"""The ladder of a random walk on the integers: time and depth of its first new minimum.

With steps `k` of probability ``p_k``, ``-m <= k <= M``, the equation ``u phi(rho) = 1``, where ``phi(rho) =
sum_k p_k rho^k``, has `m` roots inside the unit circle for ``u < 1`` (Rouche), and by the Wiener-Hopf
factorisation

    prod_j (1 - rho_j x) = 1 - sum_i g_i x^i,    i = 1 ... m,

gives ``g_i(u) = <u^time; depth = i> >= 0``.  The largest root, ``rho_1 = e^(-theta)``, is real, and `theta`
solves ``f(theta) = (1 - u) / u`` with ``f(theta) = sum_k p_k (e^(-k theta) - 1)``; the drift apart, all terms
of `f` and of its slope can be made positive.  The series of a root around `u` comes from that of ``1 / u``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import exp, expm1, factorial, log, log1p, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series

# Below this, (1 - rho_1) / (1 - u) is taken from its integral form; above it, nothing cancels.
_SLOW = 0.1
_NODES, _HALF = leggauss(40)
_V, _WEIGHTS = (_NODES + 1) / 2, _HALF / 2


class Ladder(NamedTuple):
    """The ladder around some `u`.

    Attributes
    ----------
    theta : list
        Series of minus the logarithm of the largest root.
    g : (order + 1, m) array
        Series of the ``g_i``.
    stays : float
        ``1 - sum_i g_i`` without cancellation.
    ratio : list
        Series of ``(1 - sum_i g_i) / (1 - u)``; empty for a walk that drifts away, at ``u = 1``.
    """

    theta: Series
    g: FloatArray
    stays: float
    ratio: Series


@dataclass(frozen=True)
class Kernel:
    """The steps of a walk, at least one of them negative, and their probabilities."""

    steps: tuple[int, ...]
    chances: tuple[float, ...]

    @cached_property
    def down(self) -> int:
        """Longest step down."""
        return max(-min(self.steps), 0)

    @cached_property
    def up(self) -> int:
        """Longest step up."""
        return max(*self.steps, 0)

    @cached_property
    def drift(self) -> float:
        """Mean step."""
        return float(np.sum(self._k * self._p))

    @cached_property
    def _k(self) -> FloatArray:
        return np.array(self.steps, dtype=np.float64)

    @cached_property
    def _p(self) -> FloatArray:
        return np.array(self.chances)

    def ladder(self, p: float, order: int) -> Ladder:
        """Return the ladder around ``u = 1 - p``, for ``0 <= p < 1``."""
        u, theta = 1 - p, self.theta(p)
        rise = np.array([(-1.0) ** n / u ** (n + 1) for n in range(order + 1)])  # of 1 / u
        exponents = self._theta_series(theta, rise)
        largest = series.exponential([-c for c in exponents])
        others = [self._root_series(root, rise) for root in self._other_roots(u, theta)]
        product = np.zeros((order + 1, self.down + 1), dtype=np.complex128)
        product[0, 0] = 1.0
        rest = product[:, :1].copy()
        for root in [np.array(largest, dtype=np.complex128), *others]:
            product[:, 1:] -= times(root, product[:, :-1])
        for root in others:
            rest = rest - times(root, rest)
        others_stay = rest[:, 0].real.tolist()
        ratio = self._gap_ratio(p, exponents, largest) if p > 0 or self.drift < 0 else []
        stays = -expm1(-theta) * others_stay[0]
        return Ladder(exponents, -product.real[:, 1:], stays, series.multiply(ratio, others_stay))

    def theta(self, p: float, way: int = 1) -> float:
        """Return ``-log rho_1`` at ``u = 1 - p``; with ``way = -1``, ``log rho`` of the real root outside."""
        k, drift, goal = way * self._k, way * self.drift, p / (1 - p)
        if goal == 0 and drift <= 0:
            return 0.0
        if self.up == self.down == 1:  # a quadratic equation for e^theta - 1
            down, b = float(self._p[k < 0][0]), -drift - goal
            square = sqrt(b * b + 4 * down * goal)
            return log1p(2 * goal / (b + square) if b > 0 else (square - b) / (2 * down))
        # Two bounds from above, from where Newton's method descends without overshooting.
        spread = float(np.sum((k * k * self._p)[k < 0]))
        deepest = int(np.argmin(k))
        square = sqrt(drift * drift + 2 * spread * goal)
        bound = (drift + square) / spread if drift > 0 else 2 * goal / (square - drift)
        theta = min(bound, -log((1 + goal) / self._p[deepest]) / float(k[deepest]))
        for _ in range(200):
            slope = float(np.sum(-k * np.expm1(-k * theta) * self._p)) - drift
            step = (float(np.sum(_excess(-k * theta) * self._p)) - drift * theta - goal) / slope
            theta -= step
            if step <= 1e-15 * theta:
                break
        return theta

    def inner_roots(self, u: ComplexArray) -> ComplexArray:
        """Return the roots inside the unit circle at each `u` inside it: shape ``(len(u), m)``."""
        roots = self._roots(u)
        return np.take_along_axis(roots, np.argsort(abs(roots), axis=1)[:, : self.down], axis=1)

    def _other_roots(self, u: float, theta: float) -> ComplexArray:
        """Return the roots inside the unit circle but the largest."""
        if self.down < 2:
            return np.zeros(0, dtype=np.complex128)
        roots = self._roots(np.array([u], dtype=np.complex128))[0]
        # The two real positive roots may be close to 1, and to each other: they are known better.
        real = [exp(-theta), exp(self.theta(1 - u, -1))] if self.up else [exp(-theta)]
        for known in real:
            roots = np.delete(roots, np.argmin(abs(roots - known)))
        return _spread(roots[np.argsort(abs(roots))[: self.down - 1]], exp(-theta))

    def _roots(self, u: ComplexArray) -> ComplexArray:
        degree = self.down + self.up
        polynomial = np.zeros((len(u), degree + 1), dtype=np.complex128)  # ascending powers
        polynomial[:, self.down] = 1.0
        for k, p in zip(self.steps, self.chances, strict=True):
            polynomial[:, k + self.down] -= u * p
        companion = np.zeros((len(u), degree, degree), dtype=np.complex128)
        companion[:, range(1, degree), range(degree - 1)] = 1.0
        companion[:, :, -1] = -polynomial[:, :-1] / polynomial[:, -1:]
        roots: ComplexArray = np.linalg.eigvals(companion).astype(np.complex128)
        for _ in range(2):  # polished by Newton's method: they are simple, and almost there
            value, slope = np.zeros_like(roots), np.zeros_like(roots)
            for c in polynomial.T[::-1]:
                slope = slope * roots + value
                value = value * roots + c[:, None]
            step = value / np.where(slope == 0, 1.0, slope)
            roots = roots - np.where(abs(step) < 0.01 * abs(roots), step, 0.0)
        return roots

    def _theta_series(self, theta: float, rise: FloatArray) -> Series:
        k, weight = -self._k, self._p * np.exp(-self._k * theta)
        taylor = [complex(np.sum(k**n * weight)) / factorial(n) for n in range(len(rise))]
        if len(rise) > 1:
            taylor[1] = complex(np.sum(k * np.expm1(k * theta) * self._p)) - self.drift
        return [theta, *_revert(taylor, rise)[1:].real.tolist()]

    def _root_series(self, root: complex, rise: FloatArray) -> ComplexArray:
        taylor, binomial = [], np.ones_like(self._k)
        for n in range(len(rise)):
            taylor.append(complex(np.sum(binomial * self._p * root ** (self._k - n))))
            binomial = binomial * (self._k - n) / (n + 1)
        out = _revert(taylor, rise)
        out[0] = root
        return out

    def _gap_ratio(self, p: float, exponents: Series, largest: Series) -> Series:
        """Return the series of ``(1 - rho_1) / (1 - u)``."""
        theta, order = exponents[0], len(exponents) - 1
        if self.drift > 0 or p > _SLOW:
            return series.divide([-expm1(-theta), *(-c for c in largest[1:])], [p, -1.0, *[0.0] * order])
        # (1 - e^(-theta)) / theta and f / theta, and their derivatives in theta, as integrals over v.
        k, below = self._k, []
        for n in range(order + 1):
            weight = _WEIGHTS * (-_V) ** n / factorial(n)
            below.append(-float((self._p * k ** (n + 1)) @ np.exp(-np.outer(k, theta * _V)) @ weight))
        below[0] = float(np.sum(_excess(-k * theta) * self._p)) / theta - self.drift if theta else -self.drift
        one_plus = [1 - p, 1.0, *[0.0] * order][: order + 1]  # u = 1 / (1 + f)
        above = series.compose(averaged(theta, order), exponents)
        return series.divide(series.divide(above, series.compose(below, exponents)), one_plus)


def _spread(roots: ComplexArray, first: float) -> ComplexArray:
    """Return the roots so that each is far from those before it (Leja), or their product loses its digits."""
    out, distance = roots.copy(), np.log(abs(roots - first))
    for i in range(len(roots)):
        k = int(np.argmax(distance))
        out[i], distance[k] = roots[k], -np.inf
        with np.errstate(divide="ignore"):
            distance += np.log(abs(roots - roots[k]))
    return out


def averaged(x: float, order: int) -> Series:
    """Return the Taylor series around a moderate `x` of ``(1 - e^(-x)) / x = int_0^1 e^(-x v) dv``."""
    weight = _WEIGHTS * np.exp(-x * _V)
    higher = [float(weight @ (-_V) ** n) / factorial(n) for n in range(1, order + 1)]
    return [-expm1(-x) / x if x else 1.0, *higher]


def times(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """Return the product of a series and a series of rows, both along the first axis."""
    out = np.zeros_like(b)
    for n in range(len(a)):
        out[n:] += a[n] * b[: len(b) - n]
    return out


def _revert(taylor: list[complex], rise: FloatArray) -> ComplexArray:
    """Return the series `w` without constant term for which ``sum_i taylor_i w^i`` rises by ``rise``."""
    w = np.zeros(len(rise), dtype=np.complex128)
    for _ in range(len(rise) - 1):  # each pass settles one more term
        rest = rise.astype(np.complex128)
        power = w.copy()
        for c in taylor[2:]:
            power = times(w, power)
            rest = rest - c * power
        w[1:] = rest[1:] / taylor[1]
    return w


def _excess(x: FloatArray) -> FloatArray:
    """Return ``e^x - 1 - x`` without cancellation."""
    small = np.clip(x, -0.5, 0.5)
    tail = np.zeros_like(x)
    for n in range(14, 2, -1):
        tail = (tail + 1) * (small / n)
    return np.where(small == x, (tail + 1) * x * x / 2, np.expm1(x) - x)
