"""Targets on the line, as the two barriers between which a state is free."""

from __future__ import annotations

import math
from typing import NamedTuple

from resetdyn.functions import Quadratic
from resetdyn.targets import Ball, HalfSpace, Interval, Level, Sublevel, Target


class Barriers(NamedTuple):
    """The process is absorbed at `low` and at `high`, either of which may be infinitely far."""

    low: float
    high: float


def has_barriers(target: Target) -> bool:
    """Return whether the ends of the target are known, and not only a user's function."""
    return not isinstance(target, Sublevel) or isinstance(target.function, Quadratic)


def barriers(target: Target, x: float) -> Barriers:
    """Return the barriers around the state `x`, for a target that has them."""
    match target:
        case Interval(low=low, high=high):
            return Barriers(low, high)
        case Level(x=level):
            return _beside(level, level, x)
        case HalfSpace(normal=normal, offset=offset):
            edge = offset / float(normal[0])
            return _beside(-math.inf, edge, x) if normal[0] > 0 else _beside(edge, math.inf, x)
        case Ball(center=center, radius=radius):
            return _beside(center - radius, center + radius, x)
        case Sublevel(function=Quadratic() as f, value=value):
            half_width = math.sqrt(2 * (value - f.floor) / f.matrix)
            return _beside(f.center - half_width, f.center + half_width, x)
    raise ValueError(f"target={target}: its ends are not known; give an rd.Quadratic")


def _beside(left: float, right: float, x: float) -> Barriers:
    """Return the barriers around `x`, outside a target that fills ``[left, right]``."""
    return Barriers(-math.inf, left) if x < left else Barriers(right, math.inf)
