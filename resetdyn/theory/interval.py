r"""First passage of Brownian motion with drift out of an interval.

At `x` from the low end and `l` from the high end, with ``v = drift / (2 D)`` and
``theta = sqrt(v^2 + s / D)``, the transforms of leaving at the two ends are

    T~_low = e^(-v x) sinh(l theta) / sinh((x + l) theta),
    T~_high = e^(v l) sinh(x theta) / sinh((x + l) theta),

and ``T~ = T~_low + T~_high`` (Pal and Prasad, PRR 1, 032001 (2019)).  ``1 - T~`` cancels, at small `s` and
near the ends, but ``Q~ = (1 - T~) / s`` is also the integral of the (positive) Green function over where the
process may be, and so (derived here)

    M = Q~ / T~ = (S(l) A(x, v) + S(x) A(l, -v)) / (D (e^(-v x) S(l) + e^(v l) S(x))),
    S(x) = sinh(theta x) / theta,    A(x, v) = int_0^x e^(-v u) S(x - u) du,

where every term is positive.  All of them are even in `theta`: at small ones they are expanded in its square.
At large ones the exponentials are taken out: with ``g(q) = (1 - e^-q) / q``, ``p = (theta + v) x`` and
``m = (theta - v) x`` (and likewise, with `-v`, for `l`),

    S(x) = x g(2 theta x) e^(theta x),    A(x, v) = x^2 H(p, m) e^(theta x),
    H(p, m) = (g(p) - e^-p g(m)) / (p + m) = e^-p sum_k (p^k - (-m)^k) / ((p + m) (k + 1)!).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, factorial, log, sqrt, tanh
from typing import Any

import numpy as np
from scipy.special import expit

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian
from resetdyn.targets import Interval
from resetdyn.theory import series
from resetdyn.theory.inversion import ComplexArray
from resetdyn.theory.passage import InvertiblePassage, TwoEnded, register
from resetdyn.theory.series import Series

_EPS = float(np.finfo(float).eps)
# Below these values of theta times a length: series in theta^2, and in p and m; with so many terms.
_EVEN, _EVEN_TERMS = 0.7, 9
_SMALL, _SMALL_TERMS = 0.4, 13


@dataclass(frozen=True)
class IntervalPassage(InvertiblePassage, TwoEnded):
    """Brownian motion at `below` from the low end and `above` from the high end, ``v = drift / (2 D)``."""

    diffusion: float
    v: float
    below: float
    above: float

    method = "closed form (Brownian motion in an interval)"
    precision = 8 * _EPS

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        theta = sqrt(self.v**2 + s / self.diffusion)
        return self._log_mean(float(s), order, *self._sizes(theta))

    def log_mean_many(self, rates: FloatArray, order: int) -> FloatArray:
        """Return the series of ``log M`` around each rate: shape ``(order + 1, len(rates))``."""
        return self._many(rates, order, np.empty((order + 1, rates.size)))

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        s = np.asarray(s, dtype=np.complex128)
        with np.errstate(all="ignore"):  # far to the left the answer is 0
            return np.exp(-self._many(s.ravel(), 0, np.empty((1, s.size), np.complex128))[0]).reshape(s.shape)

    def _many(self, s: Any, order: int, out: Any) -> Any:
        """Fill `out` with the series around real or complex rates, the same formulas at once."""
        sizes = np.array(self._sizes(abs(np.sqrt(self.v**2 + s / self.diffusion))))
        for kind in np.unique(sizes, axis=1).T:
            same = np.all(sizes == kind[:, None], axis=0)
            out[:, same] = self._log_mean(s[same], order, *kind.tolist())
        return out

    def _sizes(self, theta: Any) -> tuple[Any, Any, Any]:
        """Return whether theta is small, beside the whole and beside the distances to either end."""
        whole = self.below + self.above
        return theta * whole < _EVEN, theta * self.below < _SMALL, theta * self.above < _SMALL

    def _log_mean(self, s: Any, order: int, even: bool, small_low: bool, small_high: bool) -> list[Any]:
        if even:
            return self._even(s, order)
        D, v, x, l = self.diffusion, self.v, self.below, self.above  # noqa: E741
        rest = [0.0] * order
        theta = series.root([v * v + s / D, 1 / D, *rest][: order + 1])
        large = [theta[0] + abs(v), *theta[1:]]
        small = series.divide([s / D, 1 / D, *rest][: order + 1], large)  # theta - |v| without cancellation
        plus, minus = (large, small) if v > 0 else (small, large)
        size = 1 + abs(theta[0]) * (x + l)  # in every term, above and below: keeps it in the floats
        g_x, g_l = (_times(size, series.mean_decay(_times(2 * length, theta))) for length in (x, l))
        low, high = _times(x, plus), _times(l, minus)  # the exponents of leaving
        inside_low = series.multiply(g_l, _times(x, _occupation(low, _times(x, minus), small_low)))
        inside_high = series.multiply(g_x, _times(l, _occupation(high, _times(l, plus), small_high)))
        nearer = _lesser(low[0], high[0])  # taken out
        leave_low = series.multiply(_times(l, g_l), _decay(low, nearer))
        leave_high = series.multiply(_times(x, g_x), _decay(high, nearer))
        out = series.subtract(
            series.logarithm(series.add(inside_low, inside_high)),
            series.logarithm(series.add(leave_low, leave_high)),
        )
        out[0] = out[0] + log(x / D * l) + nearer
        return out

    def _even(self, s: Any, order: int) -> list[Any]:
        """Return the series of ``log M`` from expansions in theta^2."""
        v, x, l = self.v, self.below, self.above  # noqa: E741
        square = [v * v + s / self.diffusion, 1 / self.diffusion, *[0.0] * order][: order + 1]

        def S(length: float) -> Series:
            return series.polynomial(
                [length ** (2 * k + 1) / factorial(2 * k + 1) for k in range(_EVEN_TERMS)], square
            )

        def A(length: float, v: float) -> Series:
            c = series.decay_moments(2 * _EVEN_TERMS, -v * length)
            start = exp(-v * length)
            return series.polynomial(
                [start * length ** (2 * k + 2) * c[2 * k + 1] for k in range(_EVEN_TERMS)], square
            )

        inside = series.add(series.multiply(S(l), A(x, v)), series.multiply(S(x), A(l, -v)))
        leave = series.add(_times(exp(-v * x), S(l)), _times(exp(v * l), S(x)))
        out = series.subtract(series.logarithm(inside), series.logarithm(leave))
        out[0] = out[0] - log(self.diffusion)
        return out

    def share_low(self, s: float) -> float:
        """Return ``T~_low / T~``: how likely the low end is, when reset to the start at rate `s`."""
        v, x, l = self.v, self.below, self.above  # noqa: E741
        theta = sqrt(v * v + s / self.diffusion)
        small = s / self.diffusion / (theta + abs(v)) if s > 0 else 0.0
        low, high = (theta + abs(v), small) if v > 0 else (small, theta + abs(v))
        g_x, g_l = (series.mean_decay([2 * theta * length])[0] for length in (x, l))
        return float(expit(log(l / x) + log(g_l / g_x) + high * l - low * x))

    def odds_slope(self, s: float) -> float:
        """Return the derivative of ``log(T~_low / T~_high)``."""
        theta = sqrt(self.v**2 + s / self.diffusion)
        turns = [length**2 * _langevin_over(theta * length) for length in (self.above, self.below)]
        return (turns[0] - turns[1]) / (2 * self.diffusion)

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


def _occupation(p: Any, m: Any, small: bool) -> Any:
    """Return the series of ``H(p, m)``."""
    if not small:
        later = series.multiply(series.exponential([-c for c in p]), series.mean_decay(m))
        return series.divide(series.subtract(series.mean_decay(p), later), series.add(p, m))
    minus = [-c for c in m]
    ladder = power = [1.0 + 0.0 * p[0], *(0.0 * c for c in p[1:])]  # of (p^k - (-m)^k) / (p + m), and (-m)^k
    total = [c / 2 for c in ladder]
    for k in range(1, _SMALL_TERMS):
        power = series.multiply(power, minus)
        ladder = series.add(series.multiply(p, ladder), power)
        total = [t + c / factorial(k + 2) for t, c in zip(total, ladder, strict=True)]
    return series.multiply(total, series.exponential([-c for c in p]))


def _times(factor: Any, a: Any) -> Any:
    return [factor * c for c in a]


def _decay(exponent: Any, start: Any) -> Any:
    """Return the series of ``exp(start - exponent)``, `start` being a number."""
    return series.exponential([start - exponent[0], *(-c for c in exponent[1:])])


def _lesser(a: Any, b: Any) -> Any:
    return np.where(np.real(a) < np.real(b), a, b) if isinstance(a, np.ndarray) else min(a, b)


def _langevin_over(y: float) -> float:
    """Return ``(coth(y) - 1 / y) / y``, at small `y` by its continued fraction."""
    if y > 2:
        return (1 / tanh(y) - 1 / y) / y
    fraction = 0.0
    for n in range(27, 3, -2):
        fraction = y * y / (n + 2 + fraction)
    return 1 / (3 + y * y / (5 + fraction))
