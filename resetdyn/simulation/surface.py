"""Targets in space: how far is a state from the surface, and in which direction?

All built-in targets are quadrics, ``g(x) = (x - c)^T M (x - c) / 2 + m (x - c) + g0 <= 0``.  The distance is
measured along the gradient, to where the quadric crosses zero: exact for a half-space and for a ball.  For a
user's function the gradient comes from finite differences and the distance from two Newton steps along it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError

from resetdyn._checks import FloatArray
from resetdyn.functions import Quadratic
from resetdyn.simulation.gaussian import banded, eigenvalues
from resetdyn.simulation.kernel import inlined, kernel, kernel_of_user_function
from resetdyn.targets import Ball, HalfSpace, Sublevel, Target

# With the place as its second argument; see :meth:`resetdyn.simulation.sampler.Task.blame`.
NOT_A_LEVEL = "the target's function is not a number where a path has come"
# Step of the finite differences for a user's function, relative to the size of a component.
_DIFFERENCE = 1e-6


class Surface(NamedTuple):
    """A quadric in the eigenbasis of the process; for a user's function only `g0` counts, minus its level.

    `band` is how far `matrix` reaches from the diagonal.
    """

    matrix: FloatArray
    center: FloatArray
    slope: FloatArray
    g0: float
    least_curvature: float
    basis: FloatArray
    band: int


def surface_of(target: Target, basis: FloatArray) -> Surface:
    """Return the surface of a target, in coordinates along the columns of `basis`."""
    dim = len(basis)
    matrix, center, slope = np.zeros((dim, dim)), np.zeros(dim), np.zeros(dim)
    match target:
        case HalfSpace(normal=normal, offset=offset):
            slope, g0 = normal, -offset
        case Ball(center=center, radius=radius):
            matrix, g0 = np.eye(dim), -(radius**2) / 2
        case Sublevel(function=Quadratic() as risk, value=value):
            matrix, center, g0 = risk.matrix, risk.center, risk.floor - value
        case Sublevel(value=value):
            g0 = -value
    turned, band = banded(basis.T @ matrix @ basis)
    return Surface(
        turned,
        basis.T @ center,
        basis.T @ slope,
        g0,
        max(float(eigenvalues(turned, band)[0]), 0.0),
        basis,
        band,
    )


def narrowest(target: Target) -> float:
    """Return the smallest half-width of a target: `inf` for a half-space, `nan` where it is not known."""
    match target:
        case HalfSpace():
            return math.inf
        case Ball(radius=radius):
            return radius
        case Sublevel(function=Quadratic() as risk, value=value):
            return math.sqrt(2 * (value - risk.floor) / float(np.linalg.eigvalsh(risk.matrix)[-1]))
    return math.nan


def user_function(target: Target, state: Any) -> Any:
    """Return a user's function compiled for vectors; None for the built-in targets.

    Raises
    ------
    ValueError
        If numba cannot compile it.
    """
    if not isinstance(target, Sublevel) or isinstance(target.function, Quadratic):
        return None
    compiled = _compiled(target.function, np.ndim(state) == 0)
    try:
        compiled(np.atleast_1d(state))
    except NumbaError as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"function={target.function!r} does not compile under numba ({reason}); write it with "
            "arithmetic, loops and NumPy functions on one state, or give an rd.Quadratic"
        ) from None
    return compiled


@lru_cache
def _compiled(function: Any, of_scalar: bool) -> Any:
    compiled = function if isinstance(function, Dispatcher) else kernel_of_user_function(function)
    return kernel_of_user_function(lambda x: compiled(x[0])) if of_scalar else compiled


@inlined
def look(x: FloatArray, surface: Any, function: Any, normal: FloatArray) -> tuple[float, float]:
    """Fill in the unit normal at `x`; return the distance along it, and a lower bound of any distance.

    The bound takes the least curvature that any direction has; for a user's function it is not one. Without a
    surface both are infinite.
    """
    if surface is None:
        return math.inf, math.inf
    if function is None:
        matrix, center, slope, g0, least, _, band = surface
        return _to_quadric(x, matrix, center, slope, g0, least, band, normal)
    return _to_level(x, surface, function, normal)


@inlined
def _to_quadric(
    x: FloatArray,
    matrix: FloatArray,
    center: FloatArray,
    slope: FloatArray,
    g0: float,
    least: float,
    band: int,
    normal: FloatArray,
) -> tuple[float, float]:
    dim, value, square, curvature = len(x), g0, 0.0, 0.0
    for i in range(dim):
        component = slope[i]
        for j in range(max(0, i - band), min(dim, i + band + 1)):
            component += matrix[i, j] * (x[j] - center[j])
        value += (x[i] - center[i]) * (component + slope[i]) / 2
        square += component * component
        normal[i] = component
    for i in range(dim):
        row = 0.0
        for j in range(max(0, i - band), min(dim, i + band + 1)):
            row += matrix[i, j] * normal[j]
        curvature += row * normal[i]
    steepness = math.sqrt(square)
    for i in range(dim):
        normal[i] /= steepness
    return _to_zero(value, steepness, curvature / square), _to_zero(value, steepness, least)


@kernel
def _to_level(x: FloatArray, surface: Surface, function: Any, normal: FloatArray) -> tuple[float, float]:
    dim = len(x)
    point = surface.basis @ x
    value = function(point) + surface.g0
    if math.isnan(value):
        raise ValueError(NOT_A_LEVEL, point)
    gradient = np.empty(dim)
    for i in range(dim):
        middle = point[i]
        width = _DIFFERENCE * max(abs(middle), 1.0)
        point[i] = middle + width
        gradient[i] = function(point)
        point[i] = middle - width
        gradient[i] = (gradient[i] - function(point)) / (2 * width)
        point[i] = middle
    slope = _normalise(gradient)
    normal[:] = gradient @ surface.basis
    first = value / slope
    second = (function(point - first * gradient) + surface.g0) / slope
    # The value alone decides on which side the state is.
    return (first + second if second / first > -0.5 else first / 2), first


@inlined
def _to_zero(value: float, slope: float, curvature: float) -> float:
    """Return where ``value - slope s + curvature s^2 / 2`` first is zero (or lowest, above it)."""
    return 2 * value / (slope + math.sqrt(max(slope * slope - 2 * value * curvature, 0.0)))


@kernel
def _normalise(vector: FloatArray) -> float:
    """Scale the vector to unit length and return what its length was."""
    square = 0.0
    for i in range(len(vector)):
        square += vector[i] * vector[i]
    length = math.sqrt(square)
    for i in range(len(vector)):
        vector[i] /= length
    return length
