"""The published values that the whole project is held against, as text with all their digits."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parents[2] / "tests" / "published.json"


@cache
def _values() -> dict[str, str]:
    return {entry["id"]: entry["value"] for entry in json.loads(_FILE.read_text(encoding="utf-8"))}


def reference(name: str) -> str:
    """Return the value of this id in ``tests/published.json``.

    Examples
    --------
    >>> reference("em2011.zstar")[:8]
    '1.593624'
    """
    return _values()[name]
