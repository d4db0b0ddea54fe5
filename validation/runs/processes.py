"""One pool of processes for all experiments of a command: starting one takes as long as many runs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

_POOLS: dict[int, ProcessPoolExecutor] = {}


@contextmanager
def pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Give the pool of so many processes; after an error or Ctrl-C it is closed, and nothing new begins."""
    if workers not in _POOLS:
        _POOLS[workers] = ProcessPoolExecutor(workers, get_context("spawn"))
    try:
        yield _POOLS[workers]
    except BaseException:
        _POOLS.pop(workers).shutdown(cancel_futures=True)
        raise
