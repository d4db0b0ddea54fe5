r"""Journeys back at constant speed after Poisson resets, for any diffusion on the line.

A journey from where the reset struck takes ``c = |X - y| / v``.  With the absorbed propagator
``G~(x | z; r + s) ~ w(x)`` (:mod:`.passages.absorbed`) the delay of :mod:`.resetting.renewal` is

    k(s) = 1 + r int w (1 - e^(-s c)) / s dx / int w dx

(Pal, Kusmierz and Reuveni, PRR 2, 043174 (2020) for the mean).  In each term of the series in `s` all
factors have the same sign: nothing cancels, at any rate.  Gauss's rule on panels takes the integrals; they
are halved until the last Legendre coefficients of the integrands vanish.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial, log

import numpy as np
from numpy.polynomial import legendre

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck
from resetdyn.targets import Interval, Level
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.absorbed import Side, absorbed

_DEGREE = 20
_NODES, _WEIGHTS = legendre.leggauss(_DEGREE)
# From values at the nodes to the last Legendre coefficients, which tell the error.
_LAST = (legendre.legvander(_NODES, _DEGREE - 1) * np.arange(0.5, _DEGREE) * _WEIGHTS[:, None])[:, -3:]
_SETTLED, _ROUNDING = 1e-14, 1e-13  # of the integral, of the part of a panel
_GONE, _STEEP = 60.0, 25.0  # logarithms: what is nothing beside the greatest, a panel too steep to trust
_PARTS, _MOST, _ROUNDS = 2, 4000, 60  # panels to a doubling at first, panels at last, times of halving

# What journeys take from an array of places: rows by order.
Travel = Callable[[FloatArray, int], FloatArray]


def travel_to(back: float, speed: float) -> Travel:
    """Return what gives the series of ``(1 - e^(-s c)) / s`` for the journeys to `back`."""

    def rows(x: FloatArray, order: int) -> FloatArray:
        time = np.abs(x - back) / speed
        return np.array([(-1) ** n * time ** (n + 1) / factorial(n + 1) for n in range(order + 1)])

    return rows


def return_delay(
    process: Brownian | OrnsteinUhlenbeck | Langevin, target: Level | Interval, rate: float, start: float,
    travel: Travel, cuts: tuple[float, ...], order: int,
) -> Series:  # fmt: skip
    """Return the series of ``k`` for what sets out from `start`.

    Parameters
    ----------
    process : Brownian, OrnsteinUhlenbeck or Langevin
        One-dimensional motion.
    target : Level or Interval
        Where it is absorbed.
    rate : float
        Rate of resets, above 0.
    start : float
        Where it sets out.
    travel : callable
        What journeys take; see :func:`travel_to`.
    cuts : tuple of float
        Places where that is not smooth.
    order : int
        Of the series.

    Raises
    ------
    ValueError
        If the quadrature does not settle.

    Examples
    --------
    >>> import resetdyn as rd
    >>> from resetdyn.theory.resetting.returns import return_delay, travel_to
    >>> free, back = rd.Brownian(1.0), travel_to(1.0, speed=2.0)
    >>> [round(c, 9) for c in return_delay(free, rd.Level(0.0), 1.0, 1.0, back, (1.0,), 1)]
    [1.392951367, -0.381024234]
    """
    sides = absorbed(process, target, start, rate, order)
    panels = [_panels(side, cuts) for side in sides]
    for _ in range(_ROUNDS):
        rows, total = _integrands(sides, panels, travel)
        finer = [_finer(edges, *part, total) for edges, part in zip(panels, rows, strict=True)]
        if all(len(a) == len(b) for a, b in zip(finer, panels, strict=True)):
            journeys, masses = np.split(total, 2)
            k = [rate * c for c in series.divide(journeys.tolist(), masses.tolist())]
            return [1 + k[0], *k[1:]]
        panels = finer
        if sum(map(len, panels)) > _MOST:
            break
    raise ValueError(
        f"rate={rate:g}: where resets of what starts at {start:g} strike does not settle; use "
        "rd.simulate(problem)"
    )


def _integrands(
    sides: Sequence[Side], panels: Sequence[FloatArray], travel: Travel
) -> tuple[list[tuple[FloatArray, FloatArray]], FloatArray]:
    """Return the values on each side (rows, panels, nodes) with the logarithms of `w`, and the integrals.

    The rows are the series of ``w (1 - e^(-s c)) / s``, and that of `w`, over the greatest `w`.
    """
    places = [(edges[:-1, None] + np.diff(edges)[:, None] / 2 * (1 + _NODES)).ravel() for edges in panels]
    logs = [side.logs(distances) for side, distances in zip(sides, places, strict=True)]
    peak = max(float(np.max(log_w[0])) for log_w in logs)
    parts, total = [], np.zeros(2 * len(logs[0]))
    for side, edges, distances, log_w in zip(sides, panels, places, logs, strict=True):
        weights = series.exponential([log_w[0] - peak, *log_w[1:]])
        times = travel(side.start + side.side * distances, side.order)
        rows = np.array([*series.multiply(list(times), weights), *weights])
        rows = rows.reshape(len(rows), -1, _DEGREE)
        parts.append((rows, (log_w[0] - peak).reshape(-1, _DEGREE)))
        total += rows @ _WEIGHTS @ np.diff(edges) / 2
    return parts, total


def _finer(edges: FloatArray, rows: FloatArray, heights: FloatArray, total: FloatArray) -> FloatArray:
    """Return the edges with those panels halved that have not settled."""
    half = np.diff(edges) / 2
    left_out = np.max(np.abs(rows @ _LAST), axis=2) * half
    allowed = _SETTLED * np.abs(total)[:, None] + _ROUNDING * np.abs(rows @ _WEIGHTS) * half
    most = heights.max(axis=1)
    steep = (most - heights.min(axis=1) > _STEEP) & (most > -_GONE)
    split = np.any(left_out > allowed, axis=0) | steep
    return np.union1d(edges, ((edges[1:] + edges[:-1]) / 2)[split])


def _panels(side: Side, cuts: tuple[float, ...]) -> FloatArray:
    """Return edges of panels that reach as far as there is anything, as distances."""
    unit = side.unit
    reach, peak = unit, 0.0
    while reach < side.end:
        height = float(side.logs(np.array([reach]))[0, 0])
        # The powers of distance and of time in the integrands ask for more.
        height += (2 * side.order + 2) * log(reach / unit)
        peak = max(peak, height)
        if height < peak - _GONE:
            break
        reach *= 2
    reach = min(reach, side.end)
    steps = unit * 2.0 ** (np.arange(int(_PARTS * np.log2(reach / unit)) + 1) / _PARTS)
    breaks = side.side * (np.array([*cuts, *side.line.field.kinks]) - side.start)
    edges = np.unique([0.0, reach, *steps, *breaks])
    return edges[(edges >= 0) & (edges <= reach)]
