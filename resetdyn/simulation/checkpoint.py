"""The best state that a path has been seen in: where resets to :class:`~resetdyn.BestSoFar` lead.

A loop scores its path every so often and remembers the best state.  Loops get the score as a compiled
function and are compiled once more for each, as for any function of the user's.  So that the same score is
the same function in the next simulation, compiled scores are kept.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numba import types
from numba.core.errors import NumbaError
from numba.extending import overload

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
    if isinstance(score, Quadratic):
        matrix, center = np.array(score.matrix, dtype=float), np.array(score.center, dtype=float)
        function = _quadratic(score.dim, matrix.tobytes(), center.tobytes(), score.floor)
    else:
        function = _jitted(score)
    if basis is not None:
        function = _rotated(function, len(basis), np.array(basis, dtype=float).tobytes())
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


_jitted = lru_cache(maxsize=256)(jitted)


@lru_cache(maxsize=256)
def _quadratic(dim: int, entries: bytes, center_: bytes, floor: float) -> Any:
    matrix, center = np.frombuffer(entries).reshape(dim, dim), np.frombuffer(center_)
    if dim == 1:
        stiffness, place = float(matrix[0, 0]), float(center[0])
        return kernel_of_user_function(lambda x: stiffness * (x - place) ** 2 / 2 + floor)

    def value(x):  # type: ignore[no-untyped-def]
        total = 0.0
        for i in range(len(x)):
            for j in range(len(x)):
                total += (x[i] - center[i]) * matrix[i, j] * (x[j] - center[j])
        return total / 2 + floor

    return kernel_of_user_function(value)


@lru_cache(maxsize=256)
def _rotated(function: Any, dim: int, entries: bytes) -> Any:
    basis = np.frombuffer(entries).reshape(dim, -1)
    if basis.shape == (1, 1):  # a state on the line is a number to its user
        sign = float(basis[0, 0])
        return kernel_of_user_function(lambda x: function(sign * x[0]))
    return kernel_of_user_function(lambda x: function(basis @ x))


def copied(x: Any) -> Any:
    """Return a copy of a state."""
    raise NotImplementedError("copied is for compiled loops")


@overload(copied, jit_options={"forceinline": True})
def _copied(x):  # type: ignore[no-untyped-def]
    return (lambda x: x.copy()) if isinstance(x, types.Array) else (lambda x: x)
