"""A week in a second: the progress display of a sweep under a clock that only the work moves."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr
from tempfile import TemporaryDirectory
from unittest.mock import patch

from resetdyn._sweep import Folder, sweep
from resetdyn.simulation import progress

WEEK = 7 * 24 * 3600.0
Line = tuple[int, int, float, float | None]  # done, of, seconds gone, seconds left (None: not known)
_SHOWN = re.compile(r"(\d+)/(\d+) \[([\d:]+)<([\d:?]+)")


class Terminal(io.StringIO):
    """What is written, from a writer that takes it for a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


class Clock:
    """Seconds since some time, which pass only by `work`."""

    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def work(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def shown(text: str) -> list[Line]:
    """Return what a bar said each time."""
    return [
        (int(done), int(total), _seconds(gone), None if "?" in left else _seconds(left))
        for done, total, gone, left in _SHOWN.findall(text)
    ]


def a_week_of_cells(cells: int = 28, kept: int = 0) -> list[Line]:
    """Return what is shown during a sweep whose cells take a week, after some that an earlier one kept."""
    clock, terminal = Clock(), Terminal()

    def job(cell: int) -> int:
        clock.work(WEEK / cells)
        return cell

    items = {f"cell-{k}": k for k in range(cells + kept)}
    with TemporaryDirectory() as place, patch("tqdm.std.time", clock), redirect_stderr(terminal):
        folder = Folder(f"{place}/sweep", {"what": "a week"})
        for name in list(items)[:kept]:
            folder.write(name, items[name])
        done = sweep(job, items, 1, folder, True, threads=False)
    if done != list(items.values()):
        raise RuntimeError("the sweep did not return its cells")
    return shown(terminal.getvalue())


def a_week_of_paths(paths: int = 10**12, steps: int = 1000) -> list[Line]:
    """Return what is shown during a run of many paths that takes a week."""
    clock, terminal = Clock(), Terminal()
    with (
        patch("tqdm.std.time", clock),
        patch.object(progress.time, "monotonic", clock),
        patch.object(progress.sys, "stderr", terminal),
    ):
        bar = progress.Progress(paths)
        for _ in range(steps):
            clock.work(WEEK / steps)
            bar.add(paths // steps)
        bar.close()
    times = re.findall(r"\[([\d:]+)<([\d:]+)", terminal.getvalue())
    return [(0, paths, _seconds(gone), _seconds(left)) for gone, left in times]


def worst(lines: list[Line]) -> float:
    """Return by which part of a week the time gone and the time left miss a week together, at worst."""
    return max(abs(gone + left - WEEK) / WEEK for _, _, gone, left in lines if left is not None and gone > 0)


def _seconds(text: str) -> float:
    seconds = 0.0
    for part in text.split(":"):
        seconds = 60 * seconds + int(part)
    return seconds
