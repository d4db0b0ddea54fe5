"""The gallery as web pages: an index with thumbnails, and a page for each result."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from analysis import figures
from analysis.gallery.exhibit import Exhibit
from analysis.gallery.result import Paper
from analysis.markup import numbers_table, paragraphs, write_document
from resetdyn.storage import write_atomically


def write(exhibits: Sequence[Exhibit], folder: Path, how: str) -> Path:
    """Write the pages and the figures into the folder, made where it is missing; return the index."""
    folder.mkdir(parents=True, exist_ok=True)
    for before, exhibit, after in zip([None, *exhibits], exhibits, [*exhibits[1:], None], strict=False):
        name, figure = exhibit.result.name, exhibit.outcome.figure
        write_atomically(folder / f"{name}.svg", figures.svg(figure, name))
        figures.plt.close(figure)
        write_document(
            folder / f"{exhibit.result.name}.html", exhibit.result.title, _body(exhibit, before, after), how
        )
    index = folder / "index.html"
    write_document(index, "resetdyn: the gallery", _index(exhibits), how)
    return index


def tally(exhibits: Sequence[Exhibit]) -> str:
    """Return how many results there are, and what became of them."""
    shown = len(exhibits)
    corrected = sum(exhibit.outcome.verdict == "corrected" for exhibit in exhibits)
    wrong = sum(not exhibit.outcome.good for exhibit in exhibits)
    text = (
        f"{shown} published result{'s' * (shown != 1)}, {shown - corrected} reproduced, {corrected} corrected"
    )
    return f"{text}; {wrong} not as stated here" if wrong else text


def cited(paper: Paper) -> str:
    """Return a paper, as a link if it has one, with its arXiv number."""
    preprint = (
        f', arXiv:<a href="https://arxiv.org/abs/{paper.arxiv}">{paper.arxiv}</a>' if paper.arxiv else ""
    )
    text = escape(str(paper))
    linked = f'<a href="{escape(paper.link)}">{text}</a>' if paper.link else text
    return f'<p class="paper">{linked}{preprint}</p>'


def _index(exhibits: Sequence[Exhibit]) -> str:
    cards = "\n".join(map(_card, exhibits))
    return (
        '<header><p><a href="../index.html">The report</a></p>\n<h1>The gallery</h1>\n'
        f"<p>{escape(tally(exhibits))}: each from exact theory and, where it can be, from simulation, "
        "with the paper, its equation, the numbers and the verdict. Corrected means that a published "
        "statement is loose or wrong; its page says how.</p></header>\n"
        f'<main class="cards">\n{cards}\n</main>'
    )


def _card(exhibit: Exhibit) -> str:
    result = exhibit.result
    return (
        f'<a class="card" href="{escape(result.name)}.html"><img src="{escape(result.name)}.svg" alt="" />'
        f"<strong>{escape(result.title)}</strong><small>{escape(result.paper.authors)} {result.paper.year}"
        f"</small>{_badge(exhibit)}</a>"
    )


def _badge(exhibit: Exhibit) -> str:
    if not exhibit.outcome.good:
        return '<span class="badge bad">✗ not as stated</span>'
    return f'<span class="badge {exhibit.outcome.verdict}">{exhibit.outcome.verdict}</span>'


def _body(exhibit: Exhibit, before: Exhibit | None, after: Exhibit | None) -> str:
    result, outcome = exhibit.result, exhibit.outcome
    places = [("../index.html", "Report"), ("index.html", "Gallery")]
    places += [(f"{other.result.name}.html", other.result.title) for other in (before, after) if other]
    links = " · ".join(f'<a href="{escape(place)}">{escape(words)}</a>' for place, words in places)
    caption = escape(outcome.caption)
    return "\n".join(
        [
            f"<header><p>{links}</p><h1>{escape(result.title)}</h1>",
            *map(cited, (result.paper, *result.also)),
            f"<p>{_badge(exhibit)}</p></header>",
            f"<main>{paragraphs(result.statement)}",
            _formula(result.formula),
            paragraphs(outcome.remark),
            f'<figure><img src="{escape(result.name)}.svg" alt="{caption}" />',
            f"<figcaption>{caption}</figcaption></figure>",
            numbers_table(exhibit.table),
            _code(exhibit),
            "</main>",
        ]
    )


def _formula(text: str) -> str:
    if not text:
        return ""
    image = base64.b64encode(figures.formula(text)).decode()
    return f'<p class="formula"><img src="data:image/svg+xml;base64,{image}" alt="{escape(text)}" /></p>'


def _code(exhibit: Exhibit) -> str:
    if not exhibit.result.code:
        return ""
    return f"<pre>{escape(exhibit.result.code.strip())}\n# {escape(exhibit.value)}</pre>"
