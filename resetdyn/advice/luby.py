"""Luby's universal sequence of restarts: 1, 1, 2, 1, 1, 2, 4, ... times a unit.

See Luby, Sinclair and Zuckerman, Inf. Proc. Lett. 47, 173 (1993).

Without knowing the law it is slower than the best fixed period by a logarithmic factor at most.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.menu import Price
from resetdyn.advice.survival import Law

_TERMS = 2**15


class Luby(NamedTuple):
    """Luby's sequence at its best unit.

    Attributes
    ----------
    unit : float
        The unit of time, the best of some twenty.
    mean : float
        Mean time (what is spent, with a price), as estimated.
    """

    unit: float
    mean: float


def luby_sequence(terms: int) -> FloatArray:
    """Return the first terms."""
    i = np.arange(1, terms + 1)
    value = np.zeros(terms)
    left = np.ones(terms, dtype=bool)
    while left.any():
        bits = np.floor(np.log2(i)).astype(int) + 1
        full = left & (i + 1 == 2**bits)
        value[full] = 2.0 ** (bits[full] - 1)
        left &= ~full
        i = np.where(left, i - 2 ** (bits - 1) + 1, i)
    return value


def luby(law: Law, at: FloatArray, units: FloatArray, price: Price) -> Luby:
    """Return the sequence with the best of these units."""
    means = [_mean(law, at, float(unit), price) for unit in units]
    best = int(np.argmin(means))
    return Luby(float(units[best]), float(means[best]))


def _mean(law: Law, at: FloatArray, unit: float, price: Price) -> float:
    runs = luby_sequence(_TERMS)
    kinds, which = np.unique(runs, return_inverse=True)
    ended = np.concatenate([[0.0], np.cumsum(law.p)])
    taken = np.concatenate([[0.0], np.cumsum(law.p * at)])
    place = np.searchsorted(at, kinds * unit, side="right")
    fails = np.clip(1 - ended[place], 0.0, 1.0)
    fails[fails < 1e-12] = 0.0
    paid = np.full(len(kinds), price.overhead + price.cost)
    if price.of_age is not None:
        paid = paid + np.asarray(price.of_age(kinds * unit), dtype=float)
    spent = taken[place] + fails * (kinds * unit + paid)
    before = np.concatenate([[1.0], np.cumprod(fails[which])[:-1]])
    return float(before @ spent[which]) if before[-1] < 1e-9 else np.inf
