"""The parts that every written page has: paragraphs, links, tables of numbers."""

from __future__ import annotations

from html import escape
from pathlib import Path

from analysis.findings import Table
from resetdyn.storage import write_atomically

STYLE = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")

_DOCUMENT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
{body}
<footer><p>{how}</p></footer>
</body>
</html>
"""


def write_document(path: Path, title: str, body: str, how: str) -> None:
    """Write a page that needs no other file for its looks; `how` it was found stands at its foot."""
    page = _DOCUMENT.format(title=escape(title), style=STYLE, body=body.strip("\n"), how=escape(how))
    write_atomically(path, page.encode())


def paragraphs(text: str) -> str:
    """Return plain text as paragraphs, which an empty line divides."""
    return "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in text.split("\n\n") if paragraph)


def link(words: str, place: str) -> str:
    """Return a paragraph that is a link."""
    return f'<p><a href="{escape(place)}">{escape(words)}</a></p>'


def numbers_table(table: Table) -> str:
    """Return a table, numbers to the right of the first column."""
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    body = "\n".join(
        "<tr>"
        + "".join(
            f"<td>{escape(cell)}</td>" if i == 0 else f'<td class="number">{escape(cell)}</td>'
            for i, cell in enumerate(row)
        )
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="scroll"><table class="numbers"><caption>{escape(table.caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )
