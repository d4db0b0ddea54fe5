r"""The law of a linear process at one time after its start, under resetting.

Under Poisson resetting to `y` (Evans and Majumdar, PRL 106, 160601 (2011); Majumdar, Sabhapandit and Schehr,
PRE 91, 052131 (2015)), with `G` the propagator,

    p(x, t) = e^(-r t) G(x, t | start) + r int_0^t e^(-r a) G(x, a | y) da:

never reset, or last reset a time `a` ago.  Under sharp resetting the age is known, and the law Gaussian.
Under any other renewal resetting the age at a given time has no closed law.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, expm1, inf, log
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.problems import check_state
from resetdyn.resets import Poisson, Reset, Sharp, never_resets
from resetdyn.results.steady_state import Transient
from resetdyn.theory.steady.ageing import Ageing, Gaussian, LogNormal
from resetdyn.theory.steady.ages import Exponential, rule
from resetdyn.theory.steady.density import has_density
from resetdyn.theory.steady.panels import log_integral


def transient_of(process: Gaussian, reset: Reset) -> Callable[[float, Any], Transient] | None:
    """Return what gives the law at a time after a start; None where no exact one is known."""
    if not (reset.free and not reset.random_to):
        return None
    if never_resets(reset):
        return lambda t, start: _aged(process, _place(process, start, None), t, t)
    match reset:
        case Sharp(period=period):

            def after_periods(t: float, start: Any) -> Transient:
                cycles = np.floor(t / period * (1 + 1e-15))
                from_ = _place(process, start if cycles == 0 else reset.to, reset.to)
                return _aged(process, from_, max(t - cycles * period, 0.0), t)

            return after_periods
        case Poisson(rate=rate):
            return lambda t, start: _poisson(process, rate, reset.to, _place(process, start, reset.to), t)
    return None


def _place(process: Gaussian, start: Any, to: Any) -> Any:
    if start is None and to is None:
        raise ValueError("start=None: nothing is reset; say where the process starts")
    return to if start is None else check_state("start", start, process.dim)


def _aged(process: Gaussian, start: Any, age: float, t: float) -> Transient:
    """Return the Gaussian law at this age; a point at age 0."""
    mean, cov = Ageing(process, start).averaged(np.array([age]), np.ones(1))

    def density(x: FloatArray) -> FloatArray:
        points = x.reshape(-1, process.dim)
        if age == 0:
            values = np.where((points == start).all(axis=1), inf, 0.0)
        else:
            with np.errstate(under="ignore"):
                values = np.exp(LogNormal(process, points, start)(np.arange(len(points)), np.array(age)))
        return values.reshape(x.shape if process.dim == 1 else x.shape[:-1])

    return _transient(process, t, mean, cov, density)


def _poisson(process: Gaussian, rate: float, to: Any, start: Any, t: float) -> Transient:
    ages = Exponential(rate)
    grid = np.append(ages.grid[ages.grid < log(t)], log(t))
    grid = np.concatenate([np.arange(min(grid[0], log(t) - 200.0), grid[0], 4.0), grid])
    a, w = rule(ages.log_density, grid)
    never, since = exp(-rate * t), -expm1(-rate * t)
    first, spread = Ageing(process, start).averaged(np.array([t]), np.ones(1))
    second, wide = Ageing(process, to).averaged(a, w / w.sum())
    gap = second - first
    mean = first + since * gap
    cov = never * spread + since * wide + never * since * np.outer(gap, gap)

    def density(x: FloatArray) -> FloatArray:
        points = x.reshape(-1, process.dim)
        rows = np.arange(len(points))
        reset, unreset = LogNormal(process, points, to), LogNormal(process, points, start)
        logs = log_integral(
            lambda rows, u: reset(rows, np.exp(u)) + ages.log_density(np.exp(u)) + u,
            np.broadcast_to(grid, (len(points), len(grid))),
        )
        with np.errstate(under="ignore"):
            values = np.exp(np.logaddexp(logs, unreset(rows, np.array(t)) - rate * t))
        return np.asarray(values.reshape(x.shape if process.dim == 1 else x.shape[:-1]))

    return _transient(process, t, mean, cov, density)


def _transient(process: Gaussian, t: float, mean: FloatArray, cov: FloatArray, density: Any) -> Transient:
    dim = process.dim

    def checked(x: FloatArray) -> FloatArray:
        if not has_density(process):
            raise ValueError(f"diffusion of {process} is singular: there is no density; use .mean and .cov")
        return np.asarray(density(x))

    return Transient(t, _checks.unit_or_scalar(mean, dim), _checks.unit_or_scalar(cov, dim), checked)
