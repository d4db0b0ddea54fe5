"""Two digits told apart by least squares: the task whose training is held against the theory.

Scikit-learn ships the images (1,797 digits of 8 x 8 pixels, from the UCI repository), so that nothing is
downloaded.  The data are the same in every run, whatever the seed of the training; only the training is
random.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

import resetdyn as rd
from validation.data.features import fourier_features, standardised

NOISE_RATES = (0.0, 0.2, 0.4, 0.6)
LEARNING_RATE = 0.5  # far from the small-rate limit: the stability limit is about 3
BATCH_SIZE = 8
_SEED = 1998  # of features and corruption


@dataclass(frozen=True)
class BinaryTask:
    """Two digits told apart by least squares on random features; labels are -1 and +1.

    Parameters
    ----------
    X : (n, d) array
        Features.
    y_clean, y_noisy : (n,) array
        True labels, and those trained on.
    noise_rate : float
        Fraction of labels that are wrong (exact up to rounding to whole samples).
    """

    X: Any
    y_clean: Any
    y_noisy: Any
    noise_rate: float

    def sgd(self, learning_rate: float = LEARNING_RATE) -> rd.LinearSGD:
        """Return minibatch SGD on the noisy labels."""
        return rd.LinearSGD(self.X, self.y_noisy, learning_rate, BATCH_SIZE)

    def model(self, learning_rate: float = LEARNING_RATE, checkpoint: Any = None) -> rd.LabelNoiseQuadratic:
        """Return the theory's model of this task: losses, optima, early-stopping point."""
        return rd.LabelNoiseQuadratic.from_data(
            self.X, self.y_clean, self.y_noisy, learning_rate, BATCH_SIZE, checkpoint=checkpoint
        )

    @property
    def directions(self) -> Any:
        """Eigen-directions of the training Hessian, one a row, the stiffest first."""
        return np.linalg.eigh(self.X.T @ self.X)[1].T[::-1]


@cache
def binary_task(noise_rate: float, digits: tuple[int, int] = (3, 8), features: int = 60) -> BinaryTask:
    """Return the task of telling two digits apart, with this fraction of the labels flipped."""
    images, labels = load_digits(return_X_y=True)
    chosen = np.isin(labels, digits)
    y = np.where(labels[chosen] == digits[0], 1.0, -1.0)
    rng = np.random.default_rng(_SEED)
    X = fourier_features(standardised(images[chosen]), features, rng)
    order = rng.permutation(len(y))  # the same for all noise rates: labels wrong at 0.2 are wrong at 0.4 too
    noisy = y.copy()
    noisy[order[: round(noise_rate * len(y))]] *= -1
    return BinaryTask(X, y, noisy, noise_rate)
