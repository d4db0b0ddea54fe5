"""Targets on the line, as the two barriers between which a state is free."""

from __future__ import annotations

import math
from typing import NamedTuple

from resetdyn.functions import Quadratic
from resetdyn.simulation.kernel import inlined
from resetdyn.targets import Ball, HalfSpace, Interval, Level, Sublevel, Target


class Edges(NamedTuple):
    """The target is ``[left, right]``, or all but that for a process that is free in between."""

    left: float
    right: float
    free_between: bool


# For motion without a target.
NO_EDGES = Edges(-math.inf, math.inf, True)


class Barriers(NamedTuple):
    """The process is absorbed at `low` and at `high`, either of which may be infinitely far."""

    low: float
    high: float


def has_barriers(target: Target) -> bool:
    """Return whether the ends of the target are known, and not only a user's function."""
    return not isinstance(target, Sublevel) or isinstance(target.function, Quadratic)


def edges_of(target: Target) -> Edges:
    """Return the edges of a target on the line, for a target that has them."""
    match target:
        case Interval(low=low, high=high):
            return Edges(low, high, True)
        case Level(x=level):
            return Edges(level, level, False)
        case HalfSpace(normal=normal, offset=offset):
            edge = offset / float(normal[0])
            return Edges(-math.inf, edge, False) if normal[0] > 0 else Edges(edge, math.inf, False)
        case Ball(center=center, radius=radius):
            return Edges(center - radius, center + radius, False)
        case Sublevel(function=Quadratic() as f, value=value):
            half_width = math.sqrt(2 * (value - f.floor) / f.matrix)
            return Edges(f.center - half_width, f.center + half_width, False)
    raise ValueError(f"target={target}: its ends are not known; give an rd.Quadratic")


@inlined
def around(edges: Edges, x: float) -> Barriers:
    """Return the barriers around the state `x`; it is at the target where it is not between them."""
    if edges.free_between:
        return Barriers(edges.left, edges.right)
    return Barriers(-math.inf, edges.left) if x < edges.left else Barriers(edges.right, math.inf)
