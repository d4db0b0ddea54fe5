r"""The propagator of run-and-tumble motion, averaged over the age since the last reset.

At age `a` and speed `v`, tumbling at rate `g`, with ``c = |x - y| / v`` and ``z = g sqrt(a^2 -
c^2)`` the propagator is (Masoliver and Weiss, Eur. J. Phys. 17, 190 (1996))

    e^(-g a) / (2 v) [delta(a - c) + g I_0(z) + g^2 a I_1(z) / z]   for a >= c,
    var = v^2 (a - (1 - e^(-2 g a)) / (2 g)) / g.
"""

from __future__ import annotations

from math import inf, log
from typing import Any, Protocol

import numpy as np
from scipy.special import i0e, i1e

from resetdyn._checks import FloatArray
from resetdyn.processes import RunAndTumble
from resetdyn.theory.steady.ages import Ages, Waiting
from resetdyn.theory.steady.panels import log_integral

_BEFORE = 3.0  # how far before the mean waiting time, in its logarithm, the law of the age may have features


def variance(process: RunAndTumble, ages: Ages) -> float:
    """Return the variance for these ages."""
    if isinstance(ages, Waiting) and ages.moment(1) == inf:
        return inf
    a, w = ages.nodes
    return float(w @ variance_at(process, a))


def variance_at(process: RunAndTumble, a: FloatArray) -> FloatArray:
    """Return the variance at ages `a`."""
    g, v = process.tumble_rate, process.speed
    x = np.minimum(2 * g * a, 1e280)
    tail = np.zeros_like(x)
    small = np.minimum(x, 0.5)
    for n in range(16, 2, -1):  # (x - 1 + e^-x) / (x^2 / 2), whose parts cancel
        tail = (1 + tail) * (-small / n)
    excess = np.where(x < 0.5, (1 + tail) * small**2 / 2, x + np.expm1(-x))
    return np.asarray(excess * v**2 / (2 * g**2))


class AgeLaw(Protocol):
    """What an average over the age asks for."""

    cycle: float
    grid: FloatArray

    def log_density(self, a: FloatArray) -> FloatArray:
        """Return the logarithm of the density of the age."""


def log_density(process: RunAndTumble, ages: AgeLaw, distance: FloatArray) -> FloatArray:
    """Return the logarithm of the density at a distance."""
    g, v = process.tumble_rate, process.speed
    c = np.ravel(distance) / v

    def log_f(rows: Any, u: FloatArray) -> FloatArray:
        b = np.exp(u)  # how much older than the time of the way straight there
        a = c[rows] + b
        root = np.sqrt(b * (a + c[rows]))
        z = g * root
        bessel = i0e(z) + g * a * np.where(z > 0, i1e(z) / np.where(z > 0, z, 1.0), 0.5)
        decay = g * c[rows] ** 2 / (a + root)
        return np.asarray(log(g / (2 * v)) - decay + np.log(bessel) + ages.log_density(a) + u)

    oldest = np.exp(ages.grid[-1])
    with np.errstate(divide="ignore"):
        shifted = np.exp(ages.grid[ages.grid > log(ages.cycle) - _BEFORE]) - c[:, None]
        own = np.log(np.maximum(shifted, np.exp(ages.grid[0])))
        last = np.log(np.maximum(oldest - c, np.exp(ages.grid[0])))
        straight = ages.log_density(np.maximum(c, np.exp(ages.grid[0]))) - g * c - log(2 * v)
    grid = np.concatenate([np.broadcast_to(ages.grid, (c.size, ages.grid.size)), own], axis=1)
    grid = np.minimum(grid, last[:, None])
    grid.sort(axis=1)
    logs = np.logaddexp(log_integral(log_f, grid), straight)
    logs[c >= oldest] = -inf
    return np.asarray(logs.reshape(np.shape(distance)))
