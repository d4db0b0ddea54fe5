r"""The error of a mean over samples that remember each other.

The mean of `n` samples with the autocorrelation ``rho(k)`` has the variance ``sigma^2 tau / n`` with
``tau = 1 + 2 sum rho(k)``.  The sum is cut where a pair ``rho(2k) + rho(2k + 1)`` ceases to be positive
(Geyer, Stat. Sci. 7, 473 (1992): for reversible chains no pair is negative).  Deviations are taken from the
mean over all chains, so that chains which have not mixed look like one long memory, and are reported as such.
"""

from __future__ import annotations

import math

import numpy as np

from resetdyn._checks import FloatArray


def memory(samples: FloatArray, chain: int) -> float:
    """Return `tau`, how many samples are worth one that is independent.

    Parameters
    ----------
    samples : (n,) array
        Chains of the length `chain`, one after the other; the last may be shorter.
    chain : int
        Length of a chain.
    """
    deviations = samples - samples.mean()
    variance = float(np.mean(deviations**2))
    if variance == 0:
        return 1.0
    pieces = [deviations[i : i + chain] for i in range(0, len(deviations), chain)]
    longest = len(pieces[0])
    size = 2 ** math.ceil(math.log2(2 * longest))
    power = sum(np.abs(np.fft.rfft(piece, size)) ** 2 for piece in pieces)
    sums = np.fft.irfft(power, size)[:longest]
    counts = sum(np.maximum(len(piece) - np.arange(longest), 0) for piece in pieces)
    correlation = sums / counts / variance
    pairs = correlation[0 : longest - 1 : 2] + correlation[1:longest:2]
    ends = np.flatnonzero(pairs <= 0)
    kept = pairs[: ends[0]] if len(ends) else pairs
    kept = np.minimum.accumulate(kept)  # nor does a pair exceed the one before
    return max(1.0, 2 * float(kept.sum()) - 1)
