r"""Steady states of run-and-tumble motion under resetting to a point, the direction being drawn anew.

With speed `v` and tumbling rate `g`, Poisson resetting gives a Laplace density (Evans and Majumdar, J. Phys.
A 51, 475003 (2018)),

    p(x) = (q / 2) e^(-q |x - y|),    q = sqrt(r (r + 2 g)) / v.

For other resets the propagator is averaged over the age `a`; with ``c = |x - y| / v`` and ``z = g sqrt(a^2 -
c^2)`` it is (Masoliver and Weiss, Eur. J. Phys. 17, 190 (1996))

    e^(-g a) / (2 v) [delta(a - c) + g I_0(z) + g^2 a I_1(z) / z]   for a >= c,
    var = v^2 (a - (1 - e^(-2 g a)) / (2 g)) / g.
"""

from __future__ import annotations

from math import inf, log, sqrt
from typing import Any

import numpy as np
from scipy.special import i0e, i1e

from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState
from resetdyn.processes import RunAndTumble
from resetdyn.resets import Partial, RateField
from resetdyn.results import SteadyStateResult
from resetdyn.theory.steady.ages import Ages, Exponential, Waiting, ages_of
from resetdyn.theory.steady.costs import paused
from resetdyn.theory.steady.line_density import LineLaw
from resetdyn.theory.steady.panels import log_integral

_EPS = float(np.finfo(float).eps)
_BEFORE = 3.0  # how far before the mean waiting time, in its logarithm, the law of the age may have features


def steady_state(problem: SteadyState) -> SteadyStateResult | None:
    """Return the steady state of a run-and-tumble particle; None for anything else."""
    process, reset = problem.process, problem.reset
    if not isinstance(process, RunAndTumble) or isinstance(reset, RateField) or isinstance(reset.to, Partial):
        return None
    ages = ages_of(reset)
    if ages is None or reset.random_to or reset.return_speed is not None:
        return None
    y = float(reset.to)
    cycle = paused(ages.cycle, reset.mean_refractory)
    if isinstance(ages, Exponential):
        q = sqrt(ages.rate * (ages.rate + 2 * process.tumble_rate)) / process.speed
        variance, method = 2 / q**2, "tumbles: closed form"

        def density(x: FloatArray) -> FloatArray:
            with np.errstate(under="ignore"):
                return np.asarray(cycle.moving * q / 2 * np.exp(-q * np.abs(x - y)))
    else:
        variance, method = _variance(process, ages), "tumbles: average over the age"

        def density(x: FloatArray) -> FloatArray:
            with np.errstate(under="ignore"):
                return np.asarray(cycle.moving * np.exp(_log_density(process, ages, np.abs(x - y))))

    ends = [y, *(y + side * process.speed * t for t in _jumps(ages) for side in (-1, 1))]
    width = sqrt(variance) if variance < inf else process.speed * ages.cycle
    atoms = ((y, cycle.pausing),) if cycle.pausing else ()
    return SteadyStateResult(
        problem=problem,
        method=method,
        mean=y,
        cov=cycle.moving * variance,
        error=4 * _EPS * abs(y),
        density=density,
        expectation=LineLaw(density, tuple(ends), width, atoms=atoms).expect,
        atom=cycle.pausing,
    )


def _jumps(ages: Ages) -> list[float]:
    """Return the ages at which the law of the age jumps: the density does as far from `y`."""
    return [] if ages.strikes is None else ages.strikes[0].tolist()


def _variance(process: RunAndTumble, ages: Ages) -> float:
    g, v = process.tumble_rate, process.speed
    if isinstance(ages, Waiting) and ages.moment(1) == inf:
        return inf
    a, w = ages.nodes
    x = np.minimum(2 * g * a, 1e280)
    tail = np.zeros_like(x)
    small = np.minimum(x, 0.5)
    for n in range(16, 2, -1):  # (x - 1 + e^-x) / (x^2 / 2), whose parts cancel
        tail = (1 + tail) * (-small / n)
    excess = np.where(x < 0.5, (1 + tail) * small**2 / 2, x + np.expm1(-x))
    return float(w @ excess) * v**2 / (2 * g**2)


def _log_density(process: RunAndTumble, ages: Ages, distance: FloatArray) -> FloatArray:
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
