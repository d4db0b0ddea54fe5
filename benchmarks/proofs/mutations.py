"""Do the tests see faults?  ``python -m benchmarks.proofs.mutations [--only TEXT] [--journal FILE]``.

Each fault of `FAULTS` is put into a copy of the checkout, in a temporary folder, and the few tests that
should see it are run there until one fails.  That test is then run once more on a copy without the fault,
where it must pass.  Printed is what saw each fault and how long that took; the exit code is 1 where one
survives.  With ``--journal`` results are kept in a file from which an interrupted run goes on; with
``--write`` the table is put into ``docs/proofs.md``.  All of them take about half an hour of one core.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

from benchmarks.page import ROOT, put
from benchmarks.proofs import faults_of_motion, faults_of_resets, faults_of_theory
from benchmarks.proofs.fault import Fault

FAULTS = [*faults_of_motion.FAULTS, *faults_of_resets.FAULTS, *faults_of_theory.FAULTS]
COPIED = ("resetdyn", "tests", "benchmarks", "validation", "analysis", "pyproject.toml")
LIMIT = 600.0  # seconds for the tests of one fault; a run that does not end by then has shown the fault
_SKIPPED = shutil.ignore_patterns("*.pyc", ".hypothesis", ".pytest_cache")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/.+?)(?: - .*)?$", re.MULTILINE)


class Seen(NamedTuple):
    """What became of a fault: the test that saw it (None: it survived), and the seconds that took."""

    test: str | None
    seconds: float


def copy_of(root: Path, folder: Path) -> Path:
    """Copy what the tests need, times of change included: kernels cached on disk stay valid."""
    folder.mkdir(parents=True)
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name, ignore=_SKIPPED)
        else:
            shutil.copy2(root / name, folder / name)
    return folder


def seen(fault: Fault, root: Path = ROOT) -> Seen:
    """Return which test sees a fault.

    Raises
    ------
    ValueError
        If the fault is out of date.
    RuntimeError
        If its tests could not be run, or what failed with the fault fails without it.
    """
    began = time.perf_counter()
    source = fault.broken(root)
    with tempfile.TemporaryDirectory() as name:
        broken = copy_of(root, Path(name) / "broken")
        (broken / fault.file).write_text(source, encoding="utf-8")
        if fault.in_compiled_code(root):
            for cached in broken.rglob("*.nb[ic]"):
                cached.unlink()
        code, output = _tested(broken, fault.tests)
    took = time.perf_counter() - began
    if code == 0:
        return Seen(None, took)
    if code is None:
        return Seen("the time limit", took)
    found = _FAILED.search(output)
    if code != 1 or not found:
        raise RuntimeError(f"{fault.what}: pytest ended with {code}\n{output[-3000:]}")
    test = found[1]
    code, output = _sound(root, test)
    if code != 0:
        raise RuntimeError(f"{test} fails without the fault\n{output[-3000:]}")
    return Seen(test, took)


@cache
def _sound(root: Path, test: str) -> tuple[int | None, str]:
    """Run one test on a copy without a fault."""
    with tempfile.TemporaryDirectory() as name:
        return _tested(copy_of(root, Path(name) / "sound"), (test,))


def _tested(root: Path, tests: tuple[str, ...]) -> tuple[int | None, str]:
    """Run tests in a folder; return pytest's exit code, None where it took too long, and what it printed."""
    own = {
        "PYTHONPATH": str(root),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | own
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    with subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            output, _ = process.communicate(timeout=LIMIT)
        except BaseException as stopped:  # the session of its own hears no Ctrl-C
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=60)
            if isinstance(stopped, subprocess.TimeoutExpired):
                return None, ""
            raise
    return process.returncode, output


class Journal:
    """Results in a file, one a line; one holds until the fault or its source changes.

    That nothing saw a fault holds no longer than its run: a test may have come since.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path is not None and path.exists() else []
        entries = [json.loads(line) for line in lines]
        self._known = {e["key"]: Seen(e["test"], e["seconds"]) for e in entries if e["test"] is not None}

    def knows(self, fault: Fault) -> bool:
        """Whether the result of a fault is kept."""
        return self._key(fault) in self._known

    def of(self, fault: Fault) -> Seen:
        """Return the result that is kept, or find and keep it."""
        key = self._key(fault)
        if key not in self._known:
            self._known[key] = found = seen(fault)
            if self.path is not None:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"what": fault.what, "key": key, **found._asdict()}) + "\n")
        return self._known[key]

    def _key(self, fault: Fault) -> str:
        text = repr(fault) + (ROOT / fault.file).read_text(encoding="utf-8")
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def table(rows: list[tuple[Fault, Seen]]) -> str:
    """Return the table of the page."""
    lines = ["| fault | in | seen by | seconds |", "|---|---|---|---|"]
    for fault, found in rows:
        test = "**none**" if found.test is None else f"`{found.test.rpartition('::')[2].partition('[')[0]}`"
        file = fault.file.removeprefix("resetdyn/")
        lines.append(f"| {fault.what} | `{file}` | {test} | {found.seconds:.0f} |")
    return "\n".join(lines)


def main() -> int:
    """Print what sees each fault; return 1 where nothing does."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="faults whose words or file contain it")
    parser.add_argument("--journal", type=Path, metavar="FILE", help="keep results, and go on from them")
    parser.add_argument("--known", action="store_true", help="run none: only what the journal knows")
    parser.add_argument("--write", action="store_true", help="put the table into docs/proofs.md")
    chosen = parser.parse_args()
    if chosen.write and chosen.only:
        parser.error("--write puts all faults into the page: leave out --only")
    journal, rows, failures = Journal(chosen.journal), [], 0
    for fault in FAULTS:
        if chosen.only not in fault.what and chosen.only not in fault.file:
            continue
        if chosen.known and not journal.knows(fault):
            continue
        try:
            found = journal.of(fault)
        except RuntimeError as problem:
            failures += 1
            print(f"NOT RUN: {problem}", flush=True)
            continue
        rows.append((fault, found))
        verdict = "SURVIVED" if found.test is None else f"seen by {found.test}"
        print(f"{found.seconds:5.0f} s  {fault.what}: {verdict}", flush=True)
    lost = [fault for fault, found in rows if found.test is None]
    share = f"{len(rows) - len(lost)} of {len(rows)} faults are seen"
    minutes = f"{sum(found.seconds for _, found in rows) / 60:.0f} minutes"
    if chosen.known:
        share += f"; {len(FAULTS) - len(rows)} others were not run"
    print(f"{share}, in {minutes}")
    if chosen.write and not failures:
        put("mutations", f"{share} ({minutes} by the clock).\n\n{table(rows)}")
    return 1 if lost or failures else 0


if __name__ == "__main__":
    sys.exit(main())
