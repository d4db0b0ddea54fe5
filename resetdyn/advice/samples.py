"""Measured completion times: checked, sorted and, where there are many, gathered into groups.

Every answer of :func:`resetdyn.advise` is a function of averages over the times, and is needed again for
hundreds of resamples of them.  So times are gathered into some thousands of groups at most: runs of
neighbouring times, each no longer than a fiftieth of the rank from the nearer end (so that extremes stay
alone) and than 2 % in time.  A group stands at its mean; what that changes is of the order of the square of
its width, some 1e-5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from resetdyn._checks import FloatArray

FEWEST = 10
_ALONE, _SHARE, _WIDTH = 500, 0.02, 0.02


@dataclass(frozen=True, eq=False)
class Samples:
    """Times in ascending groups.

    Attributes
    ----------
    at : (k,) array
        Mean time of each group: of those that ended, where any did.
    high : (k,) array
        Largest time of each group.
    ended, censored : (k,) int array
        How many ended, and how many were given up, in each group.
    spread : (k,) bool array
        Whether the times of a group differ.
    n : int
        Number of all times.
    steps : bool
        Whether times are whole numbers of steps.
    top : array
        All that ended, in ascending order.
    """

    at: FloatArray
    high: FloatArray
    ended: NDArray[np.int64]
    censored: NDArray[np.int64]
    spread: NDArray[np.bool_]
    n: int
    steps: bool
    top: FloatArray

    @property
    def any_censored(self) -> bool:
        """Whether some run was given up."""
        return bool(self.censored.any())


def samples_of(times: ArrayLike, censored: Any = None, steps: bool | None = None) -> Samples:
    """Check measured times and gather them."""
    T = _checked(times)
    open_ = _flags(censored, T)
    whole = bool(np.all(np.round(T) == T))
    if steps and not whole:
        raise ValueError("steps=True: times are not whole numbers; give numbers of steps, or steps=False")
    if open_.all():
        raise ValueError(f"censored: all {len(T)} runs were given up; measure until some have ended")
    ended = int((~open_).sum())
    if ended < FEWEST:
        raise ValueError(f"times: only {ended} runs ended; give at least {FEWEST} that did")
    if T[~open_].min() == T[~open_].max():
        raise ValueError(
            f"times: all {ended} runs that ended took {T[~open_][0]:g}; without spread "
            "resetting cannot help, give times as they were measured, not rounded"
        )
    order = np.lexsort((open_, T)) if open_.any() else np.argsort(T)  # at a tie the end comes first
    return _gathered(T[order], open_[order], whole if steps is None else steps)


def _checked(times: ArrayLike) -> FloatArray:
    try:
        T = np.asarray(times, dtype=np.float64)
        if np.asarray(times).dtype.kind in "SUOmMc":
            raise TypeError
    except (TypeError, ValueError):
        raise TypeError("times: give numbers, all in one unit") from None
    if T.ndim != 1:
        raise ValueError(f"times has shape {T.shape}: give one time for each run, an array of one axis")
    if T.size == 0:
        raise ValueError("times is empty: give the time of each run")
    for bad, what, remedy in (
        (np.isnan(T), "not a number", "leave out runs without a time"),
        (np.isinf(T), "infinite", "give the time when the run was given up, and flag it as censored"),
        (T <= 0, "not above 0", "give times above 0"),
    ):
        if bad.any():
            first = int(np.argmax(bad))
            raise ValueError(f"times[{first}]={T[first]:g}: {int(bad.sum())} of {len(T)} {what}; {remedy}")
    return T


def _flags(censored: Any, T: FloatArray) -> NDArray[np.bool_]:
    if censored is None:
        return np.zeros(len(T), dtype=bool)
    flags = np.asarray(censored)
    if flags.shape != T.shape:
        raise ValueError(f"censored has shape {flags.shape}: give one flag for each of the {len(T)} times")
    if flags.dtype != bool:
        if flags.dtype.kind not in "iuf" or not np.all((flags == 0) | (flags == 1)):
            raise ValueError("censored: give True (the run was given up) or False for each time")
        flags = flags.astype(bool)
    return flags


def _gathered(T: FloatArray, open_: NDArray[np.bool_], steps: bool) -> Samples:
    starts = _starts(T)
    closed = ~open_
    ended = np.add.reduceat(closed.astype(np.int64), starts)
    count = np.diff(np.append(starts, len(T)))
    of_ended = np.add.reduceat(np.where(closed, T, 0.0), starts)
    of_all = np.add.reduceat(T, starts)
    at = np.where(ended > 0, of_ended / np.maximum(ended, 1), of_all / count)
    high = T[np.append(starts[1:], len(T)) - 1]
    at = np.clip(at, T[starts], high)  # a mean may round beyond its terms
    return Samples(at, high, ended, count - ended, T[starts] < high, len(T), steps, T[closed])


def _starts(T: FloatArray) -> NDArray[np.int64]:
    """Return where groups of sorted times begin."""
    n = len(T)
    if n <= _ALONE:
        return np.arange(n)
    edge = np.unique(np.r_[_ranks(n // 2), n - _ranks(n - n // 2)])
    low, high = np.log(T[edge[1]]), np.log(T[-1])
    by_time = np.searchsorted(T, np.exp(np.arange(low, high, max(_WIDTH, (high - low) / _ALONE))))
    starts = np.unique(np.r_[0, edge, by_time])
    return starts[starts < n]


def _ranks(half: int) -> NDArray[np.int64]:
    """Return ranks from an end to the middle, at distances of a fiftieth of the rank."""
    alone = int(1 / _SHARE)
    if half <= alone:
        return np.arange(half + 1)
    far = np.exp(np.arange(np.log(alone), np.log(half), _SHARE)).astype(np.int64)
    return np.unique(np.r_[np.arange(alone), far, half])
