r"""Poisson resetting of measured times, which may have been taken under Poisson resetting themselves.

At a rate `r`, ``J = (1 / r + o) <1 - e^(-r T)> / <e^(-r T)>`` with an overhead `o`.  Resets at rate `s` on
top of those at rate `r0` are resets at rate ``r0 + s``: times taken under resetting answer for all higher
rates, with `s` in the exponent,

    J = (1 / r + o) / (1 - k)  <1 - e^(-s T)> / <e^(-s T)>,   k = e^(-s o) r0 / r,   r = r0 + s,

which is the formula above where ``r0 = 0``.  For ``s = -r0`` it gives the mean without resetting, as far as
``<e^(r0 T)>`` exists and is told by the times.  In steps, with probability `p` of a reset at each, `e^(-s T)`
becomes ``(1 - s)^T``, or ``(1 - s)^(T - 1)`` in the denominator where the process wins ties
(Bonomo and Pal, PRE 103, 052129 (2021)), and ``1 - p = (1 - p0)(1 - s)``.
"""

from __future__ import annotations

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.menu import Menu, Price, menu_of

_NODES = 512


def poisson_menu(
    rates: FloatArray, at: FloatArray, late: FloatArray, price: Price, at_rate: float, ties: str | None
) -> Menu:
    """Return the menu of Poisson (or, with `ties`, geometric) resets at `rates` of at least `at_rate`."""
    if ties is not None:
        return _geometric(rates, at, late, price, at_rate, ties)
    s = rates - at_rate
    on, r = s > 0, np.where(rates > 0, rates, 1.0)
    kept = np.where(on, np.exp(-s * price.overhead) * at_rate / r, 0.0)
    growth = (1 / r + price.overhead) / (1 - kept)
    frequency = rates / (1 + price.overhead * rates)  # resets in a unit of time

    def parts(T: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        x = T[:, None] * s
        time = np.where(on, growth * -np.expm1(-x), T[:, None])
        return time, time * frequency * price.cost + _paid(price, rates, T, True), np.exp(-x)

    return menu_of("Poisson", rates, at, parts, late)


def _geometric(p: FloatArray, at: FloatArray, late: FloatArray, price: Price, p0: float, ties: str) -> Menu:
    s = (p - p0) / (1 - p0)
    on, first = s > 0, ties == "process"
    log_q = np.log1p(-s)
    unit = np.where(on, s, 1.0)

    def parts(T: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        n = T[:, None]
        steps = np.where(on, -np.expm1(n * log_q) / unit, n)
        ends = np.exp((n - first) * log_q)
        resets = p * (steps - first * ends)
        paid = resets * price.cost + _paid(price, p, T, first, steps=True)
        return steps + price.overhead * resets, paid, ends

    return menu_of("geometric", p, at, parts, late)


def _paid(price: Price, rates: FloatArray, T: FloatArray, strict: bool, steps: bool = False) -> FloatArray:
    """Return the mean price, as a function of the age, of resets at these rates in attempts that last `T`."""
    if price.of_age is None:
        return np.zeros((len(T), len(rates)))
    unit = -np.log(1 - (np.arange(_NODES) + 0.5) / _NODES)
    columns = []
    for rate in rates:
        if rate == 0:
            columns.append(np.zeros(len(T)))
            continue
        ages = np.ceil(unit / -np.log1p(-rate)) if steps else unit / rate
        columns.append(price.paid(ages, T, strict))
    return np.column_stack(columns)
