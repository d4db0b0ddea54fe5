"""Measure resetdyn beside what a user would use instead: ``python -m benchmarks.peers``.

Each side runs in a process and, if it is a peer, in an environment of its own, made once in the folder
that ``--environments`` names.  All are asked for the same means on the same machine in one run: rounds over
all sides, so that a disturbance meets all alike; medians of the rounds count.  Written are the tables and a
figure of ``docs/benchmarks.md``, with the description of the machine, and all numbers to ``measured.json``.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.peers import report
from benchmarks.peers.environments import python
from benchmarks.peers.sides import SIMULATORS, SOLVERS, Measured, Side, measured

_KEPT = Path(__file__).parent / "measured.json"
_CACHE = Path.home() / ".cache" / "resetdyn-peers"


def jobs(sides: Iterable[Side], solvers: Iterable[Side]) -> list[tuple[Side, str, float]]:
    """Return who is asked for what, at which step."""
    return [(side, case, step) for side in (*sides, *solvers) for case in side.cases for step in side.steps]


def median(runs: list[Measured]) -> Measured:
    """Return one run in place of several: the median time, the mean of what was found."""
    n = np.array([run.n for run in runs])
    return replace(
        runs[0],
        seconds=float(np.median([run.seconds for run in runs])),
        bias=float(np.average([run.bias for run in runs], weights=n)),
        error=float(np.sqrt(np.sum((n * [run.error for run in runs]) ** 2)) / n.sum()),
        n=int(n.sum()),
        first=float(np.median([run.first for run in runs])),
        imported=float(np.median([run.imported for run in runs])),
        memory=float(np.max([run.memory for run in runs])),
    )


def machine() -> str:
    """Return what the numbers were measured on."""
    import os

    import numba

    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    return (
        f"{os.cpu_count()} cores of {model}, {platform.system()}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, numba {numba.__version__}, {time.strftime('%B %Y')}"
    )


def run(rounds: int, seconds: float, folder: Path, *, install: bool = True) -> dict[str, list[Measured]]:
    """Run all sides that can be had in turn, and return the medians."""
    interpreters = {
        side.environment: python(side.environment, folder, install=install)
        for side in (*SIMULATORS, *SOLVERS)
    }
    todo = [job for job in jobs(SIMULATORS, SOLVERS) if interpreters[job[0].environment]]
    runs: dict[tuple[str, str, str, float], list[Measured]] = {}
    failed: set[tuple[Side, str]] = set()
    for side, case, step in tqdm(todo * rounds, desc="peers", disable=not sys.stderr.isatty()):
        if (side, case) in failed:
            continue
        interpreter = interpreters[side.environment]
        assert interpreter is not None
        try:
            found = measured(side, case, step, interpreter, seconds)
        except RuntimeError as error:
            failed.add((side, case))
            print(error, file=sys.stderr)
            continue
        runs.setdefault((side.file, side.name, case, step), []).append(found)
    files = {side.file for side in SIMULATORS}
    medians = {key: median(found) for key, found in runs.items()}
    return {
        "simulation": [found for key, found in medians.items() if key[0] in files],
        "exact": [found for key, found in medians.items() if key[0] not in files],
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the tables, and write them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="over all sides (default: 3)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each side in a round (default: 2)")
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder of the page (default: docs)")
    parser.add_argument("--environments", type=Path, default=_CACHE, help=f"their folder (default: {_CACHE})")
    parser.add_argument("--no-install", action="store_true", help="take only environments that are there")
    parser.add_argument("--kept", action="store_true", help="write the tables of the last run again")
    options = parser.parse_args(arguments)
    if options.kept:
        kept = json.loads(_KEPT.read_text(encoding="utf-8"))
        how = kept.pop("how")
        report.write(
            {kind: [Measured(**each) for each in runs] for kind, runs in kept.items()}, how, options.out
        )
        return 0
    found = run(options.rounds, options.seconds, options.environments, install=not options.no_install)
    how = f"rounds: {options.rounds}, {options.seconds:g} s each; {machine()}"
    report.write(found, how, options.out)
    numbers = {kind: [asdict(each) for each in runs] for kind, runs in found.items()}
    _KEPT.write_text(json.dumps({"how": how, **numbers}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
