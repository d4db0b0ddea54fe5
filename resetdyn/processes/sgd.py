"""Minibatch SGD, step by step: on a quadratic loss, and on a least-squares dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn._noun import Noun


@dataclass(frozen=True, eq=False)
class QuadraticSGD(Noun):
    """SGD on a quadratic loss with state-independent Gaussian gradient noise, one step at a time.

    ``theta -= learning_rate * (hessian (theta - optimum) + noise)``, the noise of covariance
    ``gradient_covariance / batch_size``.  The Ornstein-Uhlenbeck process is its limit of small learning
    rates, with time ``learning_rate * steps``.

    Parameters
    ----------
    hessian : float or (d, d) array
        Hessian of the loss, positive definite.
    optimum : float or (d,) array
        Minimum of the loss.
    gradient_covariance : float or (d, d) array
        Covariance of one sample's gradient, positive (it may be singular).
    learning_rate : float
        Learning rate, below the stability limit ``2 / largest eigenvalue of the Hessian``.
    batch_size : int
        Samples per step.

    Examples
    --------
    >>> import resetdyn as rd
    >>> sgd = rd.QuadraticSGD(
    ...     hessian=1.0, optimum=0.0, gradient_covariance=2.0, learning_rate=0.1, batch_size=8
    ... )
    >>> sgd.dim
    1
    """

    hessian: Any
    optimum: Any
    gradient_covariance: Any
    learning_rate: float
    batch_size: int

    def __post_init__(self) -> None:
        hessian = _checks.finite_array("hessian", self.hessian)
        optimum = _checks.finite_array("optimum", self.optimum)
        covariance = _checks.finite_array("gradient_covariance", self.gradient_covariance)
        dim = _checks.common_dim(hessian, optimum, covariance)
        hessian = _checks.symmetric("hessian", hessian, dim, definite=True)
        rate = _checks.positive("learning_rate", self.learning_rate)
        limit = 2 / float(np.linalg.eigvalsh(hessian)[-1])
        if rate >= limit:
            raise ValueError(
                f"learning_rate={rate:g}: SGD diverges; stay below the stability limit {limit:.6g}"
            )
        self._set(
            hessian=_checks.unit_or_scalar(hessian, dim),
            optimum=_checks.unit_or_scalar(_checks.vector("optimum", optimum, dim), dim),
            gradient_covariance=_checks.unit_or_scalar(
                _checks.symmetric("gradient_covariance", covariance, dim, definite=False), dim
            ),
            learning_rate=rate,
            batch_size=_checks.integer("batch_size", self.batch_size),
        )

    @property
    def dim(self) -> int:
        """Dimension of the state."""
        return int(np.size(self.optimum))


@dataclass(frozen=True, eq=False)
class LinearSGD(Noun):
    """Minibatch SGD on a least-squares dataset, the loss being ``|X theta - y|^2 / (2 n)``.

    Every step draws a batch, independently of all others, and moves
    ``theta -= learning_rate * X_b^T (X_b theta - y_b) / batch_size``.

    Parameters
    ----------
    X : (n, d) array
        Inputs (features), one sample a row.
    y : (n,) array
        Training labels, with whatever noise they carry.
    learning_rate : float
        Learning rate.
    batch_size : int
        Samples per step.
    replacement : bool, optional
        Whether a batch is drawn with replacement (default). Without, the gradient covariance is smaller
        by ``(n - batch_size) / (n - 1)``.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> sgd = rd.LinearSGD(np.eye(4), np.ones(4), learning_rate=0.1, batch_size=2)
    >>> sgd.dim
    4
    """

    X: Any
    y: Any
    learning_rate: float
    batch_size: int
    replacement: bool = True

    def __post_init__(self) -> None:
        X = _checks.finite_array("X", self.X)
        y = _checks.finite_array("y", self.y)
        if X.ndim != 2 or X.size == 0:
            raise ValueError(f"X has shape {X.shape}: give an array (samples, features)")
        if y.shape != X.shape[:1]:
            raise ValueError(f"y has shape {y.shape}: give one label for each of the {len(X)} rows of X")
        batch_size = _checks.integer("batch_size", self.batch_size)
        if not self.replacement and batch_size > len(X):
            raise ValueError(f"batch_size={batch_size}: without replacement give at most n={len(X)}")
        self._set(
            X=X, y=y, learning_rate=_checks.positive("learning_rate", self.learning_rate),
            batch_size=batch_size, replacement=bool(self.replacement),
        )  # fmt: skip

    @property
    def dim(self) -> int:
        """Dimension of the state (number of features)."""
        return int(self.X.shape[1])
