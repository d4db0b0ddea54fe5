r"""Survival probability and density in time under any law of resetting.

Resets of a fixed period make a product of periods; other laws go through the renewal equation of
:mod:`.resetting.volterra`, on ever finer panels until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.resets import Reset, Sharp
from resetdyn.theory.resetting.volterra import Curves, Kernel, Shifts, Smooth, Terms, march
from resetdyn.theory.resetting.waiting import Timed, Values, law_of

Function = Callable[[FloatArray], FloatArray]

_MOST_PANELS = 4000
_HALVINGS = 12
_EARLY = 0.99
_TOLERANCE = 1e-9
# Lengths that are to be whole numbers of panels are fractions of one another with denominators up to these:
# those by which time is shifted, which must be exactly that, and others, at which something has an edge.
_DENOMINATOR, _AT_EDGES = 1000, 60
_EXACT = 1e-9


def survival_function(reset: Reset, start: Timed, to: Timed) -> Function:
    """Return the survival probability as a function of time."""
    if isinstance(reset, Sharp) and isinstance(reset.refractory, float):
        return lambda t: _periods(t, reset.period, reset.refractory, start, to, "survival")
    return lambda t: _renewed(t, reset, start, to, "survival", Curves.__call__)


def density_function(reset: Reset, start: Timed, to: Timed) -> Function | None:
    """Return the density of the first-passage time as a function of time; None where it is not known."""
    if not (hasattr(start, "density") and hasattr(to, "density")):
        return None
    if isinstance(reset, Sharp) and isinstance(reset.refractory, float):
        return lambda t: _periods(t, reset.period, reset.refractory, start, to, "density")

    def density(t: FloatArray) -> FloatArray:
        # Once something has happened, the slope of the survival probability has all digits.
        early = _renewed(t, reset, start, to, "survival", Curves.__call__) > _EARLY
        out = np.empty(t.shape)
        if np.any(early):
            out[early] = _renewed(t[early], reset, start, to, "density", Curves.__call__)
        if not np.all(early):
            out[~early] = -_renewed(t[~early], reset, start, to, "survival", Curves.slope)
        return out

    return density


def _periods(t: FloatArray, period: float, pause: float, start: Any, to: Any, what: str) -> FloatArray:
    """Return the survival probability or the density for a fixed period: a product of periods."""
    first, again = (float(timed.survival(np.array([period]))[0]) for timed in (start, to))
    after = t - period
    cycles = np.floor(np.maximum(after, 0.0) / (period + pause))
    within = after - cycles * (period + pause) - pause
    later = getattr(to, what)(np.maximum(within, 0.0))
    idle = 1.0 if what == "survival" else 0.0
    later = np.where(within > 0, later, idle)
    return np.where(after < 0, getattr(start, what)(t), first * again**cycles * later)


def _renewed(
    t: FloatArray,
    reset: Reset,
    start: Any,
    to: Any,
    what: str,
    read: Callable[[Curves, FloatArray], FloatArray],
) -> FloatArray:
    """Return what is read off from the survival probability or the density by the renewal equation."""
    fronts = tuple(edge for passage in {id(p): p for p in (start, to)}.values() for edge in _fronts(passage))
    unit, scale, edges = _panel(reset, fronts)
    latest = float(np.max(t))
    h = min(scale / 2, latest)
    h = unit / max(1, int(np.ceil(unit / h))) if unit < inf else h
    values, left = np.full(t.shape, np.nan), np.ones(t.shape, dtype=bool)
    for _ in range(_HALVINGS):
        latest = float(np.max(t[left]))
        curves = _march(reset, start, to, what, h, latest, edges)
        if curves.decay is None and latest >= h * len(curves.first):
            break
        finer = read(curves, t[left])
        settled = np.abs(finer - values[left]) <= _TOLERANCE * np.abs(finer)
        values[left] = finer
        left[left] = ~settled
        if not np.any(left):
            return values
        h /= 2
    latest = float(np.max(t[left]))
    raise ValueError(f"t={latest:g}: the renewal equation has not settled there; use rd.simulate(problem)")


def _fronts(passage: Any) -> tuple[float, ...]:
    """Return the times at which the survival probability jumps."""
    edges = getattr(passage, "edges", ())
    return tuple(edges() if callable(edges) else edges)


def _panel(reset: Reset, fronts: tuple[float, ...]) -> tuple[float, float, tuple[float, ...]]:
    """Return what must be a whole number of panels, the scale of the waiting time, and its edges."""
    law, pause = law_of(reset), reset.refractory
    edges: tuple[float, ...] = ()
    shifts: list[float] = [pause] if isinstance(pause, float) and pause else []
    if isinstance(law, Values):
        lengths = law.values.tolist()
        shifts += lengths
        scale = lengths[int(np.argmax(law.longer[1:] <= 0.5))]
    else:
        edges, scale = law.support(), float(law.median())
        lengths = [edge for edge in edges if 0 < edge < inf]
    if isinstance(pause, float):
        lengths += [pause] if pause else []
    else:
        lengths += [edge for edge in pause.support() if 0 < edge < inf]
        scale = min(scale, float(pause.median()))
    lengths, edges = [*lengths, *fronts], (*edges, *fronts)
    if not lengths:
        return inf, scale, edges
    parts = [
        Fraction(length / lengths[0]).limit_denominator(_DENOMINATOR if length in shifts else _AT_EDGES)
        for length in lengths
    ]
    unit = lengths[0] / int(np.lcm.reduce([part.denominator for part in parts], dtype=object))
    if any(abs(shift / unit - round(shift / unit)) * unit > _EXACT * shift for shift in shifts):
        named = ", ".join(f"{length:g}" for length in dict.fromkeys(lengths))
        raise ValueError(
            f"reset={reset}: the lengths {named} of waits and pauses are in no simple ratio, and so there is "
            "no exact law in time; use rd.simulate(problem)"
        )
    return unit, scale, edges


def _march(
    reset: Reset, start: Any, to: Any, what: str, h: float, latest: float, edges: tuple[float, ...]
) -> Curves:
    count = min(_MOST_PANELS, int(np.ceil(latest / h * (1 + 1e-12))) + 1)
    law, pause = law_of(reset), reset.refractory
    kernels = [_kernel(law, start, h, count, edges)]
    kernels.append(kernels[0] if to is start else _kernel(law, to, h, count, edges))
    if isinstance(pause, float):
        pause_kernel: Kernel = Shifts([round(pause / h)], [1.0])
    else:
        pause_kernel = Smooth(_quiet(pause.pdf), h, count, pause.support())

    def waiting(t: FloatArray) -> FloatArray:
        if isinstance(law, Values):
            return law.longer[np.searchsorted(law.values, t)]
        return _quiet(law.sf)(t)

    def paused(t: FloatArray) -> FloatArray:
        if what == "density":
            return np.zeros(t.shape)
        return (t < pause).astype(float) if isinstance(pause, float) else _quiet(pause.sf)(t)

    sources = [lambda t, timed=timed: getattr(timed, what)(t) * waiting(t) for timed in (start, to)]
    return march(
        Terms(sources[0], sources[1], paused, kernels[0], kernels[1], pause_kernel), h, count, latest
    )


def _kernel(law: Any, timed: Any, h: float, count: int, edges: tuple[float, ...]) -> Kernel:
    if isinstance(law, Values):
        panels = [round(value / h) for value in law.values]
        return Shifts(panels, (law.chances * timed.survival(law.values)).tolist())
    density = _quiet(law.pdf)
    return Smooth(lambda t: timed.survival(t) * density(t), h, count, edges)


def _quiet(function: Function) -> Function:
    """Return a function of a law without its warnings where it overflows."""

    def quiet(t: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            return np.asarray(np.nan_to_num(function(t)), dtype=float)

    return quiet
