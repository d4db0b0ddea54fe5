"""What a wheel and an sdist hold, and what they must not."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

_IN_WHEEL = {"resetdyn/__init__.py", "resetdyn/py.typed", "resetdyn/lab/page.py", "resetdyn/lab/page.css"}
# What builds and tests the package again.
_IN_SDIST = {
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "tests/conftest.py",
    "resetdyn/py.typed",
}


def in_wheel(wheel: Path) -> list[str]:
    """Return what is wrong with the files of a wheel, in words."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    foreign = sorted(name for name in names if not name.startswith(("resetdyn/", "resetdyn-")))
    tests = sorted(name for name in names if "tests/" in name or "conftest" in name)
    return [
        *(f"{name} is missing" for name in sorted(_IN_WHEEL - names)),
        *(f"{name} is not of the package" for name in foreign),
        *(f"{name} is a test" for name in tests),
        *_left_over(names),
    ]


def in_sdist(sdist: Path) -> list[str]:
    """Return what is wrong with the files of an sdist, in words."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    return [*(f"{name} is missing" for name in sorted(_IN_SDIST - names)), *_left_over(names)]


def _left_over(names: set[str]) -> list[str]:
    left = (
        name for name in sorted(names) if "__pycache__" in name or name.endswith((".nbi", ".nbc", ".pyc"))
    )
    return [f"{name} is left over from a run" for name in left]
