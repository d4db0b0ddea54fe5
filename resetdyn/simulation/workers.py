"""Workers: who does the jobs, and what happens if one is lost.

Jobs are handed out a few ahead of the one whose result is awaited, and results come back in order, so neither
the jobs nor the results of a long run are ever held all at once.  `workers` is

- a number: that many threads (compiled loops release the interpreter lock; one is a thread as well, as
  Ctrl-C comes to the main thread only, and only while that is not in a compiled loop),
- an executor (:mod:`concurrent.futures`, `mpi4py.futures`, or the bound ``map`` of one), or a client of
  `dask.distributed`: jobs are submitted one by one.  If its workers die (a broken pool, dask's
  ``KilledWorker``) the jobs that were lost are done again, by threads of this process, and so is the rest: a
  lost worker costs time, and as a chunk's stream depends on its number alone, not a bit changes,
- any other map-like callable (SciPy's convention): it is called for some jobs at a time.  (`Pool.map` of
  :mod:`multiprocessing` waits for ever for a worker that was killed; an executor does not.)

A sampler is made anew from the problem by each process.  In many dimensions that takes LAPACK, whose last
bits may depend on the number of its own threads: give all processes the same (``OPENBLAS_NUM_THREADS``).
"""

from __future__ import annotations

import os
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import Any

from resetdyn import _checks

Job = Callable[[Any], Any]

# Jobs in flight for each worker: enough that none waits for the one whose result is awaited.
_AHEAD = 3
# Jobs that a map-like callable is given at once.
_WINDOW = 64
# Seconds between looks at whether a pool that keeps one waiting is broken.
_LOOK = 2.0


def count(workers: Any) -> int:
    """Return how many workers there are, or are taken to be, and check the argument."""
    pool = _executor(workers)
    if pool is None and not callable(workers):
        return _checks.integer("workers", workers)
    if hasattr(workers, "ncores"):
        return max(1, sum(workers.ncores().values()))
    for name in ("_max_workers", "num_workers"):
        known = getattr(pool, name, None)
        if isinstance(known, int) and known > 0:
            return known
    return os.cpu_count() or 1


def run(
    job: Job, items: Iterable[Any], workers: Any, hasty: bool = False, stop: Callable[[], None] | None = None
) -> Iterator[Any]:
    """Return an iterator over ``job(item)`` in the order of the items, shared out among the workers.

    Items are asked for as they are needed. All of those that were asked for are done and come back.

    Parameters
    ----------
    job : callable
        What to do with an item.
    items : iterable
        What to do it with.
    workers : int, executor, dask client or callable
        Who does it.
    hasty : bool, optional
        Hand out as few jobs at a time as keep all workers busy.
    stop : callable, optional
        Is called when nobody waits for the jobs that are running any more, such as after Ctrl-C.
    """
    pool, number, jobs = _executor(workers), count(workers), iter(items)
    stop = stop or _nothing
    if pool is not None:
        return _submitted(pool, job, jobs, number, hasty, stop)
    if callable(workers):
        return _mapped(workers, job, jobs, number if hasty else max(number, _WINDOW))
    if number == 1 and threading.current_thread() is not threading.main_thread():
        return (job(item) for item in jobs)
    return _threaded(job, jobs, number, hasty, stop)


def _nothing() -> None:
    pass


def _executor(workers: Any) -> Any:
    """Return the executor that `workers` is, belongs to or can be turned into; None if it is none."""
    for candidate in (workers, getattr(workers, "__self__", None)):
        if isinstance(candidate, Executor):
            return candidate
        if candidate is not None and hasattr(candidate, "get_executor"):  # a dask client
            return candidate.get_executor(pure=False)
    return None


def _threaded(
    job: Job, items: Iterator[Any], threads: int, hasty: bool, stop: Callable[[], None]
) -> Iterator[Any]:
    with ThreadPoolExecutor(threads) as pool:
        yield from _submitted(pool, job, items, threads, hasty, stop)


def _submitted(
    pool: Any, job: Job, items: Iterator[Any], number: int, hasty: bool, stop: Callable[[], None]
) -> Iterator[Any]:
    waiting: deque[tuple[Any, Any]] = deque()
    ahead = number + 1 if hasty else _AHEAD * number
    try:
        while True:
            for item in islice(items, ahead - len(waiting)):
                waiting.append((item, _submit(pool, job, item)))
            if not waiting:
                return
            try:
                result = _awaited(pool, waiting[0][1])
            except Exception as error:
                if not _is_loss(error):
                    raise
                break
            waiting.popleft()
            yield result
    except BaseException:
        stop()
        raise
    finally:
        for _, future in waiting:
            future.cancel()
    threads = min(number, os.cpu_count() or 1)
    warnings.warn(
        f"workers={pool!r} lost a worker; what it did not finish, and the rest, is done by {threads} threads "
        "of this process, to the same bits",
        RuntimeWarning,
        stacklevel=2,
    )
    yield from _threaded(job, chain([item for item, _ in waiting], items), threads, hasty, stop)


def _awaited(pool: Any, future: Any) -> Any:
    """Return the result of a future; BrokenExecutor if its pool has lost a worker and does not say so.

    CPython's pools of processes forget what is submitted in the moment in which they find a worker dead, and
    wait for ever for the rest of a result that a worker was sending when it died.
    """
    before: set[Any] = set()
    while True:
        try:
            return future.result(timeout=_LOOK)
        except TimeoutError:
            if future.done():  # just now, or it is the job's own
                return future.result()
        lost = _lost(pool)
        if lost & before:  # a pool has from one look to the next to say so itself
            _end(pool)
            raise BrokenExecutor("a worker was lost, and its pool does not say so")
        before = lost


def _lost(pool: Any) -> set[Any]:
    """Return the workers that a pool has lost, and "all" where it knows that it is broken."""
    processes = list((getattr(pool, "_processes", None) or {}).items())
    dead = {number for number, process in processes if getattr(process, "exitcode", None) is not None}
    return dead | ({"all"} if getattr(pool, "_broken", False) else set())


def _end(pool: Any) -> None:
    """End a pool: its processes, which may wait for locks of the dead one, and its wait for results."""
    for process in list((getattr(pool, "_processes", None) or {}).values()):
        process.terminate()
    writer = getattr(getattr(pool, "_result_queue", None), "_writer", None)
    if writer is not None:  # the last one that is open: now what was sent in part has an end
        writer.close()


def _submit(pool: Any, job: Job, item: Any) -> Any:
    try:
        return pool.submit(job, item)
    except BrokenExecutor as error:
        failed: Future[Any] = Future()
        failed.set_exception(error)
        return failed


def _is_loss(error: Exception) -> bool:
    return isinstance(error, BrokenExecutor | CancelledError) or type(error).__name__ == "KilledWorker"


def _mapped(map_: Callable[..., Any], job: Job, items: Iterator[Any], window: int) -> Iterator[Any]:
    """Go through a map-like callable; the next items are handed over before the last results are awaited."""
    ahead: list[Any] = []
    while some := list(islice(items, window)):
        mapped = map_(job, some)
        yield from map(_value, ahead)
        ahead = mapped
    yield from map(_value, ahead)


def _value(result: Any) -> Any:
    """Return a result, which some maps give as a future."""
    return result.result() if callable(getattr(result, "result", None)) else result
