"""The report: one page that carries its figures, its verdicts and its style with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from analysis.claims import LIMIT, Claim, Experiment, Illustration, Verdict, verdict, write_results
from analysis.figures import save
from analysis.findings import Finding
from analysis.gallery.exhibit import Exhibit
from analysis.markup import link, numbers_table, paragraphs, write_document
from analysis.scores import illustrate

WIDE = 8.0  # inches from which a figure takes the whole width of the page

HEAD = (
    "<thead><tr><th>Claim</th><th>Predicted</th><th>Measured ± error</th><th>z</th>"
    "<th>−4 … 4</th><th>Verdict</th></tr></thead>"
)

PAGE = """
<header>
<h1>{heading}</h1>
{lead}
{banner}
{findings}
<nav aria-label="Contents"><ol>
{contents}
</ol></nav>
</header>
<main>
{sections}
<section id="verdicts">
<h2>Verdict table</h2>
<p>z = (measured − predicted) / error, where the error is the measurement's standard error and nothing else.
A claim holds when |z| &lt; {limit:g}. Negative controls are deliberately wrong: they must be rejected.</p>
<div class="figures">
{scores}
</div>
{table}
</section>
</main>
"""


@dataclass(frozen=True)
class Front:
    """What a report says of itself before its first section.

    Parameters
    ----------
    title : str
        What the window shows.
    heading : str
        Its headline.
    lead : str
        What it is; plain text, paragraphs separated by an empty line.
    links : dict of str to str, optional
        Other pages, by what is said of them; relative to this page.
    """

    title: str
    heading: str
    lead: str
    links: Mapping[str, str] = field(default_factory=dict)


STUDY = Front(
    "resetdyn: theory held against simulation and training",
    "Stochastic resetting, from search to learning with noisy labels",
    "Exact theory on one side, simulation and real training runs on the other. Every number and every figure "
    "on this page was computed in the run that wrote it.",
)


def write(
    experiments: Sequence[Experiment],
    folder: Path,
    how: str,
    front: Front = STUDY,
    exhibits: Sequence[Exhibit] = (),
) -> Verdict:
    """Write the page, the figures and ``results.json`` into the folder; return the verdict.

    Parameters
    ----------
    experiments : sequence of Experiment
        What was found.
    folder : Path
        Where it goes; it exists.
    how : str
        How it was found (command, seed, duration), for the foot of the page.
    front : Front, optional
        What the page says of itself.
    exhibits : sequence of Exhibit, optional
        Results of the gallery, which has pages of its own: their claims are judged with the rest.
    """
    claims = [claim for part in (*experiments, *exhibits) for claim in part.claims]
    findings = [finding for experiment in experiments for finding in experiment.findings]
    outcome = verdict(claims)
    page = PAGE.format(
        heading=escape(front.heading),
        lead=paragraphs(front.lead) + "".join(link(*words) for words in front.links.items()),
        banner=_banner(outcome, claims) if claims else "",
        findings=_findings(findings),
        contents="\n".join(_entry(experiment) for experiment in experiments)
        + '\n<li><a href="#verdicts">Verdict table</a></li>',
        sections="\n".join(_section(experiment, folder) for experiment in experiments),
        limit=LIMIT,
        scores=_figure(illustrate(claims), folder) if claims else "",
        table=_table([*experiments, *exhibits]),
    )
    write_results(claims, folder / "results.json", findings, [exhibit.as_dict() for exhibit in exhibits])
    write_document(folder / "index.html", front.title, page, how)
    return outcome


def _findings(findings: Sequence[Finding]) -> str:
    """Return what was found about each published claim, a line each."""
    if not findings:
        return ""
    rows = "\n".join(
        f'<tr class="{finding.verdict.replace(" ", "-")}"><td>{escape(finding.name)}</td>'
        f'<td>{escape(finding.found)}</td><td class="verdict">{finding.verdict}</td></tr>'
        for finding in findings
    )
    return (
        '<section id="findings"><h2>What the paper claims, and what was found</h2>\n'
        '<div class="scroll"><table class="findings">\n'
        "<thead><tr><th>Claim</th><th>Measured here</th><th>Answer</th>"
        f"</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div></section>"
    )


def _banner(outcome: Verdict, claims: Iterable[Claim]) -> str:
    failing = [claim for claim in claims if not claim.as_expected]
    items = "".join(f"<li>{escape(claim.name)} (z = {_z(claim.z)})</li>" for claim in failing)
    wrong = f"<p>What did not come out as it should:</p><ul>{items}</ul>" if failing else ""
    kind = "good" if outcome.passed else "bad"
    return f'<div class="banner {kind}"><p><a href="#verdicts">{escape(str(outcome))}</a></p>{wrong}</div>'


def _entry(experiment: Experiment) -> str:
    outcome = verdict(experiment.claims)
    lines = len(experiment.claims)
    tally = (
        f"{sum(c.as_expected for c in experiment.claims)} of {lines} as expected" if lines else "figures only"
    )
    kind = "" if outcome.passed else ' class="bad"'
    link = f'<a href="#{escape(experiment.name)}">{escape(experiment.title)}</a>'
    return f"<li{kind}>{link} <small>{tally}</small></li>"


def _section(experiment: Experiment, folder: Path) -> str:
    tables = "\n".join(map(numbers_table, experiment.tables))
    figures = "\n".join(_figure(illustration, folder) for illustration in experiment.figures)
    return (
        f'<section id="{escape(experiment.name)}">\n<h2>{escape(experiment.title)}</h2>\n'
        f'{paragraphs(experiment.text)}\n<div class="figures">\n{figures}\n</div>\n{tables}\n</section>'
    )


def _figure(illustration: Illustration, folder: Path) -> str:
    kind = ' class="wide"' if illustration.figure.get_figwidth() >= WIDE else ""
    source = save(illustration.figure, illustration.name, folder)
    caption = escape(illustration.caption)
    image = f'<img src="{source}" alt="{caption}" />'
    return f"<figure{kind}>{image}<figcaption>{caption}</figcaption></figure>"


def _table(parts: Sequence[Experiment | Exhibit]) -> str:
    groups: dict[str, list[Claim]] = {}
    for part in parts:
        for claim in part.claims:
            groups.setdefault(claim.group or part.title, []).append(claim)
    bodies = "\n".join(_group(name, claims) for name, claims in groups.items())
    return f'<div class="scroll"><table>\n{HEAD}\n{bodies}\n</table></div>'


def _group(name: str, claims: Iterable[Claim]) -> str:
    heading = f'<tr class="group"><th colspan="6" scope="rowgroup">{escape(name)}</th></tr>'
    rows = "\n".join(_row(claim) for claim in claims)
    return f"<tbody>\n{heading}\n{rows}\n</tbody>"


def _row(claim: Claim) -> str:
    predicted, measured = _numbers(claim)
    note = f"<small>{escape(claim.note)}</small>" if claim.note else ""
    kind = "good" if claim.as_expected else "bad"
    return (
        f'<tr class="{kind}"><td>{escape(claim.name)}{note}</td><td class="number">{predicted}</td>'
        f'<td class="number">{measured}</td><td class="number">{_z(claim.z)}</td>'
        f'<td>{_gauge(claim.z)}</td><td class="verdict">{_word(claim)}</td></tr>'
    )


def _word(claim: Claim) -> str:
    if claim.should_hold:
        return "✓ holds" if claim.holds else "✗ does not hold"
    return "✓ rejected" if claim.as_expected else "✗ not rejected"


def _gauge(z: float) -> str:
    """Return a mark on a scale from -4 to 4: a column of good z-scores is a cloud about the middle."""
    if not math.isfinite(z):
        return ""
    place = 50 + 50 * max(-1.0, min(1.0, z / LIMIT))
    return f'<span class="gauge"><i style="left:{place:.1f}%"></i></span>'


def _numbers(claim: Claim) -> tuple[str, str]:
    """Return prediction and measurement, written to the digits that the error justifies."""
    if not (math.isfinite(claim.error) and claim.error > 0 and math.isfinite(claim.measured)):
        return f"{claim.predicted:.6g}", f"{claim.measured:.6g} ± {claim.error:.2g}"
    decimals = 1 - math.floor(math.log10(claim.error))
    if decimals > 6:
        return f"{claim.predicted:.5g}", f"{claim.measured:.5g} ± {claim.error:.1e}"
    decimals = max(decimals, 0)
    return (
        f"{claim.predicted:.{decimals}f}",
        f"{claim.measured:.{decimals}f} ± {claim.error:.{decimals}f}",
    )


def _z(z: float) -> str:
    return f"{z:+.2f}".replace("-", "−") if abs(z) < 1000 else f"{z:+.3g}".replace("-", "−")
