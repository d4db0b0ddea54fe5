"""Pages of the documentation that commands write their tables into."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "proofs.md"


def put(name: str, text: str, page: Path = PAGE) -> None:
    """Put a text between the marks of its name on the page.

    Raises
    ------
    ValueError
        If the page does not have the two marks, each once.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    old = page.read_text(encoding="utf-8")
    if old.count(begin) != 1 or old.count(end) != 1:
        raise ValueError(f"{page}: give it the lines {begin.strip()} and {end.strip()}, once each")
    before, _, rest = old.partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
