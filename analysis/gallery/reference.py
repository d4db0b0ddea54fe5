"""The published values that the whole project is held against, as text with all their digits."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

FEWEST = 7  # digits of a value that is rounded

_FILE = Path(__file__).parents[2] / "tests" / "published.json"


@cache
def _values() -> dict[str, str]:
    return {entry["id"]: entry["value"] for entry in json.loads(_FILE.read_text(encoding="utf-8"))}


def reference(name: str) -> str | float:
    """Return the value of this id in ``tests/published.json``: as text with its digits, or a number if exact.

    The file's values have ten digits and more, rounded, except those that are exact with a few: what is
    written 1.0 there is 1, and not anything from 0.95 to 1.05.

    Examples
    --------
    >>> reference("em2011.zstar")[:8], reference("em2011.ness.var")
    ('1.593624', 1.0)
    """
    text = _values()[name]
    return text if len(text.lstrip("-0.").replace(".", "")) >= FEWEST else float(text)
