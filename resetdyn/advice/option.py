"""One way to reset, and what it will bring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from resetdyn import _checks
from resetdyn.advice.odds import Odds


@dataclass(frozen=True, eq=False)
class Option:
    """A way to reset, with the mean time that it will bring.

    Attributes
    ----------
    reset : Poisson, Sharp, Renewal or Geometric
        The resets, with the overhead as their pause.
    mean : float
        Mean time, overheads included, corrected for the choice among many.
    mean_interval : tuple of float
        Where it is with 95 % probability.
    spent : float
        What was made small: `mean` and the price of the resets.
    speedup : float
        What is spent without resetting (under times taken at a rate, at that rate) over `spent`.
    speedup_interval : tuple of float
        Where that is with 95 % probability.
    probability : float
        Probability that `speedup` is above 1.
    resets : float
        Mean number of resets in a search.
    optimism : float
        By which factor the uncorrected prediction was too good.
    support : float
        How many of the runs, effectively, decide.
    at_reach : bool
        Whether more frequent resets than the data can tell of might be better still.
    outcomes : Odds or None
        What it does to the outcomes, where runs have several: of one column.
    """

    reset: Any
    mean: float
    mean_interval: tuple[float, float]
    spent: float
    speedup: float
    speedup_interval: tuple[float, float]
    probability: float
    resets: float
    optimism: float
    support: float
    at_reach: bool
    outcomes: Odds | None
    _quantile: Callable[[float], float] = field(repr=False)
    _quantile_interval: Callable[[float], tuple[float, float]] = field(repr=False)

    def quantile(self, q: float) -> float:
        """Return the time by which a share `q` of the searches has ended, as estimated."""
        return self._quantile(_share(q))

    def quantile_interval(self, q: float) -> tuple[float, float]:
        """Return where that time is with 95 % probability."""
        return self._quantile_interval(_share(q))

    @cached_property
    def tail(self) -> tuple[float, float]:
        """The 95 and 99 % quantiles of the time."""
        return self._quantile(0.95), self._quantile(0.99)

    @cached_property
    def tail_intervals(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Their 95 % intervals."""
        return self._quantile_interval(0.95), self._quantile_interval(0.99)

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers and texts."""
        names = ("mean", "mean_interval", "spent", "speedup", "speedup_interval", "probability", "resets",
                 "optimism", "support", "at_reach")  # fmt: skip
        found = {name: getattr(self, name) for name in names}
        found = {"reset": str(self.reset), **found}
        for share, value, interval in zip((95, 99), self.tail, self.tail_intervals, strict=True):
            found[f"quantile_{share}"], found[f"quantile_{share}_interval"] = value, interval
        return found if self.outcomes is None else {**found, "outcomes": self.outcomes.as_dict()}


def _share(q: Any) -> float:
    share = _checks.finite("q", q)
    if not 0 < share < 1:
        raise ValueError(f"q={share:g}: give a share between 0 and 1, both excluded")
    return share
