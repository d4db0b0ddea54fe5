"""Processes: how does it move when nobody resets it?

Continuous processes follow ``dX = f(X) dt + sqrt(2 D) dW``; `D` is the diffusion coefficient, so that
``sigma**2 = 2 D``.  Discrete ones (minibatch SGD) advance by steps.  In one dimension all parameters and
states are plain floats, in `d` dimensions states are vectors of shape ``(d,)`` and matrices ``(d, d)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._noun import Noun


@dataclass(frozen=True, eq=False)
class Brownian(Noun):
    """Brownian motion with constant drift, ``dX = drift dt + sqrt(2 diffusion) dW``.

    Parameters
    ----------
    diffusion : float or (d, d) array
        Diffusion coefficient `D` (length^2 / time), positive; a matrix must be symmetric and positive.
    drift : float or (d,) array, optional
        Drift velocity (length / time).
    dim : int, optional
        Dimension; by default that of the arrays given, or 1.

    Raises
    ------
    ValueError
        If a parameter is negative, not finite, not positive, or the shapes do not match.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.Brownian(diffusion=0.5, drift=-1.0).dim
    1
    >>> rd.Brownian(1.0, dim=3).drift
    array([0., 0., 0.])
    """

    diffusion: Any
    drift: Any = 0.0
    dim: int = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        diffusion = _checks.finite_array("diffusion", self.diffusion)
        drift = _checks.finite_array("drift", self.drift)
        given = _checks.common_dim(diffusion, drift)
        dim = given if self.dim is None else _checks.integer("dim", self.dim)
        if given not in (1, dim):
            raise ValueError(f"dim={dim}, but diffusion or drift has dimension {given}: make them agree")
        self._set(
            diffusion=_diffusion(diffusion, dim),
            drift=_checks.unit_or_scalar(_checks.vector("drift", drift, dim), dim),
            dim=dim,
        )


@dataclass(frozen=True, eq=False)
class OrnsteinUhlenbeck(Noun):
    """Ornstein-Uhlenbeck process, ``dX = -stiffness (X - center) dt + sqrt(2 diffusion) dW``.

    Parameters
    ----------
    stiffness : float or (d, d) array
        Stiffness `k` (1 / time), positive; a matrix must be symmetric and positive definite (a Hessian).
    center : float or (d,) array
        Where the drift vanishes (length).
    diffusion : float or (d, d) array
        Diffusion coefficient `D` (length^2 / time), positive; a matrix must be symmetric and positive
        (it may be singular, as gradient noise often is).

    Raises
    ------
    ValueError
        If a parameter is not finite or not positive, or the shapes do not match.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.OrnsteinUhlenbeck(stiffness=[[2, 0.5], [0.5, 1]], center=0.0, diffusion=0.1).center
    array([0., 0.])
    """

    stiffness: Any
    center: Any
    diffusion: Any

    def __post_init__(self) -> None:
        stiffness = _checks.finite_array("stiffness", self.stiffness)
        center = _checks.finite_array("center", self.center)
        diffusion = _checks.finite_array("diffusion", self.diffusion)
        dim = _checks.common_dim(stiffness, center, diffusion)
        if dim == 1:
            stiffness_: Any = _checks.positive("stiffness", stiffness)
        else:
            stiffness_ = _checks.symmetric("stiffness", stiffness, dim, definite=True)
        self._set(
            stiffness=stiffness_,
            center=_checks.unit_or_scalar(_checks.vector("center", center, dim), dim),
            diffusion=_diffusion(diffusion, dim),
        )

    @property
    def dim(self) -> int:
        """Dimension of the state."""
        return int(np.size(self.center))


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


Process = Brownian | OrnsteinUhlenbeck | QuadraticSGD | LinearSGD


def is_discrete(process: Process) -> bool:
    """Return whether the process advances in steps, so that times are whole numbers of steps."""
    return isinstance(process, QuadraticSGD | LinearSGD)


def _diffusion(value: ArrayLike, dim: int) -> Any:
    if np.ndim(value) == 0:
        scalar = _checks.positive("diffusion", value)
        return scalar if dim == 1 else _checks.symmetric("diffusion", scalar, dim, definite=True)
    return _checks.unit_or_scalar(_checks.symmetric("diffusion", value, dim, definite=False), dim)
