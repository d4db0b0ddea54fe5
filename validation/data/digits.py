"""All ten digits on random features, for the picture of learning and memorising."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from validation.data.features import fourier_features, standardised

_SEED = 1998  # of features and corruption


@dataclass(frozen=True)
class DigitSplit:
    """All ten digits: training, validation (carved from the noisy training data) and a clean test set."""

    train: tuple[Any, Any]
    validation: tuple[Any, Any]
    test: tuple[Any, Any]


@cache
def digit_split(noise_rate: float, features: int = 500) -> DigitSplit:
    """Return the ten-class task; a corrupted label is one of the nine others, at random.

    The validation labels are as noisy as those trained on: nobody tells the algorithm which are right.
    """
    images, labels = load_digits(return_X_y=True)
    rng = np.random.default_rng(_SEED)
    X = fourier_features(standardised(images), features, rng) * np.sqrt(features)
    X = X.astype(np.float32)  # this task is a picture, and half as long to train
    order = rng.permutation(len(labels))
    seen, test = order[:1200], order[1200:]
    noisy = labels.copy()
    wrong = seen[rng.permutation(len(seen))[: round(noise_rate * len(seen))]]
    noisy[wrong] = (labels[wrong] + rng.integers(1, 10, len(wrong))) % 10
    train, validation = seen[:900], seen[900:]
    return DigitSplit((X[train], noisy[train]), (X[validation], noisy[validation]), (X[test], labels[test]))
