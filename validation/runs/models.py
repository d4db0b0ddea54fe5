"""Models that minibatch SGD trains: one layer on features, or two layers of which the first learns too.

A model is its parameters (a dict of arrays) and three functions of them.  Nothing else is kept, so that a
reset of the parameters is a reset of the model.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn.training import linear

Parameters = dict[str, Any]
HIDDEN = 256  # units of the two-layer model


class Linear:
    """Scores are ``inputs @ weights.T``: softmax regression, or least squares with one output."""

    @staticmethod
    def start(dim: int, outputs: int, spread: float, rng: np.random.Generator, dtype: Any) -> Parameters:
        """Return weights at 0, or random ones whose scores have this spread on inputs of norm 1."""
        drawn = spread * rng.normal(size=(outputs, dim)) if spread else np.zeros((outputs, dim))
        return {"weights": drawn.astype(dtype)}

    @staticmethod
    def scores(parameters: Parameters, inputs: Any, rows: Any) -> Any:
        """Return one row of scores for each of these rows of the inputs."""
        return linear.scores(parameters["weights"], inputs, rows)

    @staticmethod
    def descend(
        moved: Parameters, parameters: Parameters, inputs: Any, rows: Any, slopes: Any, rate: float
    ) -> None:
        """Add ``-rate`` times the gradient at `parameters` to `moved`, which may be the parameters."""
        linear.descend(moved["weights"], inputs, rows, slopes, rate)

    @staticmethod
    def all_scores(parameters: Parameters, inputs: Any) -> Any:
        """Return the scores of all inputs at once."""
        return inputs @ parameters["weights"].T


class TwoLayer:
    """Scores are ``relu(inputs @ first.T) @ second.T``: random features at the start, then learned ones."""

    @staticmethod
    def start(dim: int, outputs: int, spread: float, rng: np.random.Generator, dtype: Any) -> Parameters:
        """Return a random first layer (He and others, ICCV 2015) and a second one as of `Linear`."""
        first = rng.normal(size=(HIDDEN, dim)) * np.sqrt(2 / HIDDEN)
        second = spread * rng.normal(size=(outputs, HIDDEN)) if spread else np.zeros((outputs, HIDDEN))
        return {"first": first.astype(dtype), "second": second.astype(dtype)}

    @staticmethod
    def scores(parameters: Parameters, inputs: Any, rows: Any) -> Any:
        """Return one row of scores for each of these rows of the inputs."""
        return TwoLayer.all_scores(parameters, inputs[rows])

    @staticmethod
    def descend(
        moved: Parameters, parameters: Parameters, inputs: Any, rows: Any, slopes: Any, rate: float
    ) -> None:
        """Add ``-rate`` times the gradient at `parameters` to `moved`, which may be the parameters."""
        seen = inputs[rows]
        hidden = np.maximum(seen @ parameters["first"].T, 0)
        back = (slopes @ parameters["second"]) * (hidden > 0)
        rate = slopes.dtype.type(rate)
        moved["second"] -= rate * (slopes.T @ hidden)
        moved["first"] -= rate * (back.T @ seen)

    @staticmethod
    def all_scores(parameters: Parameters, inputs: Any) -> Any:
        """Return the scores of all inputs at once."""
        return np.maximum(inputs @ parameters["first"].T, 0) @ parameters["second"].T


MODELS: dict[str, Any] = {"linear": Linear, "two-layer": TwoLayer}
