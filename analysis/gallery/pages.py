"""The gallery as pages of the documentation, made when that is built."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analysis import figures
from analysis.experiments import run_all
from analysis.findings import Table
from analysis.gallery import results
from analysis.gallery.exhibit import Exhibit
from analysis.gallery.hall import tally
from analysis.gallery.result import Paper
from resetdyn.storage import write_atomically

INDEX = """# The gallery

{tally}: each from exact theory and, where it can be, from simulation. *Corrected* means that a published
statement is loose or wrong; its page says how, and shows the number. Theory is held to every digit that a
paper prints, simulation to |z| < 4. These pages were run, with few samples, when this documentation was
built; `python -m analysis` runs them with more, and `python -m analysis --only NAME` one of them.

::::{{grid}} 1 2 3 3
:gutter: 3

{cards}

::::

```{{toctree}}
:hidden:

{names}
```
"""


def write_pages(docs: Path, seed: int = 1) -> None:
    """Run the gallery with few samples and write it to ``gallery/`` in the folder of the documentation.

    Raises
    ------
    RuntimeError
        If a number is not as stated: such a page must not be published.
    """
    found = run_all(results(), quick=True, seed=seed, quiet=True)
    exhibits = [part for part in found if isinstance(part, Exhibit)]
    wrong = [exhibit for exhibit in exhibits if not exhibit.outcome.good]
    if wrong:
        raise RuntimeError("\n".join(f"{e.result.name} is not as stated:\n{e.table.text()}" for e in wrong))
    folder = docs / "gallery"
    folder.mkdir(exist_ok=True)
    for exhibit in exhibits:
        name = exhibit.result.name
        write_atomically(folder / f"{name}.svg", figures.svg(exhibit.outcome.figure, name))
        figures.plt.close(exhibit.outcome.figure)
        write_atomically(folder / f"{name}.md", page(exhibit).encode())
    write_atomically(folder / "index.md", index(exhibits).encode())


def index(exhibits: Sequence[Exhibit]) -> str:
    """Return the page with the thumbnails."""
    names = "\n".join(exhibit.result.name for exhibit in exhibits)
    return INDEX.format(tally=tally(exhibits), cards="\n".join(map(_card, exhibits)), names=names)


def page(exhibit: Exhibit) -> str:
    """Return the page of a result."""
    result, outcome = exhibit.result, exhibit.outcome
    table = exhibit.table
    width = round(100 * outcome.figure.get_figwidth())
    cells = [tuple(map(_plain, row)) for row in table.rows]
    parts = [
        f"# {_plain(result.title)}",
        *map(_cited, (result.paper, *result.also)),
        _plain(result.statement),
        f"$$\n{result.formula}\n$$" if result.formula else "",
        f"**{outcome.verdict.capitalize()}.** {_plain(outcome.remark)}",
        f"```{{image}} {result.name}.svg\n:alt: {result.title}\n:width: {width}px\n```",
        f"*Figure.* {_plain(outcome.caption)}",
        _table(replace(table, rows=cells)),
        f"```python\n{result.code.strip()}\n# {exhibit.value}\n```" if result.code else "",
        f"Run it with more samples: `python -m analysis --only {result.name}`.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(table: Table) -> str:
    """Return the table with its caption and a class, by which the first column stays readable on a phone."""
    _, _, body = table.markdown().partition("\n\n")
    return f":::{{table}} {table.caption}\n:class: numbers\n\n{body}\n:::"


def _card(exhibit: Exhibit) -> str:
    result = exhibit.result
    return (
        f":::{{grid-item-card}} {_plain(result.title)}\n:link: {result.name}\n:link-type: doc\n"
        f":img-top: {result.name}.svg\n\n{_plain(result.paper.authors)} {result.paper.year}: "
        f"*{exhibit.outcome.verdict}*\n:::\n"
    )


def _cited(paper: Paper) -> str:
    preprint = f", [arXiv:{paper.arxiv}](https://arxiv.org/abs/{paper.arxiv})" if paper.arxiv else ""
    text = _plain(str(paper))
    return f"[{text}]({paper.link}){preprint}" if paper.link else text


def _plain(text: str) -> str:
    """Return plain text in which nothing means anything to Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>|$#~])", r"\\\1", text)
