"""Workers: who does the chunks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tqdm import tqdm

from resetdyn import _checks

# Runs shorter than this show no progress bar.
_BAR_AFTER_SECONDS = 2


def run(task: Callable[[Any], Any], items: list[Any], workers: Any) -> list[Any]:
    """Return ``[task(item) for item in items]``, shared out among the workers.

    Parameters
    ----------
    task : callable
        What to do with an item. Compiled tasks release the interpreter lock, so threads run side by side.
    items : list
        What to do it with.
    workers : int or callable
        Number of threads, or a map-like callable such as ``ProcessPoolExecutor().map`` (SciPy's convention).
    """
    if callable(workers):
        return list(_with_bar(workers(task, items), len(items)))
    threads = _checks.integer("workers", workers)
    if threads == 1:
        return list(_with_bar(map(task, items), len(items)))
    with ThreadPoolExecutor(threads) as pool:
        try:
            return list(_with_bar(pool.map(task, items), len(items)))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _with_bar(results: Iterable[Any], total: int) -> Iterable[Any]:
    return tqdm(
        results,
        total=total,
        desc="simulate",
        unit="chunk",
        delay=_BAR_AFTER_SECONDS,
        leave=False,
        disable=not sys.stderr.isatty(),
    )
