"""One step of discrete SGD, and how near it is to a target: the compiled parts of the SGD stepper.

All kinds of SGD share one signature, so that the loops compile once.  On data a step picks a batch and moves
``theta -= rate * sum_b (x_b . theta - y_b) x_b``; Gaussian inputs are drawn instead, in the eigenbasis of
their covariance where they are independent, of standard deviations `scales`.  With Gaussian noise a step
moves, in the eigenbasis of the Hessian where the drift is diagonal,
``theta_i = shrink_i theta_i + force_i + sum_k kick_ik xi_k``.

Every target is a band of one number: the path goes on while ``low < measure(theta) < high``.  For a
quadratic measure ``(theta - center)^T M (theta - center) / 2`` the vector ``curved = M (theta - center)`` is
carried along; a batch smaller than the dimension updates it from the rows ``x_b^T M``, in less than the d^2
operations of starting afresh.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from resetdyn.simulation.kernel import kernel
from resetdyn.simulation.variates import below, normal

LINEAR, DIAGONAL, DENSE, INCREMENTAL = range(4)

# Sums may be reordered, so that they use vector instructions; nan and inf keep their meaning.
_sums: Any = njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})


class Step(NamedTuple):
    """How a step moves: on data (`X` has rows), on Gaussian inputs (`scales` is not empty) or with noise."""

    X: Any
    y: Any
    rate: float
    batch: int
    replacement: bool
    shrink: Any
    force: Any
    kick: Any
    scales: Any
    label_noise: float


class Measure(NamedTuple):
    """The number that a target looks at: ``normal . theta``, or a quadratic around a centre."""

    kind: int
    normal: Any
    center: Any
    diagonal: Any
    matrix: Any
    rows: Any


@_sums
def dot(a, b):  # type: ignore[no-untyped-def]
    """Return the inner product of two vectors."""
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@_sums
def add(target, factor, vector):  # type: ignore[no-untyped-def]
    """Add a multiple of a vector to another, in place."""
    for i in range(len(target)):
        target[i] += factor * vector[i]


@kernel
def advance(state, step, measure, theta, curved, order, picks, residuals):  # type: ignore[no-untyped-def]
    """Take one step in place; `order` is a permutation of the samples, the last two are scratch."""
    if len(step.scales) > 0:
        x, gradient = np.empty_like(theta), np.zeros_like(theta)
        for _ in range(step.batch):
            residual = step.label_noise * normal(state)
            for i in range(len(theta)):
                x[i] = step.scales[i] * normal(state)
                residual += x[i] * theta[i]
            add(gradient, residual, x)
        add(theta, -step.rate, gradient)
        return
    if len(step.y) == 0:
        for i in range(len(theta)):
            theta[i] = step.shrink[i] * theta[i] + step.force[i]
        for k in range(len(step.kick)):
            add(theta, normal(state), step.kick[k])
        return
    n = len(step.y)
    for b in range(step.batch):
        if step.replacement:
            sample = below(state, n)
        else:  # the first places of a shuffle; any permutation is as good a beginning as any other
            place = b + below(state, n - b)
            sample = order[place]
            order[place] = order[b]
            order[b] = sample
        picks[b] = sample
        residuals[b] = dot(step.X[sample], theta) - step.y[sample]
    for b in range(step.batch):
        add(theta, -step.rate * residuals[b], step.X[picks[b]])
        if measure.kind == INCREMENTAL:
            add(curved, -step.rate * residuals[b], measure.rows[picks[b]])


@_sums
def value(measure, theta, curved):  # type: ignore[no-untyped-def]
    """Return what the target looks at."""
    if measure.kind == LINEAR:
        return dot(measure.normal, theta)
    total = 0.0
    if measure.kind == DIAGONAL:
        for i in range(len(theta)):
            away = theta[i] - measure.center[i]
            total += measure.diagonal[i] * away * away
        return total / 2
    if measure.kind == DENSE:
        curve(measure, theta, curved)
    for i in range(len(theta)):
        total += (theta[i] - measure.center[i]) * curved[i]
    return total / 2


@_sums
def curve(measure, theta, curved):  # type: ignore[no-untyped-def]
    """Compute ``M (theta - center)`` afresh."""
    for i in range(len(measure.matrix)):
        total = 0.0
        for j in range(len(theta)):
            total += measure.matrix[i, j] * (theta[j] - measure.center[j])
        curved[i] = total
