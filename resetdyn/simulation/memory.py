"""Memory: would the samples fit?  Asked before they are drawn."""

from __future__ import annotations

import math
import os
from pathlib import Path

from resetdyn.problems import FirstPassage, SteadyState

# Bytes of a path: its time and its number of resets, whether it was censored, and its end.
_PATH = 8 + 8 + 1 + 1
_JOINING = 1.5  # samples are joined column by column: for a while the longest column exists twice
_SPARE = 0.8  # share of the free memory that may be used
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_SMALL = 1e8  # bytes about which nobody needs to be asked


def needed(problem: FirstPassage | SteadyState, n: int) -> float:
    """Return the bytes that keeping `n` samples takes."""
    return n * _each(problem)


def most(problem: FirstPassage | SteadyState) -> int | None:
    """Return how many samples can be kept; None where the system does not say."""
    free = available()
    return None if free is None else max(1, int(_SPARE * free / (_JOINING * _each(problem))))


def foresee(problem: FirstPassage | SteadyState, n: int) -> None:
    """Raise a MemoryError if `n` samples would not fit."""
    size = needed(problem, n)
    limit = most(problem) if size > _SMALL else None
    if limit is not None and n > limit:
        raise MemoryError(
            f"n={n}: this would need {_shown(size)}, which is not free: use keep='summary', which takes the "
            f"same little memory whatever n is, or n of at most {limit}"
        )


def foresee_paths(problem: FirstPassage | SteadyState, n: int, times: int) -> None:
    """Raise a MemoryError if `n` paths seen at so many times would not fit."""
    size = 16.0 * problem.process.dim * n * times  # one by one, and put together
    free = available() if size > _SMALL else None
    if free is not None and size > _SPARE * free:
        raise MemoryError(
            f"n={n}: paths at {times} times would need {_shown(size)}, which is not free: give fewer of "
            "either, or use rd.simulate(problem, keep='summary')"
        )


def available() -> float | None:
    """Return the bytes that are free to use (by a container's limit too); None where that is not known."""
    limits = [value for value in (_free(), _container()) if value is not None]
    return min(limits) if limits else None


def _free() -> float | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024.0 * int(line.split()[1])
    except (OSError, ValueError):
        pass
    try:
        return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _container() -> float | None:
    group = Path("/sys/fs/cgroup")
    try:
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        used = int((group / "memory.current").read_text(encoding="ascii"))
        stat = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        return float(limit - used + int(stat["inactive_file"]))  # the cache of files is given back
    except (KeyError, OSError, ValueError):  # no container, or "max"
        return None


def _each(problem: FirstPassage | SteadyState) -> float:
    return 8.0 * problem.process.dim if isinstance(problem, SteadyState) else float(_PATH)


def _shown(size: float) -> str:
    power = min(int(math.log10(max(size, 1.0)) / 3), len(_UNITS) - 1)
    return f"{size / 1000**power:.3g} {_UNITS[power]}"
