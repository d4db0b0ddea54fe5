r"""A coordinate in which the diffusion is constant: ``y(x) = integral dx / sigma(x)`` (Lamperti).

Whether a path is that of a Markov diffusion does not depend on the coordinate.  With a diffusion that varies
with the position steps are skewed to the order of ``sqrt(dt)`` in `x`, and not in `y`; so there the tests of
:mod:`resetdyn.advice.diffusion_tests` hold again.  The spread ``sigma`` of steps from around a position is
measured in layers of neighbouring positions, thinner towards the ends where it may change fast.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.drift_fit import DriftFit, moments
from resetdyn.advice.recorded import Steps

_THINNEST = 100  # steps in a layer
_LAYERS = 30
_GRID = 4000


def straightened(steps: Steps, fit: DriftFit) -> Steps:
    """Return the same steps in a coordinate in which their spread is 1."""
    z = (steps.before - fit.scale[0]) / fit.scale[1]
    spread = np.exp(moments(z, steps.dt, fit.theta).log_variance / 2) * fit.scale[1]
    places, sizes = _layers(steps.before, (fit.residuals * spread) ** 2)
    low, high = steps.reach
    grid = np.linspace(low, high, _GRID)
    slope = np.exp(-np.interp(grid, places, np.log(sizes)) / 2)
    y = np.concatenate([[0.0], np.cumsum(np.diff(grid) * (slope[1:] + slope[:-1]) / 2)])
    return steps._replace(before=np.interp(steps.before, grid, y), after=np.interp(steps.after, grid, y))


def _layers(x: FloatArray, squares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean position and the mean square in each layer."""
    order = np.argsort(x, kind="stable")
    parts = np.split(order, _cuts(len(x)))
    return np.array([np.mean(x[p]) for p in parts]), np.array([np.mean(squares[p]) for p in parts])


def _cuts(n: int) -> Any:
    widest = max(n // _LAYERS, _THINNEST)
    cuts, width = [0], _THINNEST
    while cuts[-1] + width < n / 2:
        cuts.append(cuts[-1] + width)
        width = min(int(1.5 * width), widest)
    half = np.array(cuts[1:], dtype=np.int64)
    return np.concatenate([half, (n - half)[::-1]])
