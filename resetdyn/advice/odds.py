r"""What restarts do to the odds: the probability of each outcome, and the time until it, against the resets.

A run that ends at `T` with the outcome `o` gets through to its end with the probability ``b(T)``, so that
``P(o) = <b; o> / <b>``; and searches that begin anew until they end with `o` take ``<a> / <b; o>`` (see
:mod:`resetdyn.advice.outcomes`).  `a` and `b` are those of :mod:`resetdyn.advice.menu`, so that the same
holds for times that were taken under resetting, for steps, and with what a reset costs.

Of a probability with the standard error `e` the interval is Wilson's (J. Am. Stat. Assoc. 22, 209 (1927)) for
``p (1 - p) / e^2`` runs, as many as have this error; of a time it is that of its logarithm.  What runs that
were given up leave open may have ended in any way: it widens both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.competing import contributions
from resetdyn.advice.intervals import log_interval, student
from resetdyn.advice.menu import Menu

MOST = 20  # outcomes: more are no outcomes
_OPEN = 0.01  # of the probability: more than that and a time is bounded from below only


class Ends(NamedTuple):
    """How each run ended: its time, whether it ended, and with which of the outcomes (-1: it did not)."""

    times: FloatArray
    ended: Any
    codes: Any
    labels: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Odds:
    """Probability of each outcome, and the time until it: one row for each, a column for each reset.

    Attributes
    ----------
    labels : tuple
        The outcomes.
    rates : (m,) array
        The Poisson rates (in steps, probabilities), the least of which is that of the times; `nan` for
        resets of another kind.
    probability, low, high : (k, m) array
        Probability of each outcome, and the ends of its 95 % interval.
    time_per, time_per_low, time_per_high : (k, m) array
        What is spent until this outcome, where searches that end otherwise begin anew; and the ends of its
        95 % interval.
    """

    labels: tuple[Any, ...]
    rates: FloatArray
    probability: FloatArray
    low: FloatArray
    high: FloatArray
    time_per: FloatArray
    time_per_low: FloatArray
    time_per_high: FloatArray

    def of(self, label: Any) -> int:
        """Return the row of an outcome."""
        if label not in self.labels:
            raise ValueError(f"label={label!r}: the outcomes are {', '.join(map(repr, self.labels))}")
        return self.labels.index(label)

    def as_dict(self) -> dict[str, Any]:
        """Return plain lists, one for each outcome."""
        found: dict[str, Any] = {"rates": self.rates.tolist()}
        for name in ("probability", "low", "high", "time_per", "time_per_low", "time_per_high"):
            rows = getattr(self, name).tolist()
            found[name] = {str(label): row for label, row in zip(self.labels, rows, strict=True)}
        return found


def ends_of(times: FloatArray, censored: Any, outcomes: Any) -> Ends:
    """Check the outcomes of runs."""
    from resetdyn.advice.outcomes import labels_of

    ended = np.ones(len(times), dtype=bool) if censored is None else ~np.asarray(censored, dtype=bool)
    codes, labels = labels_of(outcomes, ended)
    if len(labels) == 1:
        raise ValueError(f"outcomes: all runs that ended have {labels[0]!r}; leave outcomes out")
    if len(labels) > MOST:
        raise ValueError(
            f"outcomes: {len(labels)} different ones, such as {labels[0]!r}; give at most {MOST}, "
            "names of how runs end and not numbers that were measured"
        )
    order = np.lexsort((~ended, times))  # once, for every reset that is asked about
    return Ends(times[order], ended[order], codes[order], labels)


def odds_of(ends: Ends, menus: Sequence[Callable[[FloatArray], Menu]], rates: Any) -> Odds:
    """Return the odds under resets, each given by a menu of it alone for any times."""
    columns = [_column(ends, menu(ends.times)) for menu in menus]
    stacked = [np.stack(parts, axis=1) for parts in zip(*columns, strict=True)]
    return Odds(ends.labels, np.asarray(rates, dtype=float), *stacked)


def _column(ends: Ends, menu: Menu) -> tuple[FloatArray, ...]:
    """Return the columns of :class:`Odds` that belong to one reset."""
    n, k = len(ends.times), len(ends.labels)
    spent, b = (menu.time + menu.price)[:, 0], menu.ends[:, 0]
    rest = float((menu.time_rest + menu.price_rest)[0])
    mine = (ends.codes[:, None] == np.arange(k)) * b[:, None]
    never = np.concatenate([[rest, float(menu.ends_rest[0])], np.zeros(k)])
    parts = contributions(ends.times, ends.ended, np.column_stack([spent, b, mine]), never)
    A, B, *own = parts.mean(axis=0).tolist()
    B = max(B, 1e-290)
    left = max(1 - sum(own) / B, 0.0)
    carried = float(np.sum(b[ends.ended])) ** 2 / max(float(np.sum(b[ends.ended] ** 2)), 1e-290)
    rows = []
    for i, mass in enumerate(own):
        p = min(mass / B, 1.0)
        error = _error(parts[:, 2 + i] - p * parts[:, 1]) / B
        low, high = _wilson(p, error, carried)[0], _wilson(min(p + left, 1.0), error, carried)[1]
        if mass <= 0:
            rows.append((p, low, high, inf, _least(A, B, high), inf))
            continue
        per = A / mass
        by_run = _error(parts[:, 0] / A - parts[:, 2 + i] / mass)
        support = float(np.sum(mine[:, i])) ** 2 / max(float(np.sum(mine[:, i] ** 2)), 1e-290)
        below, above = log_interval(per, by_run, min(support, n))
        rows.append((p, low, high, per, below * mass / (mass + left * B), inf if left > _OPEN else above))
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def _least(A: float, B: float, high: float) -> float:
    return A / (B * high) if high > 0 else inf


def _error(influence: FloatArray) -> float:
    return float(influence.std(ddof=1)) / float(np.sqrt(len(influence)))


def _wilson(p: float, error: float, carried: float) -> tuple[float, float]:
    """Return the 95 % interval of a probability with this error, told by at most so many runs."""
    n = min(p * (1 - p) / error**2, carried) if error > 0 and 0 < p < 1 else carried
    z = student(carried, 0.975) ** 2 / n
    middle, half = p + z / 2, float(np.sqrt(z * p * (1 - p) + z**2 / 4))
    return max((middle - half) / (1 + z), 0.0), min((middle + half) / (1 + z), 1.0)
