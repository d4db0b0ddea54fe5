"""Least squares on data with noisy labels, split exactly into a clean and a wrong part.

The gradient of ``|X theta - y|^2 / (2 n)`` is ``n_clean / n`` times that of the correctly labelled samples
plus ``n_wrong / n`` times that of the wrongly labelled ones.  Clean risk and clean optimum refer to all
inputs with their true labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.functions import Quadratic


def split_least_squares(
    X: ArrayLike, y_clean: ArrayLike, y_noisy: ArrayLike, batch_size: int, replacement: bool
) -> dict[str, Any]:
    """Return the parameters of the label-noise model that the data decide, or raise."""
    X, clean, noisy = _checked(X, y_clean, y_noisy)
    n = len(X)
    batch_size = _checks.integer("batch_size", batch_size)
    if not replacement and batch_size > n:
        raise ValueError(f"batch_size={batch_size}: without replacement give at most n={n}")
    wrong = clean != noisy
    risk = _least_squares(X, clean)
    # A part without samples has weight 0; any loss stands for it.
    clean_part = risk if wrong.all() else _least_squares(X[~wrong], noisy[~wrong])
    wrong_part = _least_squares(X[wrong], noisy[wrong]) if wrong.any() else risk
    residuals = X @ np.atleast_1d(_least_squares(X, noisy).center) - noisy
    covariance = (X * residuals[:, None] ** 2).T @ X / n
    if not replacement:
        covariance = covariance * ((n - batch_size) / max(n - 1, 1))
    return {
        "hessian": risk.matrix,
        "clean_optimum": risk.center,
        "clean_floor": risk.floor,
        "clean_part": clean_part,
        "wrong_hessian": wrong_part.matrix,
        "wrong_optimum": wrong_part.center,
        "noise_rate": wrong.mean(),
        "gradient_covariance": covariance,
    }


def _checked(
    X: ArrayLike, y_clean: ArrayLike, y_noisy: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    X = _checks.finite_array("X", X)
    if X.ndim != 2:
        raise ValueError(f"X has shape {X.shape}: give an array (samples, features)")
    flattest = float(np.linalg.eigvalsh(X.T @ X / len(X))[0])
    if flattest <= X.shape[1] * np.finfo(float).eps * np.mean(X**2):
        raise ValueError(
            f"X^T X / n is not positive definite (lowest eigenvalue {flattest:.3g}): give more samples "
            "than features, and no feature that others determine"
        )
    labels = _checks.finite_array("y_clean", y_clean), _checks.finite_array("y_noisy", y_noisy)
    for name, y in zip(("y_clean", "y_noisy"), labels, strict=True):
        if y.shape != X.shape[:1]:
            raise ValueError(f"{name} has shape {y.shape}: give one label for each of the {len(X)} rows of X")
    return X, *labels


def _least_squares(X: FloatArray, y: FloatArray) -> Quadratic:
    """Return the loss ``|X theta - y|^2 / (2 n)`` as a quadratic (at its minimum of least norm)."""
    optimum = np.linalg.lstsq(X, y, rcond=None)[0]
    return Quadratic(X.T @ X / len(X), optimum, float(np.mean((X @ optimum - y) ** 2) / 2))
