"""Estimates from samples, each with its standard error, and the random streams that the samples come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

import resetdyn as rd

_STEP = 1e-20  # of the complex-step derivative, which has no cancellation to fear


class Estimate(NamedTuple):
    """An estimated number and its standard error."""

    value: float
    error: float


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the stream of this experiment: independent of all others, and the same with ``--only``."""
    return np.random.default_rng([seed, *name.encode()])


def of_means(function: Callable[..., Any], *columns: ArrayLike) -> Estimate:
    """Estimate a smooth function of expectations from samples, its error by the delta method.

    Parameters
    ----------
    function : callable
        Function of as many (possibly complex) numbers as there are columns.
    *columns : array
        Samples whose expectations are the arguments, row by row from the same draw.

    Examples
    --------
    >>> of_means(lambda m: 2 * m, [1.0, 3.0])
    Estimate(value=4.0, error=2.0)
    """
    data = np.array(columns, dtype=float)
    means = data.mean(axis=1)
    gradient = [
        np.imag(function(*(means + 1j * _STEP * direction))) / _STEP for direction in np.eye(len(means))
    ]
    influence = np.asarray(gradient) @ data
    return Estimate(float(function(*means)), float(influence.std(ddof=1) / np.sqrt(data.shape[1])))


def mean(samples: ArrayLike) -> Estimate:
    """Estimate an expectation."""
    return of_means(lambda m: m, samples)


def variation(times: ArrayLike) -> Estimate:
    """Estimate the coefficient of variation of times."""
    times = np.asarray(times, dtype=float)
    return of_means(lambda m1, m2: (m2 - m1**2) ** 0.5 / m1, times, times**2)


def renewed(free: Any, reset: Any) -> Estimate:
    """Estimate the mean first-passage time under resetting to the start, from samples without resetting."""
    found = rd.renewal_samples(free.times, reset, censored=free.censored)
    return Estimate(found.mean, found.error)


def slope_at_zero(times: ArrayLike) -> Estimate:
    """Estimate d mean / d rate at rate 0, ``<T>^2 - <T^2> / 2``, from reset-free first-passage times."""
    times = np.asarray(times, dtype=float)
    return of_means(lambda m1, m2: m1**2 - m2 / 2, times, times**2)
