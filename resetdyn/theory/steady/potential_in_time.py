r"""The law of motion in any potential on the line at one time after its start, under resetting.

Never reset, or last reset an age `a` ago to `y`: under Poisson resets, with the propagator `G`,

    p(x, t) = e^(-r t) G(x, t | start) + r int_0^t e^(-r a) G(x, a | y) da

(Evans and Majumdar, PRL 106, 160601 (2011)), in Laplace space ``G~(s + r | start) + (r / s) G~(s + r | y)``.
Both terms are positive and are inverted by themselves (:mod:`.steady.propagated`).  Under sharp resets the
age is known.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log, sqrt
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import check_state
from resetdyn.resets import Poisson, Reset, Sharp, never_resets
from resetdyn.results.steady_state import Transient
from resetdyn.theory.passages.line import Line
from resetdyn.theory.steady.potential_law import ROUGH, check_place, law_around, near_singular, slid
from resetdyn.theory.steady.propagated import BENEATH, Propagated

_AMISS = 1e-8  # of the integral of the density

Logs = Callable[..., FloatArray]


def transient_of(line: Line, reset: Reset) -> Callable[[float, Any], Transient] | None:
    """Return what gives the law at a time after a start; None where no exact one is known."""
    if never_resets(reset):
        return lambda t, start: _aged(line, _place(line, start, None), t, t)
    if not reset.free or reset.random_to:
        return None
    y = float(reset.to)
    match reset:
        case Sharp(period=period):

            def after_periods(t: float, start: Any) -> Transient:
                cycles = np.floor(t / period * (1 + 1e-15))
                from_ = y if cycles else _place(line, start, y)
                return _aged(line, from_, max(t - cycles * period, 0.0), t)

            return after_periods
        case Poisson(rate=rate):
            return lambda t, start: _poisson(line, rate, y, _place(line, start, y), t)
    return None


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


def _moved(line: Line, origin: float, t: float, lasting: bool = False, killing: float = 0.0) -> Logs:
    """Return the logarithm of the density of what was at one place a time ago, of places and a floor."""
    propagated = Propagated(line, origin, np.array([t]), np.ones(1), lasting, killing)

    def logs(x: FloatArray, floor: float = BENEATH) -> FloatArray:
        return near_singular(line, origin, lambda places: propagated.log_density(places, floor))(x)

    return logs


def _transient(
    line: Line, t: float, age: float, y: float, places: tuple[float, ...], logs: Logs
) -> Transient:
    """Return the law at `t`; what was at `y` is no older than some `age`."""
    most = sqrt(2 * line.diffusion * age)
    law = law_around(line, y, lambda x: logs(x, ROUGH - log(most)), (*places, slid(line, y, age)), most)
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

    return Transient(t, mean, variance, density)
