"""Are z-scores normal?  ``python -m benchmarks.proofs.seeds [--seeds N] [--tests FILE ...] [--scores FILE]``.

Runs stochastic tests under several seeds, some at a time, with each z-score that they compare written down
(`benchmarks.proofs.recorder`).  A test should fail under no seed.  The scores themselves should be normal:
too wide, and an error is understated; too narrow, and a test can hardly fail.  The first seed shows which
tests compare scores; the others run those.

Scores of one seed are not independent (tests share their random numbers), seeds are.  So each average over
the checks of a seed has the error that the seeds show.  Each check by itself is held to the normal law over
the seeds: its mean score times ``sqrt(seeds)``, the sum of its squares, which is chi-squared, and from five
seeds on Kolmogorov's and Smirnov's test.  What is named would be named by chance in one of a hundred runs.

With ``--scores`` what is found is kept in a file, seed by seed as each is done, and a later run does the
seeds that are not in it; with ``--write`` the tables are put into ``docs/proofs.md``.  The default, 36 seeds
of all test files that compare scores, takes hours; ``--tests`` chooses files.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from benchmarks.page import ROOT, put
from benchmarks.proofs.recorder import _NAME, transformed

FIRST = 20250
BOUNDS = (1.0, 2.0, 3.0)
RARE = 0.01
_FEW = 5
LIMIT = 6 * 3600.0  # seconds for one seed


class Check(NamedTuple):
    """One comparison of a test: where it is, and its scores, one a seed."""

    where: str
    scores: Any


def files_that_compare() -> list[str]:
    """Return the test files in which a z-score is compared."""
    import ast

    found = []
    for path in sorted((ROOT / "tests").glob("test_*.py")):
        names = ast.walk(transformed(path.read_text(encoding="utf-8")))
        if any(isinstance(node, ast.Name) and node.id == _NAME for node in names):
            found.append(f"tests/{path.name}")
    return found


class Done(NamedTuple):
    """What became of a seed: pytest's exit code, the tests that failed, the seconds, and lines of scores."""

    seed: int
    code: int
    failed: list[str]
    seconds: float
    lines: list[str]

    @property
    def tests(self) -> list[str]:
        """The tests that compared scores."""
        return [json.loads(line)["test"] for line in self.lines]


def run(seed: int, tests: list[str], limit: float = LIMIT) -> Done:
    """Run tests under a seed."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:  # modules compiled without the recorder are of no use
        scores = Path(folder) / "scores"
        command = [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
            "-p", "benchmarks.proofs.recorder", "--z-scores", str(scores), "--seed", str(seed), *tests,
        ]  # fmt: skip
        own = {"PYTHONPYCACHEPREFIX": folder, "MPLBACKEND": "agg"}
        # Options of the caller's pytest, such as two workers, are not for this one.
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTEST")
        } | own
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=limit, check=False
        )
        lines = scores.read_text(encoding="utf-8").splitlines() if scores.exists() else []
    failed = sorted({json.loads(line)["failure"] for line in lines if "failure" in json.loads(line)})
    lines = [line for line in lines if "scores" in json.loads(line)]
    return Done(seed, done.returncode, failed, time.perf_counter() - began, lines)


class Scores:
    """The file of scores: which tests were asked for, lines of the recorder, and one for each seed done.

    Raises
    ------
    ValueError
        If the file is of other tests.
    """

    def __init__(self, path: Path, tests: list[str]) -> None:
        self.path, self.tests = path, tests
        self.seeds: dict[int, Done] = {}
        if not path.exists():
            path.write_text(json.dumps({"tests": tests}) + "\n", encoding="utf-8")
        entries = [(json.loads(line), line) for line in path.read_text(encoding="utf-8").splitlines()]
        if entries[0][0].get("tests") != tests:
            raise ValueError(f"{path} has the scores of other tests: give another file")
        for entry, _ in entries:
            if "failed" in entry:
                seed = entry["seed"]
                own = [line for other, line in entries if "scores" in other and other["seed"] == seed]
                self.seeds[seed] = Done(seed, 0, entry["failed"], entry["seconds"], own)

    def add(self, done: Done) -> None:
        """Keep a seed."""
        self.seeds[done.seed] = done
        summary = json.dumps({"seed": done.seed, "failed": done.failed, "seconds": done.seconds})
        with self.path.open("a", encoding="utf-8") as file:
            file.write("\n".join([*done.lines, summary]) + "\n")


def sweep(wanted: list[int], kept: Scores, workers: int) -> None:
    """Do the seeds that are not kept yet, some at a time, and keep each as it is done.

    Raises
    ------
    RuntimeError
        If pytest could not run the tests.
    """
    left = [seed for seed in wanted if seed not in kept.seeds]

    def keep(done: Done) -> None:
        print(f"seed {done.seed}: {' '.join(done.failed) or 'all pass'} ({done.seconds:.0f} s)", flush=True)
        if done.code not in (0, 1):
            raise RuntimeError(f"pytest ended with {done.code} for {' '.join(kept.tests)}")
        kept.add(done)

    if left and not kept.seeds:
        keep(run(left.pop(0), kept.tests))
    if left:
        tests = sorted({test for done in kept.seeds.values() for test in (*done.tests, *done.failed)})
        with ThreadPoolExecutor(workers) as pool:
            for future in as_completed([pool.submit(run, seed, tests) for seed in left]):
                keep(future.result())


def checks_of(scores: Path) -> tuple[list[Check], list[int]]:
    """Return the checks that were made under every seed, and the seeds."""
    by_place: dict[str, dict[int, float]] = {}
    seeds = set()
    for line in scores.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if "scores" not in entry:
            continue
        seeds.add(entry["seed"])
        for k, (number, values) in enumerate(entry["scores"]):
            for i, value in enumerate(values):
                where = f"{entry['test']}, line {number}" + (f" ({k + 1}.{i + 1})")
                if value is not None and np.isfinite(value):
                    by_place.setdefault(where, {})[entry["seed"]] = value
    order = sorted(seeds)
    checks = [
        Check(where, np.array([by_seed[seed] for seed in order]))
        for where, by_seed in by_place.items()
        if len(by_seed) == len(order)
    ]
    return _different(checks), order


def _different(checks: list[Check]) -> list[Check]:
    """Return the checks that a seed changes: what is fixed is no sample."""
    return [check for check in checks if len(check.scores) < 2 or np.ptp(check.scores) > 0]


def averages(checks: list[Check]) -> list[tuple[str, float, float, float]]:
    """Return what is averaged over the scores: the average, its error over the seeds, the normal law's."""
    table = np.array([check.scores for check in checks])
    asked = [("score", table, 0.0), ("square of the score", table**2, 1.0)]
    asked += [
        (f"share beyond {bound:g}", np.abs(table) > bound, 2 * stats.norm.sf(bound)) for bound in BOUNDS
    ]
    rows = []
    for name, values, normal in asked:
        by_seed = np.mean(values, axis=0)
        error = by_seed.std(ddof=1) / np.sqrt(len(by_seed)) if len(by_seed) > 1 else np.nan
        rows.append((name, float(by_seed.mean()), float(error), float(normal)))
    return rows


