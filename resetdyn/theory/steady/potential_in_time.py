r"""The law of motion in any potential on the line at one time after its start, under resetting.

Never reset, or last reset an age `a` ago to `y`: under Poisson resets, with the propagator `G`,

    p(x, t) = e^(-r t) G(x, t | start) + r int_0^t e^(-r a) G(x, a | y) da

(Evans and Majumdar, PRL 106, 160601 (2011)), in Laplace space ``G~(s + r | start) + (r / s) G~(s + r | y)``.
Both terms are positive and are inverted by themselves (:mod:`.steady.propagated`).  Under sharp resets the
age is known; other waits and pauses have the ages of :mod:`.recent`, whose nodes are inverted together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf, log, sqrt
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import check_state
from resetdyn.resets import Partial, Poisson, Reset, Sharp, never_resets
from resetdyn.results.steady_state import Transient
from resetdyn.theory.passages.line import Line
from resetdyn.theory.steady.potential_ages import windows
from resetdyn.theory.steady.potential_law import ROUGH, check_place, law_around, near_singular, slid
from resetdyn.theory.steady.propagated import BENEATH, Propagated
from resetdyn.theory.steady.recent import YOUNG, Recent, ages_in_time

_AMISS = 1e-8  # of the integral of the density

Logs = Callable[..., FloatArray]


def transient_of(line: Line, reset: Reset) -> Callable[[float, Any], Transient] | None:
    """Return what gives the law at a time after a start; None where no exact one is known."""
    if never_resets(reset):
        return lambda t, start: _aged(line, _place(line, start, None), t, t)
    if reset.return_speed is not None or reset.random_to or isinstance(reset.to, Partial):
        return None
    y = float(reset.to)
    if reset.free and isinstance(reset, Sharp):
        period = reset.period

        def after_periods(t: float, start: Any) -> Transient:
            cycles = np.floor(t / period * (1 + 1e-15))
            from_ = y if cycles else _place(line, start, y)
            return _aged(line, from_, max(t - cycles * period, 0.0), t)

        return after_periods
    if reset.free and isinstance(reset, Poisson):
        rate = reset.rate
        return lambda t, start: _poisson(line, rate, y, _place(line, start, y), t)
    ages = ages_in_time(reset)
    return ages and (lambda t, start: _mixed(line, ages(t), y, _place(line, start, y), t))


def _place(line: Line, start: Any, to: float | None) -> float:
    if start is None and to is None:
        raise ValueError("start=None: nothing is reset; say where the process starts")
    if start is None:
        assert to is not None
        return to
    place = float(check_state("start", start, 1))
    check_place(line, place, "start")
    return place


def _aged(line: Line, start: float, age: float, t: float) -> Transient:
    """Return the law at this age; a point at age 0."""
    if age == 0:
        return Transient(t, start, 0.0, lambda x: np.where(x == start, inf, 0.0))
    return _transient(line, t, age, start, (), _moved(line, start, age))


def _poisson(line: Line, rate: float, y: float, start: float, t: float) -> Transient:
    never = -rate * t
    first, again = _moved(line, start, t), _moved(line, y, t, lasting=True, killing=rate)

    def logs(x: FloatArray, floor: float = BENEATH) -> FloatArray:
        total = again(x, floor - log(rate)) + log(rate)
        if never > floor:
            total = np.logaddexp(total, first(x, floor - never) + never)
        return total

    return _transient(line, t, min(t, 1 / rate), y, (start, slid(line, start, t)), logs)


def _mixed(line: Line, recent: Recent, y: float, start: float, t: float) -> Transient:
    """Return the law of what has these ages: never reset, moving from `y`, or waiting there."""
    still = recent.paused + float(recent.chances[recent.ages == 0].sum())
    atoms = ((y, still),) if still else ()
    a, w = recent.nodes
    moving = (a > 0) & (w > 0)
    if recent.never == 0 and not moving.any():
        return Transient(t, y, 0.0, lambda x: np.zeros(np.shape(x)), atoms)
    again = [_inverted(line, y, part) for part in _parts(line, y, a[moving], w[moving], t)]
    first, never = _moved(line, start, t), log(recent.never) if recent.never else -inf

    def logs(x: FloatArray, floor: float = BENEATH) -> FloatArray:
        total = np.full(np.shape(x), -inf)
        for part in again:
            total = np.logaddexp(total, part(x, floor))
        if never > floor:
            total = np.logaddexp(total, first(x, floor - never) + never)
        return total

    age = (float(w[moving] @ a[moving]) + recent.never * t) / (1 - still)
    return _transient(line, t, age, y, (start, slid(line, start, t)), logs, atoms)


def _parts(line: Line, y: float, a: FloatArray, w: FloatArray, t: float) -> list[Propagated]:
    """Return the average over these ages in parts whose inversions have nodes in common.

    The youngest ages are taken to have one density: what counts is the time spent until the oldest of them.
    """
    out, young = [], a < YOUNG * t
    if young.any() and w[young].sum() > 0:
        oldest = YOUNG * t
        density = float(w[young].sum()) / oldest
        out.append(Propagated(line, y, np.array([oldest]), np.array([density]), lasting=True))
    a, w = a[~young], w[~young]
    if a.size:  # what moves for a short time is near `y`, the denser the shorter
        out += [Propagated(line, y, *part) for part in windows(a, w, w / np.sqrt(a / t), w)]
    return out


def _moved(line: Line, origin: float, t: float, lasting: bool = False, killing: float = 0.0) -> Logs:
    """Return the logarithm of the density of what was at one place a time ago, of places and a floor."""
    return _inverted(line, origin, Propagated(line, origin, np.array([t]), np.ones(1), lasting, killing))


def _inverted(line: Line, origin: float, propagated: Propagated) -> Logs:
    """Return the logarithm of an average over times, as a function of places and a floor."""

    def logs(x: FloatArray, floor: float = BENEATH) -> FloatArray:
        return near_singular(line, origin, lambda places: propagated.log_density(places, floor))(x)

    return logs


def _transient(
    line: Line, t: float, age: float, y: float, places: tuple[float, ...], logs: Logs,
    atoms: tuple[tuple[float, float], ...] = (),
) -> Transient:  # fmt: skip
    """Return the law at `t`; what was at `y` is no older than some `age`."""
    most = sqrt(2 * line.diffusion * age)
    law = law_around(line, y, lambda x: logs(x, ROUGH - log(most)), (*places, slid(line, y, age)), most)
    law = replace(law, atoms=atoms)
    mean, variance = law.mean_and_variance()
    amiss = abs(law.average(np.ones_like) - 1)
    if not amiss <= _AMISS:
        raise ValueError(
            f"t={t:g}: the density integrates to 1 within {amiss:.1g} only, for it is too narrow or the "
            "potential carries the motion out of the floats; use rd.trajectories(problem, [t])"
        )

    def density(x: FloatArray) -> FloatArray:
        with np.errstate(under="ignore"):
            return np.asarray(np.exp(logs(x)))

    return Transient(t, mean, variance, density, atoms)
