"""How fast runs of a given age end: ends in bins of age, and the time that runs spent in each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.samples import Samples

_BINS, _IN_A_BIN = 24, 8  # at most so many, with at least so many ends if there are 16


def hazard_bins(samples: Samples) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the edges of bins of age, the number of ends in each, and the time that runs spent in it."""
    ended = np.cumsum(samples.ended)
    bins = int(np.clip(ended[-1] // _IN_A_BIN, 2, _BINS))
    places = np.searchsorted(ended, ended[-1] * np.arange(1, bins) / bins)
    inner = np.unique(samples.high[places])
    first = samples.at[samples.ended > 0][0]
    edges = np.r_[0.0, inner[(inner >= first) & (inner < samples.high[-1])], samples.high[-1]]
    which = np.clip(np.searchsorted(edges, samples.high, side="left") - 1, 0, len(edges) - 2)
    ends = np.bincount(which, weights=samples.ended, minlength=len(edges) - 1)
    runs = samples.ended + samples.censored
    spent = np.array([runs @ np.clip(samples.at - low, 0.0, high - low) for low, high in pairwise(edges)])
    kept = np.r_[min(float(first), float(edges[1]) / 2), edges[1:]]  # drawn on a logarithmic axis
    return kept, ends.astype(float), spent.astype(float)
