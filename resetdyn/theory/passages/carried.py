r"""Transforms of radial diffusion and in a parabola, to 30 digits, by Taylor steps through their equation.

``T~ = w(x) / w(a)``, where `w` solves the backward equation and falls towards infinity.  In `y`, the distance
in units of ``sqrt(D / k)`` for the Ornstein-Uhlenbeck process on the line, and ``k distance^2 / (2 D)`` or
``distance^2 / (4 D)`` for the radial ones in a trap and without,

    w'' - y w' - (s / k) w = 0,
    y w'' + (b - y) w' - (s / 2 k) w = 0,
    y w'' + b w' - s w = 0,

all of the form ``(A + B h) w'' + (C + E h) w' - F w = 0`` at the distance `h` from a place, which gives each
Taylor coefficient from the two before.  The solution that falls is found by starting further out, anyhow: on
the way in the other one dies out.  How far out that has to be the two exponents tell.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol, runtime_checkable

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics.double_double import (
    Complex,
    Double,
    add,
    compiled,
    complex_add,
    complex_divide,
    complex_multiply,
    complex_scale,
    divide,
    multiply,
    scale,
    size_of,
)  # fmt: skip

# The kinds of equation.
LINE, TRAP, FREE = 0, 1, 2
# The exponent by which the other solution has died out, and steps until that is given up.
_GONE, _MOST = 78.0, 20_000
# Step of Taylor series, over the rate of change and over the distance of the singularity; terms of them.
_STEP, _SHARE, _TERMS = 4.0, 0.4, 200
_BENEATH = 1e-34
# Sizes beyond which nothing arrives, and at which the way in is rescaled.
_BEYOND, _LARGE = 1e280, 1e100


def _inverses() -> FloatArray:
    """Return ``1 / n`` with twice the digits, for each `n` from 1 on."""
    high = 1 / np.maximum(np.arange(_TERMS + 2), 1)
    low = [float((1 - n * Fraction(h)) / n) for n, h in enumerate(high.tolist()) if n]
    return np.stack([high, [0.0, *low]], axis=1)


_INVERSE = _inverses()


@runtime_checkable
class Precise(Protocol):
    """A passage whose transform is known to 30 digits."""

    def hits_in_digits(self, s: list[Any]) -> list[tuple[Any, Any]]:
        """Return ``T~`` and ``1 - T~`` at each of these `mpmath.mpc`."""


def carried(kind: int, b: float, near: Any, gap: Any, orders: list[Any]) -> list[tuple[Any, Any]]:
    """Return ``T~`` and ``1 - T~`` from ``near + gap`` to `near` at each order: all numbers of mpmath.

    Parameters
    ----------
    kind : int
        `LINE`, `TRAP` or `FREE`.
    b : float
        Parameter of the equation, if it is not that of the line.
    near, gap : mpf
        The places.
    orders : list of mpc
        ``s / k``, ``s / 2 k`` or `s`, for each kind.

    Examples
    --------
    >>> from mpmath import mp, mpc, mpf
    >>> from resetdyn.theory.passages.carried import FREE, carried
    >>> with mp.workdps(40):  # Brownian motion on the line: e^(-distance sqrt(s / D))
    ...     hit, _ = carried(FREE, 0.5, mpf(1) / 4, mpf(3) / 4, [mpc(1, 1)])[0]
    ...     bool(abs(hit * mp.exp(mp.sqrt(mpc(1, 1))) - 1) < 1e-29)
    True
    """
    found = hits(kind, b, _halves(near), _halves(gap), _quarters(orders))
    return [(_number(row[:4]), _number(row[4:])) for row in found.tolist()]


def falls(kind: int, b: float, place: Any, orders: list[Any]) -> list[Any]:
    """Return the slope of ``log w`` at a place, at each order: all numbers of mpmath, as above."""
    return [_number(row) for row in slopes(kind, b, _halves(place), _quarters(orders)).tolist()]


def _quarters(orders: list[Any]) -> FloatArray:
    return np.array([(*_halves(p.real), *_halves(p.imag)) for p in orders])


def _number(row: list[float]) -> Any:
    from mpmath import mpc, mpf

    return mpc(mpf(row[0]) + mpf(row[1]), mpf(row[2]) + mpf(row[3]))


def _halves(number: Any) -> Double:
    high = float(number)
    return high, float(number - high)


@compiled
def hits(kind: int, b: float, near: Double, gap: Double, orders: FloatArray) -> FloatArray:
    """Return ``T~`` and ``1 - T~`` from ``near + gap`` to `near` at each order.

    Complex numbers of twice the digits are four floats: orders have the shape ``(n, 4)``, what is returned
    ``(n, 8)``, with `nan` where it is not found.
    """
    out = np.empty((len(orders), 8))
    far = add(near, gap)
    for i in range(len(orders)):
        order = (orders[i, 0], orders[i, 1], orders[i, 2], orders[i, 3])
        above, slope = _started(kind, b, far, order)
        if not np.isfinite(above[0]) or size_of(above) == 0:
            out[i] = np.nan
            continue
        one = (1.0, 0.0, 0.0, 0.0)
        below, _, rise = _carried(kind, b, far, gap, order, one, complex_divide(slope, above), False)
        if size_of(below) > _BEYOND:
            out[i] = (0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
            continue
        hit, missed = complex_divide(one, below), complex_divide(rise, below)
        out[i] = (*hit, *missed)
    return out


@compiled
def slopes(kind: int, b: float, place: Double, orders: FloatArray) -> FloatArray:
    """Return the slope of ``log w`` at a place: shape ``(n, 4)``."""
    out = np.empty((len(orders), 4))
    for i in range(len(orders)):
        w, slope = _started(kind, b, place, (orders[i, 0], orders[i, 1], orders[i, 2], orders[i, 3]))
        out[i] = complex_divide(slope, w)
    return out


@compiled
def _equation(kind: int, b: float, y: Double) -> tuple[Double, Double, float, float]:
    """Return `A`, `C`, `B` and `E` at the place `y`."""
    if kind == LINE:
        return (1.0, 0.0), (-y[0], -y[1]), 0.0, -1.0
    if kind == TRAP:
        return y, add((b, 0.0), (-y[0], -y[1])), 1.0, -1.0
    return y, (b, 0.0), 1.0, 0.0


@compiled
def _root(kind: int, b: float, y: Double, order: Complex) -> tuple[float, float, complex]:
    """Return `A`, `C` and the difference of the exponents of the two solutions there, times `A`."""
    A, C, _, _ = _equation(kind, b, y)
    return A[0], C[0], np.sqrt(C[0] * C[0] + 4 * A[0] * complex(order[0], order[2]))


@compiled
def _step(kind: int, b: float, y: Double, order: Complex) -> float:
    A, C, root = _root(kind, b, y, order)
    h = _STEP / ((abs(C) + abs(root)) / (2 * A) + np.sqrt(abs(complex(order[0], order[2])) / A) + 1.0)
    if kind == LINE:
        return h
    h = _STEP / ((abs(C) + abs(root)) / (2 * A))
    return min(h, _SHARE * y[0])


@compiled
def _started(kind: int, b: float, far: Double, order: Complex) -> tuple[Complex, Complex]:
    """Return `w` and its slope at `far`, with any scale."""
    y, gone = far, 0.0
    for _ in range(_MOST):
        A, C, root = _root(kind, b, y, order)
        h = _step(kind, b, y, order)
        # A power with which this one grows inwards is no gain: at small orders most of it is still constant.
        gone += h * (root.real - max(C, 0.0)) / A
        y = add(y, (h, 0.0))
        if gone > _GONE:
            break
    else:
        return (np.nan, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0)
    A, C, root = _root(kind, b, y, order)
    slope = (-C - root) / (2 * A)
    start = (slope.real, 0.0, slope.imag, 0.0)
    down = add(y, (-far[0], -far[1]))
    w, slope_there, _ = _carried(kind, b, y, down, order, (1.0, 0.0, 0.0, 0.0), start, True)
    return w, slope_there


@compiled
def _carried(
    kind: int, b: float, y: Double, down: Double, order: Complex, w: Complex, slope: Complex, rescale: bool
) -> tuple[Complex, Complex, Complex]:
    """Return `w` and its slope at ``y - down``, and how much `w` has risen on the way."""
    rise = (0.0, 0.0, 0.0, 0.0)
    while down[0] != 0:
        h = -min(down[0], _step(kind, b, y, order))
        w, slope, more = _taylor(kind, b, y, h, order, w, slope)
        y, down = add(y, (h, 0.0)), add(down, (h, 0.0))
        size = size_of(w)
        if rescale:
            if size > _LARGE:
                back = (1 / size, 0.0)
                w, slope = complex_scale(w, back), complex_scale(slope, back)
        else:
            rise = complex_add(rise, more)
            if not size < _BEYOND:
                return (2 * _BEYOND, 0.0, 0.0, 0.0), slope, rise
    return w, slope, rise


@compiled
def _taylor(
    kind: int, b: float, y: Double, h: float, order: Complex, w: Complex, slope: Complex
) -> tuple[Complex, Complex, Complex]:
    """Return `w` and its slope at ``y + h``, and the difference of `w`."""
    A, C, B, E = _equation(kind, b, y)
    first = divide((h, 0.0), A)  # h / A
    second = scale(first, h)
    source = complex_scale(order, second)
    term, following = w, complex_scale(slope, (h, 0.0))
    more, slopes = following, following  # sums of the terms, and of n times them
    beneath = 0
    for n in range(_TERMS):
        inverse = (_INVERSE[n + 2, 0], _INVERSE[n + 2, 1])
        back = multiply(multiply(add(C, (B * n, 0.0)), first), (-inverse[0], -inverse[1]))
        pull = add((source[0], source[1]), scale(second, -E * n))
        inverse = multiply(inverse, (_INVERSE[n + 1, 0], _INVERSE[n + 1, 1]))
        push = complex_scale((pull[0], pull[1], source[2], source[3]), inverse)
        new = complex_add(complex_scale(following, back), complex_multiply(push, term))
        term, following = following, new
        more = complex_add(more, new)
        n_times = complex_scale(new, (n + 2.0, 0.0))
        slopes = complex_add(slopes, n_times)
        small = size_of(new) <= _BENEATH * size_of(more) and size_of(n_times) <= _BENEATH * size_of(slopes)
        beneath = beneath + 1 if small else 0
        if beneath == 2:
            break
    return complex_add(w, more), complex_scale(slopes, divide((1.0, 0.0), (h, 0.0))), more
