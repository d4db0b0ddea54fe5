r"""A menu of resets: for each, what an attempt costs and how likely it ends, as averages over the times.

Whatever the waits `R` between resets, the mean of what is to be made small is a ratio of two averages over
the reset-free times,

    J = <a(T) + k(T)> / <b(T)>,    a = <min(R, T)>,   b = P(R >= T),   k = price of the reset, if R < T.

Where censored runs leave the law open after the last time, it is taken to go on as an exponential that has
the last survival probability at the last time (Brown, Hollander and Korwar, 1974).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.survival import Law

_LEAST = 1e-290
_NEVER = 1e6  # times the last of the times: nothing ends as late


@dataclass(frozen=True, eq=False)
class Price:
    """What a reset costs: `overhead` in time, `cost` in the same unit but not in time."""

    overhead: float = 0.0
    cost: float = 0.0
    of_age: Callable[[FloatArray], Any] | None = None

    def paid(self, ages: FloatArray, ends: FloatArray, strict: bool) -> FloatArray:
        """Return the mean price of resets at equally likely `ages` that come before the `ends` of runs."""
        assert self.of_age is not None
        ages = np.sort(ages)
        values = np.asarray(self.of_age(ages), dtype=float)
        if values.shape != ages.shape or not np.all(np.isfinite(values)) or np.any(values < 0):
            raise ValueError(
                "cost: the function takes an array of times since the last reset; let it return one price of "
                "at least 0 for each"
            )
        total = np.concatenate([[0.0], np.cumsum(values)]) / len(ages)
        return total[np.searchsorted(ages, ends, side="left" if strict else "right")]


@dataclass(frozen=True, eq=False)
class Menu:
    """Resets of one kind.

    Attributes
    ----------
    name : str
        What they are.
    values : tuple
        Their parameters.
    time, price, ends : (k, m) array
        Time (overheads included), price without time, and probability of the end, of an attempt, for each
        group of times and each reset.
    time_rest, price_rest, ends_rest : (m,) array
        The same for what the law leaves open.
    time_never : (m,) array
        The time, price included, if that never ends.
    """

    name: str
    values: tuple[Any, ...]
    time: FloatArray
    price: FloatArray
    ends: FloatArray
    time_rest: FloatArray
    price_rest: FloatArray
    ends_rest: FloatArray
    time_never: FloatArray

    def spent(self, law: Law) -> FloatArray:
        """Return the mean time, price included, for each law and each reset."""
        return self._ratio(law, self.time + self.price, self.time_rest + self.price_rest)

    def lasting(self, law: Law) -> FloatArray:
        """Return the mean time."""
        return self._ratio(law, self.time, self.time_rest)

    def success(self, law: Law) -> FloatArray:
        """Return the probability that an attempt ends."""
        return law.p @ self.ends + np.multiply.outer(law.rest, self.ends_rest)

    def _ratio(self, law: Law, top: FloatArray, rest: FloatArray) -> FloatArray:
        return (law.p @ top + np.multiply.outer(law.rest, rest)) / np.maximum(self.success(law), _LEAST)

    def support(self, law: Law, n: int) -> FloatArray:
        """Return how many runs, effectively, the probability of success is told by."""
        squared = law.p @ self.ends**2
        return n * self.success(law) ** 2 / np.maximum(squared, _LEAST)

    def left_open(self, law: Law, which: int, unseen: float) -> float:
        """Return the logarithm of what the mean spent may be over what it is at least.

        The runs that the law leaves open end at the last time at the earliest, and never at the latest. So do
        those that the slowest end stands for, by as much as `unseen` is more.
        """
        rest = float(law.rest)
        spent, ends = (self.time + self.price)[:, which], self.ends[:, which]
        top, below = float(law.p @ spent), float(law.p @ ends)
        least = (top + rest * float(spent[-1])) / (below + rest * float(ends[-1]))
        slowest, hidden = int(np.flatnonzero(law.p)[-1]), unseen - rest
        top, below = top - hidden * float(spent[slowest]), below - hidden * float(ends[slowest])
        most = (top + unseen * float(self.time_never[which])) / max(below, _LEAST)
        return float(np.log(most / least)) if unseen > 0 else 0.0

    def only(self, keep: Any) -> Menu:
        """Return the menu with some of its resets."""
        kept = np.flatnonzero(keep)
        return Menu(
            self.name,
            tuple(self.values[i] for i in kept),
            *(array[:, kept] for array in (self.time, self.price, self.ends)),
            *(array[kept] for array in (self.time_rest, self.price_rest, self.ends_rest, self.time_never)),
        )


def menu_of(
    name: str,
    values: Any,
    at: FloatArray,
    parts: Callable[[FloatArray], tuple[FloatArray, FloatArray, FloatArray]],
    late: FloatArray,
) -> Menu:
    """Return a menu from what `parts` (time, price, probability of the end) makes of times.

    `late` are equally likely times for what the law leaves open.
    """
    time, price, _ = (part[0] for part in parts(np.asarray([_NEVER * float(late.max())])))
    rest = tuple(np.mean(part, axis=0) for part in parts(late))
    return Menu(name, tuple(values), *(*parts(at), *rest, time + price))
