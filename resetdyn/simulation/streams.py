"""Streams: which random numbers belong to which trajectory.

Trajectories are cut into chunks of a fixed size, and every chunk has a stream of its own, the child of a
`numpy.random.SeedSequence` that the chunk's number names.  So the bits of a trajectory depend on the seed and
on its number, never on how the chunks were shared out among workers, nor on how many there are.  Chunks are
made when they are asked for.  The random numbers themselves come from
:mod:`resetdyn.simulation.variates`; one more word of a state is for :mod:`resetdyn.simulation.halt`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from resetdyn import _checks

CHUNK = 4096
WORDS = 4  # of the generator


class Chunk(NamedTuple):
    """Some trajectories and the state of the generator that they draw from, in order."""

    state: NDArray[np.uint64]
    size: int


@dataclass(frozen=True)
class Streams:
    """The streams of a run: `entropy` stands for the seed, `branch` for one of several runs under that seed.

    Branch 0 is the run itself; further branches are runs at shorter time steps, independent of it.
    """

    entropy: tuple[int, ...]
    branch: int = 0

    def chunk(self, number: int, size: int = CHUNK) -> Chunk:
        """Return a chunk by its number."""
        key = (number, self.branch) if self.branch else (number,)
        seed = np.random.SeedSequence(self.entropy, spawn_key=key)
        state = np.zeros(WORDS + 1, np.uint64)
        state[:WORDS] = seed.generate_state(WORDS, np.uint64)
        return Chunk(state, size)

    def other(self, branch: int) -> Streams:
        """Return the streams of another branch."""
        return Streams(self.entropy, branch)


def streams_of(rng: Any) -> Streams:
    """Return the streams that belong to a seed.

    Parameters
    ----------
    rng : seed, numpy.random.Generator or None
        As `numpy.random.default_rng` takes it. A Generator advances, as by any other draw, so that a second
        call goes on with new numbers.
    """
    entropy = _checks.generator("rng", rng).integers(2**32, size=8, dtype=np.uint32)
    return Streams(tuple(entropy.tolist()))


class Chunks(Sequence[Chunk]):
    """The chunks of the trajectories from `first` to `n`, each made when it is asked for.

    `first` is a whole number of chunks.
    """

    def __init__(self, streams: Streams, n: int, first: int = 0) -> None:
        self._streams, self._n = streams, n
        self._numbers = range(first // CHUNK, -(-n // CHUNK))

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Chunk]:
        return (self._made(number) for number in self._numbers)

    @overload
    def __getitem__(self, index: int) -> Chunk: ...

    @overload
    def __getitem__(self, index: slice) -> list[Chunk]: ...

    def __getitem__(self, index: int | slice) -> Chunk | list[Chunk]:
        if isinstance(index, slice):
            return [self._made(number) for number in self._numbers[index]]
        return self._made(self._numbers[index])

    def _made(self, number: int) -> Chunk:
        return self._streams.chunk(number, min(CHUNK, self._n - number * CHUNK))


def chunks(rng: Any, n: int) -> Chunks:
    """Cut `n` trajectories into chunks with independent streams.

    Parameters
    ----------
    rng : seed, numpy.random.Generator or None
        See :func:`streams_of`.
    n : int
        Number of trajectories.
    """
    return Chunks(streams_of(rng), n)
