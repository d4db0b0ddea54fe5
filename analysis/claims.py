"""Claims: what was predicted, what was measured, and whether the one holds against the other.

Every line of the report is a claim, and every claim is a z-score: ``z = (measured - predicted) / error`` with
the standard error of the measurement (and nothing else) in the denominator.  A claim holds when ``|z| < 4``.
Negative controls are claims about deliberately wrong simulators: they should *not* hold.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.findings import Finding, Table
from resetdyn.storage import write_atomically

LIMIT = 4.0


@dataclass(frozen=True)
class Claim:
    """One predicted number held against one measured number.

    Parameters
    ----------
    name : str
        What is claimed, in words.
    predicted, measured : float
        The two numbers.
    error : float
        Standard error of their difference.
    should_hold : bool, optional
        False for a negative control, which has to be rejected.
    group : str, optional
        Heading under which the report lists it.
    note : str, optional
        How the error was obtained, or what else a reader should know.

    Examples
    --------
    >>> claim = Claim("mean first-passage time", predicted=1.544, measured=1.548, error=0.005)
    >>> round(claim.z, 3), claim.holds
    (0.8, True)
    """

    name: str
    predicted: float
    measured: float
    error: float
    should_hold: bool = True
    group: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        # Plain Python floats, whatever NumPy scalars came in: they go to JSON.
        for number in ("predicted", "measured", "error"):
            object.__setattr__(self, number, float(getattr(self, number)))

    @property
    def z(self) -> float:
        """The deviation in standard errors; NaN (which never holds) where there is no usable error."""
        if not self.error > 0:
            return math.nan
        return (self.measured - self.predicted) / self.error

    @property
    def holds(self) -> bool:
        """Whether the measurement agrees with the prediction."""
        return abs(self.z) < LIMIT

    @property
    def as_expected(self) -> bool:
        """Whether the claim holds where it should, or a negative control is rejected on evidence.

        A control whose z is NaN measured nothing, so that its rejection would prove nothing.
        """
        return self.holds if self.should_hold else math.isfinite(self.z) and not self.holds

    def as_dict(self) -> dict[str, Any]:
        """Return the line of ``results.json``; a number that is not finite becomes ``None``."""
        return {
            "name": self.name,
            "predicted": _finite(self.predicted),
            "measured": _finite(self.measured),
            "error": _finite(self.error),
            "z": _finite(self.z),
            "holds": self.holds,
            "should_hold": self.should_hold,
        }


@dataclass(frozen=True)
class Illustration:
    """A figure of the report.

    Parameters
    ----------
    name : str
        Stem of its file name.
    caption : str
        What it shows and what physics to read from it; plain text.
    figure : matplotlib.figure.Figure
        The figure.
    """

    name: str
    caption: str
    figure: Any


@dataclass(frozen=True)
class Experiment:
    """One result of the study: its claims and its figures.

    Parameters
    ----------
    name : str
        Short name, as in ``python -m analysis --only NAME``.
    title : str
        Heading in the report.
    text : str
        A short introduction; plain text, paragraphs separated by an empty line.
    claims : sequence of Claim
        What is held against what.
    figures : sequence of Illustration
        What there is to see.
    findings : sequence of Finding
        What was found about published claims, whatever it is.
    tables : sequence of Table
        Numbers side by side.
    """

    name: str
    title: str
    text: str
    claims: Sequence[Claim] = field(default_factory=tuple)
    figures: Sequence[Illustration] = field(default_factory=tuple)
    findings: Sequence[Finding] = field(default_factory=tuple)
    tables: Sequence[Table] = field(default_factory=tuple)


@dataclass(frozen=True)
class Verdict:
    """The verdict over many claims, negative controls counted apart."""

    held: int
    total: int
    rejected: int
    controls: int
    largest: float
    chi_square: float
    passed: bool

    @property
    def exit_status(self) -> int:
        """0 when everything came out as it should, else 1."""
        return 0 if self.passed else 1

    def __str__(self) -> str:
        text = (
            f"{self.held} of {self.total} claims hold, max |z| = {self.largest:.2f}, "
            f"chi-square of z = {self.chi_square:.1f} on {self.total} lines"
        )
        if self.controls:
            text += f"; {self.rejected} of {self.controls} negative controls rejected"
        return text


def verdict(claims: Sequence[Claim]) -> Verdict:
    """Return the verdict over these claims."""
    tested = [claim for claim in claims if claim.should_hold]
    controls = [claim for claim in claims if not claim.should_hold]
    scores = [claim.z for claim in tested]
    undecided = any(math.isnan(z) for z in scores)
    return Verdict(
        held=sum(claim.as_expected for claim in tested),
        total=len(tested),
        rejected=sum(claim.as_expected for claim in controls),
        controls=len(controls),
        largest=math.nan if undecided else max(map(abs, scores), default=0.0),
        chi_square=math.fsum(z * z for z in scores),
        passed=all(claim.as_expected for claim in claims),
    )


def write_results(
    claims: Sequence[Claim],
    path: str | os.PathLike[str],
    findings: Sequence[Finding] = (),
    gallery: Sequence[dict[str, Any]] = (),
) -> None:
    """Write ``{"claims": [...]}`` as strictly valid JSON, whole or not at all.

    Findings and the results of the gallery, where there are any, go beside the claims.
    """
    lines: dict[str, Any] = {"claims": [claim.as_dict() for claim in claims]}
    if findings:
        lines["findings"] = [finding.as_dict() for finding in findings]
    if gallery:
        lines["gallery"] = list(gallery)
    text = json.dumps(lines, indent=1, allow_nan=False)
    write_atomically(path, (text + "\n").encode())


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
