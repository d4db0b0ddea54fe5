"""One training run: minibatch SGD on noisy labels, with the resetter that anyone's loop can use.

The loop is the paper's (Bae, Song and Jeong, MLST 6, 015062 (2025)): the loss on a validation part carved
from the training data is watched; once it has not improved for `patience` steps, training is reset to its
best state with a small probability at every step.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import resetdyn as rd
from validation.runs.methods import METHODS
from validation.runs.models import MODELS
from validation.runs.setting import Setting
from validation.runs.watch import WATCHES, View

END = 0.1  # share of the run over which "the last step" is averaged
SPREAD = 0.1  # of the first scores where two models have to differ from each other


@dataclass(frozen=True)
class Record:
    """What was seen along one run.

    Parameters
    ----------
    steps : (m,) int array
        Steps after which it was looked at.
    score : (m,) array
        Mean loss on the validation part, which decides what is best.
    seen : dict of str to (m, ...) array
        What was watched, by its names.
    resets : (k,) int array
        Steps after which a reset happened.
    seconds : float
        How long the training took, looks not counted.
    """

    steps: Any
    score: Any
    seen: dict[str, Any]
    resets: Any
    seconds: float

    def last(self, name: str = "accuracy") -> float:
        """Return the mean over the last tenth of the run: one look alone depends on its minibatch."""
        late = self.steps > (1 - END) * self.steps[-1]
        return float(np.mean(self.seen[name][late]))

    def best(self, name: str = "accuracy") -> float:
        """Return what was seen at the best validation score."""
        return float(self.seen[name][np.nanargmin(self.score)])


def train(setting: Setting) -> Record:
    """Train as the setting says.

    Raises
    ------
    ValueError
        If the setting names something that there is not, or the loss stops being a number.
    """
    split = setting.split()
    model = named(MODELS, "model", setting.model)
    method = named(METHODS, "method", setting.method)(setting, split)
    watches = [named(WATCHES, "watch", name) for name in setting.watch]
    state = first_state(setting, split, method, model)
    resetter = resetter_of(setting)
    order = minibatches(setting, len(split.train), stream(setting, "order"))
    unit = unit_rate(setting, split)

    looks, scores, seconds = [], [], 0.0
    seen: dict[str, list[Any]] = {}
    for done, rows in enumerate(order, start=1):
        began = time.perf_counter()
        rate = unit * share_of_rate(setting, state["schedule"]["step"])
        advance(state, method, model, split.train, rows, rate, setting.momentum, done / setting.steps)
        seconds += time.perf_counter() - began
        score = None
        if done % setting.every == 0 or done == setting.steps:
            view = View.of(setting, split, model, state["weights"][0])
            score = watched(setting, method, view)
            if not math.isfinite(score):
                raise ValueError(
                    f"after {done} steps the loss is {score}: lower the learning rate of {setting}"
                )
            looks.append(done)
            scores.append(score)
            for watch in watches:
                for what, value in watch(view).items():
                    seen.setdefault(what, []).append(value)
        began = time.perf_counter()
        state = resetter.step(state, score)
        seconds += time.perf_counter() - began
    return Record(
        np.array(looks),
        np.array(scores),
        {name: np.array(values) for name, values in seen.items()},
        np.array([entry.step for entry in resetter.log], dtype=int),
        seconds,
    )


def named(table: Mapping[str, Any], what: str, name: str) -> Any:
    """Return what has this name, or say which names there are."""
    if name not in table:
        raise ValueError(f"{what}={name!r} is unknown: give one of {', '.join(map(repr, table))}")
    return table[name]


def first_state(setting: Setting, split: Any, method: Any, model: Any) -> dict[str, Any]:
    """Return where training starts: every part that a reset can bring back, by its name."""
    rng, outputs = stream(setting, "weights"), max(split.classes, 1)
    spread = SPREAD if method.peers > 1 else 0.0
    dim, dtype = split.train.shape[1], split.train.dtype
    peers = [model.start(dim, outputs, spread, rng, dtype) for _ in range(method.peers)]
    velocities = [{name: np.zeros_like(part) for name, part in peer.items()} for peer in peers]
    return {
        "weights": peers,
        "optimizer": velocities if setting.momentum else [],
        "schedule": {"step": 0},
        "buffers": method.buffers(),
    }


def resetter_of(setting: Setting) -> rd.CheckpointResetter:
    """Return the resetter of this run; without resetting it only keeps count."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a run shorter than its patience is a run like others
        return rd.CheckpointResetter(
            setting.probability,
            setting.patience,
            warm_up=setting.warm_up,
            checkpoint=setting.checkpoint,
            timing=setting.timing,
            restore=setting.restore,
            only=setting.only or None,
            rng=stream(setting, "resets"),
        )


def advance(
    state: dict[str, Any],
    method: Any,
    model: Any,
    inputs: Any,
    rows: Any,
    rate: float,
    momentum: float,
    progress: float,
) -> None:
    """Take one step of SGD, in place."""
    peers = state["weights"]
    scores = [model.scores(peer, inputs, rows) for peer in peers]
    wanted = method.slopes(scores, rows, progress, state["buffers"])
    for i, (peer, (chosen, slopes)) in enumerate(zip(peers, wanted, strict=True)):
        if not momentum:
            model.descend(peer, peer, inputs, chosen, slopes, rate / len(chosen))
            continue
        velocity = state["optimizer"][i]
        for name in peer:
            velocity[name] *= peer[name].dtype.type(momentum)
        model.descend(velocity, peer, inputs, chosen, slopes, rate / len(chosen))
        for name in peer:
            peer[name] += velocity[name]
    state["schedule"]["step"] += 1


def watched(setting: Setting, method: Any, view: View) -> float:
    """Return the score on the validation part: the mean of the run's own loss, or the fraction missed."""
    if setting.score == "error":
        missed = view.validation.argmax(axis=1) != view.split.validation_labels
        return float(np.mean(missed))
    part = type(method)(view.setting, _Watched(view.split))
    return float(np.mean(part.values(view.validation, slice(None))))


class _Watched:
    """The validation part in the place of the training part."""

    def __init__(self, split: Any) -> None:
        self.train_labels, self.train, self.classes = split.validation_labels, split.validation, split.classes


def unit_rate(setting: Setting, split: Any) -> float:
    """Return the learning rate where the schedule leaves all of it, in the units of the parameters."""
    return setting.learning_rate / float(np.mean(np.sum(split.train.astype(float) ** 2, axis=1)))


def share_of_rate(setting: Setting, step: int) -> float:
    """Return the share of the learning rate that the schedule leaves after this many of its own steps."""
    if setting.schedule == "constant":
        return 1.0
    if setting.schedule == "cosine":
        return (1 + math.cos(math.pi * min(step / setting.steps, 1.0))) / 2
    raise ValueError(f"schedule={setting.schedule!r} is unknown: give 'constant' or 'cosine'")


def minibatches(setting: Setting, n: int, rng: np.random.Generator) -> Iterator[Any]:
    """Give the rows of each minibatch of the run; an epoch's last short one is left out."""
    size = min(setting.batch_size, n)
    if setting.sampling == "independent":
        for _ in range(setting.steps):
            yield rng.integers(n, size=size)
        return
    given = 0
    while True:
        order = rng.permutation(n)
        for begin in range(0, n - size + 1, size):
            if given == setting.steps:
                return
            given += 1
            yield order[begin : begin + size]


def stream(setting: Setting, name: str) -> np.random.Generator:
    """Return the stream of this use: the same for settings that differ in how they train only."""
    return np.random.default_rng([setting.seed, *name.encode()])
