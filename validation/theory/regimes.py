"""Training in many regimes: a task, its corruption, and how it is trained and reset, in one noun each.

Learning rates are in units of the stability limit of the task, and checkpoints in units of its early-stopping
time, so that one design suits all data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

import resetdyn as rd
from validation.data import corrupt, raw
from validation.data.features import featurer, scaler

SAMPLES = 160  # per task: so few that least squares memorises with some tens of features
_SEED = 1998  # of the choice of samples, corruption and features; only the training is random
_SETTLED = 3.0  # relaxation times that stand for the early-stopping time where learning never turns


@dataclass(frozen=True)
class Task:
    """Least squares on part of a data set.

    Parameters
    ----------
    dataset : str
        A name that `validation.data.raw` knows.
    pair : tuple of int, optional
        The two classes told apart, as -1 and +1; none for a regression.
    features : int
        Random Fourier features; 0 takes the standardised inputs and a constant.
    """

    dataset: str
    pair: tuple[int, int] | None = None
    features: int = 0

    def __str__(self) -> str:
        classes = "" if self.pair is None else f" {self.pair[0]}/{self.pair[1]}"
        return f"{self.dataset}{classes}" + (f", {self.features} features" if self.features else "")


TASKS = (
    Task("digits", (3, 8), 20),
    Task("digits", (1, 7), 30),
    Task("digits", (4, 9), 40),
    Task("breast_cancer", (0, 1)),
    Task("breast_cancer", (0, 1), 25),
    Task("wine", (0, 1)),
    Task("wine", (1, 2), 30),
    Task("diabetes"),
    Task("diabetes", None, 25),
    Task("diabetes", None, 50),
)


@lru_cache(maxsize=256)
def data(task: Task, noise: str, noise_rate: float) -> tuple[Any, Any, Any]:
    """Return features, true labels, and those trained on."""
    rng = np.random.default_rng(_SEED)
    found = raw(task.dataset)
    chosen = (
        np.arange(len(found.labels))
        if task.pair is None
        else np.flatnonzero(np.isin(found.labels, task.pair))
    )
    chosen = rng.permutation(chosen)[:SAMPLES]
    inputs = scaler(found.inputs[chosen])(found.inputs[chosen])
    X = featurer(inputs, task.features, rng)(inputs)
    if task.pair is None:
        targets = found.labels[chosen]
        targets = (targets - targets.mean()) / targets.std()
        return X, targets, corrupt(targets, inputs, noise, noise_rate, rng)
    classes = (found.labels[chosen] == task.pair[1]).astype(int)
    return X, 2.0 * classes - 1, 2.0 * corrupt(classes, inputs, noise, noise_rate, rng) - 1


@dataclass(frozen=True)
class Regime:
    """Training of a task that is reset.

    Parameters
    ----------
    task : Task
        What is learned.
    noise, noise_rate : str, float
        Kind and fraction of wrong labels.
    pace : float
        Learning rate, as a fraction of the largest one at which the second moment stays finite without
        resetting.
    batch_size : int
        Of minibatch SGD, drawn with replacement.
    probability : float
        Of a reset at each step.
    stopped : float
        When the checkpoint was taken, in units of the early-stopping time; where there is none (learning
        never turns, or turns at once), of three relaxation times of the median eigen-direction.
    """

    task: Task
    noise: str = "symmetric"
    noise_rate: float = 0.4
    pace: float = 0.15
    batch_size: int = 8
    probability: float = 0.02
    stopped: float = 0.5

    def __str__(self) -> str:
        noise = "permuted" if self.task.pair is None else self.noise
        return (
            f"{self.task}; {noise} {self.noise_rate:g}, eta = {self.learning_rate:.3g}, "
            f"B = {self.batch_size}, p = {self.probability:.3g}, checkpoint {self.stopped:g}"
        )

    def but(self, **changes: Any) -> Regime:
        """Return the same regime with these changes."""
        return replace(self, **changes)

    @property
    def learning_rate(self) -> float:
        """Learning rate."""
        return self.pace * _stability(self.task, self.noise, self.noise_rate, self.batch_size)

    @property
    def sgd(self) -> rd.LinearSGD:
        """Minibatch SGD on the noisy labels."""
        X, _, noisy = data(self.task, self.noise, self.noise_rate)
        return rd.LinearSGD(X, noisy, self.learning_rate, self.batch_size)

    @property
    def model(self) -> rd.LabelNoiseQuadratic:
        """The theory's model, with the checkpoint."""
        return _model(self)

    @property
    def problem(self) -> rd.SteadyState:
        """The steady state under resetting."""
        return rd.SteadyState(self.sgd, rd.Geometric(self.probability, to=self.model.checkpoint))

    def exact(self, probability: float | None = None) -> float:
        """Return the exact steady clean risk, at this or another reset probability (0 included)."""
        p = self.probability if probability is None else probability
        problem = rd.SteadyState(
            self.sgd, rd.Geometric(p, to=self.model.checkpoint) if p > 0 else rd.NoReset()
        )
        return rd.solve(problem).expect(self.model.clean_risk)

    def langevin(self) -> float:
        """Return the steady clean risk in the limit of small learning rates, at reset rate ``p / eta``."""
        return float(self.model.steady_risk(self.probability / self.learning_rate))


@lru_cache(maxsize=512)
def _stability(task: Task, noise: str, noise_rate: float, batch_size: int) -> float:
    X, _, noisy = data(task, noise, noise_rate)
    return float(rd.stability_limit(rd.LinearSGD(X, noisy, 1.0, batch_size)))


@lru_cache(maxsize=512)
def _model(regime: Regime) -> rd.LabelNoiseQuadratic:
    X, clean, noisy = data(regime.task, regime.noise, regime.noise_rate)
    model = rd.LabelNoiseQuadratic.from_data(X, clean, noisy, regime.learning_rate, regime.batch_size)
    time = model.early_stopping.time
    if not 0 < time < np.inf:
        time = _SETTLED / float(np.median(np.linalg.eigvalsh(model.training_hessian)))
    return rd.LabelNoiseQuadratic.from_data(
        X, clean, noisy, regime.learning_rate, regime.batch_size, checkpoint=model.flow(regime.stopped * time)
    )
