"""The best state that a path has been seen in: where resets to :class:`~resetdyn.BestSoFar` lead.

A loop scores its path every so often and remembers the best state.  Loops get the score as a compiled
function and are compiled once more for each, as for any function of the user's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import types
from numba.core.errors import NumbaError
from numba.extending import overload

from resetdyn._checks import FloatArray
from resetdyn.functions import Quadratic
from resetdyn.resets import BestSoFar
from resetdyn.simulation.forces import jitted
from resetdyn.simulation.kernel import kernel_of_user_function

NOT_A_SCORE = "the score is not a number where a path has come"


def score_of(reset: Any, start: Any, basis: Any = None) -> tuple[Any, float]:
    """Return the score as a compiled function of the loop's coordinates, and the time between scores.

    `None` and `inf` where resets lead elsewhere. `start` is that of the loop, `basis` the directions of its
    coordinates, one a column.

    Raises
    ------
    ValueError
        If numba cannot compile the score, or it is not a number at the start.
    """
    if not isinstance(reset.to, BestSoFar):
        return None, math.inf
    score = reset.to.score
    function = _quadratic(score) if isinstance(score, Quadratic) else jitted(score)
    if basis is not None:
        function = _rotated(function, np.ascontiguousarray(basis))
    try:
        first = function(np.asarray(start, dtype=float) if np.ndim(start) else float(start))
    except NumbaError as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"score={score!r}: does not compile under numba ({reason}); write it with arithmetic, loops and "
            "NumPy functions, or give an rd.Quadratic"
        ) from None
    if np.ndim(first) or not math.isfinite(first):
        raise ValueError(f"score={score!r} is {first!r} at the start: give one finite number for each state")
    return function, reset.to.every


def _quadratic(score: Quadratic) -> Any:
    matrix, center, floor = score.matrix, score.center, score.floor
    if score.dim == 1:
        return kernel_of_user_function(lambda x: matrix * (x - center) ** 2 / 2 + floor)
    matrix, center = np.ascontiguousarray(matrix), np.ascontiguousarray(center)

    def value(x):  # type: ignore[no-untyped-def]
        total = 0.0
        for i in range(len(x)):
            for j in range(len(x)):
                total += (x[i] - center[i]) * matrix[i, j] * (x[j] - center[j])
        return total / 2 + floor

    return kernel_of_user_function(value)


def _rotated(function: Any, basis: FloatArray) -> Any:
    if basis.shape == (1, 1):  # a state on the line is a number to its user
        return kernel_of_user_function(lambda x: function(basis[0, 0] * x[0]))
    return kernel_of_user_function(lambda x: function(basis @ x))


def copied(x: Any) -> Any:
    """Return a copy of a state."""
    raise NotImplementedError("copied is for compiled loops")


@overload(copied, jit_options={"forceinline": True})
def _copied(x):  # type: ignore[no-untyped-def]
    return (lambda x: x.copy()) if isinstance(x, types.Array) else (lambda x: x)
