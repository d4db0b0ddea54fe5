"""Train: ``python -m validation [--quick] [--only NAME] [--list] [--out DIR] [--seed N]``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from analysis.claims import Claim, verdict, write_results
from analysis.figures import save
from analysis.options import Parser
from validation import EXPERIMENTS, run_all


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for, print the table, write figures and results, and return the exit status."""
    parser = Parser(
        "python -m validation",
        description="Hold training runs on real data against the theory.",
        epilog="example: python -m validation --quick --only ridge --out results/training",
        names=EXPERIMENTS,
        out="results/validation",
    )
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(EXPERIMENTS))
        return 0
    folder = parser.made_writable(options.out)

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


if __name__ == "__main__":
    sys.exit(main())
