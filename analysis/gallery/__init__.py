"""The gallery: published results of the field, one short module each, from theory and simulation together.

A new result is a new file that defines ``RESULT``; it is found by itself.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from analysis.gallery.result import Result


@cache
def results() -> dict[str, Result]:
    """Return all results by name, the oldest paper first."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found = [module.RESULT for module in modules if hasattr(module, "RESULT")]
    return {result.name: result for result in sorted(found, key=lambda it: (it.paper.year, it.name))}
