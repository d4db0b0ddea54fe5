"""Streams: which random numbers belong to which trajectory.

Trajectories are cut into chunks of a fixed size, and every chunk has a stream of its own, spawned by
`numpy.random.SeedSequence`.  So the bits of a result depend on the seed and on the number of trajectories,
never on how the chunks were shared out among workers.  The random numbers themselves come from
:mod:`resetdyn.simulation.variates`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

CHUNK = 4096


class Chunk(NamedTuple):
    """Some trajectories and the state of the generator that they draw from, in order."""

    state: NDArray[np.uint64]
    size: int


def chunks(rng: Any, n: int) -> list[Chunk]:
    """Cut `n` trajectories into chunks with independent streams.

    Parameters
    ----------
    rng : seed, numpy.random.Generator or None
        As `numpy.random.default_rng` takes it. A Generator advances, as by any other draw, so that a second
        call goes on with new numbers.
    n : int
        Number of trajectories.
    """
    entropy = np.random.default_rng(rng).integers(2**32, size=8, dtype=np.uint32)
    sizes = [min(CHUNK, n - first) for first in range(0, n, CHUNK)]
    seeds = np.random.SeedSequence(entropy.tolist()).spawn(len(sizes))
    states = (np.asarray(seed.generate_state(4, np.uint64), np.uint64) for seed in seeds)
    return [Chunk(state, size) for state, size in zip(states, sizes, strict=True)]
