r"""Journeys back at constant speed to random places: the mean.

A journey and the trial that follows both depend on the place `Y`, but their mean times add up: what is
reset at `X` needs ``<|X - Y|> / v`` on average, whatever follows.  The delays of :mod:`.resetting.renewal` of
those that start at a random place are averaged with the time that they search (derived here),

    k_y = <k_Y Q~_Y> / <Q~_Y>.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import exp, inf, isfinite
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck
from resetdyn.targets import Interval, Level
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.passage import find_passage, one_dimensional
from resetdyn.theory.resetting import renewal
from resetdyn.theory.resetting.mixture import boundary_of, places_of
from resetdyn.theory.resetting.returns import return_delay
from resetdyn.theory.resetting.waiting import values_of

# The mean distance is interpolated between these quantiles (and as many from above).
_QUANTILES = (1e-300, 1e-18, 1e-14, 1e-10, 1e-7, 1e-5, 1e-3, 1e-2, 0.05, 0.15, 0.3)
_HALVES, _DEGREE = 4, 16
_GONE = 1e-16
_X: Any = chebyshev.chebpts1(_DEGREE + 1)
_FIT: Any = np.linalg.inv(chebyshev.chebvander(_X, _DEGREE))


def delays_to_places(
    process: Brownian | OrnsteinUhlenbeck | Langevin, target: Level | Interval, start: float, rate: float,
    reset: Any,
) -> renewal.Delays:  # fmt: skip
    """Return what journeys to random places add to the mean, and to no other moment."""

    @cache
    def means() -> tuple[float, float]:
        if not isfinite(reset.to.mean()):
            return inf, inf
        distance, cuts = mean_distance(reset.to)

        def travel(x: FloatArray, order: int) -> FloatArray:
            return distance(x)[None] / reset.return_speed

        def delay(place: float) -> float:
            motion, at, end = one_dimensional(process, place, target)
            return return_delay(motion, end, rate, at, travel, cuts, 0)[0]  # type: ignore[arg-type]

        searched: dict[float, float] = {}
        for place, weight in zip(*places_of(reset.to, boundary_of(target)), strict=True):
            passage = None if target.contains(place) else find_passage(process, float(place), target)
            if passage is not None:
                lasts = weight / (rate + exp(-passage.log_mean(rate, 0)[0]))
                searched[float(place)] = searched.get(float(place), 0.0) + lasts
        whole = sum(searched.values())
        # Those next to the target are found at once.
        total = sum(lasts * delay(place) for place, lasts in searched.items() if lasts > _GONE * whole)
        return delay(start), total / whole

    def delays(order: int) -> tuple[Series, Series]:
        if order > 0:
            raise ValueError(
                f"reset={reset}: journeys back to random places have an exact mean, but no other moment; use "
                "rd.simulate(problem)"
            )
        pause = rate * reset.mean_refractory
        x, y = means()
        return [x + pause], [y + pause]

    return delays


def mean_distance(law: Any) -> tuple[Callable[[FloatArray], FloatArray], tuple[float, ...]]:
    """Return ``<|x - Y|>`` as a function of an array of places, and where it is not smooth.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import stats
    >>> distance, _ = mean_distance(stats.norm(1.0, 0.5))
    >>> distance(np.array([1.0, 3.0])).round(9)  # sqrt(2 / pi) / 2 at the middle
    array([0.39894228, 2.00000715])
    """
    if hasattr(law, "pmf"):
        values, chances = values_of(law)
        return lambda x: np.abs(x[..., None] - values) @ chances, tuple(values.tolist())
    below = [float(law.ppf(q)) for q in _QUANTILES]
    marks = np.unique([*below, float(law.median()), *(float(law.isf(q)) for q in _QUANTILES)])
    inner = np.linspace(marks[:-1], marks[1:], _HALVES, endpoint=False).T.ravel()
    edges, mean = np.array([*inner, marks[-1]]), float(law.mean())
    nodes = edges[:-1, None] + np.diff(edges)[:, None] / 2 * (1 + _X)
    table = np.array([_distance(law, x) for x in nodes.ravel()]).reshape(nodes.shape) @ _FIT.T

    def distance(x: FloatArray) -> FloatArray:
        panel = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(table) - 1)
        at = 2 * (x - edges[panel]) / (edges[panel + 1] - edges[panel]) - 1
        value = np.sum(chebyshev.chebvander(np.clip(at, -1.0, 1.0), _DEGREE) * table[panel], axis=-1)
        return np.where(np.abs(at) > 1, np.abs(x - mean), value)

    return distance, tuple(edges.tolist())


def _distance(law: Any, x: float) -> float:
    places, weights = places_of(law, (x,))
    return float(np.abs(x - places) @ weights)
