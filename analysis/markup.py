"""The parts that every written page has: paragraphs, links, tables of numbers."""

from __future__ import annotations

from html import escape

from analysis.findings import Table


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
