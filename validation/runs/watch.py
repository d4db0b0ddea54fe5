"""What is looked at along a run: a name, and a function that returns numbers by their names.

A new observation is a function and a line here; it sees the model's parameters, its scores on the parts that
are not trained on, and the split, and returns a number or an array of fixed shape for each name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from validation.runs.gradients import directions, gradients
from validation.runs.methods import targets

SEEN = 2000  # training samples whose fate is followed; more would cost time and show nothing new


class View(NamedTuple):
    """What an observation sees: the setting, the data, the model, its parameters and its scores."""

    setting: Any
    split: Any
    model: Any
    parameters: Mapping[str, Any]
    validation: Any
    test: Any

    @classmethod
    def of(cls, setting: Any, split: Any, model: Any, parameters: Mapping[str, Any]) -> View:
        """Return the view at these parameters."""
        scores = (model.all_scores(parameters, part) for part in (split.validation, split.test))
        return cls(setting, split, model, parameters, *scores)


def accuracy(view: View) -> dict[str, Any]:
    """Accuracy on the clean test set, its clean risk, and accuracy on the watched part.

    For a regression, accuracy is the coefficient of determination and risk half the mean squared error.
    """
    test, split = view.split.test_labels, view.split
    return {
        "accuracy": share_right(view.test, test, split.classes),
        "risk": clean_risk(view.setting.loss, view.test, test, split.classes),
        "validation_accuracy": share_right(view.validation, split.validation_labels, split.classes),
    }


def fractions(view: View) -> dict[str, Any]:
    """Fractions of clean samples learned, and of corrupted ones learned as the truth or as the label."""
    split = view.split
    if split.classes == 1:  # a regression has no labels to be right or wrong
        return {}
    seen = view.model.all_scores(view.parameters, split.train[:SEEN])
    return fates(split, seen.argmax(axis=1))


def fates(split: Any, found: Any) -> dict[str, Any]:
    """Return the fractions for classes that were found for the first training samples."""
    part = slice(len(found))
    truth, label, wrong = split.train_clean[part], split.train_labels[part], split.wrong[part]
    corrupted = max(int(wrong.sum()), 1)
    return {
        "learned": np.mean((found == truth)[~wrong]) if not wrong.all() else np.nan,
        "corrected": np.sum((found == truth) & wrong) / corrupted if wrong.any() else np.nan,
        "memorised": np.sum((found == label) & wrong) / corrupted if wrong.any() else np.nan,
    }


WATCHES: dict[str, Callable[[View], dict[str, Any]]] = {
    "accuracy": accuracy,
    "fractions": fractions,
    "gradients": gradients,
    "directions": directions,
}


def share_right(scores: Any, labels: Any, classes: int) -> float:
    """Return the accuracy, or the coefficient of determination of a regression."""
    if classes > 1:
        return float(np.mean(scores.argmax(axis=1) == labels))
    return float(1 - np.mean((scores[:, 0] - labels) ** 2) / np.var(labels))


def clean_risk(loss: str, scores: Any, labels: Any, classes: int) -> float:
    """Return the mean cross-entropy of true labels (nats); of least squares, half the mean squared error."""
    if loss == "squared_error":
        aimed = targets(labels, classes, scores.dtype)
        return float(np.mean(np.sum((scores - aimed) ** 2, axis=1)) / 2)
    top = scores.max(axis=1)
    normaliser = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top
    return float(np.mean(normaliser - scores[np.arange(len(labels)), labels]))
