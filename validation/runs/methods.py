"""What each sample of a minibatch asks for: the loss alone, or a method that distrusts some of the labels.

A method turns the scores of a minibatch into the slopes that the model descends.  Each is a small class with
`peers` (how many models train side by side), `buffers` (what it remembers, a nest of arrays; resets may bring
it back or leave it) and `slopes`.

- plain: every sample, with the loss of the setting.
- small-loss selection: only the samples of lowest loss, ``1 - R(t)`` of the minibatch.
- Co-teaching (Han and others, NeurIPS 2018, arXiv:1804.06872): two models, each trained on the samples
  whose loss is lowest in the other one.  ``R`` grows linearly to the noise rate over the first tenth of the
  run.
- early-learning regularisation (Liu and others, NeurIPS 2020, arXiv:2007.00151): ``lambda log(1 - <p, t>)``
  is added to the cross-entropy, with a memory ``t`` of each sample's earlier predictions that lasts for the
  whole run.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn.training import losses
from validation.runs.setting import Setting

Scores = list[Any]  # of each model, (B, K)
Slopes = list[tuple[Any, Any]]  # for each model: rows of the inputs, and the slopes of their losses

RAMP = 0.1  # share of the run over which a selection comes to its final strictness
MEMORY, STRENGTH = 0.7, 3.0  # of early-learning regularisation: beta and lambda of its paper for CIFAR-10


class Plain:
    """Descend the loss of every sample."""

    peers = 1

    def __init__(self, setting: Setting, split: Any) -> None:
        self.labels = split.train_labels
        self.loss = None
        if setting.loss == "squared_error":
            self.targets = targets(split.train_labels, split.classes, split.train.dtype)
        else:
            self.loss = losses.loss(setting.loss, **dict(setting.parameters))

    def buffers(self) -> dict[str, Any]:
        """Return what this method remembers along a run."""
        return {}

    def slopes(self, scores: Scores, rows: Any, progress: float, buffers: dict[str, Any]) -> Slopes:
        """Return for each model which rows it descends, and the slopes of their losses."""
        (one,) = scores
        return [(rows, self.slope(one, rows))]

    def slope(self, scores: Any, rows: Any) -> Any:
        """Return the slope of each sample's own loss."""
        if self.loss is None:
            return scores - self.targets[rows]
        return losses.slopes(scores, self.labels[rows], self.loss)

    def values(self, scores: Any, rows: Any) -> Any:
        """Return each sample's own loss."""
        if self.loss is None:
            return np.sum((scores - self.targets[rows]) ** 2, axis=1) / 2
        return losses.values(scores, self.labels[rows], self.loss)


class SmallLoss(Plain):
    """Descend the samples of lowest loss only."""

    def __init__(self, setting: Setting, split: Any) -> None:
        super().__init__(setting, split)
        self.forgotten = setting.noise_rate

    def lowest(self, scores: Any, rows: Any, progress: float) -> Any:
        """Return the places in the minibatch whose loss is lowest; always at least one."""
        dropped = self.forgotten * min(progress / RAMP, 1.0)
        kept = max(1, round((1 - dropped) * len(rows)))
        return np.argsort(self.values(scores, rows), kind="stable")[:kept]

    def slopes(self, scores: Scores, rows: Any, progress: float, buffers: dict[str, Any]) -> Slopes:
        """Return the rows of lowest loss, and their slopes."""
        (one,) = scores
        kept = self.lowest(one, rows, progress)
        return [(rows[kept], self.slope(one[kept], rows[kept]))]


class CoTeaching(SmallLoss):
    """Two models, each of which descends what the other finds easy."""

    peers = 2

    def slopes(self, scores: Scores, rows: Any, progress: float, buffers: dict[str, Any]) -> Slopes:
        """Return for each model the rows of lowest loss in the other one, and their slopes."""
        chosen = [self.lowest(one, rows, progress) for one in scores]
        return [
            (rows[kept], self.slope(one[kept], rows[kept]))
            for one, kept in zip(scores, reversed(chosen), strict=True)
        ]


class EarlyLearning(Plain):
    """Pull predictions towards what they were earlier in the run."""

    def __init__(self, setting: Setting, split: Any) -> None:
        super().__init__(setting, split)
        self.shape = len(split.train_labels), split.classes

    def buffers(self) -> dict[str, Any]:
        """Return the memory of predictions: nothing seen yet."""
        return {"memory": np.zeros(self.shape)}

    def slopes(self, scores: Scores, rows: Any, progress: float, buffers: dict[str, Any]) -> Slopes:
        """Update the memory of these rows and return the slopes of the regularised loss."""
        (one,) = scores
        p = softmax(one.astype(float))
        memory = buffers["memory"]
        memory[rows] = MEMORY * memory[rows] + (1 - MEMORY) * p
        t = memory[rows]
        overlap = np.sum(p * t, axis=1, keepdims=True)
        pull = -STRENGTH * p * (t - overlap) / np.maximum(1 - overlap, 1e-4)
        return [(rows, (self.slope(one, rows) + pull).astype(one.dtype))]


METHODS: dict[str, type[Plain]] = {
    "plain": Plain,
    "small-loss": SmallLoss,
    "co-teaching": CoTeaching,
    "early-learning": EarlyLearning,
}


def softmax(scores: Any) -> Any:
    """Return class probabilities, without overflow."""
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def targets(labels: Any, classes: int, dtype: Any) -> Any:
    """Return what least squares aims at: one column for each class, or the numbers themselves."""
    if classes <= 1:
        return labels.astype(dtype)[:, None]
    return np.eye(classes, dtype=dtype)[labels]
