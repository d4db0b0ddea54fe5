"""Train on noisy labels: ``python -m validation [NAME ...] [--quick] [--out DIR]``.

Without a name all experiments run, and one report says what holds of what the paper claims.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Sequence

from analysis.claims import Experiment
from analysis.options import Parser, positive
from analysis.report import Front, write
from validation.data import raw
from validation.experiments import NAMES, run_all
from validation.runs import Study
from validation.runs.collect import DATASETS
from validation.summary import write_summary

PROGRAM = "python -m validation"
SEEDS, FEWER = 10, 3
FRONT = Front(
    "resetdyn: learning with noisy labels, with and without resetting",
    "Resetting and the latent gradient bias of noisy labels",
    "Bae, Song and Jeong (Mach. Learn.: Sci. Technol. 6, 015062 (2025), arXiv:2406.00396) claim that "
    "resetting minibatch SGD to a checkpoint at random times mitigates the bias that wrong labels add to its "
    "gradient, improves generalisation at negligible cost, and adds to other methods. Here every claim is "
    "measured with linear models on random features, which memorise as networks do, on real data; every "
    "number comes with its standard error over independent repetitions of split, corruption, features and "
    "training.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for, write the report, and return the exit status."""
    options = _parser().parse_args(arguments)
    if options.list:
        print("\n".join(f"{name:10} {what}" for name, what in NAMES.items()))
        return 0
    folder = _parser().made_writable(options.out)
    study = Study(
        folder=folder,
        quick=options.quick,
        seed=options.seed,
        seeds=options.seeds or (FEWER if options.quick else SEEDS),
        workers=options.workers,
        datasets=tuple(options.data or DATASETS),
    )
    began = time.perf_counter()
    try:
        for dataset in study.datasets:  # before hours of work
            raw(dataset)
        experiments = run_all(options.names or [*NAMES], study)
    except KeyboardInterrupt:
        print(f"\n{PROGRAM}: stopped; run the same again to go on from {folder}", file=sys.stderr)
        return 130
    except (ValueError, OSError) as error:
        _parser().error(str(error))
    given = sys.argv[1:] if arguments is None else arguments
    how = (
        f"Written by {shlex.join([*PROGRAM.split(), *given])} with seed {study.seed}, {study.seeds} "
        f"repetitions and {study.workers} processes in {time.perf_counter() - began:.0f} seconds."
    )
    outcome = write(experiments, folder, how, FRONT)
    write_summary(experiments, outcome, how, folder)
    tell(experiments)
    print(f"{outcome}\n{folder / 'index.html'}")
    return outcome.exit_status


def tell(experiments: Sequence[Experiment]) -> None:
    """Print the tables, the findings, and the claims that did not come out as they should."""
    for experiment in experiments:
        for table in experiment.tables:
            print(f"{table.caption}\n{table.text()}\n")
        for finding in experiment.findings:
            print(f"{finding.verdict:13}  {finding.name}: {finding.found}")
        for claim in experiment.claims:
            if not claim.as_expected:
                word = "does not hold" if claim.should_hold else "not rejected"
                print(f"{word}: {claim.name} (z = {claim.z:.2f})")


def _parser() -> Parser:
    parser = Parser(
        PROGRAM,
        description="Train on noisy labels with and without resetting, and report what holds.",
        epilog="example: python -m validation benefit --quick --data digits --out results/validation",
        names=[*NAMES],
        out="results/validation",
        commands=True,
    )
    parser.add_argument("--seeds", type=positive, metavar="N", help=f"repetitions ({SEEDS}; quick: {FEWER})")
    parser.add_argument(
        "--workers", type=positive, default=os.cpu_count() or 1, metavar="N", help="processes"
    )
    parser.add_argument(
        "--data",
        action="append",
        metavar="NAME",
        help="data set, openml:NAME, or a .npz or .csv file; may be repeated (" + ", ".join(DATASETS) + ")",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
