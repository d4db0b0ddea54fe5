"""Findings: what others claim, what was measured here, and whether it holds; and tables of numbers.

A claim of this project's own theory is a z-score and has to hold (`analysis.claims`).  A claim of somebody
else's paper is a question: whatever comes out is a result, and none of the three answers is a failure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Answer = Literal["holds", "holds in part", "does not hold"]
ANSWERS: tuple[Answer, ...] = ("holds", "holds in part", "does not hold")


@dataclass(frozen=True)
class Finding:
    """What was found about one published claim.

    Parameters
    ----------
    name : str
        The claim, in the words of the paper or close to them.
    found : str
        What was measured, in words and numbers.
    verdict : {"holds", "holds in part", "does not hold"}
        The answer.
    measured, error : float, optional
        The number that the answer rests on most, and its standard error.
    predicted : float, optional
        What it is held against: the value without the effect, mostly 0.

    Raises
    ------
    ValueError
        If the verdict is none of the three.

    Examples
    --------
    >>> Finding("resetting is cheap", "0.2 % of the time of a step", "holds", 0.2, 0.05).as_dict()["z"]
    4.0
    """

    name: str
    found: str
    verdict: Answer
    measured: float = math.nan
    error: float = math.nan
    predicted: float = 0.0

    def __post_init__(self) -> None:
        if self.verdict not in ANSWERS:
            raise ValueError(f"verdict={self.verdict!r}: give one of {', '.join(map(repr, ANSWERS))}")

    def as_dict(self) -> dict[str, Any]:
        """Return the line of ``results.json``: that of a claim, with what was found and the answer."""
        z = (self.measured - self.predicted) / self.error if self.error > 0 else math.nan
        numbers = {"predicted": self.predicted, "measured": self.measured, "error": self.error, "z": z}
        plain = {name: float(n) if math.isfinite(n) else None for name, n in numbers.items()}
        holds = self.verdict == "holds"
        return {
            "name": self.name,
            **plain,
            "holds": holds,
            "should_hold": None,
            "found": self.found,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class Table:
    """A table of the report: text in cells, ready to print.

    Parameters
    ----------
    caption : str
        What it shows; plain text.
    columns : sequence of str
        Headings.
    rows : sequence of sequence of str
        Cells, as many in each row as there are headings.

    Examples
    --------
    >>> print(Table("Two numbers", ("name", "value"), [("one", "1"), ("two", "22")]).text())
    name  value
    one       1
    two      22
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def text(self) -> str:
        """Return the table for a terminal, numbers to the right of the first column."""
        lines = [self.columns, *self.rows]
        widths = [max(len(str(line[i])) for line in lines) for i in range(len(self.columns))]
        return "\n".join(
            "  ".join(
                f"{cell!s:<{width}}" if i == 0 else f"{cell!s:>{width}}"
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )

    def markdown(self) -> str:
        """Return the table for a page of text, its caption above it."""
        rules = ["---"] + ["---:"] * (len(self.columns) - 1)
        lines = [self.columns, rules, *self.rows]
        body = "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
        return f"{self.caption}:\n\n{body}"
