"""Quadrature over times.

Double-exponential rules (Takahasi and Mori, 1974), the trapezoidal rule after a change of variable, take
integrable singularities at the ends and features at any scale, and their error is seen from halving the step.
`over_times` takes anything else: Gauss's rule on panels of the logarithm of time that are halved until
nothing changes, with a power law beyond the last.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray

_LEVELS = 8
_ENOUGH = 1e-15

# `over_times`: nodes in a panel, width of the first panels in log t, and decades around the unit of time.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_WIDTH = 3.0
_DECADES = 100.0
_HALVINGS = 40
_MOST_PANELS = 500
# What is below this part of the largest is not looked at; a panel is done when halving changes this part.
_FAINT = 1e-26
_SETTLED = 2e-14
# A power of time so close to -1 counts as divergent.
_MARGINAL = 1e-7


class Integral(NamedTuple):
    """Integrals (one a row of the integrand) and the estimate of their absolute errors."""

    value: FloatArray
    error: FloatArray


def over_interval(function: Callable[[FloatArray], FloatArray], length: float) -> Integral:
    """Return the integral over ``(0, length)``; `function` maps ``(n,)`` points to ``(rows, n)`` values."""

    def change(x: FloatArray) -> tuple[FloatArray, FloatArray]:
        u = pi / 2 * np.sinh(x)
        t = length / (1 + np.exp(-2 * u))
        return t, length * pi / 4 * np.cosh(x) / np.cosh(u) ** 2

    return _refine(function, change, -4.0, 4.0)


def _refine(
    function: Callable[[FloatArray], FloatArray],
    change: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    low: float,
    high: float,
) -> Integral:
    """Halve the step, keeping the points already known, until the integral no longer changes."""
    step = 0.25
    total, previous = np.zeros(()), np.full((), np.inf)
    for level in range(_LEVELS):
        offset = 0.0 if level == 0 else step
        points = np.arange(low + offset, high, step if level == 0 else 2 * step)
        t, weight = change(points)
        total = total + function(t) @ weight
        value = total * step
        error = np.abs(value - previous)
        if level > 1 and np.all(error <= _ENOUGH * np.abs(value) * 10):
            break
        previous, step = value, step / 2
    return Integral(value, np.maximum(error, 4 * np.finfo(float).eps * np.abs(value)))


def over_times(
    function: Callable[[FloatArray], FloatArray], edges: list[float], unit: float, power: int
) -> Integral:
    """Return the integrals of a function of time over ``(0, inf)``; `inf` where they diverge.

    Parameters
    ----------
    function : callable
        Maps ``(n,)`` times to ``(rows, n)`` values of at least 0.
    edges : list of float
        Times at which the function is not smooth.
    unit : float
        A time at which something happens, of any order of magnitude.
    power : int
        Highest power of time in the function, which limits how far it can be followed.
    """

    def along(x: FloatArray) -> FloatArray:
        t = unit * np.exp(x)
        # Laws and functions may overflow into nan far out, where nothing is left.
        values = function(t.ravel()) * t.ravel()
        return np.where(np.isnan(values), 0.0, values).reshape(-1, *x.shape)

    reach = min(_DECADES, 250 / (1 + power)) * np.log(10)
    cuts = [np.log(edge / unit) for edge in edges if 0 < edge < np.inf]
    points = np.unique(np.concatenate([np.arange(-_DECADES * np.log(10), reach, _WIDTH), [reach], cuts]))
    points = points[points <= reach]
    low, high = _bright(along, points[:-1], points[1:])
    value, error = _halve(along, low, high)
    tail = along(np.array([[reach - 20, reach]]))[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        falls = np.log(tail[:, 0] / tail[:, 1]) / 20
        beyond = np.where(tail[:, 1] > 0, np.where(falls > _MARGINAL, tail[:, 1] / falls, np.inf), 0.0)
    value = value + beyond
    return Integral(value, np.where(np.isinf(value), 0.0, error))


def over_gaps(function: Callable[[FloatArray], FloatArray], edges: FloatArray) -> Integral:
    """Return the integrals of a function that is smooth between these times, from the first to the last."""

    def along(t: FloatArray) -> FloatArray:
        return np.asarray(function(t.ravel())).reshape(-1, *t.shape)

    return Integral(*_halve(along, edges[:-1], edges[1:]))


def _bright(along: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray) -> tuple[Any, Any]:
    """Return the panels on which the function is more than nothing, in any row."""
    seen = np.max(along(low[:, None] + (high - low)[:, None] * np.array([0.02, 0.5, 0.98])), axis=2)
    most = np.max(seen, axis=1, keepdims=True)
    bright = np.any(seen > _FAINT * most, axis=0) | ~np.any(most > 0)
    bright = bright | np.roll(bright, 1) | np.roll(bright, -1)
    return low[bright], high[bright]


def _halve(along: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray) -> tuple[Any, Any]:
    """Return integrals and error estimates, halving the panels that have not settled."""

    def gauss(low: FloatArray, high: FloatArray) -> FloatArray:
        half = (high - low)[:, None] / 2
        return np.asarray(along(low[:, None] + half * (1 + _NODES)) @ _WEIGHTS * half[:, 0])

    whole = gauss(low, high)
    settled, error = np.zeros(len(whole)), np.zeros(len(whole))
    for halving in range(_HALVINGS):
        middle = (low + high) / 2
        left, right = np.split(
            gauss(np.concatenate([low, middle]), np.concatenate([middle, high])), 2, axis=1
        )
        change = np.abs(left + right - whole)
        total = settled + np.sum(left + right, axis=1)
        done = np.all(change <= _SETTLED * np.abs(total)[:, None], axis=0)
        if halving == _HALVINGS - 1 or np.sum(~done) > max(_MOST_PANELS, len(low) // 2 + 1):
            done[:] = True
        settled = settled + np.sum((left + right)[:, done], axis=1)
        error = error + np.sum(change[:, done], axis=1) / 16
        if np.all(done):
            break
        open_ = ~done
        low, high = (
            np.concatenate(pair) for pair in ((low[open_], middle[open_]), (middle[open_], high[open_]))
        )
        whole = np.concatenate([left[:, open_], right[:, open_]], axis=1)
    return settled, error + 8 * np.finfo(float).eps * np.abs(settled)
