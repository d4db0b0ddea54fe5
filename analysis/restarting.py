"""Restarts, really applied to randomised algorithms, and recorded.

A run that is cut costs what it used, and the next one has a new seed.  Each search has streams of its own,
told apart by what it is for: no run that the advice sees is ever part of what it is judged by.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.random import SeedSequence
from tqdm import trange

import resetdyn as rd
from analysis.searches import Search
from resetdyn.storage import write_atomically

FILE = Path(__file__).with_name("restarts.json")
RESTARTED = 1000  # searches under each reset
TRAINED = 400  # as many where a search takes long: training


@dataclass(frozen=True)
class Restarted:
    """Searches under a reset.

    Attributes
    ----------
    at : float
        Probability of a reset per step, or the fixed period.
    spent : (n,) array
        What each search took in all, runs that were cut included.
    resets : (n,) array
        How many of its runs were cut.
    """

    at: float
    spent: Any
    resets: Any


def seeds(search: Search, purpose: str, n: int, seed: int = 0) -> Iterator[SeedSequence]:
    """Return seeds for `n` searches; another purpose has other ones."""
    for i in trange(n, desc=f"{search.name}, {purpose}", leave=False):
        yield SeedSequence([seed, i, *f"{search.name} {purpose}".encode()])


def restarted(search: Search, reset: Any, seed: SeedSequence) -> tuple[int, int]:
    """Run one search with its restarts; return what it took in all, and the number of restarts."""
    limits = waits(reset, seed.spawn(1)[0])
    spent = 0
    for resets, limit in enumerate(limits):
        took = search.once(seed.spawn(1)[0], limit)
        if took is not None:
            return spent + took, resets
        spent += limit
    raise AssertionError  # limits never end


def waits(reset: Any, seed: SeedSequence) -> Iterator[int]:
    """Return after how many steps to reset; the step that is the last may still end the run."""
    rng = np.random.default_rng(seed)
    while True:
        yield int(reset.period) if isinstance(reset, rd.Sharp) else int(rng.geometric(reset.probability))


def under(search: Search, reset: Any, n: int, purpose: str, seed: int = 0) -> Restarted:
    """Run `n` searches under a reset."""
    found = [restarted(search, reset, one) for one in seeds(search, purpose, n, seed)]
    at = reset.period if isinstance(reset, rd.Sharp) else reset.probability
    return Restarted(float(at), *np.array(found).T)


def record(
    search: Search, protocols: Callable[[dict[str, Any]], dict[str, Any]], free: list[int] | None = None
) -> dict[str, Any]:
    """Run a search without resets, unless such runs are given, then under what the first half advises."""
    if free is None:
        free = [search.once(one, search.cap) or 0 for one in seeds(search, "free", search.runs)]
    n = TRAINED if search.unit == "epochs" else RESTARTED
    found: dict[str, Any] = {"cap": search.cap, "free": free}
    for name, reset in protocols(found).items():
        runs = under(search, reset, n, name)
        found[name] = {"at": runs.at, "spent": runs.spent.tolist(), "resets": runs.resets.tolist()}
    return found


def write(recorded: dict[str, Any]) -> None:
    """Write all that was recorded, with the versions it was recorded with; a list to a line."""
    import sklearn

    versions = {"scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
    text = json.dumps({"versions": versions, **recorded}).replace('], "', '],\n"').replace('}, "', '},\n"')
    write_atomically(FILE, (text + "\n").encode())


def read() -> dict[str, Any]:
    """Return all that was recorded; 0 stands for a run that was given up."""
    recorded: dict[str, Any] = json.loads(FILE.read_text())
    return recorded


def restarted_of(recorded: dict[str, Any], name: str) -> Restarted:
    """Return recorded searches under a reset as arrays."""
    part = recorded[name]
    return Restarted(part["at"], np.array(part["spent"]), np.array(part["resets"]))
