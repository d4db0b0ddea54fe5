r"""Several outcomes: what resetting does to the probability of each and to the time that it takes.

A search that ends at `T` with the outcome `o` is reset before with the probability ``1 - b(T)``, and takes
``a(T)`` until its first reset or its end (see :mod:`resetdyn.inference`). After a reset it begins anew, so

    P(o)         = <b; o> / <b>
    <time | o>   = (<a> - <T b>) / <b>  +  <T b; o> / <b; o>      trials that were reset, then the last one
    time per o   = <a> / <b; o>                                   if other outcomes begin anew as well

for each outcome: resetting favours those that come fast (Belan, PRL 120, 080601 (2018), for Poisson resets).
Errors by the delta method; runs that were given up are weighed as in :mod:`resetdyn.advice.competing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.advice.competing import contributions
from resetdyn.inference import law_of, reset_free_times
from resetdyn.resets import Geometric, Poisson, Reset
from resetdyn.saving.saved import Saved

_OPEN = 0.01  # of <b>: the largest share that runs which were given up may leave open
_TRUSTED = 0.3  # relative error of <b; o> up to which the delta method holds


@dataclass(frozen=True, eq=False)
class Outcomes(Saved):
    """Probabilities and times of outcomes under resetting; one row for each outcome, a column for each reset.

    Attributes
    ----------
    labels : tuple
        The outcomes.
    resets : tuple of Reset
        The resets that were asked about.
    n : int
        Number of runs.
    probability, probability_error : (k, m) array
        Probability of each outcome, and its standard error.
    time, time_error : (k, m) array
        Mean time of searches that end with this outcome, and its standard error.
    time_per, time_per_error : (k, m) array
        Mean time until this outcome, where searches that end otherwise begin anew; and its standard error.
    trusted : (k, m) bool array
        Where enough of the runs are fast enough for the errors to hold.
    """

    labels: tuple[Any, ...]
    resets: tuple[Reset, ...] = field(repr=False)
    n: int
    probability: FloatArray
    probability_error: FloatArray
    time: FloatArray
    time_error: FloatArray
    time_per: FloatArray
    time_per_error: FloatArray
    trusted: Any

    def of(self, label: Any) -> int:
        """Return the row of an outcome."""
        if label not in self.labels:
            raise ValueError(f"label={label!r}: the outcomes are {', '.join(map(repr, self.labels))}")
        return self.labels.index(label)


def outcomes_under(
    times: ArrayLike,
    outcomes: ArrayLike,
    resets: ArrayLike | Sequence[Reset],
    censored: ArrayLike | None = None,
) -> Outcomes:
    """Estimate what resetting does to several outcomes, from reset-free runs.

    Parameters
    ----------
    times : (n,) array
        Reset-free completion times; whole numbers of steps for geometric resetting.
    outcomes : (n,) array
        Label of the outcome of each run, such as "success" and "failure", or the end that was hit.
    resets : array of float, or sequence of Reset
        Poisson rates; or any of rd.Poisson, rd.Sharp, rd.Geometric, rd.Renewal and rd.NoReset.
    censored : (n,) bool array, optional
        Runs that had not ended at their time; their labels do not count.

    Returns
    -------
    Outcomes
        ``.probability``, ``.time`` and ``.time_per``, each with its standard error.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or shape, or runs that were given up leave the answer open.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> rng = np.random.default_rng(1)
    >>> luck = rng.random(20_000) < 0.5
    >>> times = np.where(luck, rng.exponential(1.0, 20_000), rng.exponential(5.0, 20_000))
    >>> answer = rd.outcomes_under(times, np.where(luck, "success", "failure"), [0.0, 1.0])
    >>> success = answer.of("success")
    >>> exact = (1 / 2) / (1 / 2 + 1 / 6)  # at the rate 1: transforms 1 / (1 + r) and 1 / (1 + 5 r)
    >>> bool(abs(answer.probability[success, 1] - exact) < 4 * answer.probability_error[success, 1])
    True
    """
    laws = _resets(resets)
    T = reset_free_times(times, any(isinstance(reset, Geometric) for reset in laws))
    ended = np.ones(len(T), dtype=bool) if censored is None else ~_flags(censored, len(T))
    codes, labels = labels_of(outcomes, ended)
    columns = [_answers(T, ended, codes, len(labels), reset) for reset in laws]
    stacked = [np.stack(parts, axis=1) for parts in zip(*columns, strict=True)]
    return Outcomes(labels, laws, len(T), *stacked)


def _resets(resets: Any) -> tuple[Reset, ...]:
    if isinstance(resets, Reset):
        return (resets,)
    if isinstance(resets, list | tuple) and resets and all(isinstance(reset, Reset) for reset in resets):
        return tuple(resets)
    rates = np.atleast_1d(_checks.non_negative_array("resets", resets))
    if rates.ndim != 1 or not np.all(np.isfinite(rates)):
        raise ValueError(f"resets has shape {rates.shape}: give one row of finite rates, or rd.Poisson, ...")
    return tuple(Poisson(rate) for rate in rates.tolist())


def _flags(censored: Any, n: int) -> Any:
    flags = np.asarray(censored)
    if flags.shape != (n,) or flags.dtype != bool:
        raise ValueError(
            f"censored has shape {flags.shape} and type {flags.dtype}: give one bool for each time"
        )
    if flags.all():
        raise ValueError(f"censored: all {n} runs were given up; measure until some have ended")
    return flags


def labels_of(outcomes: Any, ended: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the number of the outcome of each run (-1 for one that was given up), and what they are."""
    given = np.asarray(outcomes)
    if given.shape != ended.shape:
        raise ValueError(f"outcomes has shape {given.shape}: give one label for each of {len(ended)} times")
    if given.dtype.kind == "f" and np.isnan(given[ended]).any():
        raise ValueError("outcomes: some runs that ended have none (nan); give a label, or censored=")
    names, found = np.unique(given[ended], return_inverse=True)
    codes = np.full(len(ended), -1)
    codes[ended] = found
    return codes, tuple(names.tolist())


