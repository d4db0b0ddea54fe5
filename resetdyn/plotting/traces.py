"""What there is to draw of paths in time: lines that break at resets, the jumps, and the arrivals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.plotting.style import COLOURS
from resetdyn.results.trajectories import Trajectories
from resetdyn.targets import Interval, Level


class Trace(NamedTuple):
    """One path: its colour, its line, its resets, its jumps, and where it arrived.

    Attributes
    ----------
    colour : str
        Colour of the path.
    times, values : (m,) array
        The line, up to the arrival, with a gap at every reset, so that none is drawn where the path jumped.
    resets : (k,) array
        When it was reset.
    jumps : tuple of (2, 2) array
        Times and positions from where a reset led to where, for those with a state on both sides.
    arrival : (float, float) or None
        Time and level at which the path ended, if it met a target on the line.
    """

    colour: str
    times: FloatArray
    values: FloatArray
    resets: FloatArray
    jumps: tuple[FloatArray, ...]
    arrival: tuple[float, float] | None


def traces(result: Trajectories, component: int) -> Iterator[Trace]:
    """Yield what there is to draw of each path."""
    colours, levels = list(COLOURS.values()), levels_of(result)
    for i, path in enumerate(result.component(component)):
        resets, arrival = result.resets[i], None
        where = np.searchsorted(result.times, resets, side="right")
        jumps = tuple(_jumps(path, resets, where))
        times, values = np.insert(result.times, where, resets), np.insert(path, where, np.nan)
        if levels and result.arrivals[i] < np.inf:
            last = path[np.searchsorted(result.times, result.arrivals[i]) - 1]
            nearest = levels[int(np.argmin(np.abs(np.array(levels) - last)))]
            arrival = float(result.arrivals[i]), nearest
            end = np.searchsorted(times, arrival[0])
            times, values = np.insert(times, end, arrival[0]), np.insert(values, end, arrival[1])
        yield Trace(colours[i % 5], times, values, resets, jumps, arrival)


def levels_of(result: Trajectories) -> list[float]:
    """Return where a target on the line begins."""
    target = getattr(result.problem, "target", None)
    if isinstance(target, Level):
        return [target.x]
    return [target.low, target.high] if isinstance(target, Interval) else []


def axis_label(result: Trajectories, component: int) -> str:
    """Return what the axis of positions is called."""
    return "position $x$" if result.states.ndim == 2 else f"position $x_{component + 1}$"


def _jumps(path: Any, resets: Any, where: Any) -> Iterator[FloatArray]:
    for reset, after in zip(resets, where, strict=True):
        if 0 < after < len(path) and np.all(np.isfinite(path[after - 1 : after + 1])):
            yield np.array([[reset, path[after - 1]], [reset, path[after]]])
