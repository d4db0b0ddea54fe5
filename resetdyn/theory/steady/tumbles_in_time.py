r"""The law of run-and-tumble motion at one time after its start, under resetting.

Never reset, or last reset an age `a` ago to `y`: with the propagator `G` of :mod:`.tumbles_law`,

    p(x, t) = e^(-r t) G(x, t | start) + r int_0^t e^(-r a) G(x, a | y) da.

`G` has two fronts, points of weight ``e^(-g t) / 2`` at ``start -+ v t``, where those are who have not
tumbled yet.  They are the atoms of the law before the first reset; the fronts of those who were reset are
spread over the age, and part of the density.  Under sharp resetting the age is known; other waits and pauses
have the ages of :mod:`.recent` in the place of ``r e^(-r a)``, those of separate values with fronts of their
own.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, expm1, log
from typing import Any

import numpy as np
from scipy.special import i0e, i1e

from resetdyn._checks import FloatArray
from resetdyn.problems import check_state
from resetdyn.processes import RunAndTumble
from resetdyn.resets import Poisson, Reset, Sharp
from resetdyn.results.steady_state import Transient
from resetdyn.theory.steady.ages import Exponential
from resetdyn.theory.steady.recent import Recent, ages_in_time
from resetdyn.theory.steady.tumbles_law import log_density, variance, variance_at

_EPS = float(np.finfo(float).eps)


def transient_of(process: RunAndTumble, reset: Reset) -> Callable[[float, Any], Transient] | None:
    """Return what gives the law at a time after a start; None where no exact one is known."""
    if reset.return_speed is not None or reset.random_to:
        return None
    y = float(reset.to)
    if reset.free and isinstance(reset, Sharp):
        period = reset.period

        def after_periods(t: float, start: Any) -> Transient:
            cycles = np.floor(t / period * (1 + 1e-15))
            from_ = _place(start, y) if cycles == 0 else y
            return _aged(process, from_, max(t - cycles * period, 0.0), t)

        return after_periods
    if reset.free and isinstance(reset, Poisson):
        rate = reset.rate
        return lambda t, start: _poisson(process, rate, y, _place(start, y), t)
    ages = ages_in_time(reset)
    return ages and (lambda t, start: _mixed(process, ages(t), y, _place(start, y), t))


def _place(start: Any, to: float) -> float:
    return to if start is None else float(check_state("start", start, 1))


def _aged(process: RunAndTumble, start: float, age: float, t: float) -> Transient:
    if age == 0:
        return Transient(t, start, 0.0, lambda x: np.zeros(np.shape(x)), ((start, 1.0),))
    spread = float(variance_at(process, np.array([age]))[0])
    return Transient(
        t, start, spread, lambda x: _smooth(process, age, x - start), _fronts(process, start, age)
    )


def _poisson(process: RunAndTumble, rate: float, y: float, start: float, t: float) -> Transient:
    ages = Exponential(rate)
    least = min(ages.grid[0], log(t) - 200.0)
    ages.grid = np.concatenate(
        [np.arange(least, ages.grid[0], 4.0), ages.grid[ages.grid < log(t)], [log(t)]]
    )  # no one was reset longer ago than `t`
    never, since = exp(-rate * t), -expm1(-rate * t)
    spread = never * float(variance_at(process, np.array([t]))[0]) + variance(process, ages)

    def density(x: FloatArray) -> FloatArray:
        with np.errstate(under="ignore"):
            reset = np.exp(log_density(process, ages, np.abs(x - y)))
            return np.asarray(reset + never * _smooth(process, t, x - start))

    fronts = _fronts(process, start, t, never)
    return Transient(
        t, start + since * (y - start), spread + never * since * (y - start) ** 2, density, fronts
    )


class _Ages:
    """Ages at one time in one piece, with what the average over them asks for."""

    cycle = 1e-300  # there may be features anywhere

    def __init__(self, recent: Recent, t: float) -> None:
        self.young, self.old = recent.pieces
        self.t = t
        ages = np.unique(np.concatenate([np.exp(self.young.grid), self.old.age(self.old.grid)]))
        self.grid: FloatArray = np.log(ages[ages > 0])

    def log_density(self, a: FloatArray) -> FloatArray:
        """Return the logarithm of the density of the age."""
        early = a <= self.t / 2
        left = np.where(early, a, np.maximum(self.t - a, _EPS * self.t))  # the floats end there
        u = np.log(left)
        return np.where(early, self.young.log_weight(u), self.old.log_weight(u)) - u


def _mixed(process: RunAndTumble, recent: Recent, y: float, start: float, t: float) -> Transient:
    """Return the law of what has these ages: never reset, moving from `y`, or waiting there."""
    moved = recent.ages > 0
    still = recent.paused + float(recent.chances[~moved].sum())
    separate = list(zip(recent.ages[moved].tolist(), recent.chances[moved].tolist(), strict=True))
    ages = _Ages(recent, t) if recent.pieces else None
    a, w = recent.nodes
    spread = float(w @ variance_at(process, a)) + recent.never * float(variance_at(process, np.array([t]))[0])

    def density(x: FloatArray) -> FloatArray:
        out = recent.never * _smooth(process, t, x - start)
        for age, chance in separate:
            out = out + chance * _smooth(process, age, x - y)
        if ages is not None:
            with np.errstate(under="ignore"):
                out = out + np.exp(log_density(process, ages, np.abs(x - y)))
        return np.asarray(out)

    atoms = [((y, still),) if still else (), _fronts(process, start, t, recent.never) if recent.never else ()]
    atoms += [_fronts(process, y, age, chance) for age, chance in separate]
    since = 1 - recent.never
    return Transient(
        t, start + since * (y - start), spread + recent.never * since * (y - start) ** 2, density,
        tuple(atom for group in atoms for atom in group),
    )  # fmt: skip


def _fronts(process: RunAndTumble, start: float, t: float, weight: float = 1.0) -> tuple[Any, ...]:
    each = weight * exp(-process.tumble_rate * t) / 2
    return tuple((start + side * process.speed * t, each) for side in (-1, 1))


def _smooth(process: RunAndTumble, t: float, away: FloatArray) -> FloatArray:
    """Return the density between the fronts."""
    g, v = process.tumble_rate, process.speed
    c = np.abs(away) / v
    root = np.sqrt(np.maximum(t - c, 0.0) * (t + c))
    z = g * root
    bessel = i0e(z) + g * t * np.where(z > 0, i1e(z) / np.where(z > 0, z, 1.0), 0.5)
    with np.errstate(under="ignore"):
        values = g / (2 * v) * np.exp(-g * c**2 / (t + root)) * bessel
    return np.where(c <= t, values, 0.0)
