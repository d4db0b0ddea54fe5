"""What was found, as a page of text: findings and tables, and how they came about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis.claims import Experiment, Verdict
from resetdyn.storage import write_atomically


def write_summary(experiments: Sequence[Experiment], outcome: Verdict, how: str, folder: Path) -> None:
    """Write ``summary.md`` into the folder."""
    parts = ["# What was measured", how, f"Held against exact theory: {outcome}."]
    for experiment in experiments:
        if not (experiment.findings or experiment.tables):
            continue
        parts.append(f"## {experiment.title}")
        parts += [
            f"- **{finding.name}: {finding.verdict}.** {finding.found.rstrip('.')}."
            for finding in experiment.findings
        ]
        parts += [table.markdown() for table in experiment.tables]
    write_atomically(folder / "summary.md", ("\n\n".join(parts) + "\n").encode())
