r"""Journeys back at constant speed after resets at any waiting time, for Brownian motion to a level.

A trial from `z` that is reset at `R`, at the place `X`, is followed by a journey ``c = |X - y| / v``.  With

    J_z(s) = <e^(-s R) (1 - e^(-s c)) / s; R < T> = sum_n (-s)^n sum_m <R^m c^(n-m+1); R < T> / (m! (n-m+1)!)

it is a trial of :mod:`.resetting.trials` with ``A + J`` in the place of `A`, and ``B - s J`` in that of `B`
(derived here; Bodrova and Sokolov, PRE 101, 052130 (2020) for the mean).  Where it is at the time `t`, at a
distance from the level and with the velocity `u` away from it, is known by the method of images,

    p(x, t) = e^(-(x - z - u t)^2 / (4 D t)) (1 - e^(-x z / (D t))) / sqrt(4 pi D t).
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage
from resetdyn.processes import Brownian
from resetdyn.resets import Reset
from resetdyn.targets import Level
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.quadrature import over_times
from resetdyn.theory.passages.passage import one_dimensional
from resetdyn.theory.resetting.trials import Trial
from resetdyn.theory.resetting.waiting import Values, law_of

# Panels to either side of `y`, over so many standard deviations around the middle of the Gaussian.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_PANELS, _REACH = 6, 10.0
_TIMES = 1000  # at once
_PRECISION = 1e-13

# From a trial, the place where it starts (0: the start, 1: where resets lead) and the order.
Travelled = Callable[[Trial, int, int], Trial]


def travelled(problem: FirstPassage) -> Travelled | None:
    """Return what adds the journeys back to a trial; None where it is not known where they set out."""
    reset, speed = problem.reset, problem.reset.return_speed
    if problem.process.dim > 1 or reset.random_to or speed is None:
        return None
    process, start, target = one_dimensional(problem.process, problem.start, problem.target)
    if not (isinstance(process, Brownian) and isinstance(target, Level)):
        return None
    places = start, one_dimensional(process, problem.reset_to, problem.target)[1]

    def add(trial: Trial, which: int, order: int) -> Trial:
        side = 1.0 if places[which] > target.x else -1.0
        z, y = (side * (place - target.x) for place in (places[which], places[1]))

        def lengths(t: FloatArray) -> FloatArray:
            return struck(process.diffusion, side * process.drift, z, y, t, order + 1)

        extra, error = _journeys(reset, lengths, speed, order)
        return trial._replace(
            alive=series.add(trial.alive, extra),
            reset=series.subtract(trial.reset, series.times_variable(extra, 0.0)),
            alive_error=trial.alive_error + error + _PRECISION * extra[0],
        )

    return add


def struck(diffusion: float, away: float, z: float, y: float, t: FloatArray, order: int) -> FloatArray:
    """Return ``<|X - y|^l; T > t>`` for ``l = 1, ..., order`` (rows), at positive times.

    Parameters
    ----------
    diffusion, away : float
        Diffusion coefficient, and velocity away from the level at 0.
    z, y : float
        Where it starts, above 0, and any other place.
    t : array
        Times.
    order : int
        Highest power.

    Examples
    --------
    >>> import numpy as np
    >>> from resetdyn.theory.resetting.returns_in_time import struck
    >>> struck(1.0, 0.0, 1.0, 0.0, np.array([0.1, 10.0]), 1).round(12)  # without a drift <X; T > t> stays
    array([[1., 1.]])
    """
    out = np.empty((order, t.size))
    for first in range(0, t.size, _TIMES):
        part = t[first : first + _TIMES]
        with np.errstate(all="ignore"):
            middle, width = z + away * part, np.sqrt(2 * diffusion * part)
            low = np.maximum(middle - _REACH * width, 0.0)
            high = np.maximum(middle, 0.0) + _REACH * width
            cut = np.clip(y, low, high)
            steps = np.arange(_PANELS) / _PANELS
            edges = np.concatenate(
                [low + (cut - low) * steps[:, None], cut + (high - cut) * steps[:, None], [high]]
            )
            half = np.diff(edges, axis=0)[..., None] / 2
            x = edges[:-1, :, None] + half * (1 + _NODES)
            density = np.exp(-(((x - middle[:, None]) / width[:, None]) ** 2) / 2)
            density *= -np.expm1(-x * (z / (diffusion * part[:, None]))) / (
                np.sqrt(2 * np.pi) * width[:, None]
            )
            density *= half * _WEIGHTS
            for power in range(1, order + 1):
                out[power - 1, first : first + _TIMES] = np.sum(density * np.abs(x - y) ** power, axis=(0, 2))
    return out


def _journeys(
    reset: Reset, lengths: Callable[[FloatArray], FloatArray], speed: float, order: int
) -> tuple[series.Series, float]:
    """Return the series of `J`, and the error of its first term."""
    law = law_of(reset)

    def rows(t: FloatArray) -> FloatArray:
        costs = lengths(t) / speed ** np.arange(1.0, order + 2)[:, None]
        return np.array(
            [
                sum(t**m / factorial(m) * costs[n - m] / factorial(n - m + 1) for m in range(n + 1))
                for n in range(order + 1)
            ]
        )

    if isinstance(law, Values):
        values, errors = rows(law.values) @ law.chances, np.zeros(order + 1)
    else:

        def weighted(t: FloatArray) -> FloatArray:
            with np.errstate(all="ignore"):
                return np.asarray(rows(t) * np.nan_to_num(law.pdf(t)))

        values, errors = over_times(weighted, list(law.support()), float(law.median()), 2 * order + 2)
    return [(-1) ** n * float(value) for n, value in enumerate(values)], float(errors[0])
