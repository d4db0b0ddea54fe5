"""Plain minibatch training that records what `rd.simulate` does not keep: the path of every run."""

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
    record = 0
    for step in range(len(batches) + 1):
        while record < len(steps) and steps[record] == step:
            path[record] = theta
            record += 1
        if step == len(batches):
            return
        move = np.zeros_like(theta)
        for i in batches[step]:
            residual = -y[i]
            for j in range(len(theta)):
                residual += X[i, j] * theta[j]
            for j in range(len(theta)):
                move[j] += residual * X[i, j]
        for j in range(len(theta)):
            theta[j] -= rate * move[j]
