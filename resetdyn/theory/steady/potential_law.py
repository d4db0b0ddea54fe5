"""The law that belongs to a density on the line, in a potential: where it is to be looked at closely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.passages.line import Line
from resetdyn.theory.steady.line_density import LineLaw

ROUGH = -90.0  # logarithm of what counts in an average, in units of the typical density
_MOVABLE: FloatArray = 3.0 ** np.arange(-24.0, 40.0)
_SMOOTH = 2  # panels that shrink towards a mark of a law that has spread
_NEAREST = 1e-7  # of the way from a singular end to where resets lead
_APART = 1e-12  # least relative distance of places at which potentials are compared
_WAY: FloatArray = 1 - 2.0 ** (-np.arange(800) / 16)  # to where a slide ends


def law_around(
    line: Line, centre: float, log_density: Callable[[FloatArray], FloatArray],
    places: tuple[float, ...] = (), most: float = inf,
) -> LineLaw:  # fmt: skip
    """Return the law with its marks: the centre, kinks, walls, singularities, wells and more places.

    Its scale is that on which the potential rises by `D`.  If the motion has spread no farther than `most`
    that is the scale; but for a kink at the marks the density is smooth then.
    """

    def density(x: FloatArray) -> FloatArray:
        with np.errstate(under="ignore"):
            return np.asarray(np.exp(log_density(np.asarray(x, dtype=float))))

    low, high = line.domain(centre)
    marks = [centre, *(kink for kink in line.field.kinks if low < kink < high), *wells(line, centre)]
    marks += [place for place in places if low < place < high]
    marks += [end for end in (low, high) if abs(end) < inf]
    steps = centre + _MOVABLE
    heights = line.field.value(np.clip(np.array([steps, centre - _MOVABLE]), low, high))
    climbed = np.abs(heights - line.field.value(np.array([centre]))) > line.diffusion
    scale = float(_MOVABLE[np.argmax(climbed.any(axis=0))]) if climbed.any() else 1.0
    law = LineLaw(density, tuple(dict.fromkeys(marks)), scale, low, high)
    return law if most == inf else replace(law, scale=min(scale, most), inwards=_SMOOTH)


def near_singular(line: Line, to: float, log_density: Any) -> Callable[[FloatArray], FloatArray]:
    """Return the density also next to a singular end, where it is Boltzmann's: what starts there leaves."""
    low, high = line.domain(to)
    near = [low, high]
    for i, end in enumerate((low, high)):
        if abs(end) < inf and end not in line.walls:
            near[i] = end + _NEAREST * (to - end)

    def whole(x: FloatArray) -> FloatArray:
        moved = np.clip(x, near[0], near[1])
        logs = np.asarray(log_density(moved))
        off = (moved != x) & (x >= low) & (x <= high)
        with np.errstate(all="ignore"):
            rise = np.where(off, line.field.value(x) - line.field.value(moved), 0.0)
        logs = np.where(np.isnan(rise), -inf, logs - rise / line.diffusion)
        return np.where((x >= low) & (x <= high), logs, -inf)

    return whole


def wells(line: Line, centre: float) -> list[float]:
    """Return the minima of the potential, as a grid that spreads from all special places shows them."""
    low, high = line.domain(centre)
    seeds = [centre, 0.0, *line.field.kinks, *(end for end in (low, high) if abs(end) < inf)]
    fine = np.concatenate([-_MOVABLE[::-1], [0.0], _MOVABLE])
    even = np.linspace(-10.0, 10.0, 401)
    x = np.unique(np.concatenate([seed + part for seed in seeds for part in (fine, even)]).clip(low, high))
    x = x[np.append(True, np.diff(x) > _APART * np.abs(x[1:]))]  # else rounding makes wells
    u = line.field.value(x)
    x, u = x[np.isfinite(u)], u[np.isfinite(u)]
    at = np.flatnonzero((u[1:-1] < u[:-2]) & (u[1:-1] <= u[2:])) + 1
    left, right = x[at - 1], x[at + 1]
    for _ in range(60):
        third = (right - left) / 3
        below = line.field.value(left + third) < line.field.value(right - third)
        left, right = np.where(below, left, left + third), np.where(below, right - third, right)
    return [float(place) for place in (left + right) / 2]


def slid(line: Line, start: float, t: float) -> float:
    """Return about where the force alone takes what starts there, in a time."""
    down = -float(line.field.slope(np.array([start]))[0])
    if down == 0 or not np.isfinite(down):
        return start
    low, high = line.domain(start)
    ends = [*line.field.kinks, *wells(line, start), *(end for end in (low, high) if abs(end) < inf)]
    ahead = [abs(end - start) for end in ends if (end - start) * down > 0]
    steps = min(ahead) * _WAY if ahead else np.concatenate([[0.0], np.geomspace(1e-12, 1e12, 2000)])
    x = start + np.copysign(steps, down)
    with np.errstate(all="ignore"):
        clock = np.cumsum(np.diff(steps) / np.abs(line.field.slope((x[1:] + x[:-1]) / 2)))
    place = float(np.interp(t, np.concatenate([[0.0], clock]), x))
    return place if np.isfinite(place) else start


def check_place(line: Line, place: float, name: str = "to") -> None:
    """Refuse a place where the motion cannot be."""
    low, high = line.walls
    outside = (low is not None and place < low) or (high is not None and place > high)
    at = line.field.value(np.array([place]))[0]
    if outside or place in line.field.singularities or not np.isfinite(at):
        raise ValueError(
            f"{name}={place:g} is outside the domain of the potential, or where it is singular; "
            "give a place inside"
        )
