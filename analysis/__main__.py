"""Run the study: ``python -m analysis [--quick] [--only NAME] [--list] [--out DIR] [--seed N]``."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analysis.claims import Experiment
from analysis.experiments import EXPERIMENTS, run_all
from analysis.gallery import hall, results
from analysis.gallery.exhibit import Exhibit
from analysis.options import Parser
from analysis.report import STUDY, write

PROGRAM = "python -m analysis"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for, write the report, and return the exit status."""
    parser = Parser(
        PROGRAM,
        description="Hold theory against simulation and training, and write a report.",
        epilog="example: python -m analysis --quick --out results",
        names=[*EXPERIMENTS, *results()],
        out="results",
    )
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join([*EXPERIMENTS, *results()]))
        return 0
    folder = parser.made_writable(options.out)

    began = time.perf_counter()
    found = run_all(options.only or [*EXPERIMENTS, *results()], quick=options.quick, seed=options.seed)
    experiments = [part for part in found if isinstance(part, Experiment)]
    exhibits = [part for part in found if isinstance(part, Exhibit)]
    given = sys.argv[1:] if arguments is None else arguments
    how = (
        f"Written by {shlex.join([*PROGRAM.split(), *given])} with seed {options.seed} "
        f"in {time.perf_counter() - began:.0f} seconds."
    )
    links = gallery(exhibits, folder, how) | training(folder)
    outcome = write(experiments, folder, how, replace(STUDY, links=links), exhibits)
    print(f"{outcome}\n{folder / 'index.html'}")
    for exhibit in exhibits:
        if not exhibit.outcome.good:
            print(f"{exhibit.result.name} is not as stated:\n{exhibit.table.text()}")
    return outcome.exit_status or int(not all(exhibit.outcome.good for exhibit in exhibits))


def gallery(exhibits: Sequence[Exhibit], folder: Path, how: str) -> dict[str, str]:
    """Write the gallery beside the report and return the link to it; nothing where nothing of it was run."""
    if not exhibits:
        return {}
    page = hall.write(exhibits, folder / "gallery", how)
    return {f"The gallery: {hall.tally(exhibits)}": str(page.relative_to(folder))}


def training(folder: Path) -> dict[str, str]:
    """Return the link to the report on training with noisy labels, or how to write that."""
    place = "validation/index.html"
    if (folder / place).is_file():
        return {"Training on noisy labels: each claim of the paper, and what was measured": place}
    command = f"python -m validation --out {shlex.quote(str(folder / 'validation'))}"
    return {f"Training on noisy labels has a report of its own, which {command} writes to this place": place}


if __name__ == "__main__":
    sys.exit(main())
