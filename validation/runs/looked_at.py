r"""Drift and diffusion that is looked at once a stride: when it is first seen below where it began.

The change of one stride is Gaussian with mean ``v`` and deviation ``s``; only ``m = v / s`` matters.  By
Spitzer's identity (Transactions of the American Mathematical Society 82, 323 (1956)) the number ``T`` of
strides until the walk is first seen below its start has

    1 - E[z^T] = exp(-sum_k z^k P(S_k < 0) / k),      P(S_k < 0) = Phi(-m sqrt(k)).

Resets with probability `p` after each look that did not end the search make its mean
``q (1 - E[q^T]) / (p E[q^T])`` with ``q = 1 - p`` (Bonomo and Pal, PRE 103, 052129 (2021); the process wins
ties).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr

NEGLIGIBLE = 1e-16


def mean_strides(m: float, p: float) -> float:
    """Return the mean number of strides with a reset of probability `p` after each look; `inf` for none.

    Parameters
    ----------
    m : float
        Mean change of a stride over its deviation; positive leads away, and without resets for ever.
    p : float
        Reset probability, below 1.

    Examples
    --------
    >>> round(mean_strides(0.0, 0.5), 6)  # a symmetric walk: E[z^T] = 1 - sqrt(1 - z)
    2.414214
    """
    if p == 0:
        return np.inf if m >= 0 else float(np.exp(_exponent(-m, 1.0)))
    q = 1 - p
    missed = np.exp(-_exponent(m, q))
    return float(q * missed / (p * (1 - missed)))


def survival(m: float, p: float, strides: int) -> Any:
    """Return the probability that the search goes on after 0, 1, ... `strides` strides."""
    k = np.arange(1, strides + 1)
    above = ndtr(m * np.sqrt(k))
    free = np.ones(strides + 1)
    for n in k:  # the coefficients of exp(sum_k z^k P(S_k >= 0) / k)
        free[n] = above[:n] @ free[n - 1 :: -1][:n] / n
    if p == 0:
        return free
    q = 1 - p
    first = p * q ** (k - 1) * free[1:]  # the first reset comes after stride k, and the search is still on
    left = np.ones(strides + 1)
    for n in k:
        left[n] = q**n * free[n] + first[:n] @ left[n - 1 :: -1][:n]
    return left


def _exponent(m: float, z: float) -> float:
    """Return ``sum_k z^k Phi(-m sqrt(k)) / k``."""
    fall = -np.log(z) + max(m, 0.0) ** 2 / 2
    k = np.arange(1, int(-np.log(NEGLIGIBLE) / fall) + 2)
    return float(np.sum(z**k * ndtr(-m * np.sqrt(k)) / k))