def _answers(T: FloatArray, ended: Any, codes: Any, k: int, reset: Reset) -> tuple[FloatArray, ...]:
    """Return the columns of :class:`Outcomes` that belong to one reset."""
    law = law_of(reset)
    a, b = law.spent(T), law.ends(T)
    mine = (codes[:, None] == np.arange(k)).astype(float)
    values = np.column_stack([a, b, T * b, b[:, None] * mine, (T * b)[:, None] * mine])
    longest = float(law.spent(np.array([np.inf]))[0]) if not ended.all() else 0.0
    if not np.isfinite(longest):
        raise ValueError(
            "censored: without resets, runs that were given up leave the mean open; ask for a rate above 0"
        )
    parts = contributions(T, ended, values, np.append(longest, np.zeros(values.shape[1] - 1)))
    means = parts.mean(axis=0)
    A, B, TB, own, own_time = means[0], means[1], means[2], means[3 : 3 + k], means[3 + k :]
    _refuse_open(T, ended, b, B, reset)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = parts.std(axis=0, ddof=1) / np.sqrt(len(T))
        p = own / B
        p_error = _error(parts[:, 3 : 3 + k] - p * parts[:, [1]], B)
        waste, last = (A - TB) / B, own_time / own
        by_waste = (parts[:, [0]] - parts[:, [2]] - waste * parts[:, [1]]) / B
        by_last = (parts[:, 3 + k :] - last * parts[:, 3 : 3 + k]) / own
        per = A / own
        per_error = _error(parts[:, [0]] - per * parts[:, 3 : 3 + k], own)
        trusted = error[3 : 3 + k] < _TRUSTED * own
    return p, p_error, waste + last, _error(by_waste + by_last, 1.0), per, per_error, trusted


def _error(influence: FloatArray, scale: Any) -> FloatArray:
    return np.asarray(influence.std(axis=0, ddof=1) / np.sqrt(len(influence)) / scale)


def _refuse_open(T: FloatArray, ended: Any, b: FloatArray, B: float, reset: Reset) -> None:
    """Refuse where runs that were given up after the last end could still matter."""
    last = T[ended].max()
    beyond = ~ended & (last <= T)
    left = float(np.sum(b[beyond])) / len(T) if beyond.any() else 0.0
    if left > _OPEN * B:
        raise ValueError(
            f"reset={reset}: {int(beyond.sum())} runs were given up after the last one ended, and could "
            "change the answer; ask for a higher rate or measure for longer"
        )
