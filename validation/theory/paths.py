"""Plain minibatch training that records what `rd.simulate` does not keep: what happens along every run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

import resetdyn as rd


def trajectories(sgd: rd.LinearSGD, start: Any, steps: Any, runs: int, rng: np.random.Generator) -> Any:
    """Train from `start` without resetting and return the states after the given steps.

    Parameters
    ----------
    sgd : LinearSGD
        Data, labels, learning rate, batch size; batches are drawn with replacement.
    start : (d,) array
        Where every run starts.
    steps : (m,) int array
        Steps after which to record, increasing.
    runs : int
        Independent training runs.
    rng : Generator
        Source of the batches.

    Returns
    -------
    (runs, m, d) array
        One path for each run.
    """
    steps = np.asarray(steps, dtype=np.int64)
    paths = np.empty((runs, len(steps), sgd.dim))
    for path in paths:
        batches = rng.integers(len(sgd.y), size=(steps[-1], sgd.batch_size))
        _train(sgd.X, sgd.y, sgd.learning_rate / sgd.batch_size, batches, np.array(start), steps, path)
    return paths


@njit(cache=True, nogil=True)
def _train(X, y, rate, batches, theta, steps, path):
    record, move = 0, np.empty_like(theta)
    for step in range(len(batches) + 1):
        while record < len(steps) and steps[record] == step:
            path[record] = theta
            record += 1
        if step < len(batches):
            _descend(X, y, rate, batches[step], theta, move)


def reset_risks(
    sgd: rd.LinearSGD,
    checkpoint: Any,
    risk: rd.Quadratic,
    probabilities: Any,
    steps: int,
    runs: int,
    rng: np.random.Generator,
) -> Any:
    """Train from the checkpoint and return the mean risk at a random age, for many reset probabilities.

    In the steady state the last reset was ``k`` steps ago with probability ``p (1 - p)^k``.  One run
    without resetting knows the risk at every age, so that it stands for a sample at every `p`: what these
    have in common drops out of their differences, and shows where the risk is lowest.

    Parameters
    ----------
    sgd : LinearSGD
        Data, labels, learning rate, batch size; batches are drawn with replacement.
    checkpoint : (d,) array
        Where every run starts.
    risk : Quadratic
        What is averaged.
    probabilities : (m,) array
        Reset probabilities per step.
    steps : int
        Length of a run; ages beyond it are counted as its end.
    runs : int
        Independent training runs.
    rng : Generator
        Source of the batches.

    Returns
    -------
    (runs, m) array
        One row for each run.
    """
    p = np.asarray(probabilities, dtype=float)
    found = np.zeros((runs, len(p)))
    X, start, stiffness, center = _turned(sgd, checkpoint, risk)
    for row in found:
        batches = rng.integers(len(sgd.y), size=(steps, sgd.batch_size))
        _average(
            X, sgd.y, sgd.learning_rate / sgd.batch_size, batches, start.copy(), stiffness, center, p, row
        )
    return found + risk.floor


def chain_risks(
    sgd: rd.LinearSGD,
    checkpoint: Any,
    risk: rd.Quadratic,
    probability: float,
    steps: int,
    runs: int,
    rng: np.random.Generator,
) -> Any:
    """Train with resets that happen one after the other, and return the mean risk along each run.

    What is averaged begins after ten mean ages, and is looked at after each reset decision.

    Parameters
    ----------
    sgd, checkpoint, risk, runs, rng
        As for `reset_risks`.
    probability : float
        Reset probability per step.
    steps : int
        Steps of a run over which the risk is averaged.

    Returns
    -------
    (runs,) array
        One mean for each run.
    """
    X, start, stiffness, center = _turned(sgd, checkpoint, risk)
    unseen = int(np.ceil(10 / probability))
    found = np.empty(runs)
    for i in range(runs):
        batches = rng.integers(len(sgd.y), size=(unseen + steps, sgd.batch_size))
        back = rng.random(unseen + steps) < probability
        rate = sgd.learning_rate / sgd.batch_size
        found[i] = _chain(X, sgd.y, rate, batches, back, start, stiffness, center, unseen)
    return found + risk.floor


def _turned(sgd: rd.LinearSGD, checkpoint: Any, risk: rd.Quadratic) -> tuple[Any, Any, Any, Any]:
    """Return inputs, checkpoint, stiffnesses and minimum along the eigen-directions of the risk.

    There it is a sum of squares; SGD does not care how its axes are turned.
    """
    stiffness, basis = np.linalg.eigh(risk.matrix)
    return np.ascontiguousarray(sgd.X @ basis), checkpoint @ basis, stiffness, risk.center @ basis


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _descend(X, y, rate, batch, theta, move):
    move[:] = 0.0
    for i in batch:
        residual = -y[i]
        for j in range(len(theta)):
            residual += X[i, j] * theta[j]
        for j in range(len(theta)):
            move[j] += residual * X[i, j]
    for j in range(len(theta)):
        theta[j] -= rate * move[j]


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _above(theta, stiffness, center):
    value = 0.0
    for j in range(len(theta)):
        value += stiffness[j] * (theta[j] - center[j]) ** 2 / 2
    return value


@njit(cache=True, nogil=True)
def _chain(X, y, rate, batches, back, start, stiffness, center, unseen):
    theta, move, total = start.copy(), np.empty_like(start), 0.0
    for step in range(len(batches)):
        _descend(X, y, rate, batches[step], theta, move)
        if back[step]:
            theta[:] = start
        if step >= unseen:
            total += _above(theta, stiffness, center)
    return total / (len(batches) - unseen)


@njit(cache=True, nogil=True)
def _average(X, y, rate, batches, theta, stiffness, center, p, averages):
    weights = p.copy()
    left = np.ones_like(p)
    move = np.empty_like(theta)
    for step in range(len(batches) + 1):
        value = _above(theta, stiffness, center)
        last = step == len(batches)
        for m in range(len(p)):
            averages[m] += value * (left[m] if last else weights[m])
            left[m] -= weights[m]
            weights[m] *= 1 - p[m]
        if last:
            return
        _descend(X, y, rate, batches[step], theta, move)
