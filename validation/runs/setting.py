"""Everything that decides a training run in one frozen noun: the same setting is the same run, to the bit."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from validation.data import Split, load

FORMAT = 2  # of records; a change of what a run does must change it, or old records would stand for new runs


@dataclass(frozen=True)
class Setting:
    """One training run.

    Runs whose settings differ in how they train only, not in their data or `seed`, share the split, the
    corruption, the features, the first weights and the order of minibatches, so that differences between them
    are paired.

    Parameters
    ----------
    dataset : str
        A name that `validation.data.raw` knows, or a file.
    noise, noise_rate : str, float
        Kind and fraction of wrong labels.
    validation : {"noisy", "clean"}
        Which labels the watched part has; it is carved from the training data in either case.
    features : int
        Random features; 0 trains on the inputs themselves.
    model : {"linear", "two-layer"}
        One layer on the features, or two trained layers, of which the first starts as random features.
    method : str
        A name in `validation.runs.methods`: "plain", "co-teaching", "small-loss", "early-learning";
        or "confident".
    loss, parameters : str, tuple
        A name that `resetdyn.training.losses` knows, and its parameters as pairs.
    batch_size, learning_rate, momentum : int, float, float
        Of minibatch SGD; the learning rate is in units of one over the mean squared norm of an input.
    schedule : {"constant", "cosine"}
        Course of the learning rate over the run.
    score : {"loss", "error"}
        What is watched on the validation part, and decides what is best: the mean of the run's own loss, or
        the fraction of labels that are missed.
    sampling : {"epochs", "independent"}
        Minibatches that go through the training part in random order, as in practice, or are drawn anew each
        time with replacement, as in the exact theory.
    steps, every : int
        Length of the run, and steps between two looks at the validation data.
    probability, patience : float, int
        Of resetting: chance per step, and steps without a new best after which it begins; 0 never resets.
    warm_up, checkpoint, timing, restore, only
        As in `rd.CheckpointResetter`; a fixed checkpoint is the first state after the warm-up.
    watch : tuple of str
        What is looked at along the run: names in `validation.runs.watch`.
    seed : int
        Of everything random.
    """

    dataset: str = "digits"
    noise: str = "symmetric"
    noise_rate: float = 0.4
    validation: str = "noisy"
    features: int = 500
    model: str = "linear"
    method: str = "plain"
    loss: str = "log_loss"
    parameters: tuple[tuple[str, float], ...] = ()
    batch_size: int = 32
    learning_rate: float = 4.0
    momentum: float = 0.0
    schedule: str = "constant"
    score: str = "loss"
    sampling: str = "epochs"
    steps: int = 3000
    every: int = 25
    probability: float = 0.0
    patience: int = 200
    warm_up: int = 0
    checkpoint: str = "best"
    timing: str = "geometric"
    restore: tuple[str, ...] = ("weights", "optimizer")
    only: tuple[str, ...] = ()
    watch: tuple[str, ...] = ("accuracy", "fractions")
    seed: int = 0

    def but(self, **changes: Any) -> Setting:
        """Return the same setting with these changes."""
        return replace(self, **changes)

    @property
    def key(self) -> str:
        """A name of this run that is the same on every machine."""
        text = json.dumps([FORMAT, asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def split(self) -> Split:
        """Return the data of this run."""
        return load(
            self.dataset,
            noise=self.noise,
            noise_rate=self.noise_rate,
            features=self.features,
            validation=self.validation,
            seed=self.seed,
        )

    @property
    def data(self) -> tuple[Any, ...]:
        """What decides the data: settings of the same data are best run in the same process."""
        return self.dataset, self.noise, self.noise_rate, self.validation, self.features, self.seed
