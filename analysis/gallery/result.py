"""What a result of the gallery is: a paper's statement, the numbers that it rests on, and the verdict.

Each number may stand in three ways: as published, by exact theory, and simulated.  Theory must give what was
published to every digit printed, and simulation must agree with theory as a z-score.  A published statement
that is loose or wrong is a result too: its number is `disputed`, and then theory must differ from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from analysis.claims import LIMIT
from analysis.sampling import Estimate

Word = Literal["reproduced", "corrected"]
WORDS: tuple[Word, ...] = ("reproduced", "corrected")

_ROUNDING = 8 * float(np.finfo(float).eps)  # relative; what exact theory in double precision may be off by


@dataclass(frozen=True)
class Paper:
    """Where a result was published.

    Parameters
    ----------
    authors : str
        ``"Evans, Majumdar"``; plain text.
    year : int
        Year of publication.
    title : str
        Title of the paper.
    journal : str
        Journal, volume and page.
    doi, arxiv : str, optional
        Identifiers without a prefix, ``"10.1103/PhysRevLett.106.160601"``, ``"1102.2704"``; only what was
        checked against another source.
    page : str, optional
        Address of a page on the paper, for one that has neither.

    Raises
    ------
    ValueError
        If there is none of these, and no volume or page in `journal` either.
    """

    authors: str
    year: int
    title: str
    journal: str
    doi: str = ""
    arxiv: str = ""
    page: str = ""

    def __post_init__(self) -> None:
        if not (self.link or any(letter.isdigit() for letter in self.journal)):
            raise ValueError(
                f"{self.authors} {self.year}: give a doi, an arxiv number, or the journal's volume and page, "
                "so that it can be found"
            )

    def __str__(self) -> str:
        return f"{self.authors}: {self.title}. {self.journal} ({self.year})"

    @property
    def link(self) -> str:
        """Address of the paper; empty if none could be checked."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else self.page


@dataclass(frozen=True)
class Number:
    """One number of a result.

    Parameters
    ----------
    quantity : str
        What it is; plain text.
    published : str, float or None
        The paper's printed number, as text with the digits printed, or the value of its formula; None if
        there is neither.
    equation : str
        The formula or the number of the equation in the paper; plain text.
    theory : float
        What exact theory gives.
    theory_error : float, optional
        Its stated error, beyond rounding.
    simulated, simulated_error : float, optional
        What simulation gives, and its standard error.
    note : str, optional
        What else a reader should know.
    disputed : bool, optional
        Whether the published number is said to be loose or wrong; then theory has to differ from it.
    """

    quantity: str
    published: str | float | None
    equation: str
    theory: float
    theory_error: float = 0.0
    simulated: float = math.nan
    simulated_error: float = math.nan
    note: str = ""
    disputed: bool = False

    def __post_init__(self) -> None:
        for name in ("theory", "theory_error", "simulated", "simulated_error"):
            object.__setattr__(self, name, float(getattr(self, name)))  # NumPy's scalars go no further
        if self.published is not None and not isinstance(self.published, str):
            object.__setattr__(self, "published", float(self.published))
        if self.disputed and self.published is None:
            raise ValueError(
                f"{self.quantity}: a disputed number needs the published one that it differs from"
            )

    @property
    def tolerance(self) -> float:
        """How far theory may be from the published number: half its last digit, its own error, rounding."""
        if self.published is None:
            return math.nan
        printed = Decimal(self.published) if isinstance(self.published, str) else None
        if printed is None or not printed.is_finite():
            half = 0.0
        else:
            half = 0.5 * 10.0 ** int(printed.as_tuple().exponent)
        return half + self.theory_error + _ROUNDING * abs(float(self.published))

    @property
    def matches(self) -> bool | None:
        """Whether theory gives the published number; None if there is none."""
        if self.published is None:
            return None
        published = float(self.published)
        if not (math.isfinite(published) and math.isfinite(self.tolerance)):
            return self.theory == published
        return abs(self.theory - published) <= self.tolerance

    @property
    def z(self) -> float:
        """Deviation of simulation from theory in standard errors; NaN where nothing was simulated."""
        error = math.hypot(self.simulated_error, self.theory_error)
        return (self.simulated - self.theory) / error if error > 0 else math.nan

    @property
    def is_simulated(self) -> bool:
        """Whether there is a simulated number to hold against theory."""
        return not math.isnan(self.simulated)

    @property
    def good(self) -> bool:
        """Whether everything about this number is as stated: one that was never compared is not."""
        if self.matches is None and not self.is_simulated:
            return False
        published = self.matches is None or self.matches != self.disputed
        return published and (not self.is_simulated or abs(self.z) < LIMIT)


def seen(estimate: Estimate) -> dict[str, float]:
    """Return an estimate as the simulated part of a number: ``Number(..., **seen(mean(times)))``."""
    return {"simulated": estimate.value, "simulated_error": estimate.error}


@dataclass(frozen=True)
class Outcome:
    """What a run of a result found.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure, with labelled axes.
    numbers : sequence of Number
        The numbers.
    verdict : {"reproduced", "corrected"}
        Whether the published statement stands.
    remark : str, optional
        For "corrected" how the statement is loose or wrong, with the number; else what a reader should know.
    caption : str, optional
        What the figure shows; plain text.

    Raises
    ------
    ValueError
        If the verdict is neither, "corrected" without a remark, or "reproduced" with a disputed number.
    """

    figure: Any
    numbers: Sequence[Number]
    verdict: Word
    remark: str = ""
    caption: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in WORDS:
            raise ValueError(f"verdict={self.verdict!r}: give one of {', '.join(map(repr, WORDS))}")
        if self.verdict == "corrected" and not self.remark:
            raise ValueError("verdict='corrected': give the remark that says how, with the number")
        disputed = [number.quantity for number in self.numbers if number.disputed]
        if self.verdict == "reproduced" and disputed:
            raise ValueError(f"verdict='reproduced', but {', '.join(disputed)} is disputed: say 'corrected'")

    @property
    def good(self) -> bool:
        """Whether there are numbers and each is as stated."""
        return bool(self.numbers) and all(number.good for number in self.numbers)


@dataclass(frozen=True)
class Result:
    """A result of the gallery; its module defines it as ``RESULT``.

    Parameters
    ----------
    name : str
        Name of its module, as in ``python -m analysis --only NAME``.
    title : str
        What was found, in a few words.
    paper : Paper
        Who found it.
    statement : str
        What the paper states; plain text, paragraphs separated by an empty line.
    run : callable
        ``run(quick, rng) -> Outcome``.
    formula : str, optional
        The equation at its heart, in the TeX that matplotlib and MathJax both know, without dollars.
    code : str, optional
        The few lines that give the main number; the last one is an expression, whose value is shown.
    also : sequence of Paper, optional
        Other papers that the result rests on.
    """

    name: str
    title: str
    paper: Paper
    statement: str
    run: Callable[[bool, np.random.Generator], Outcome]
    formula: str = ""
    code: str = ""
    also: Sequence[Paper] = ()
