"""What all nouns share: value semantics for frozen dataclasses whose fields may be arrays."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np


class Noun:
    """Base of the frozen dataclasses; equal when the type and every field are equal."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(_same(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))  # type: ignore[arg-type]

    def __hash__(self) -> int:
        values = (getattr(self, f.name) for f in fields(self))  # type: ignore[arg-type]
        return hash((type(self), *(_hashable(value) for value in values)))

    def _set(self, **values: Any) -> None:
        """Store normalised values during ``__post_init__`` (the dataclass is frozen afterwards)."""
        for name, value in values.items():
            object.__setattr__(self, name, value)


def _hashable(value: Any) -> Any:
    # Adding 0 turns -0.0 into 0.0: the two are equal, so their bytes must be as well.
    return (value + 0.0).tobytes() if isinstance(value, np.ndarray) else value


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    return bool(a == b)
