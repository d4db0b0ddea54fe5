r"""When to believe an average of weights.

The effective sample size of weights is ``(sum w)^2 / sum w^2``. A rate is trusted where that is at least
100 for every average, and where the largest contributions to the error fall off fast enough (Hill's tail
index above 2.5) for a variance to exist and to have been seen. Weights that grow as ``e^(g T)`` within a
trial must have first trials that fall off faster than ``e^(-3 g T)``, as the longest of them tell.
Likelihood ratios must, besides, be asked for at most twice the rate, average to 1, be worth a twentieth of
the paths, and have a third moment: ``<w^3; n = k>`` must fall with k, as one more trial multiplies it by a
constant. Where these fail, `ess` is stated as 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn._checks import FloatArray

FEWEST = 100.0
TAIL = 2.5
# Of all paths the least share that must be effective for a likelihood ratio to be trusted.
SHARE = 0.05
# Up to this multiple of the rate of the samples their trials show whether likelihood ratios have moments.
FARTHEST = 2.0


def effective(w: FloatArray) -> float:
    """Return the effective sample size of weights."""
    w = w / w.max()
    return float(w.sum() ** 2 / np.sum(w**2))


def tail_index(influence: FloatArray) -> float:
    """Return Hill's tail index of the largest contributions."""
    k = max(int(min(np.sqrt(len(influence)), len(influence) / 10)), 2)
    top = np.sort(np.abs(influence))[-k - 1 :]
    if top[0] == 0:
        return 0.0 if top[-1] > 0 else np.inf
    logs = float(np.mean(np.log(top[1:] / top[0])))
    return 1 / logs if logs > 0 else np.inf


def seen(T: FloatArray, n: Any, gain: float) -> bool:
    """Return whether weights that gain e^(gain T) within a trial have a third moment.

    They do if the first trials fall off three times as fast; their decay is told by the longest of them.
    """
    if gain <= 0:
        return True
    first = np.sort(T[n == 0])
    k = int(np.sqrt(len(first)))
    if k < np.sqrt(FEWEST):
        return False
    decay = 1 / max(float(np.mean(first[-k:] - first[-k - 1])), np.finfo(float).tiny)
    return bool(3 * gain < decay * (1 - 2 / np.sqrt(k)))


def unbiased(w: FloatArray) -> bool:
    """Return whether weights average to 1; they fall short where the paths that matter were not seen."""
    return bool(abs(w.mean() - 1) < 4 * w.std(ddof=1) / np.sqrt(len(w)) + 1e-12)


def growth(n: Any, w: FloatArray) -> float:
    """Return by what factor the third moment of the weights changes with one more reset, as n grows.

    The moment exists if that is below 1. It is told by the trials between resets, and needs no rare paths.
    """
    parts = np.bincount(np.asarray(n, dtype=np.int64), weights=(w / w.max()) ** 3)
    enough = np.bincount(np.asarray(n, dtype=np.int64)) >= FEWEST
    last = len(enough) if enough.all() else int(np.argmin(enough))
    before, after = parts[1 : last - 1].sum(), parts[2:last].sum()
    return float(after / before) if before > 0 else np.inf
