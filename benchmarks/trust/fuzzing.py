"""Fuzzing of everything that reads input.

    python -m benchmarks.trust.fuzzing [--inputs 100000] [--seed 1] [--only formulas] [--write]

Each input is a right one that was damaged, or one made to do harm.  It must end in an answer, or in an
exception that is documented and names what is wrong: within a second, without a warning, without running
anything, and never in nonsense.  Faults are printed with what made them; the exit status is 1 if there are
any.
"""

from __future__ import annotations

import argparse
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from benchmarks.page import ROOT, put
from benchmarks.trust.read_commands import Command
from benchmarks.trust.read_formulas import Parsed, Potential
from benchmarks.trust.read_saved import Folder, Forged, Saved
from benchmarks.trust.read_tables import Arrays, Table
from benchmarks.trust.watch import Outcome, begin, watched

# Shares of all inputs; what takes longer gets fewer.
SHARES: dict[Any, float] = {
    Parsed: 0.41, Potential: 0.04, Table: 0.24, Arrays: 0.12,
    Saved: 0.1, Forged: 0.05, Folder: 0.02, Command: 0.02,
}  # fmt: skip


class Tried(NamedTuple):
    """What all inputs of one reader ended in."""

    name: str
    counts: Counter[str]
    longest: float
    faults: list[tuple[Any, Outcome]]


def tried(kind: Any, inputs: int, seed: int, folder: Path) -> Tried:
    """Try a reader."""
    rng = np.random.default_rng([seed, len(kind.name)])
    reader = kind(folder)
    counts: Counter[str] = Counter()
    faults, longest = [], 0.0
    for _ in range(inputs):
        given = reader.make(rng)
        outcome = watched(reader.read, given, reader.names, reader.trace)
        counts[outcome.kind] += 1
        longest = max(longest, outcome.seconds)
        if outcome.kind == "fault":
            faults.append((given, outcome))
    return Tried(kind.name, counts, longest, faults)


def fuzz(inputs: int, seed: int, kinds: Any = tuple(SHARES)) -> Iterator[Tried]:
    """Try all readers, each with its share of the inputs."""
    begin()
    with TemporaryDirectory() as folder:
        for kind in kinds:
            place = Path(folder) / kind.__name__
            place.mkdir()
            yield tried(kind, max(1, round(inputs * SHARES[kind])), seed, place)


def row(one: Tried) -> str:
    """Return a row of the table in the docs."""
    counts = one.counts
    numbers = (counts.total(), counts["answered"], counts["refused"], counts["fault"])
    return f"| {one.name} | {' | '.join(f'{number:,}' for number in numbers)} | {one.longest:.2f} |"


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000, help="inputs in all (default: 100,000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="readers whose name begins so")
    parser.add_argument("--write", action="store_true", help="put the table into docs/trust.md")
    options = parser.parse_args()
    kinds = [kind for kind in SHARES if kind.name.startswith(options.only or "")]
    logging.disable()
    table = [
        "| what is read | inputs | answered | refused | faults | longest (s) |",
        "|---|---|---|---|---|---|",
    ]
    print("\n".join(table))
    found = []
    for one in fuzz(options.inputs, options.seed, kinds):
        table.append(row(one))
        print(table[-1], flush=True)
        found.append(one)
    if options.write:
        put("fuzzing", "\n".join(table), ROOT / "docs" / "trust.md")
    for one in found:
        for given, outcome in one.faults[:40]:
            print(f"\n{one.name}: {outcome.why}\n    {given!r:.400}")
    return int(any(one.faults for one in found))


if __name__ == "__main__":
    raise SystemExit(main())
