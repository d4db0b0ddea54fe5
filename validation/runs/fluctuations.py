"""What the noise of minibatches makes of the mean path: the spread of scores, and which class is highest.

Minibatch noise of least squares adds ``eta^2 / B`` times the covariance of single gradients at every step,
and descent leaves ``(1 - eta h_j)^2`` of it in each eigen-direction.  Kept here are, for each direction, the
covariances between outputs; those between directions are not (they vanish where residuals do not depend on
inputs), and the gradients' covariance is held between two looks.  So the spread is an approximation, which
the mean path is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from validation.runs.gradients import eigen_directions
from validation.runs.mean_path import mean_path
from validation.runs.methods import targets
from validation.runs.train import unit_rate
from validation.runs.watch import SEEN, fates

DRAWS = 20_000  # of scores at each look, shared by the samples: fractions to better than a per cent


def spreads(setting: Any, split: Any, steps: Any) -> Iterator[Any]:
    """Give the covariance of each sample's scores after each of these steps: ``(n, K, K)``.

    The first few thousand training samples stand for all.

    Parameters
    ----------
    setting, split : Setting, Split
        What is trained, as `mean_path` takes it.
    steps : (s,) int array
        Increasing, above 0; the closer, the better.
    """
    along = eigen_directions(split)
    X = split.train[:SEEN].astype(float)
    components = X @ along.axes.T  # (n, m)
    squares = components**2
    aims = targets(split.train_labels[:SEEN], split.classes, float)
    rate, (n, outputs) = unit_rate(setting, split), aims.shape
    lost = rate * along.stiffness * (2 - rate * along.stiffness)  # 1 - (1 - eta h)^2
    strength = rate**2 / min(setting.batch_size, len(split.train))
    before = np.concatenate([[0], steps[:-1]])
    weights = mean_path(setting, split).weights(before)
    directional = np.zeros((len(lost), outputs**2))
    for look, (since, step) in enumerate(zip(before, steps, strict=True)):
        residual = X @ weights[look].T - aims
        gradient = components.T @ residual / n
        second = (residual[:, :, None] * residual[:, None, :]).reshape(n, -1) + squares @ directional
        own = (gradient[:, :, None] * gradient[:, None, :]).reshape(len(lost), -1)
        noise = strength * (squares.T @ second / n - own)
        with np.errstate(divide="ignore"):  # where one step forgets everything
            gone = -np.expm1((step - since) * np.log1p(-lost))[:, None]
        directional = (1 - gone) * directional + noise * gone / lost[:, None]
        yield (squares @ directional).reshape(n, outputs, outputs)


def predicted_fates(setting: Any, split: Any, steps: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Return the expected fractions of samples learned, corrected and memorised after these steps.

    Parameters
    ----------
    setting, split, steps
        As in `spreads`.
    rng : Generator
        Draws the scores around their means.
    """
    weights, found = mean_path(setting, split).weights(steps), []
    for w, covariance in zip(weights, spreads(setting, split, steps), strict=True):
        variances, axes = np.linalg.eigh(covariance)
        factor = axes * np.sqrt(np.maximum(variances, 0))[:, None, :]
        drawn = factor @ rng.normal(
            size=(*covariance.shape[:2], 1 + DRAWS // len(covariance))
        )  # (n, K, draws)
        scores = (split.train[:SEEN] @ w.T)[:, :, None] + drawn
        looks = [fates(split, best) for best in scores.argmax(axis=1).T]
        found.append({name: np.mean([look[name] for look in looks]) for name in looks[0]})
    return {name: np.array([look[name] for look in found]) for name in found[0]}
