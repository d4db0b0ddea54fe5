"""Luby's universal sequence of restarts: 1, 1, 2, 1, 1, 2, 4, ... times a unit.

See Luby, Sinclair and Zuckerman, Inf. Proc. Lett. 47, 173 (1993).

Without knowing the law it is slower than the best fixed period by a logarithmic factor at most.
"""

from __future__ import annotations

from functools import lru_cache
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resetdyn._checks import FloatArray
from resetdyn.advice.menu import Price
from resetdyn.advice.survival import Law


class Luby(NamedTuple):
    """Luby's sequence with a unit that fits the times.

    Attributes
    ----------
    unit : float
        The unit of time: that by which a tenth of the runs has ended.
    mean : float
        Mean time (what is spent, with a price), as estimated.
    """

    unit: float
    mean: float


@lru_cache(maxsize=1)
def _exponents() -> NDArray[np.int64]:
    runs = np.zeros(0, dtype=np.int64)
    for k in range(15):
        runs = np.concatenate([runs, runs, [k]])
    return runs


def luby_mean(law: Law, at: FloatArray, unit: float, price: Price) -> float:
    """Return what is spent under the sequence with this unit (`inf` where it is too long)."""
    which = _exponents()
    lengths = unit * 2.0 ** np.arange(which.max() + 1)
    ended = np.concatenate([[0.0], np.cumsum(law.p)])
    taken = np.concatenate([[0.0], np.cumsum(law.p * at)])
    place = np.searchsorted(at, lengths, side="right")
    fails = np.clip(1 - ended[place], 0.0, 1.0)
    fails[fails < 1e-12] = 0.0
    paid = np.full(len(lengths), price.overhead + price.cost)
    if price.of_age is not None:
        paid = paid + np.asarray(price.of_age(lengths), dtype=float)
    spent = taken[place] + fails * (lengths + paid)
    before = np.concatenate([[1.0], np.cumprod(fails[which])[:-1]])
    return float(before @ spent[which]) if before[-1] < 1e-9 else inf
