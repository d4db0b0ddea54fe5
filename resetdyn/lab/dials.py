"""What one can turn in the lab: a name, how it is called on the page, and the values it can take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from resetdyn import _checks

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Dial:
    """A parameter that a slider moves over given steps.

    Attributes
    ----------
    name, label : str
        The parameter, and what it is called on the page.
    steps : tuple of numbers
        Its values, increasing.
    default : number
        The one to begin with.
    """

    name: str
    label: str
    steps: tuple[Any, ...]
    default: Any

    def __post_init__(self) -> None:
        if self.default not in self.steps:
            raise ValueError(f"default={self.default}: give one of the steps of {self.name}")

    def checked(self, value: Any) -> Any:
        """Return a value within the range of the slider, or raise."""
        low, high = self.steps[0], self.steps[-1]
        number = (
            _checks.integer(self.name, value) if isinstance(low, int) else _checks.finite(self.name, value)
        )
        if not low <= number <= high:
            raise ValueError(f"{self.name}={number:g}: give a number from {low:g} to {high:g}")
        return number


@dataclass(frozen=True)
class Field:
    """A parameter that is typed as text; what it means is checked where it is used."""

    name: str
    label: str
    default: str

    def checked(self, value: Any) -> str:
        """Return a text of reasonable length, or raise."""
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{self.name}={value!r}: write a formula such as {self.default!r}")
        return value.strip()


def geometric(low: float, high: float, n: int) -> tuple[float, ...]:
    """Return `n` values that grow by a constant factor, rounded to two digits."""
    return tuple(float(f"{value:.2g}") for value in np.geomspace(low, high, n))


def even(low: float, high: float, step: float) -> tuple[float, ...]:
    """Return values in even steps, both ends included, as plain decimals."""
    n = round((high - low) / step)
    return tuple(round(low + i * step, 10) for i in range(n + 1))
