"""A result that was run: what is shown of it, and the claims it adds to the verdict of the study."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analysis.claims import Claim
from analysis.findings import Table
from analysis.gallery import results
from analysis.gallery.result import Number, Outcome, Result
from analysis.sampling import stream
from resetdyn import plotting


@dataclass(frozen=True)
class Exhibit:
    """A result and what a run of it found.

    Parameters
    ----------
    result : Result
        What was run.
    outcome : Outcome
        What it found.
    value : str
        Value of the last line of the result's code, as Python prints it.
    """

    result: Result
    outcome: Outcome
    value: str

    @property
    def title(self) -> str:
        """What it is called among the experiments."""
        return f"Gallery: {self.result.title}"

    @property
    def claims(self) -> list[Claim]:
        """The z-scores: one for every number that was simulated."""
        return [
            Claim(
                number.quantity,
                number.theory,
                number.simulated,
                math.hypot(number.simulated_error, number.theory_error),
                note=number.note,
            )
            for number in self.outcome.numbers
            if number.is_simulated
        ]

    @property
    def table(self) -> Table:
        """The numbers, ready to print."""
        rows = [(described(number), *cells(number)) for number in self.outcome.numbers]
        columns = ("quantity", "published", "theory", "simulated", "z", "verdict")
        return Table("Numbers: as published, by exact theory, and simulated", columns, rows)

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of ``results.json``; what is not finite or not there is None."""
        return {
            "name": self.result.name,
            "title": self.result.title,
            "paper": str(self.result.paper),
            "link": self.result.paper.link,
            "verdict": self.outcome.verdict,
            "remark": self.outcome.remark,
            "good": self.outcome.good,
            "numbers": [_number(number) for number in self.outcome.numbers],
        }


def run(name: str, quick: bool, seed: int) -> Exhibit:
    """Run the result of this name; its random numbers depend on nothing but the seed and the name."""
    result = results()[name]
    with plotting.style():
        outcome = result.run(quick, stream(seed, name))
    return Exhibit(result, outcome, value_of(result.code))


def value_of(code: str) -> str:
    """Run these lines and return the value of the last one, as Python prints it; '' if there are none.

    Examples
    --------
    >>> value_of("6 * 7")
    '42'
    """
    if not code.strip():
        return ""
    *lines, last = ast.parse(code).body
    if not isinstance(last, ast.Expr):
        raise ValueError(f"code={code!r}: let the last line be an expression, whose value is shown")
    names: dict[str, Any] = {}
    exec(compile(ast.Module(lines, []), "<code>", "exec"), names)
    return repr(_plain(eval(compile(ast.Expression(last.value), "<code>", "eval"), names)))


def described(number: Number) -> str:
    """Return what a number is: the quantity, its equation and the note."""
    equation = f": {number.equation}" if number.equation else ""
    note = f" ({number.note})" if number.note else ""
    return number.quantity + equation + note


def cells(number: Number) -> Sequence[str]:
    """Return the cells of a number: published, theory, simulated, z, verdict."""
    published = "" if number.published is None else _printed(number.published)
    simulated, z = "", ""
    if number.is_simulated:
        decimals = 8
        if math.isfinite(number.simulated_error) and number.simulated_error > 0:
            decimals = max(0, min(8, 1 - math.floor(math.log10(number.simulated_error))))
        simulated = f"{number.simulated:.{decimals}f} ± {number.simulated_error:.{decimals}f}"
        z = f"{number.z:+.2f}".replace("-", "−")
    return published, f"{number.theory:.10g}", simulated, z, _word(number)


def _word(number: Number) -> str:
    if not number.good:
        return "✗ differs" if not number.disputed else "✗ not shown to differ"
    return "differs, as said" if number.disputed else "✓ agrees"


def _printed(published: str | float) -> str:
    """Return the published number; formulas and long references to no more digits than theory shows."""
    if isinstance(published, str) and len(published.lstrip("-0.").replace(".", "")) <= 10:
        return published
    return f"{float(published):.10g}"


def _number(number: Number) -> dict[str, Any]:
    numbers = {
        "theory": number.theory,
        "theory_error": number.theory_error,
        "simulated": number.simulated,
        "simulated_error": number.simulated_error,
        "z": number.z,
    }
    return {
        "quantity": number.quantity,
        "equation": number.equation,
        "published": None if number.published is None else str(number.published),
        **{name: value if math.isfinite(value) else None for name, value in numbers.items()},
        "matches": number.matches,
        "disputed": number.disputed,
        "good": number.good,
        "note": number.note,
    }


def _plain(value: Any) -> Any:
    """Return NumPy scalars, also those in a tuple, as Python numbers of ten digits."""
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    value = value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value
    return float(f"{value:.10g}") if isinstance(value, float) else value
