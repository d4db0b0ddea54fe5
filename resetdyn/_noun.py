"""What all nouns share: value semantics for frozen dataclasses whose fields may be arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np


class Noun:
    """Base of the frozen dataclasses; equal when the type and every field are equal.

    A dataclass with ``repr=False`` is shown without the keywords that have been left to their defaults.
    """

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        kind: Any = type(self)
        mine, yours = self.__dict__, other.__dict__
        return all(mine[name] is yours[name] or same(mine[name], yours[name]) for name in _names(kind))

    def __hash__(self) -> int:
        kind: Any = type(self)
        return hash((kind, *(_hashable(self.__dict__[name]) for name in _names(kind))))

    def __repr__(self) -> str:
        given = ((f, getattr(self, f.name)) for f in fields(self))  # type: ignore[arg-type]
        shown = [
            f"{f.name}={_shown(value)}" for f, value in given if not (f.kw_only and same(value, f.default))
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _set(self, **values: Any) -> None:
        """Store normalised values during ``__post_init__`` (the dataclass is frozen afterwards)."""
        for name, value in values.items():
            object.__setattr__(self, name, value)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return repr(dict(value))
    if hasattr(value, "dist") and hasattr(value, "kwds"):  # a frozen distribution shows its address only
        keywords = (f"{name}={number!r}" for name, number in value.kwds.items())
        return f"{value.dist.name}({', '.join([*map(repr, value.args), *keywords])})"
    return repr(value)


def _hashable(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        # Adding 0 turns -0.0 into 0.0: the two are equal, so their bytes must be as well.
        return (value + 0.0).tobytes()
    if isinstance(value, Mapping):
        return frozenset(value.items())
    return _law(value)


def same(a: Any, b: Any) -> bool:
    """Return whether two fields of nouns are equal."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    return bool(_law(a) == _law(b))


def _law(value: Any) -> Any:
    """Return what a frozen scipy.stats distribution, which has no `==`, is compared by; else `value`."""
    if hasattr(value, "dist") and hasattr(value, "kwds"):
        arguments, loc, scale = value.dist._parse_args(*value.args, **value.kwds)
        return type(value.dist), *map(float, (*arguments, loc, scale))
    return value
