"""The advice as one page of html that stands alone: words, a table of ways to restart, and pictures."""

from __future__ import annotations

import base64
import io
import os
from html import escape
from typing import Any

from resetdyn._version import __version__
from resetdyn.advice.advice import Advice
from resetdyn.advice.details import HEADINGS, odds_headings, odds_rows, remarks, rows
from resetdyn.advice.measured import Measured
from resetdyn.advice.plain import plain
from resetdyn.advice.words import unit_of
from resetdyn.storage import write_atomically

_STYLE = """
:root { color-scheme: light; --ink: #1d2733; --faint: #5b6875; --line: #d9e0e6; }
body { margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 3rem) 3rem; max-width: 66rem; color: var(--ink);
  background: white; font: 16px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .3rem 0; }
h2 { margin: 2rem 0 .4rem; font-size: 1.15rem; border-top: 2px solid var(--line); padding-top: .6rem; }
.source { color: var(--faint); margin: 0; overflow-wrap: anywhere; }
.answer { border-left: 6px solid #0072B2; background: #eef5fa; padding: .5rem 1.2rem; margin: 1rem 0; }
.answer p { margin: .35rem 0; }
.answer p:first-child { font-size: 1.15rem; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; width: 100%; }
th, td { padding: .3rem .6rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { border-bottom: 2px solid var(--ink); }
.figures { display: grid; gap: 1rem 2rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); }
figure { margin: .5rem 0; break-inside: avoid; }
figure img { width: 100%; height: auto; }
figcaption, li, footer { color: var(--faint); font-size: .92rem; }
footer { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: .4rem; }
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>Would restarting help? {source}</title>
<style>{style}</style>
</head>
<body>
<h1>Would restarting help?</h1>
<p class="source">{source}, {column}</p>
<section class="answer">
{answer}
</section>
<section class="figures">
{figures}
</section>
<h2>Ways to restart</h2>
<div class="scroll"><table>
<thead><tr>{headings}</tr></thead>
<tbody>
{rows}
</tbody>
</table></div>
{odds}<h2>What to know</h2>
<ul>
{remarks}
</ul>
<footer>resetdyn {version}. Means under restarts follow from the measured times by renewal, with the law of
Kaplan and Meier where runs were given up.</footer>
</body>
</html>
"""


def report_page(advice: Advice, measured: Measured) -> str:
    """Return the page.

    Parameters
    ----------
    advice : Advice
        From :func:`resetdyn.advise`.
    measured : Measured
        The times that it is about, from :func:`resetdyn.advice.files.measured_times`.

    Returns
    -------
    str
        A page of html that needs no other file.
    """
    unit = unit_of(advice, measured.unit)
    column = f"column {measured.column}" + (f" in {unit}" if unit else "")
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows(advice, unit)
    )
    return _PAGE.format(
        style=_STYLE,
        source=escape(os.path.basename(measured.source)),
        column=escape(column),
        answer="\n".join(f"<p>{escape(line)}</p>" for line in plain(advice, unit)),
        figures="\n".join(_figures(advice, measured, unit)),
        headings="".join(f"<th>{escape(cell)}</th>" for cell in HEADINGS),
        rows=body,
        odds=_odds(advice, unit),
        remarks="\n".join(f"<li>{escape(line)}</li>" for line in remarks(advice, unit)),
        version=__version__,
    )


def _odds(advice: Advice, unit: str) -> str:
    if advice.outcomes is None:
        return ""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in odds_headings(advice))
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in odds_rows(advice, unit)
    )
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    return f'<h2>Outcomes</h2>\n<div class="scroll">{table}</div>\n'


def write_report(path: str | os.PathLike[str], advice: Advice, measured: Measured) -> None:
    """Write the page, whole or not at all."""
    write_atomically(path, report_page(advice, measured).encode("utf-8"))


def _figures(advice: Advice, measured: Measured, unit: str) -> list[str]:
    from resetdyn.plotting.advice import advised_hazard, advised_mean, advised_survival
    from resetdyn.plotting.odds import advised_outcomes

    times, censored = measured.times, measured.censored
    odds = [] if advice.outcomes is None else [
        _figure(
            lambda ax: advised_outcomes(advice, unit, ax),
            "Probability of each outcome against the rate of random restarts, with its 95 % interval.",
        )
    ]  # fmt: skip
    return [
        _figure(
            lambda ax: advised_mean(advice, unit, ax),
            "Mean time against the rate of random restarts, as predicted from the times.",
        ),
        _figure(
            lambda ax: advised_survival(times, censored, unit, ax), "Runs that have not ended after a time."
        ),
        _figure(
            lambda ax: advised_hazard(times, censored, unit, ax),
            "How fast runs of an age end. Where it falls with age, a new run is worth more than an old one.",
        ),
        *odds,
    ]


def _figure(draw: Any, caption: str) -> str:
    from matplotlib.figure import Figure

    from resetdyn.plotting import style

    buffer = io.BytesIO()
    with style():
        figure = Figure(figsize=(5.4, 4.2))
        draw(figure.subplots())
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    text = escape(caption)
    return (
        f'<figure><img alt="{text}" src="data:image/svg+xml;base64,{data}" />'
        f"<figcaption>{text}</figcaption></figure>"
    )
