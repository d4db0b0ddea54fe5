"""How near discrete SGD is to a target: the compiled part that a step keeps up to date.

Every target is a band of one number: the path goes on while ``low < measure(theta) < high``.  For a
quadratic measure ``(theta - center)^T M (theta - center) / 2`` the vector ``curved = M (theta - center)`` is
carried along; a batch smaller than the dimension updates it from the rows ``x_b^T M``, in less than the d^2
operations of starting afresh.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn.functions import Quadratic
from resetdyn.simulation.vectors import dot, sums
from resetdyn.targets import Ball, HalfSpace, Interval, Level, Sublevel, Target

LINEAR, DIAGONAL, DENSE, INCREMENTAL = range(4)


class Measure(NamedTuple):
    """The number that a target looks at: ``normal . theta``, or a quadratic around a centre."""

    kind: int
    normal: Any
    center: Any
    diagonal: Any
    matrix: Any
    rows: Any


def nothing(dim: int) -> Measure:
    """Return a measure for paths without a target."""
    none, flat = np.empty(0), np.empty((0, dim))
    return Measure(LINEAR, np.ones(dim), none, none, flat, flat)


def measure_of(target: Target, basis: Any, X: Any, batch: int) -> Measure:
    """Return the number that the target looks at, in the basis of the steps.

    `X` are the samples that a step adds multiples of, `batch` at a time; it has no rows where steps differ.
    """
    dim = len(basis)
    none, flat = np.empty(0), np.empty((0, dim))
    match target:
        case HalfSpace(normal=normal):
            return Measure(LINEAR, basis.T @ normal, none, none, flat, flat)
        case Level() | Interval():
            return Measure(LINEAR, basis[0], none, none, flat, flat)
        case Ball(center=center):
            return Measure(DIAGONAL, none, basis.T @ np.atleast_1d(center), np.full(dim, 2.0), flat, flat)
        case Sublevel(function=Quadratic() as function):
            center = basis.T @ np.atleast_1d(function.center)
            matrix = basis.T @ np.atleast_2d(function.matrix) @ basis
            diagonal = np.diag(matrix).copy()
            if np.abs(matrix - np.diag(diagonal)).max() <= 1e-14 * np.abs(matrix).max():
                return Measure(DIAGONAL, none, center, diagonal, flat, flat)
            kind = INCREMENTAL if len(X) and batch < dim else DENSE
            rows = np.ascontiguousarray(X @ matrix) if kind == INCREMENTAL else flat
            return Measure(kind, none, center, none, np.ascontiguousarray(matrix), rows)
    raise ValueError(f"target={target}: for SGD give Sublevel an rd.Quadratic, such as model.clean_risk")


def band_of(target: Any, origin: Any) -> tuple[float, float]:
    """Return the open band of the measure outside the target, for a flight that begins at `origin`."""
    match target:
        case HalfSpace(offset=offset):
            return offset, math.inf
        case Level(x=x):
            return (x, math.inf) if origin > x else (-math.inf, x)
        case Interval(low=low, high=high):
            return low, high
        case Ball(radius=radius):
            return radius**2, math.inf
        case _:
            return target.value - target.function.floor, math.inf


@sums
def value(measure, theta, curved):  # type: ignore[no-untyped-def]
    """Return what the target looks at."""
    if measure.kind == LINEAR:
        return dot(measure.normal, theta)
    total = 0.0
    if measure.kind == DIAGONAL:
        for i in range(len(theta)):
            away = theta[i] - measure.center[i]
            total += measure.diagonal[i] * away * away
        return total / 2
    if measure.kind == DENSE:
        curve(measure, theta, curved)
    for i in range(len(theta)):
        total += (theta[i] - measure.center[i]) * curved[i]
    return total / 2


@sums
def curve(measure, theta, curved):  # type: ignore[no-untyped-def]
    """Compute ``M (theta - center)`` afresh."""
    for i in range(len(measure.matrix)):
        total = 0.0
        for j in range(len(theta)):
            total += measure.matrix[i, j] * (theta[j] - measure.center[j])
        curved[i] = total
