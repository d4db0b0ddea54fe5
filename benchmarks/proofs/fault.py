"""A deliberate fault: one place in the source, changed so that it still runs and is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

# A compiled kernel is cached by its own file alone: where one changes, what calls it must be compiled anew.
_COMPILED = re.compile(r"\bnjit\b|simulation\.kernel|\bteach\(")


class Fault(NamedTuple):
    """A text of one file, what it becomes, and the tests that should see it.

    `tests` are arguments of pytest, few enough to be quick; paths are relative to the checkout.
    """

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def broken(self, root: Path) -> str:
        """Return the source of the file with the fault in it.

        Raises
        ------
        ValueError
            If the text does not occur exactly once, so that the fault is out of date.
        """
        source = (root / self.file).read_text(encoding="utf-8")
        count = source.count(self.old)
        if count != 1:
            raise ValueError(
                f"{self.what}: {self.old!r} occurs {count} times in {self.file}; bring the fault up to date"
            )
        return source.replace(self.old, self.new)

    def in_compiled_code(self, root: Path) -> bool:
        """Whether what is cached on disk may have the file's functions in it."""
        return bool(_COMPILED.search((root / self.file).read_text(encoding="utf-8")))


def suite(names: str, chosen: str = "") -> tuple[str, ...]:
    """Return arguments of pytest: test files by their names without ``tests/test_``, and an expression."""
    files = tuple(f"tests/test_{name}.py" for name in names.split())
    return (*files, "-k", chosen) if chosen else files
