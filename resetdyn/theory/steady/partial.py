r"""Steady states under partial resets, ``x -> a x`` at the rate `r`, of linear processes.

The moments close (Tal-Friedman, Roichman and Reuveni, PRE 106, 054116 (2022) without drift; derived here):
in the eigenbasis of the stiffness (eigenvalues `h_i`, 0 for Brownian motion) with the constant push ``g``,

    <x_i>  = g_i / (h_i + r (1 - a)),
    cov_ij = (2 D_ij + r (1 - a)^2 <x_i> <x_j>) / (h_i + h_j + r (1 - a^2)).

For Brownian motion the characteristic function is the product of those of `a^j` times the excursion between
two resets, a difference of exponentials of rates ``lambda_+`` (downstream) and ``lambda_-``:

    <e^(theta x)> = prod_j 1 / ((1 - a^j theta / lambda_+) (1 + a^j theta / lambda_-)).

Its poles give the density as a sum of exponentials, whose terms alternate: near the middle they cancel as
``prod 1 / (1 - a^(2 j))``.  Where they cancel too much, the contour goes through the saddle point instead.
For an Ornstein-Uhlenbeck process see :mod:`.steady.partial_relaxation`.
"""

from __future__ import annotations

from math import ceil, log, pi, sqrt
from typing import Any

import numpy as np
from numba import njit
from numpy.polynomial import polynomial

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState
from resetdyn.processes import Brownian
from resetdyn.resets import Partial, Poisson
from resetdyn.results import SteadyStateResult
from resetdyn.theory.steady.ageing import Gaussian
from resetdyn.theory.steady.ages import Exponential
from resetdyn.theory.steady.density import log_density
from resetdyn.theory.steady.line_density import LineLaw
from resetdyn.theory.steady.moments import balance
from resetdyn.theory.steady.partial_relaxation import Relaxing

_EPS = float(np.finfo(float).eps)
_CANCELLED = 1e3  # how much larger than the sum the terms of the partial fractions may be
_OVERFLOW, _BENEATH = 600.0, 800.0  # logarithms of a weight above, and a density below the floats
_FAINT = 1e-19  # of a factor of a term that no longer counts
_NEAR = 0.4  # |theta| a^j / lambda from which on the logarithms are summed as a power series
_SERIES = 40
_SLOW = 0.9999  # factors closer to 1 than that are a series all over
_FINE = 5.5  # steps per width of the integrand
_BLOCK, _MOST = 64, 50_000
_MANY = 0.985  # factors closer to 1 than that leave too many factors to multiply
_LONGEST, _FIRST_ORDER, _LARGE = 400_000, 1e-9, 1e18
_DECAYED = 42.0  # in the exponent, of the integrand along the contour


def steady_state(problem: SteadyState, process: Gaussian) -> SteadyStateResult | None:
    """Return the steady state; None if the resets are not partial Poisson resets without costs."""
    reset = problem.reset
    if not (isinstance(reset, Poisson) and isinstance(reset.to, Partial) and reset.free):
        return None
    rate, factor, dim = reset.rate, reset.to.factor, process.dim
    mean, cov = moments(process, rate, factor)
    density, expectation, raw = None, None, None
    how = ""
    if dim == 1:
        std, noise = sqrt(float(cov[0, 0])), 0.0
        if isinstance(process, Brownian):
            density, how = Excursions(process, rate, factor).density, ", product of transforms"
        elif factor > 0:
            relaxing = Relaxing(process, rate, factor, float(mean[0]), std)
            density, noise, how = relaxing.density, 4 * relaxing.least, ", Fourier inversion"
        else:
            how = ", closed form"

            def density(x: FloatArray) -> FloatArray:
                with np.errstate(under="ignore"):
                    return np.asarray(np.exp(log_density(process, Exponential(rate), x, 0.0)))

        law = LineLaw(density, tuple({0.0, float(mean[0])}), std, noise=noise)
        expectation = law.expect

        def raw(order: int) -> float:
            return balance(process, order, lambda n: rate * -np.expm1(n * _log(factor)), lambda n: 0.0)

    return SteadyStateResult(
        problem=problem,
        method="hierarchy: moments of partial resets" + how,
        mean=_checks.unit_or_scalar(mean, dim),
        cov=_checks.unit_or_scalar(cov, dim),
        error=32 * _EPS * float(np.max(np.abs(mean))),
        density=density,
        expectation=expectation,
        moments=raw,
    )


