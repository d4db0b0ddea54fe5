"""Run the training experiments: ``python -m validation [--quick] [--only NAME] [--out DIR] [--seed N]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from analysis.claims import Claim, verdict, write_results
from analysis.figures import save
from analysis.files import make_writable
from validation import EXPERIMENTS, run_all


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line, and stop with status 2."""
        self.exit(2, f"{self.prog}: error: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for, print the table, write figures and results, and return the exit status."""
    parser = _options()
    options = parser.parse_args(arguments)
    try:
        folder = make_writable(options.out)
    except OSError as problem:
        reason = problem.strerror or problem
        parser.error(f"--out {options.out}: cannot write there ({reason}); give another folder")

    experiments = run_all(quick=options.quick, seed=options.seed, names=options.only or EXPERIMENTS)
    claims = [claim for experiment in experiments for claim in experiment.claims]
    print(table(claims))
    for experiment in experiments:
        for illustration in experiment.figures:
            save(illustration.figure, illustration.name, folder)
    write_results(claims, folder / "results.json")
    outcome = verdict(claims)
    print(f"{outcome}\n{folder / 'results.json'}")
    return outcome.exit_status


def table(claims: Sequence[Claim]) -> str:
    """Return the claims as a table of text, one a line."""
    width = max(len(claim.name) for claim in claims)
    lines = [f"{'claim':{width}}  {'predicted':>11}  {'measured':>11}  {'error':>8}  {'z':>6}  verdict"]
    for claim in claims:
        words = ("holds" if claim.holds else "FAILS") if claim.should_hold else "rejected"
        if not claim.should_hold and not claim.as_expected:
            words = "NOT REJECTED"
        lines.append(
            f"{claim.name:{width}}  {claim.predicted:11.5g}  {claim.measured:11.5g}  {claim.error:8.2g}  "
            f"{claim.z:6.2f}  {words}"
        )
    return "\n".join(lines)


def _options() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m validation",
        description="Hold training runs on real data against the theory. The exit status is 1 when a check "
        "that should hold does not.",
        epilog="example: python -m validation --quick --only ridge --out results/training",
    )
    parser.add_argument("--quick", action="store_true", help="the same claims with fewer runs")
    parser.add_argument(
        "--only", action="append", choices=EXPERIMENTS, metavar="NAME",
        help=f"only this one of {', '.join(EXPERIMENTS)} (may be repeated)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, default=Path("results/validation"), metavar="DIR", help="folder to write to"
    )
    parser.add_argument("--seed", type=_seed, default=1, metavar="N", help="seed of the training runs")
    return parser


def _seed(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed: give a whole number of at least 0")
    return number


if __name__ == "__main__":
    sys.exit(main())
