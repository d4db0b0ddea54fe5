"""Truncated power series in arrays, in place, for compiled code: as in :mod:`resetdyn.theory.series`."""

from __future__ import annotations

from math import exp, log

from numba import njit

from resetdyn._checks import FloatArray


@njit(cache=True)
def logarithm(a: FloatArray) -> None:
    """Replace a series by its logarithm."""
    if a.size > 1:
        given = a / a[0]
        for n in range(1, a.size):
            a[n] = given[n]
            for i in range(1, n):
                a[n] -= i * a[i] * given[n - i] / n
    a[0] = log(a[0])


@njit(cache=True)
def exponential(a: FloatArray) -> None:
    """Replace a series by its exponential."""
    given = a.copy()
    a[0] = exp(given[0])
    for n in range(1, a.size):
        a[n] = 0.0
        for i in range(1, n + 1):
            a[n] += i * given[i] * a[n - i] / n


@njit(cache=True)
def add_log(nu: float, out: FloatArray) -> None:
    """Add the series of ``log nu``."""
    out[0] += log(nu)
    term = -1.0
    for k in range(1, out.size):
        term /= -nu
        out[k] += term / k
