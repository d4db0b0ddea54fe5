"""Scores of a linear model on some rows of the data, and its step down their slopes: no copy of the data.

Both are loops in which a register holds what two to four samples or classes share.  Sums are taken in
whatever order is fastest (rounding differs from NumPy's in the last digits), but numbers that are not finite
stay what they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

_FAST = {"reassoc", "contract", "nsz", "arcp"}  # all but the promise that every number is finite
_kernel: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)


def scores(weights: Any, inputs: Any, rows: Any) -> Any:
    """Return ``inputs[rows] @ weights.T``.

    Parameters
    ----------
    weights : (K, d) array
        One row for each class or output, float32 or float64, contiguous.
    inputs : (n, d) array
        One row for each sample, of the same kind.
    rows : (B,) int array
        Which samples; one may come several times.

    Returns
    -------
    (B, K) array
        The scores, of the same kind.

    Raises
    ------
    ValueError
        If shapes do not fit, an array is not contiguous, or a row is outside the data.
    TypeError
        If `weights` and `inputs` are not both float32 or both float64, or `rows` are not whole numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from resetdyn.training import linear
    >>> linear.scores(np.array([[1.0, 2.0]]), np.eye(2), np.array([1, 0, 1]))
    array([[2.],
           [1.],
           [2.]])
    """
    _check(weights, inputs, rows)
    return _scores(weights, inputs, rows)


def descend(weights: Any, inputs: Any, rows: Any, slopes: Any, rate: float) -> None:
    """Take ``rate * slopes.T @ inputs[rows]`` from the weights, in place.

    Parameters
    ----------
    weights, inputs, rows
        As in `scores`; another array of the weights' shape, such as a velocity, may stand for the weights.
    slopes : (B, K) array
        Of each sample's loss by its scores, of the same kind.
    rate : float
        Learning rate, by the size of the minibatch where the mean of its gradients is meant.

    Raises
    ------
    ValueError, TypeError
        As `scores`.

    Examples
    --------
    >>> import numpy as np
    >>> from resetdyn.training import linear
    >>> weights = np.zeros((1, 2))
    >>> linear.descend(weights, np.eye(2), np.array([1]), np.array([[3.0]]), rate=0.5)
    >>> weights
    array([[ 0. , -1.5]])
    """
    _check(weights, inputs, rows)
    if slopes.shape != (len(rows), len(weights)) or slopes.dtype != weights.dtype:
        wanted = f"{(len(rows), len(weights))}, {weights.dtype}"
        raise ValueError(f"slopes of shape {slopes.shape}, {slopes.dtype}: give shape {wanted}")
    _descend(weights, inputs, rows, slopes, weights.dtype.type(rate))


def _check(weights: Any, inputs: Any, rows: Any) -> None:
    if weights.dtype != inputs.dtype or weights.dtype.char not in "fd":
        raise TypeError(
            f"weights of {weights.dtype} and inputs of {inputs.dtype}: give float32 or float64 for both"
        )
    if weights.ndim != 2 or inputs.ndim != 2 or weights.shape[1] != inputs.shape[1]:
        raise ValueError(
            f"weights have shape {weights.shape}, inputs {inputs.shape}: give (K, d) and (n, d) arrays"
        )
    if not (weights.flags.c_contiguous and inputs.flags.c_contiguous):
        raise ValueError("weights or inputs are not contiguous: give np.ascontiguousarray of them")
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise TypeError(f"rows of shape {rows.shape}, {rows.dtype}: give a list of whole numbers as an array")


@_kernel
def _check_rows(rows, n):  # type: ignore[no-untyped-def]
    for b in range(len(rows)):
        if rows[b] < 0 or rows[b] >= n:
            raise ValueError(
                "a row is outside the data: give whole numbers from 0 to the number of inputs minus 1"
            )


@_kernel
def _scores(weights, inputs, rows):  # type: ignore[no-untyped-def]
    outputs, dim = weights.shape
    _check_rows(rows, len(inputs))
    scores = np.empty((len(rows), outputs), weights.dtype)
    zero = weights.dtype.type(0)
    paired = outputs - outputs % 4
    for b in range(len(rows)):
        x = inputs[rows[b]]
        for k in range(0, paired, 4):
            w0, w1, w2, w3 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
            s0 = s1 = s2 = s3 = zero
            for j in range(dim):
                s0 += w0[j] * x[j]
                s1 += w1[j] * x[j]
                s2 += w2[j] * x[j]
                s3 += w3[j] * x[j]
            scores[b, k], scores[b, k + 1], scores[b, k + 2], scores[b, k + 3] = s0, s1, s2, s3
        for k in range(paired, outputs):
            w0 = weights[k]
            s0 = zero
            for j in range(dim):
                s0 += w0[j] * x[j]
            scores[b, k] = s0
    return scores


@_kernel
def _descend(weights, inputs, rows, slopes, rate):  # type: ignore[no-untyped-def]
    outputs, dim = weights.shape
    _check_rows(rows, len(inputs))
    fours = len(rows) - len(rows) % 4
    for b in range(0, fours, 4):
        x0, x1, x2, x3 = inputs[rows[b]], inputs[rows[b + 1]], inputs[rows[b + 2]], inputs[rows[b + 3]]
        for k in range(outputs):
            w = weights[k]
            c0, c1 = rate * slopes[b, k], rate * slopes[b + 1, k]
            c2, c3 = rate * slopes[b + 2, k], rate * slopes[b + 3, k]
            for j in range(dim):
                w[j] -= (c0 * x0[j] + c1 * x1[j]) + (c2 * x2[j] + c3 * x3[j])
    for b in range(fours, len(rows)):
        x0 = inputs[rows[b]]
        for k in range(outputs):
            w = weights[k]
            c0 = rate * slopes[b, k]
            for j in range(dim):
                w[j] -= c0 * x0[j]
