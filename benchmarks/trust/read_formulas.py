"""Formulas: a potential is parsed or refused, and what was parsed gives real numbers or says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.trust.formulas import formula
from benchmarks.trust.mutations import Rng
from benchmarks.trust.watch import Nonsense
from resetdyn import expressions
from resetdyn.processes import Langevin


class Parsed:
    """Text that :func:`resetdyn.expressions.parse` reads."""

    name, names = "formulas", ("potential",)

    def __init__(self, folder: Path) -> None:
        self.trace = folder / "trace"

    def make(self, rng: Rng) -> str:
        """Return a formula."""
        return formula(rng, str(self.trace))

    def read(self, text: str) -> None:
        """Parse it."""
        import sympy as sp

        found = expressions.parse("potential", text, ("x",), {"a": 1.0})
        if not {s.name for s in found.free_symbols} <= {"x", "a"}:
            raise Nonsense(f"unknown symbols in {found}")
        if found.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
            raise Nonsense(f"no real formula: {found}")


class Potential(Parsed):
    """The same text, as the potential of a process whose force is asked for."""

    name = "potentials"

    def read(self, text: str) -> None:
        """Build the process, and ask for its energy and force."""
        process = Langevin(text, 1.0, parameters={"a": 1.0})
        low, high = process.domain(0.3)
        _check(low <= high, "an empty domain")
        places = np.array([-1.5, 0.3, 2.0])
        for values in (process.energy(places), process.force(places)):
            _check(values.shape == places.shape and values.dtype == float, f"{values} for three places")


def _check(holds: Any, why: str) -> None:
    if not holds:
        raise Nonsense(why)
