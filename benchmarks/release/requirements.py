"""The lowest versions that `pyproject.toml` admits, as exact requirements."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Of the same years as the lowest versions: matplotlib 3.9 calls names that pyparsing 3.3 warns of.
OF_THEIR_TIME = ("pyparsing<3.3",)


def lowest(*extras: str) -> list[str]:
    """Return ``name==version`` for each requirement of the package and of some extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(line for extra in extras for line in optional[extra])]
    return [pinned(line) for line in wanted]


def pinned(requirement: str) -> str:
    """Turn ``name>=version`` into ``name==version``; ``==1.26`` is 1.26.0 to every installer."""
    match = re.fullmatch(r"([\w.-]+)>=([\d.]+)", requirement)
    if match is None:
        raise ValueError(f"{requirement!r} has no lowest version; write it as name>=version")
    return f"{match[1]}=={match[2]}"
