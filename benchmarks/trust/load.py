"""Load: many paths, a large diagram, many dimensions, a week of work.

    python -m benchmarks.trust.load [--paths 10000000] [--side 1000] [--dimension 1000] [--write]

Each runs in a process of its own, whose peak of memory is measured; what comes out is held to the exact
answer.  The exit status is 1 if a row does not hold.  ``--paths 1000000000`` takes minutes on idle cores.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import resetdyn as rd
from benchmarks.page import ROOT, put
from benchmarks.trust import clock
from resetdyn.families import ornstein_uhlenbeck

_Z = 4.0  # standard errors


class Row(NamedTuple):
    """What was done, what it took, whether it held, and by what that was judged."""

    what: str
    seconds: float
    megabytes: float
    holds: bool
    judged: str


def paths(n: int) -> tuple[bool, str]:
    """Simulate many first passages, keeping a summary."""
    problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))
    summary = rd.simulate(problem, n=n, rng=7, keep="summary", workers=2)
    z = (summary.mean - rd.solve(problem).mean) / summary.error
    return abs(z) < _Z and summary.n == n, f"mean {z:+.2f} standard errors from the exact one"


def diagram(side: int) -> tuple[bool, str]:
    """Solve a large diagram, save it and load it; some of its cells are solved again one by one."""
    x = ("diffusion", np.geomspace(0.1, 10.0, side))
    y = ("reset_rate", np.geomspace(0.01, 100.0, side))
    found = rd.phase_diagram(ornstein_uhlenbeck, x, y, quantity="mean")
    with tempfile.TemporaryDirectory() as folder:
        found.save(f"{folder}/diagram.npz")
        same = rd.load(f"{folder}/diagram.npz").values.tobytes() == found.values.tobytes()
    rng, worst = np.random.default_rng(7), 0.0
    for i, j in rng.integers(side, size=(100, 2)):
        alone = rd.solve(ornstein_uhlenbeck(diffusion=found.x[j], reset_rate=found.y[i])).mean
        worst = max(worst, abs(found.values[i, j] / alone - 1))
    return same and worst < 1e-12, f"100 cells solved alone differ by {worst:.0e} at most; saved and loaded"


def dimensions(dim: int) -> tuple[bool, str]:
    """Solve a quadratic with noisy labels in many dimensions, and sample its steady state under resets."""
    rng = np.random.default_rng(7)
    basis = np.linalg.qr(rng.normal(size=(dim, dim)))[0]
    hessian = (basis * np.geomspace(0.1, 1.0, dim)) @ basis.T
    model = rd.LabelNoiseQuadratic(
        hessian=(hessian + hessian.T) / 2, clean_optimum=np.zeros(dim), wrong_optimum=rng.normal(size=dim),
        noise_rate=0.3, learning_rate=0.1, batch_size=8, gradient_covariance=1.0,
        initial=rng.normal(size=dim),
    )  # fmt: skip
    problem = rd.SteadyState(model.process(), rd.Poisson(0.5, to=model.checkpoint))
    exact, samples = rd.solve(problem), rd.simulate(problem, n=100, rng=7)
    variances, axes = np.linalg.eigh(exact.cov)  # along these axes coordinates are not correlated
    z = (samples.mean - exact.mean) @ axes / np.sqrt(variances / samples.n)
    spread = (np.sum(z**2) - dim) / np.sqrt(2 * dim)
    risk = abs(model.steady_risk(reset_rate=0.5) / model.clean_risk.expect(exact.mean, exact.cov) - 1)
    judged = f"squares of {dim} z-scores {spread:+.2f} standard errors from their mean; risk to {risk:.0e}"
    return bool(abs(spread) < _Z and risk < 1e-9), judged


def week(_: int) -> tuple[bool, str]:
    """Show the progress of a week's work under a clock that only the work moves."""
    shows = [clock.a_week_of_cells(), clock.a_week_of_cells(kept=28), clock.a_week_of_paths()]
    worst = max(map(clock.worst, shows))
    return worst < 1e-3, f"time gone and time left miss a week by {worst:.0e} of it at most, resumed too"


WORK: dict[str, tuple[Callable[[int], tuple[bool, str]], str]] = {
    "paths": (paths, "{:.0e} paths, as a summary"),
    "side": (diagram, "a diagram of {0} x {0}"),
    "dimension": (dimensions, "a quadratic in {} dimensions"),
    "week": (week, "a week of work, by a fake clock"),
}


def measured(name: str, size: int) -> Row:
    """Do one piece of work in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.trust.load", "--alone", name, str(size)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=6 * 3600)
    if done.returncode:
        return Row(WORK[name][1].format(size), np.nan, np.nan, False, done.stderr.strip()[-200:])
    return Row(WORK[name][1].format(size), **json.loads(done.stdout))


def alone(name: str, size: int) -> dict[str, Any]:
    """Do one piece of work in this process, and return what it took."""
    began = time.perf_counter()
    holds, judged = WORK[name][0](size)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "megabytes": peak, "holds": bool(holds), "judged": judged}


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paths", type=int, default=10**7, help="most paths (default: 10,000,000)")
    parser.add_argument("--side", type=int, default=1000, help="cells along each axis (default: 1000)")
    parser.add_argument("--dimension", type=int, default=1000, help="(default: 1000)")
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help="put the table into docs/trust.md")
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(alone(options.alone[0], int(options.alone[1]))))
        return 0
    sizes = [("paths", max(1, options.paths // part)) for part in (100, 10, 1)]
    sizes += [("side", options.side), ("dimension", options.dimension), ("week", 0)]
    table = ["| work | seconds | peak of memory (MB) | holds | judged by |", "|---|---|---|---|---|"]
    print("\n".join(table))
    rows = []
    for name, size in sizes:
        rows.append(measured(name, size))
        what, seconds, megabytes, holds, judged = rows[-1]
        table.append(f"| {what} | {seconds:.3g} | {megabytes:.0f} | {'yes' if holds else 'no'} | {judged} |")
        print(table[-1], flush=True)
    if options.write:
        put("load", "\n".join(table), ROOT / "docs" / "trust.md")
    return int(not all(row.holds for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
