"""Run the study: ``python -m analysis [--quick] [--only NAME] [--list] [--out DIR] [--seed N]``."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from analysis.experiments import EXPERIMENTS, run_all
from analysis.files import make_writable
from analysis.report import write

PROGRAM = "python -m analysis"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line, and stop with status 2."""
        self.exit(2, f"{self.prog}: error: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for, write the report, and return the exit status."""
    parser = _options()
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(EXPERIMENTS))
        return 0
    try:
        folder = make_writable(options.out)
    except OSError as problem:
        reason = problem.strerror or problem
        parser.error(f"--out {options.out}: cannot write there ({reason}); give another folder")

    began = time.perf_counter()
    experiments = run_all(options.only or EXPERIMENTS, quick=options.quick, seed=options.seed)
    given = sys.argv[1:] if arguments is None else arguments
    how = (
        f"Written by {shlex.join([*PROGRAM.split(), *given])} with seed {options.seed} "
        f"in {time.perf_counter() - began:.0f} seconds."
    )
    outcome = write(experiments, folder, how)
    print(f"{outcome}\n{folder / 'index.html'}")
    return outcome.exit_status


def _options() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Hold theory against simulation and training, and write a report. "
        "The exit status is 1 when a check that should hold does not.",
        epilog="example: python -m analysis --quick --out results",
    )
    parser.add_argument(
        "--quick", action="store_true", help="the same claims with fewer samples, in under a minute"
    )
    parser.add_argument(
        "--only", action="append", choices=EXPERIMENTS, metavar="NAME", help="only this one (may be repeated)"
    )
    parser.add_argument("--list", action="store_true", help="list the names of the experiments")
    parser.add_argument("--out", type=Path, default=Path("results"), metavar="DIR", help="folder to write to")
    parser.add_argument("--seed", type=_seed, default=1, metavar="N", help="seed of all random numbers")
    return parser


def _seed(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed: give a whole number of at least 0")
    return number


if __name__ == "__main__":
    sys.exit(main())
