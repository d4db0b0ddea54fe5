r"""The law of a linear process at one time after its start, under resetting.

Under Poisson resetting to `y` (Evans and Majumdar, PRL 106, 160601 (2011); Majumdar, Sabhapandit and Schehr,
PRE 91, 052131 (2015)), with `G` the propagator,

    p(x, t) = e^(-r t) G(x, t | start) + r int_0^t e^(-r a) G(x, a | y) da:

never reset, or last reset a time `a` ago.  Under sharp resetting the age is known, and the law Gaussian.
Other waits and pauses have the ages of :mod:`.recent` in the place of ``r e^(-r a)``.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.problems import check_state
from resetdyn.resets import Reset, Sharp, never_resets
from resetdyn.results.steady_state import Transient
from resetdyn.theory.steady.ageing import Ageing, Gaussian, LogNormal
from resetdyn.theory.steady.density import has_density
from resetdyn.theory.steady.panels import log_integral
from resetdyn.theory.steady.recent import Recent, ages_in_time


def transient_of(process: Gaussian, reset: Reset) -> Callable[[float, Any], Transient] | None:
    """Return what gives the law at a time after a start; None where no exact one is known."""
    if never_resets(reset):
        return lambda t, start: _aged(process, _place(process, start, None), t, t)
    if reset.return_speed is not None or reset.random_to:
        return None
    if isinstance(reset, Sharp) and reset.free:
        period = reset.period

        def after_periods(t: float, start: Any) -> Transient:
            cycles = np.floor(t / period * (1 + 1e-15))
            from_ = _place(process, start if cycles == 0 else reset.to, reset.to)
            return _aged(process, from_, max(t - cycles * period, 0.0), t)

        return after_periods
    ages = ages_in_time(reset)
    return ages and (lambda t, start: _mixed(process, ages(t), reset.to, _place(process, start, reset.to), t))


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


def _mixed(process: Gaussian, recent: Recent, to: Any, start: Any, t: float) -> Transient:
    """Return the law of what has these ages: never reset, moving from where resets lead, or waiting there."""
    young = recent.ages == 0
    still = recent.paused + float(recent.chances[young].sum())
    ages, chances = recent.ages[~young], recent.chances[~young]
    a, w = recent.nodes
    laws = [(recent.never, *Ageing(process, start).averaged(np.array([t]), np.ones(1)))]
    if w[a > 0].sum() > 0:
        moving = float(w[a > 0].sum())
        laws.append((moving, *Ageing(process, to).averaged(a[a > 0], w[a > 0] / moving)))
    if still:
        laws.append((still, np.broadcast_to(to, (process.dim,)), np.zeros((process.dim, process.dim))))
    total = sum(law[0] for law in laws)
    mean = laws[0][1] + sum(weight / total * (first - laws[0][1]) for weight, first, _ in laws[1:])
    spreads = [w / total * (spread + np.outer(first - mean, first - mean)) for w, first, spread in laws]
    cov = np.sum(spreads, axis=0)

    def density(x: FloatArray) -> FloatArray:
        points = x.reshape(-1, process.dim)
        rows = np.arange(len(points))
        reset, unreset = LogNormal(process, points, to), LogNormal(process, points, start)
        with np.errstate(divide="ignore"):
            logs = unreset(rows, np.array(t)) + np.log(recent.never)
        for age, chance in zip(ages, chances, strict=True):
            logs = np.logaddexp(logs, reset(rows, np.array(age)) + log(chance))
        for piece in recent.pieces:
            part = log_integral(
                lambda rows, u, piece=piece: reset(rows, piece.age(u)) + piece.log_weight(u),  # type: ignore[misc]
                np.broadcast_to(piece.grid, (len(points), len(piece.grid))),
            )
            logs = np.logaddexp(logs, part)
        with np.errstate(under="ignore"):
            values = np.exp(logs)
        return np.asarray(values.reshape(x.shape if process.dim == 1 else x.shape[:-1]))

    return _transient(process, t, mean, cov, density, ((to, still),) if still else ())


def _transient(
    process: Gaussian, t: float, mean: FloatArray, cov: FloatArray, density: Any, atoms: Any = ()
) -> Transient:
    dim = process.dim

    def checked(x: FloatArray) -> FloatArray:
        if not has_density(process):
            raise ValueError(f"diffusion of {process} is singular: there is no density; use .mean and .cov")
        return np.asarray(density(x))

    return Transient(t, _checks.unit_or_scalar(mean, dim), _checks.unit_or_scalar(cov, dim), checked, atoms)
