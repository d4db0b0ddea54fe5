r"""Steady states when resets cost time: a journey back at constant speed, and a pause.

One cycle is a time `R` of free motion from `y`, a journey back of length ``|Z|``, ``Z = X_R - y``, and a
pause `P` at `y`.  By renewal (Bodrova and Sokolov, PRE 101, 052130 (2020); Pal, Kusmierz and Reuveni, PRR
2, 043174 (2020); Evans and Majumdar, J. Phys. A 52, 01LT01 (2019) for pauses), with the speed `v`,

    C = <R> + <|Z|> / v + <P>,    C p(x) = <R> p_free(x) + P(Z beyond x - y) / v + <P> delta(x - y):

every journey from beyond `x` passes there, for a time ``dx / v``.  Under Poisson resetting `Z` has the law
of the free steady state; in general it is Gaussian, averaged over the waiting time.
"""

from __future__ import annotations

from math import inf, pi, sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy.special import erf, log_ndtr, logsumexp

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian
from resetdyn.theory.steady.ageing import Gaussian, mean_and_variance
from resetdyn.theory.steady.ages import Ages, Exponential, Waiting
from resetdyn.theory.steady.density import log_density
from resetdyn.theory.steady.panels import log_integral


class Cycle(NamedTuple):
    """How the time is spent.

    Attributes
    ----------
    moving, returning, pausing : float
        Fractions of the time.
    """

    moving: float
    returning: float
    pausing: float


def paused(moving_time: float, pause: float) -> Cycle:
    """Return the cycle without a journey."""
    return Cycle(moving_time / (moving_time + pause), 0.0, pause / (moving_time + pause))


class Journey:
    """Journeys back at constant speed after free motion from `y` (one dimension)."""

    def __init__(self, process: Gaussian, ages: Ages, y: float, speed: float, pause: float) -> None:
        self.process, self.ages, self.y = process, ages, y
        first, self.signed_square, self.cube = self._absolute_moments()
        length = ages.cycle + first / speed + pause
        self.cycle = Cycle(ages.cycle / length, first / speed / length, pause / length)
        self.passing = 1 / (speed * length)

    def moments(self, mean: float, variance: float) -> tuple[float, float]:
        """Return mean and variance over the cycle, from those of the free steady state."""
        if inf in (abs(mean), variance, self.cube):
            drifts = abs(mean) == inf or abs(self.signed_square) == inf
            side = mean if abs(mean) == inf else self.signed_square
            if drifts:
                return float(np.copysign(inf, side)), inf
        moving, away = self.cycle.moving, mean - self.y
        shift = moving * away + self.passing * self.signed_square / 2
        square = moving * (variance + away**2) + self.passing * self.cube / 3
        return self.y + shift, square - shift**2

    def density(self, x: FloatArray) -> FloatArray:
        """Return the density of the moving and the returning part."""
        with np.errstate(under="ignore"):
            free = np.exp(log_density(self.process, self.ages, x, self.y))
            return np.asarray(self.cycle.moving * free + self.passing * np.exp(self._log_beyond(x)))

    def _log_beyond(self, x: FloatArray) -> FloatArray:
        """Return the logarithm of the probability that a reset strikes farther out than `x`."""
        process, ages, y = self.process, self.ages, self.y
        if isinstance(process, Brownian) and isinstance(ages, Exponential):
            root = sqrt(process.drift**2 + 4 * process.diffusion * ages.rate)
            fast = root + abs(process.drift)
            slow = 4 * process.diffusion * ages.rate / fast
            rate = np.where((x - y) * process.drift >= 0, slow, fast) / (2 * process.diffusion)
            return np.asarray(log_density(process, ages, x, y) - np.log(rate))
        flat = np.ravel(x)
        side = np.where(flat >= y, 1.0, -1.0)

        def log_tail(rows: Any, a: FloatArray) -> FloatArray:
            moved, variance = mean_and_variance(process, y, a)
            with np.errstate(over="ignore"):
                return np.asarray(log_ndtr(-side[rows] * (flat[rows] - y - moved) / np.sqrt(variance)))

        if ages.strikes is not None:
            values, chances = ages.strikes
            logs = logsumexp(log_tail(np.arange(flat.size)[:, None], values) + np.log(chances), axis=1)
        else:
            grid = np.broadcast_to(ages.grid, (flat.size, len(ages.grid)))
            logs = log_integral(lambda i, u: log_tail(i, np.exp(u)) + ages.log_strike(np.exp(u)) + u, grid)
        return np.asarray(logs).reshape(np.shape(x))

    def _absolute_moments(self) -> tuple[float, float, float]:
        """Return ``<|Z|>``, ``<Z |Z|>`` and ``<|Z|^3>``."""
        a, w = self.ages.strike_nodes
        m, variance = mean_and_variance(self.process, self.y, a)
        s = np.sqrt(variance)
        with np.errstate(under="ignore", over="ignore"):
            inside, edge = erf(m / (s * sqrt(2))), np.exp(-((m / s) ** 2) / 2) * sqrt(2 / pi)
        values = (
            s * edge + m * inside,
            (m**2 + variance) * inside + m * s * edge,
            (m**3 + 3 * m * variance) * inside + s * (m**2 + 2 * variance) * edge,
        )
        first, second, third = (float(w @ value) for value in values)
        if isinstance(self.process, Brownian) and isinstance(self.ages, Waiting):
            # |Z|^n grows with the time as its power n / 2, or n if there is a drift.
            power = 1.0 if self.process.drift else 0.5
            first, third = (
                inf if n * power >= self.ages.exponent else value for n, value in ((1, first), (3, third))
            )
            second = (
                float(np.copysign(inf, second)) if self.process.drift and self.ages.exponent <= 2 else second
            )
        return first, second, third
