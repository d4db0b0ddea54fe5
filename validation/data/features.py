"""Features: standardised inputs, and random Fourier features that let a linear model memorise.

A random Fourier feature is ``cos(w . x + phase)`` with Gaussian `w` (Rahimi and Recht, NIPS 2007): a linear
model on many of them is a kernel machine.  Scales come from the training part alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

FAR = 10.0  # standard deviations beyond which an input is cut: a pixel that hardly ever varies in training
_PAIRS = 2000  # of training samples, whose distances decide the width of the kernel


def scaler(training: Any) -> Callable[[Any], Any]:
    """Return the function that gives inputs mean 0 and deviation 1 in the training part.

    Features that do not vary there are dropped, and values further than 10 deviations away are cut there.

    Raises
    ------
    ValueError
        If no feature varies.
    """
    centre, spread = training.mean(axis=0, dtype=float), training.std(axis=0, dtype=float)
    varies = spread > 1e-12 * np.maximum(np.abs(centre), np.finfo(float).tiny / 1e-12)
    if not varies.any():
        raise ValueError("no feature varies in the training part: nothing can be learned")

    def scaled(inputs: Any) -> Any:
        return np.clip((inputs[:, varies] - centre[varies]) / spread[varies], -FAR, FAR)

    return scaled


def featurer(training: Any, features: int, rng: np.random.Generator) -> Callable[[Any], Any]:
    """Return the function that makes features of standardised inputs.

    Parameters
    ----------
    training : (n, p) array
        Standardised inputs of the training part, which decide the width of the kernel: one over the median
        distance between two of them.
    features : int
        Random Fourier features, each with a mean square of about 1; 0 gives the inputs themselves and a
        constant.
    rng : Generator
        Source of frequencies and phases.
    """
    if isinstance(features, bool) or features != int(features) or features < 0:
        raise ValueError(
            f"features={features!r}: give a whole number of random features, or 0 for the inputs"
        )
    if features == 0:
        return lambda inputs: np.column_stack([inputs, np.ones(len(inputs))])
    one, other = rng.integers(len(training), size=(2, _PAIRS))
    distances = np.linalg.norm(training[one] - training[other], axis=1)
    width = 1 / np.median(distances[distances > 0])
    frequencies = width * rng.normal(size=(training.shape[1], int(features)))
    phases = rng.uniform(0, 2 * np.pi, int(features))
    return lambda inputs: np.sqrt(2) * np.cos(inputs @ frequencies + phases)


def standardised(images: Any) -> Any:
    """Return the pixels with mean 0 and deviation 1 each; pixels that never vary become 0."""
    spread = images.std(axis=0)
    return (images - images.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def fourier_features(inputs: Any, features: int, rng: np.random.Generator, width: float = 0.1) -> Any:
    """Return random Fourier features of a Gaussian kernel; their squares sum to about 1 per sample."""
    frequencies = width * rng.normal(size=(inputs.shape[1], features))
    phases = rng.uniform(0, 2 * np.pi, features)
    return np.sqrt(2 / features) * np.cos(inputs @ frequencies + phases)