def odd(checks: list[Check]) -> list[tuple[str, float, float]]:
    """Return the checks that are not normal over the seeds, with the mean and the size of their scores."""
    found = []
    for where, scores in checks:
        n = len(scores)
        below = stats.chi2.cdf(np.sum(scores**2), n)
        chances = [2 * stats.norm.sf(abs(scores.mean()) * np.sqrt(n)), 2 * below, 2 * (1 - below)]
        if n >= _FEW:
            chances.append(stats.kstest(scores, stats.norm.cdf).pvalue)
        if min(chances) < RARE / (len(chances) * len(checks)):
            found.append((where, float(scores.mean()), float(np.sqrt(np.mean(scores**2)))))
    return found


def report(checks: list[Check], seeds: list[int]) -> str:
    """Return what was found, as it stands on the page."""
    pooled = np.concatenate([check.scores for check in checks])
    away = stats.kstest(pooled, stats.norm.cdf).statistic
    lines = [
        f"{len(checks)} checks under each of {len(seeds)} seeds ({seeds[0]} to {seeds[-1]}), {len(pooled)} "
        f"scores. Their distribution is nowhere more than {away:.3f} away from the normal one (the statistic "
        "of Kolmogorov and Smirnov).",
        "",
        "| average | found | normal |",
        "|---|---|---|",
    ]
    lines += [
        f"| {name} | {value:.4f} ± {error:.4f} | {normal:.4f} |"
        for name, value, error, normal in averages(checks)
    ]
    named = odd(checks)
    lines += ["", f"Checks whose scores are not normal over the seeds: {len(named) or 'none'}."]
    if named:
        lines += ["", "| check | mean score | root mean square |", "|---|---|---|"]
        lines += [f"| `{where}` | {mean:+.2f} | {size:.2f} |" for where, mean, size in named]
    return "\n".join(lines)


def main() -> int:
    """Run, and print what was found; return 1 where a test failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=36, help="how many seeds")
    parser.add_argument("--first", type=int, default=FIRST, help="the first of them")
    parser.add_argument("--tests", nargs="+", metavar="FILE", help="test files, or other arguments of pytest")
    parser.add_argument("--scores", type=Path, metavar="FILE", help="keep the scores, and add to them")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="seeds at a time")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/proofs.md")
    chosen = parser.parse_args()
    tests = chosen.tests or files_that_compare()
    with tempfile.TemporaryDirectory() as folder:
        try:
            kept = Scores((chosen.scores or Path(folder) / "scores.jsonl").resolve(), tests)
            sweep(list(range(chosen.first, chosen.first + chosen.seeds)), kept, chosen.workers)
        except (RuntimeError, ValueError) as error:
            print(error)
            return 2
        text = report(*checks_of(kept.path))
    all_done = [kept.seeds[seed] for seed in sorted(kept.seeds)]
    failures = [f"`{test}` under seed {done.seed}" for done in all_done for test in done.failed]
    text += f"\n\nTests that failed: {', '.join(failures) or 'none'}."
    print(text)
    if chosen.write:
        minutes = sum(done.seconds for done in all_done) / 60
        files = sorted({test.split("::")[0] for done in all_done for test in done.tests})
        names = ", ".join(f"`{name.removeprefix('tests/')}`" for name in files)
        put("seeds", f"{text}\n\n{minutes:.0f} minutes of one core, for tests of {names}.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
