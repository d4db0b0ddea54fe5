r"""Journeys back at constant speed after Poisson resets, for Brownian motion with drift to a level.

A journey from where the reset struck takes ``|X - y| / v``.  Where it strikes is the propagator that is
absorbed at the level, at a distance 0 (derived here by images; Pal, Kusmierz and Reuveni, PRR 2, 043174
(2020) for the mean): from the distance `z`, with the velocity ``2 D w`` away from the level and
``kappa = sqrt(w^2 + s / D)``,

    G~_z(x; s) ~ e^(w x - (kappa + w) z) 2 sinh(kappa x)                     for x < z,
               ~ e^((kappa - w) z - (kappa - w) x) (1 - e^(-2 kappa z))      for x > z.

The delay of :mod:`.resetting.renewal`, ``k = 1 + r (1 - <e^(-s |X - y| / v)>) / s``, is an integral of
exponentials, and its values on a circle around 0 give its series.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, pi, sqrt
from typing import Any

import numpy as np

from resetdyn.processes import Brownian
from resetdyn.targets import Level
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series

# Half a circle; the nearest singularity is four radii away.
_CIRCLE = np.exp(1j * (np.arange(20) + 0.5) * pi / 20)


def return_delay(
    process: Brownian, target: Level, rate: float, speed: float, places: tuple[float, float]
) -> Callable[[int], Series]:
    """Return the series of ``k`` for what starts at ``places[0]`` and is taken back to ``places[1]``."""
    side = 1.0 if places[0] > target.x else -1.0
    z, y = (side * (place - target.x) for place in places)
    w, diffusion = side * process.drift / (2 * process.diffusion), process.diffusion
    slowest = (
        sqrt(w * w + rate / diffusion) - w
        if w <= 0
        else rate / diffusion / (sqrt(w * w + rate / diffusion) + w)
    )
    radius = min(rate + diffusion * w * w, speed * slowest) / 4
    s = radius * _CIRCLE
    kappa = np.sqrt(w * w + (rate + s) / diffusion)
    journey = _average(kappa, w, z, y, s / speed) / _average(kappa, w, z, y, 0 * s)
    k = 1 + rate * (1 - journey) / s
    return lambda order: [float(np.mean(np.real(k * s**-n))) for n in range(order + 1)]


def _average(kappa: ComplexArray, w: float, z: float, y: float, q: ComplexArray) -> ComplexArray:
    """Return the integral of ``e^(-q |x - y|)`` over the propagator, up to a factor."""
    cuts = sorted({0.0, z, max(y, 0.0)})
    total = 0 * kappa
    for low, high in zip(cuts, [*cuts[1:], inf], strict=True):
        tilt, away = (q, -q * y) if high <= y else (-q, q * y)
        if high <= z:
            base = away - (kappa + w) * z
            total = (
                total
                + _segment(base, w + kappa + tilt, low, high)
                - _segment(base, w - kappa + tilt, low, high)
            )
        else:
            beyond = _segment(away + (kappa - w) * z, w - kappa + tilt, low, high)
            total = total - beyond * np.expm1(-2 * kappa * z)
    return total


def _segment(base: Any, slope: Any, low: float, high: float) -> Any:
    """Return the integral of ``exp(base + slope x)``; to infinity it must fall."""
    if high == inf:
        return -np.exp(base + slope * low) / slope
    length = high - low
    x = slope * length
    small = np.abs(x) < 1e-8
    ratio = np.where(small, 1 + x / 2, np.expm1(x) / np.where(small, 1, x))
    return np.exp(base + slope * low) * length * ratio
