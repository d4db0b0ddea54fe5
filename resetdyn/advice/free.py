r"""What the times say about the search without resetting: mean, coefficient of variation, and tail.

From times under resetting at a rate `r0` the mean without follows as ``(1 - 1 / <e^(r0 T)>) / r0``, if that
average exists and many times carry it; it is `nan` otherwise.
"""

from __future__ import annotations

from math import inf, nan
from typing import NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.intervals import carried_by, cv_interval, moment_interval, student
from resetdyn.advice.menu import Price
from resetdyn.advice.samples import Samples
from resetdyn.advice.survival import Law
from resetdyn.advice.tail import Tail, largest, tail_of

_CARRIED = 100.0


class Free(NamedTuple):
    """Mean and coefficient of variation with their intervals, and the tail.

    `cv` and `now_interval` (the mean's interval) are those of the times as they were taken.
    """

    mean: float
    mean_interval: tuple[float, float]
    cv: float
    cv_interval: tuple[float, float]
    now_interval: tuple[float, float]
    tail: Tail | None


def free_without(data: Samples, law: Law) -> Free:
    """Return what reset-free times say."""
    tail = None
    if not data.any_censored:  # runs given up hide the tail
        tail = tail_of(data.top[-largest(data.n) :])
    mean, interval = moment_interval(data, law)
    cv, cv_range = cv_interval(data, law)
    if tail is not None and not tail.variance_exists:
        cv, cv_range = inf, (cv_range[0], inf)
        interval = (interval[0], inf)
    if tail is not None and not tail.mean_exists:
        mean = inf
    return Free(mean, interval, cv, cv_range, interval, tail)


def free_under_rate(data: Samples, law: Law, rate: float, price: Price, ties: str | None) -> Free:
    """Return what times under resetting say; mean and interval are `nan` where they do not tell."""
    _, now = moment_interval(data, law)
    cv, cv_range = cv_interval(data, law)
    mean, interval = _inferred(data, law, rate, price, ties)
    return Free(mean, interval, cv, cv_range, now, None)


def _inferred(
    data: Samples, law: Law, rate: float, price: Price, ties: str | None
) -> tuple[float, tuple[float, float]]:
    unknown = nan, (nan, nan)
    if law.rest > 0 or price.overhead or ties is not None or rate * data.high[-1] > 500:
        return unknown
    g: FloatArray = np.exp(rate * data.at)
    average = float(law.p @ g)
    # Its variance, and the mean of which it is made, exist if few times do not carry it.
    if carried_by(law.p, g, data.n) < _CARRIED or carried_by(law.p, g**2, data.n) < _CARRIED / 4:
        return unknown
    mean = (1 - 1 / average) / rate
    error = float(np.sqrt(law.variance(g, 0.0))) / (average**2 * rate)
    half = student(data.n, 0.975) * error
    return mean, (max(mean - half, 0.0), mean + half if mean + half < 1 / rate else inf)
