"""A progress bar with the time left, on a terminal and for runs of more than a few seconds."""

from __future__ import annotations

import math
import sys
import time
from typing import Any

from tqdm import tqdm

# Runs shorter than this show no bar.
_AFTER_SECONDS = 2


class Progress:
    """The bar of a run: over its paths, or over its seconds where only those are limited.

    Parameters
    ----------
    n : int or None
        Number of paths, as far as it is known; None counts seconds.
    timeout : float
        Seconds that the run may take.
    """

    def __init__(self, n: int | None, timeout: float = math.inf) -> None:
        self._began = time.monotonic()
        self._timed = n is None and math.isfinite(timeout)
        self._bar: Any = tqdm(
            desc="simulate",
            total=timeout if self._timed else n,
            unit="s" if self._timed else " paths",
            unit_scale=not self._timed,
            delay=_AFTER_SECONDS,
            leave=False,
            disable=not sys.stderr.isatty(),
            bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} s" if self._timed else None,
        )

    def add(self, paths: int) -> None:
        """Count some more paths."""
        elapsed = time.monotonic() - self._began
        self._bar.update(min(elapsed, self._bar.total) - self._bar.n if self._timed else paths)

    def expect(self, paths: int) -> None:
        """Take this for the number of paths that are left to draw."""
        if not self._timed:
            self._bar.total = self._bar.n + paths

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()
