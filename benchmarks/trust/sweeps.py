"""A sweep as a process of its own: begun, watched, ended in many ways, and compared with one left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import resetdyn as rd
from benchmarks.trust.read_saved import state

# In the background of a shell Ctrl-C is ignored, and whom the shell starts inherits that.
_CODE = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "if __name__ == '__main__':\n"
    "    from resetdyn import cli; sys.exit(cli.main(sys.argv[1:]))"
)
LIMIT = 600.0  # seconds that anything may take


def arguments(folder: Path, saved: Path, cells: int, exact: bool = False, workers: int = 1) -> list[str]:
    """Return the command of a sweep of `cells` by `cells` cells; an exact one is kept column by column."""
    how = [] if exact else ["--simulate", "5000", "--seed", "7"]
    family = ["--family", "search", "--x", "drift", "-3", "-1", str(cells)]
    if exact:
        family = ["--family", "label-noise", "--x", "noise_rate", "0.01", "0.4", str(cells)]
    rates = ["--y", "reset_rate", "0.1", "2", str(cells if not exact else 8)]
    ends = ["--resume", str(folder), "--save", str(saved), "--workers", str(workers)]
    return ["phase", *family, *rates, *how, *ends]


def begun(words: list[str], script: Path, **options: Any) -> subprocess.Popen[str]:
    """Begin the command in a process of its own."""
    script.write_text(_CODE, encoding="utf-8")  # a file: workers that are spawned import it
    silent = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, script, *words], **{**silent, **options})


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return status and what was said, once the process has ended."""
    try:
        out, err = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
    return process.returncode, out, err


def wait(until: Callable[[], bool], seconds: float = LIMIT) -> None:
    """Sleep until something holds, but not for ever."""
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            raise TimeoutError(f"not there after {seconds:g} seconds")
        time.sleep(0.001)


def names(folder: Path) -> list[str]:
    """Return the names of the finished cells."""
    return [name for name in os.listdir(folder) if not name.startswith(".")] if folder.is_dir() else []


def kept(folder: Path) -> dict[str, bytes]:
    """Return the finished cells and what they hold."""
    return {name: (folder / name).read_bytes() for name in names(folder)}


def bits(saved: Path) -> Any:
    """Return all bits of a saved diagram."""
    return state(rd.load(saved))


def killed(process: subprocess.Popen[str]) -> bool:
    """Kill a process, and return whether it still ran."""
    process.kill()
    return ended(process)[0] == -signal.SIGKILL
