"""One run of minibatch SGD with resetting on a linear model: the loop of the estimators, no scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from resetdyn.training import linear, losses
from resetdyn.training.resetter import CheckpointResetter


class Samples(NamedTuple):
    """Inputs, whose last column may be a constant for the intercept, and what is to be learned from them."""

    inputs: Any
    labels: Any


class Course(NamedTuple):
    """How a run goes, resets apart.

    `penalised` is the number of leading columns that the L2 penalty `alpha` shrinks.
    """

    loss: losses.Loss
    epochs: int
    batch_size: int
    eta0: float
    schedule: str
    power: float
    momentum: float
    alpha: float
    penalised: int
    shuffle: bool
    score_every: int | None
    verbose: int

    def steps_per_epoch(self, n: int) -> int:
        """Return the minibatches in an epoch of n samples; the last one may be smaller."""
        return -(-n // self.batch_size)

    def rate(self, step: int, steps: int) -> float:
        """Return the learning rate of a step, counted from 0, in a run of so many."""
        if self.schedule == "cosine":
            return self.eta0 * (1 + math.cos(math.pi * step / steps)) / 2
        return self.eta0 / (step + 1) ** self.power if self.schedule == "invscaling" else self.eta0


class Run(NamedTuple):
    """What a run leaves: its last and its best weights, and the scores that were seen after which steps."""

    last: Any
    best: Any
    scores: Any
    steps: Any


def run(
    weights: Any,
    train: Samples,
    validation: Samples,
    course: Course,
    resetter: CheckpointResetter,
    rng: np.random.Generator,
) -> Run:
    """Train from these weights, which are not touched, and let the resetter watch the validation loss."""
    n = len(train.inputs)
    steps = course.epochs * course.steps_per_epoch(n)
    every = course.score_every or course.steps_per_epoch(n)
    state: dict[str, Any] = {
        "weights": weights.copy(),
        "optimizer": np.zeros_like(weights) if course.momentum else None,
        "schedule": {"step": 0},
    }
    best = weights.copy()
    scores: list[float] = []
    looks: list[int] = []
    for step, rows in enumerate(_minibatches(n, course, rng), start=1):
        _advance(state, train, rows, course, steps)
        score = None
        if step % every == 0 or step == steps:
            score = _mean_loss(state["weights"], validation, course.loss)
            if not math.isfinite(score):
                raise ValueError(
                    f"after {step} steps the validation loss is {score}: the run diverged; "
                    f"lower eta0={course.eta0:g}, or scale the features"
                )
            if score < min(scores, default=math.inf):
                best[:] = state["weights"]
            scores.append(score)
            looks.append(step)
            if course.verbose:
                print(f"step {step} of {steps}: validation loss {score:.6g}, {len(resetter.log)} resets")
        state = resetter.step(state, score)
    return Run(state["weights"], best, np.array(scores), np.array(looks))


def _minibatches(n: int, course: Course, rng: np.random.Generator) -> Iterator[Any]:
    for _ in range(course.epochs):
        order = rng.permutation(n) if course.shuffle else np.arange(n)
        for begin in range(0, n, course.batch_size):
            yield order[begin : begin + course.batch_size]


def _advance(state: dict[str, Any], train: Samples, rows: Any, course: Course, steps: int) -> None:
    """Take one step in place; the penalty is taken at the same weights as the slopes."""
    weights, velocity, schedule = state["weights"], state["optimizer"], state["schedule"]
    rate = course.rate(schedule["step"], steps)
    schedule["step"] += 1
    scores = linear.scores(weights, train.inputs, rows)
    slopes = losses.slopes(scores, train.labels[rows], course.loss)
    moved = weights
    if velocity is not None:
        velocity *= course.momentum
        moved = velocity
    if course.alpha:
        shrunk = weights[:, : course.penalised]
        moved[:, : course.penalised] -= rate * course.alpha * shrunk
    linear.descend(moved, train.inputs, rows, slopes, rate / len(rows))
    if velocity is not None:
        weights += velocity


def _mean_loss(weights: Any, samples: Samples, loss: losses.Loss) -> float:
    # Not by BLAS, whose threads wait for each other where several runs share the processor.
    scores = linear.scores(weights, samples.inputs, np.arange(len(samples.inputs)))
    with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is told by its loss
        return float(losses.values(scores, samples.labels, loss).mean())
