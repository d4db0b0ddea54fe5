"""What simulated first-passage times say, however they were kept: the mean, whether it exists, its error."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.results.tails import TailIndex, judged, tail_index
from resetdyn.saving.saved import Saved


class TimesEstimate(Saved):
    """Base of :class:`FirstPassageSamples` and :class:`FirstPassageSummary`.

    A subclass says how its paths were kept by the methods that raise here.
    """

    problem: Any
    method: str
    bias: float

    @property
    def n(self) -> int:
        """Number of paths."""
        raise NotImplementedError

    def _given_up(self) -> tuple[int, float]:
        """Return how many paths were given up, and the earliest time of that."""
        raise NotImplementedError

    def _raw_moment(self, order: int) -> float:
        """Return the average of a power of the times (`inf` where a path never arrived)."""
        raise NotImplementedError

    def _raw_std(self) -> float:
        """Return the standard deviation of the times that are finite."""
        raise NotImplementedError

    def _largest(self) -> FloatArray:
        """Return the largest times, as many as the judgement of the tail takes."""
        raise NotImplementedError

    @property
    def lower_bound(self) -> bool:
        """Whether some path was censored, so that `mean` is only a lower bound."""
        return self._given_up()[0] > 0

    @cached_property
    def tail_index(self) -> TailIndex | None:
        """How heavy the tail of the times is, and whether they have a mean and a variance at all.

        None where that is not in question (resets that cost nothing and come at light-tailed waits), and
        where it cannot be told (fewer than 10,000 paths, or censored ones). See
        :mod:`resetdyn.results.tails`.
        """
        if self.lower_bound or not judged(self.problem, self.n):
            return None
        return tail_index(self._largest())

    @cached_property
    def mean(self) -> float:
        """Mean first-passage time; a lower bound where paths were censored (see `lower_bound`).

        `inf` where a path never arrives, and where the times have no mean (see `tail_index`).
        """
        return self.moment(1)

    def moment(self, order: int) -> float:
        """Return the raw moment of this order; `inf` where `tail_index` says that it does not exist."""
        order = _checks.integer("order", order)
        tail = self.tail_index
        heavy = tail is not None and not (tail.mean_exists if order == 1 else tail.variance_exists)
        return math.inf if heavy else self._raw_moment(order)

    @cached_property
    def std(self) -> float:
        """Standard deviation of the times; `inf` where they have no variance."""
        if self.tail_index is not None and not self.tail_index.variance_exists:
            return math.inf
        return self._raw_std() if math.isfinite(self.mean) else math.inf

    @property
    def cv(self) -> float:
        """Coefficient of variation of the times."""
        return math.inf if math.isinf(self.std) else self.std / self.mean

    @property
    def error(self) -> float:
        """Standard error of `mean`, with the measured step bias if there is one; `inf` without a variance."""
        return math.hypot(self.std / math.sqrt(self.n), self.bias)

    def _check_time(self, t: ArrayLike) -> FloatArray:
        times = np.asarray(t, dtype=float)
        count, since = self._given_up()
        if count and np.any(times > since):
            raise ValueError(
                f"t={np.max(times):g}: paths were given up at {since:g}; "
                "ask for earlier times or simulate with a larger max_time"
            )
        return times

    def _check_share(self, q: ArrayLike) -> FloatArray:
        shares = _checks.finite_array("q", q)
        if not np.all((shares > 0) & (shares < 1)):
            raise ValueError(f"q={q!r}: give probabilities between 0 and 1, both excluded")
        count, since = self._given_up()
        if count and math.isfinite(since) and np.any(shares * self.n > self.n - count):
            raise ValueError(
                f"q={np.max(shares):g}: {count} of {self.n} paths were given up at {since:g}; "
                "ask for smaller shares or simulate with a larger max_time"
            )
        return shares

    def __str__(self) -> str:
        count, _ = self._given_up()
        relation = ">=" if count else "="
        note = f", {count} censored: a lower bound" if count else ""
        if self.tail_index is not None and not self.tail_index.variance_exists:
            note += f", {self.tail_index}"
        return f"mean {relation} {self.mean:.6g} +- {self.error:.2g} ({self.n} paths, {self.method}{note})"
