"""Faults in mid-sweep: what was finished is kept, nothing corrupt is loaded, and resumed bits are the same.

    python -m benchmarks.trust.faults [--kills 50] [--seed 1] [--write]

Sweeps run as processes of their own.  A row is "held" if after the fault the finished cells are there as they
were, and going on ends in the bits of a sweep that nothing hit.  The exit status is 1 if a row was not held.
A full and a read-only disk are small ones of memory, which only an administrator may make; else a limit on
the size of files and a folder without permission stand in for them.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from benchmarks.page import ROOT, put
from benchmarks.trust.sweeps import arguments, begun, bits, ended, kept, killed, names, wait


class Row(NamedTuple):
    """A fault, how often it was made, in how many of these all held, and what was seen."""

    fault: str
    times: int
    held: int
    seen: str


class Trial:
    """A place for sweeps, and the bits that all of them must end in."""

    def __init__(self, place: Path, cells: int, exact: bool = False, workers: int = 1) -> None:
        self.place, self.cells, self.exact, self.workers = place, cells, exact, workers
        self.script = place / "command.py"
        begin = time.monotonic()
        status, _, said = ended(self.begin("whole"))
        if status:
            raise RuntimeError(f"the sweep that nothing hits ended with {said}")
        self.seconds = time.monotonic() - begin
        self.whole = bits(place / "whole.npz")
        self.files = kept(place / "whole")

    def begin(
        self, name: str, folder: Path | None = None, saved: Path | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        """Begin a sweep, in a folder of that name if nothing else is said."""
        folder, saved = folder or self.place / name, saved or self.place / f"{name}.npz"
        return begun(arguments(folder, saved, self.cells, self.exact, self.workers), self.script, **options)

    def goes_on(self, name: str, before: dict[str, bytes]) -> bool:
        """Return whether a sweep goes on to the same bits, with all cells that were there `before`."""
        whole = all(self.files.get(cell) == data for cell, data in before.items())
        return whole and ended(self.begin(name))[0] == 0 and self.same(name)

    def same(self, name: str) -> bool:
        """Return whether a sweep ended in the bits, and in cells, of one that nothing hit."""
        return bits(self.place / f"{name}.npz") == self.whole and kept(self.place / name) == self.files


def kill_9(trial: Trial, kills: int, rng: np.random.Generator) -> Row:
    """Kill a running process again and again: as it begins, and at random moments once it keeps cells.

    A sweep that is through is compared, and the next one begun.
    """
    struck = held = sweeps = halves = 0
    before: dict[str, bytes] = {}
    for _ in range(20 * kills):  # a kill may come too late
        if struck == kills:
            break
        folder = trial.place / f"torn{sweeps}"
        process, had = trial.begin(folder.name), len(names(folder))
        if struck % 5:
            wait(lambda: process.poll() is not None or len(names(folder)) > had)  # noqa: B023
            time.sleep(rng.uniform(0, 0.1))
        else:
            time.sleep(rng.uniform(0, 1.5))
        hit = killed(process)
        now = kept(folder)
        fine = (
            all(now.get(cell) == data for cell, data in before.items()) and now.items() <= trial.files.items()
        )
        struck, held, before = struck + hit, held + (hit and fine), now
        if not hit or struck == kills:
            if not trial.goes_on(folder.name, before):
                held = 0
                break
            halves += sum(name.startswith(".") for name in os.listdir(folder))
            sweeps, before = sweeps + 1, {}
    seen = f"over {sweeps} sweeps of {len(trial.files)} files; {halves} half-written ones left, never read"
    return Row("kill -9", kills, held, seen)


def lost_worker(trial: Trial, rng: np.random.Generator) -> Row:
    """Kill one process of two that share the work."""
    process = trial.begin("worker")
    wait(lambda: process.poll() is not None or len(names(trial.place / "worker")) > 2)
    time.sleep(rng.uniform(0, 0.05))
    workers = [
        pid for pid in children(process.pid) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    for pid in workers[:1]:
        os.kill(pid, signal.SIGKILL)
    status, _, said = ended(process)
    held = bool(workers) and status == 0 and trial.same("worker")
    return Row(
        "a worker lost",
        1,
        int(held),
        "the rest was done by threads" if "lost a worker" in said else said[-80:],
    )


def ctrl_c(trial: Trial) -> Row:
    """Interrupt it from the keyboard."""
    process = trial.begin("stopped")
    wait(lambda: process.poll() is not None or len(names(trial.place / "stopped")) > 3)
    process.send_signal(signal.SIGINT)
    status, out, said = ended(process)
    before = kept(trial.place / "stopped")
    clean = (status, out, said) == (130, "", "resetdyn: interrupted\n") and len(before) > 3
    return Row(
        "Ctrl-C",
        1,
        int(clean and trial.goes_on("stopped", before)),
        f"status {status}, one line: {said.strip().removeprefix('resetdyn: ')}",
    )


def full_disk(trial: Trial) -> Row:
    """Let the disk run full in mid-sweep, then make room."""
    with disk(trial.place / "disk", "size=96k") as (place, limit):
        status, _, said = ended(trial.begin("full", place / "full", preexec_fn=limit))
        before = kept(place / "full")
        with suppress(FileExistsError):
            (trial.place / "full").mkdir()
        for name, data in before.items():
            (trial.place / "full" / name).write_bytes(data)
    clean = status == 2 and said.count("\n") == 1 and "could not be written" in said
    return Row(
        "disk full",
        1,
        int(clean and trial.goes_on("full", before)),
        f"{len(before)} files kept; {shown(said)}",
    )


def read_only(trial: Trial) -> Row:
    """Give a folder, and a file, where nothing can be written."""
    with disk(trial.place / "shut", "size=1m,ro") as (place, _):
        first = time.monotonic()
        status, _, said = ended(trial.begin("shut", place / "sweep"))
        again, _, saved = ended(trial.begin("shut", saved=place / "saved.npz"))
        seconds = (time.monotonic() - first) / 2
    clean = (
        status == again == 2 and said.count("\n") == saved.count("\n") == 1 and not kept(trial.place / "shut")
    )
    return Row(
        "a read-only folder", 2, 2 * clean, f"refused before any work, in {seconds:.1f} s; {shown(said)}"
    )


def two_at_once(trial: Trial) -> Row:
    """Let two processes share a folder and an output, and look at the output all the time."""
    pair = [trial.begin("shared") for _ in range(2)]
    saved, looks, wrong = trial.place / "shared.npz", 0, 0
    while any(process.poll() is None for process in pair):
        if saved.exists():
            looks, wrong = looks + 1, wrong + (bits(saved) != trial.whole)
        time.sleep(0.002)
    fine = all(ended(process)[0] == 0 for process in pair) and not wrong and trial.same("shared")
    return Row("two processes on one output", 1, int(fine), f"the output was read {looks} times meanwhile")


@contextmanager
def disk(place: Path, options: str) -> Iterator[tuple[Path, Callable[[], None]]]:
    """Give a small disk, and what limits a process where none can be made."""
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True)
    read = "ro" in options.split(",")
    if made.returncode and read:
        place.chmod(0o555)
    try:
        yield place, (lambda: limit_files(400)) if made.returncode and not read else (lambda: None)
    finally:
        if not made.returncode:
            subprocess.run(["umount", place], check=True)


def limit_files(size: int) -> None:
    """Let this process write no file larger than this."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def children(pid: int) -> list[int]:
    """Return the processes that a process began."""
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def shown(said: str) -> str:
    """Return a message without the places on this machine."""
    words = said.removeprefix("resetdyn: error:").split()
    return " ".join(Path(word).name if "/" in word else word for word in words)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50, help="times of kill -9 (default: 50)")
    parser.add_argument("--cells", type=int, default=24, help="cells along each axis (default: 24)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the table into docs/trust.md")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    rows = []
    with TemporaryDirectory() as folder:
        for name in ("one", "two"):
            (Path(folder) / name).mkdir()
        one = Trial(Path(folder) / "one", options.cells)
        rows = [
            kill_9(one, options.kills, rng),
            ctrl_c(one),
            full_disk(one),
            read_only(one),
            two_at_once(one),
        ]
        rows.append(lost_worker(Trial(Path(folder) / "two", 60, exact=True, workers=2), rng))
    table = ["| fault | times | held | what was seen |", "|---|---|---|---|"]
    table += [f"| {row.fault} | {row.times} | {row.held} | {row.seen} |" for row in rows]
    print("\n".join(table))
    if options.write:
        put("faults", "\n".join(table), ROOT / "docs" / "trust.md")
    return int(any(row.held < row.times for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
