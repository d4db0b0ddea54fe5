"""Sums over the components of vectors, in loops that compile to vector instructions and need no BLAS."""

from __future__ import annotations

from typing import Any

from numba import njit

# Inlined functions that use the arrays of their caller and make none of their own: they count no references,
# which takes longer than a short sum.
_UNCOUNTED: Any = {"cache": True, "nogil": True, "forceinline": True, "_nrt": False}
lean: Any = njit(error_model="numpy", **_UNCOUNTED)
# Sums may be reordered, so that they use vector instructions; nan and inf keep their meaning.
sums: Any = njit(fastmath={"reassoc", "contract"}, **_UNCOUNTED)


@sums
def dot(a, b):  # type: ignore[no-untyped-def]
    """Return the inner product of two vectors."""
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@sums
def add(target, factor, vector):  # type: ignore[no-untyped-def]
    """Add a multiple of a vector to another, in place."""
    for i in range(len(target)):
        target[i] += factor * vector[i]


@sums
def scale(target, factor):  # type: ignore[no-untyped-def]
    """Multiply a vector by a number, in place."""
    for i in range(len(target)):
        target[i] *= factor


@sums
def dot_row(matrix, row, vector):  # type: ignore[no-untyped-def]
    """Return the inner product of a row of a matrix and a vector."""
    total = 0.0
    for i in range(len(vector)):
        total += matrix[row, i] * vector[i]
    return total


@sums
def add_row(target, factor, matrix, row):  # type: ignore[no-untyped-def]
    """Add a multiple of a row of a matrix to a vector, in place."""
    for i in range(len(target)):
        target[i] += factor * matrix[row, i]
