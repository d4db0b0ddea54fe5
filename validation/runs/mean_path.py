"""The mean path of minibatch SGD on least squares, known exactly at any learning rate and batch size.

With minibatches drawn independently, ``E[theta_(t+1) | theta_t] = theta_t - eta (H theta_t - v)``, so that
the mean of all runs on the same data is that of full-batch descent,
``E[theta_t] = c + (1 - eta H)^t (theta_0 - c)`` with ``H = X^T X / n`` and any minimum `c`.  Everything that
is linear in the weights is known with it: scores, and the parts of the gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from validation.runs.gradients import eigen_directions, spectrum
from validation.runs.methods import targets
from validation.runs.train import unit_rate


class MeanPath:
    """Mean weights of least squares trained on some data from zero weights.

    Parameters
    ----------
    inputs : (n, d) array
        What is trained on; independent minibatches of any size are drawn from it.
    aims : (n, K) array
        What the scores should become.
    rate : float
        The learning rate, `eta` above.
    spectral : tuple of arrays, optional
        Eigenvalues and directions of `H`, where they are known already.

    Raises
    ------
    ValueError
        If the mean grows without end: ``eta`` times the largest eigenvalue of `H` is above 2.

    Examples
    --------
    >>> path = MeanPath(np.array([[1.0], [1.0]]), np.array([[1.0], [3.0]]), rate=0.5)
    >>> path.weights([0, 1, 2]).ravel().tolist()
    [0.0, 1.0, 1.5]
    """

    def __init__(self, inputs: Any, aims: Any, rate: float, spectral: Any = None) -> None:
        X, self.rate = np.asarray(inputs, dtype=float), rate
        self.stiffness, self.axes = spectrum(X) if spectral is None else spectral
        if rate * self.stiffness[0] > 2:
            raise ValueError(f"rate={rate}: the mean path diverges above {2 / self.stiffness[0]:.3g}")
        self._pull = self.axes @ (X.T @ np.asarray(aims, dtype=float) / len(X))  # (m, K)

    def weights(self, steps: Any) -> Any:
        """Return the mean weights after each of these numbers of steps: ``(len(steps), K, d)``."""
        steps = np.asarray(steps, dtype=float)[:, None]
        h = self.stiffness
        fast = self.rate * h > 0.5  # slow ones would lose their digits where 1 - eta h is nearly 1
        relaxed = -np.expm1(steps * np.log1p(-np.where(fast, 0.0, self.rate * h)))
        relaxed = np.where(fast, 1 - (1 - self.rate * h) ** steps, relaxed)
        return ((relaxed / h)[:, None, :] * self._pull.T) @ self.axes


def mean_path(setting: Any, split: Any, part: Any = slice(None)) -> MeanPath:
    """Return the mean path of a setting that trains least squares by independent minibatches.

    Parameters
    ----------
    setting, split : Setting, Split
        What is trained, on which data.
    part : slice or (n,) bool array, optional
        The samples that are trained on: all, or a counterfactual without some.

    Raises
    ------
    ValueError
        If the setting is not one whose mean is known.
    """
    known = {
        "loss": "squared_error", "model": "linear", "method": "plain", "sampling": "independent",
        "schedule": "constant", "momentum": 0.0, "probability": 0.0,
    }  # fmt: skip
    for name, value in known.items():
        if getattr(setting, name) != value:
            raise ValueError(f"{name}={getattr(setting, name)!r}: the mean path is known for {value!r} only")
    aims = targets(split.train_labels, split.classes, float)
    whole = isinstance(part, slice) and part == slice(None)
    known_directions = eigen_directions(split)[:2] if whole else None
    return MeanPath(split.train[part], aims[part], unit_rate(setting, split), known_directions)


def gradient_parts(split: Any, weights: Any) -> tuple[Any, Any]:
    """Return clean gradient and latent bias of least squares at each of these weights ``(s, K, d)``."""
    wrong, aims = split.wrong, targets(split.train_labels, split.classes, float)
    clean = _mean_gradient(split.train[~wrong], aims[~wrong], weights)
    if not wrong.any():
        return clean, np.zeros_like(clean)
    return clean, wrong.mean() * (_mean_gradient(split.train[wrong], aims[wrong], weights) - clean)


def risk_gradient(split: Any, weights: Any) -> Any:
    """Return the gradient of the clean risk at each of these weights: all inputs with their true labels."""
    return _mean_gradient(split.train, targets(split.train_clean, split.classes, float), weights)


def _mean_gradient(inputs: Any, aims: Any, weights: Any) -> Any:
    X = inputs.astype(float)
    return (weights @ X.T - aims.T) @ X / len(X)
