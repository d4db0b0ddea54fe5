"""What the summaries share: how they are merged, and their histograms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.results import sketch

HIGHEST = 4  # the highest moment that is kept


def check_order(order: Any) -> int:
    """Return the order of a moment that a summary keeps, or raise."""
    order = _checks.integer("order", order)
    if order > HIGHEST:
        raise ValueError(
            f"order={order}: a summary keeps moments to order {HIGHEST}; simulate with keep='samples'"
        )
    return order


def check_same(one: Any, other: Any) -> None:
    """Raise unless both are summaries of the same problem."""
    if type(other) is not type(one) or other.problem != one.problem:
        raise ValueError(f"other={other!r}: give a summary of the same problem, {one.problem}")


def both(one: str, other: str) -> str:
    """Return the method of a merged summary."""
    return one if one == other else f"{one}; and {other}"


def histogram(counts: Any, known: FloatArray, edges: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    """Return counts and edges, between the edges that are wanted if there are any."""
    if edges is None:
        return counts.astype(float), known
    wanted = _checks.finite_array("edges", edges)
    if wanted.ndim != 1 or len(wanted) < 2 or np.any(np.diff(wanted) <= 0):
        raise ValueError(f"edges={edges!r}: give at least two increasing numbers")
    return sketch.rebinned(counts, known, wanted), wanted