def moments(process: Any, rate: float, factor: float) -> tuple[FloatArray, FloatArray]:
    """Return mean and covariance."""
    dim, left = process.dim, 1 - factor
    diffusion = np.atleast_2d(process.diffusion)
    if isinstance(process, Brownian):
        h, basis, push = np.zeros(dim), np.eye(dim), np.atleast_1d(process.drift)
    else:
        h, basis = np.linalg.eigh(np.atleast_2d(process.stiffness))
        push = h * (basis.T @ np.atleast_1d(process.center))
        diffusion = basis.T @ diffusion @ basis
    mean = push / (h + rate * left)
    pairs = h[:, None] + h + rate * left * (1 + factor)
    cov = (2 * diffusion + rate * left**2 * np.outer(mean, mean)) / pairs
    return basis @ mean, basis @ cov @ basis.T


class Excursions:
    """The density for Brownian motion on the line."""

    def __init__(self, process: Brownian, rate: float, factor: float) -> None:
        v, diffusion = process.drift, process.diffusion
        root = sqrt(v * v + 4 * diffusion * rate)
        fast, slow = (root + abs(v)) / (2 * diffusion), 2 * rate / (root + abs(v))
        self.factor = factor
        self.up, self.down = (slow, fast) if v >= 0 else (fast, slow)
        count = 1 if factor == 0 else max(1, ceil(log(_FAINT) / log(factor)))
        self.powers = np.asarray(factor ** np.arange(float(min(count, _MOST))), dtype=np.float64)

    def density(self, x: FloatArray) -> FloatArray:
        """Return the density."""
        flat = np.ravel(x)
        out = np.empty(flat.size)
        for side, rate, other in ((flat >= 0, self.up, self.down), (flat < 0, self.down, self.up)):
            if side.any():
                out[side] = self._half(np.abs(flat[side]), rate, other)
        return out.reshape(np.shape(x))

    def _half(self, x: FloatArray, rate: float, other: float) -> FloatArray:
        """Return the density at distances `x` on the side where the slowest decay is `rate`."""
        values, sizes = self._poles(x, rate, other)
        bad = np.flatnonzero(~(sizes <= _CANCELLED * np.abs(values)))
        bad = bad[np.argsort(x[bad])]  # those near one another need as many factors
        for first in range(0, bad.size, _BLOCK):
            some = bad[first : first + _BLOCK]
            values[some] = self._saddle(x[some], rate, other)
        return values

    def _poles(self, x: FloatArray, rate: float, other: float) -> tuple[FloatArray, FloatArray]:
        """Return the sum over the poles, and that of its moduli; inf where the weights overflow."""
        a, values, sizes = self.powers, np.zeros(x.size), np.zeros(x.size)
        log_weight = -float(np.sum(np.log1p(-a[1:])) + np.sum(np.log1p(a * rate / other)))
        if log_weight > _OVERFLOW:
            return values, np.full(x.size, np.inf)
        # weight_j = 1 / (prod_(m != j) (1 - a^(m - j)) prod_m (1 + a^(m - j) rate / other))
        sign = 1.0
        with np.errstate(under="ignore", over="ignore", divide="ignore"):
            for j in range(len(a)):
                if j:
                    inverse = self.factor**-j
                    log_weight -= log(inverse - 1) + np.log1p(inverse * rate / other)
                    sign = -sign
                decay = rate / a[j]
                term = np.exp(log_weight + log(decay) - decay * x)
                values += sign * term
                sizes += term
                if np.all(term <= 1e-17 * sizes) and j > 2:
                    break
        return values, np.where(np.isfinite(sizes), sizes, np.inf)

    def _saddle(self, x: FloatArray, rate: float, other: float) -> FloatArray:
        """Return the density by the trapezoidal rule along the lines through the saddle points."""
        saddle = self._saddle_points(x, rate, other)
        centre = self._log_transform(saddle, rate, other, 0).real
        step = 1 / (_FINE * np.sqrt(self._log_transform(saddle, rate, other, 2).real))
        if self.factor < _MANY:
            total = np.zeros(x.size)
            there = centre - saddle * x > -_BENEATH
            total[there] = _along(x[there], saddle[there], step[there], rate, other, self.powers)
            with np.errstate(under="ignore"):
                return np.asarray(np.exp(centre - saddle * x) * total * step / pi)
        total, first = np.full(x.size, 0.5), 1
        active = np.flatnonzero(centre - saddle * x > -_BENEATH)
        while active.size and first < _MOST:
            along = 1j * step[active, None] * np.arange(first, first + _BLOCK)
            logs = self._log_transform(saddle[active, None] + along, rate, other, 0)
            exponent = logs - centre[active, None] - along * x[active, None]
            total[active] += np.exp(exponent).real.sum(axis=1)
            active = active[exponent[:, -1].real > -_DECAYED]
            first += _BLOCK
        with np.errstate(under="ignore"):
            return np.asarray(np.exp(centre - saddle * x) * total * step / pi)

    def _saddle_points(self, x: FloatArray, rate: float, other: float) -> FloatArray:
        """Return where the slope of the logarithm is `x`, by bisection: it runs from -inf to inf."""
        # So near to 1 nothing above the floats lies farther out.
        reach = _NEAR if self.factor > _SLOW else 1 - 1e-12
        low, high = np.full(x.size, -reach * min(rate, other)), np.full(x.size, reach * rate)
        for _ in range(44):
            middle = (low + high) / 2
            below = self._log_transform(middle, rate, other, 1).real < x
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return (low + high) / 2

    def _log_transform(self, theta: Any, rate: float, other: float, derivative: int) -> Any:
        """Return ``log <e^(theta x)>`` at complex `theta`, or its first or second derivative."""
        size = float(np.max(np.abs(theta))) / min(rate, other)
        explicit = max(0, ceil(log(_NEAR / size) / log(self.factor))) if size > _NEAR else 0
        total = np.zeros(np.shape(theta), complex)
        n = np.arange(1, _SERIES)
        rest = self.factor ** (explicit * n) / (n * -np.expm1(n * log(self.factor)))
        series = polynomial.polyder(np.concatenate([[0.0], rest]), derivative)
        for scale in (1 / rate, -1 / other):
            for power in scale * self.factor ** np.arange(explicit):
                left = 1 - theta * power
                total += -np.log(left) if derivative == 0 else (power / left) ** derivative
            total += polynomial.polyval(theta * scale, series) * scale**derivative
        return total


@njit(cache=True)
def _along(
    x: FloatArray, saddle: FloatArray, step: FloatArray, rate: float, other: float, powers: FloatArray
) -> FloatArray:
    """Return the sums along the lines through the saddle points, relative to the values there."""
    out = np.full(x.size, 0.5)
    for i in range(x.size):
        up, down = powers / (rate - saddle[i] * powers), powers / (other + saddle[i] * powers)
        rest = np.cumsum((up - down)[::-1])[::-1]
        for n in range(1, _LONGEST):
            q = step[i] * n
            product, turn = 1.0 + 0.0j, 0.0
            for j in range(powers.size):
                if q * max(up[j], down[j]) < _FIRST_ORDER:
                    turn = q * rest[j]
                    break
                product *= (1 - 1j * q * up[j]) * (1 + 1j * q * down[j])
            out[i] += (np.exp(1j * (turn - q * x[i])) / product).real
            if abs(product) > _LARGE:
                break
    return out


def _log(factor: float) -> float:
    return log(factor) if factor else -np.inf
