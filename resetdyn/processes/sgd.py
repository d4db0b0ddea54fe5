"""Minibatch SGD, step by step: on a quadratic loss, and on a least-squares dataset."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn._noun import Noun
from resetdyn.processes import heavy_ball, schedule
from resetdyn.processes.gaussian_sgd import GaussianSGD
from resetdyn.processes.ornstein_uhlenbeck import OrnsteinUhlenbeck


@dataclass(frozen=True, eq=False, repr=False)
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
    schedule : (m,) array or callable, optional
        Factors of the learning rate at the steps 0, 1, ..., the last for all that follow, or a function of
        the number of the step; a reset does not turn it back. For first passages in
        :func:`~resetdyn.simulate` only.

    Raises
    ------
    ValueError
        If the Hessian is not positive definite, the covariance not symmetric and positive, shapes do not
        match, or the learning rate is not below the stability limit.

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
    _: KW_ONLY
    schedule: Any = None

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
            schedule=schedule.check(self.schedule),
        )

    @property
    def dim(self) -> int:
        """Dimension of the state."""
        return int(np.size(self.optimum))

    def continuous(self) -> OrnsteinUhlenbeck:
        """Return the Ornstein-Uhlenbeck process of small learning rates (time: learning rate times steps)."""
        schedule.require_none(self)
        diffusion = self.learning_rate * self.gradient_covariance / (2 * self.batch_size)
        return OrnsteinUhlenbeck(self.hessian, self.optimum, diffusion)


@dataclass(frozen=True, eq=False, repr=False)
class LinearSGD(Noun):
    """Minibatch SGD on a least-squares dataset, the loss being ``|X theta - y|^2 / (2 n)``.

    Every step draws a batch, independently of all others, and moves
    ``theta -= learning_rate * X_b^T (X_b theta - y_b) / batch_size``; with momentum, a velocity moves by that
    much and the state by the velocity.

    Parameters
    ----------
    X : (n, d) array
        Inputs (features), one sample a row.
    y : (n,) array
        Training labels, with whatever noise they carry for good.
    learning_rate : float
        Learning rate.
    batch_size : int
        Samples per step.
    replacement : bool, optional
        Whether a batch is drawn with replacement (default). Without, the gradient covariance is smaller
        by ``(n - batch_size) / (n - 1)``.
    momentum : float, optional
        Heavy-ball momentum, at least 0 and below 1.
    reset_velocity : {"zero", "keep"}, optional
        What a reset does to the velocity, if there is momentum.
    fresh_noise : float or (n,) array, optional
        Variance of Gaussian noise that a label gets anew whenever it is drawn, of each label if there are
        `n`. (To first and second order, labels that are flipped anew with probability `q` are labels
        ``(1 - 2 q) y`` with the fresh noise ``4 q (1 - q) y**2``.)
    schedule : (m,) array or callable, optional
        Factors of the learning rate at the steps 0, 1, ..., the last for all that follow, or a function of
        the number of the step; a reset does not turn it back. For first passages in
        :func:`~resetdyn.simulate` only.

    Raises
    ------
    ValueError
        If shapes do not match, a batch without replacement is larger than the data, or a parameter is out of
        range.

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
    _: KW_ONLY
    momentum: float = 0.0
    reset_velocity: str = "zero"
    fresh_noise: Any = 0.0
    schedule: Any = None

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
        noise = _checks.finite_array("fresh_noise", self.fresh_noise)
        if noise.shape not in ((), y.shape) or noise.min() < 0:
            raise ValueError(
                f"fresh_noise of shape {noise.shape}, lowest {noise.min():g}: give a variance of at least "
                f"0, or one for each of the {len(y)} labels"
            )
        self._set(
            X=X, y=y, learning_rate=_checks.positive("learning_rate", self.learning_rate),
            batch_size=batch_size, replacement=bool(self.replacement),
            fresh_noise=noise if noise.ndim else float(noise), schedule=schedule.check(self.schedule),
            **heavy_ball.check(self.momentum, self.reset_velocity),
        )  # fmt: skip

    @staticmethod
    def gaussian(
        covariance: ArrayLike,
        noise_variance: float,
        learning_rate: float,
        batch_size: int,
        momentum: float = 0.0,
        reset_velocity: str = "zero",
        schedule: Any = None,
    ) -> GaussianSGD:
        """Return SGD on Gaussian inputs, fresh at every step, with the optimum at the origin.

        Parameters
        ----------
        covariance, noise_variance, learning_rate, batch_size, momentum, reset_velocity, schedule
            As for :class:`~resetdyn.GaussianSGD`.

        Returns
        -------
        GaussianSGD
            The process, whose state is the distance from the optimum.

        Examples
        --------
        >>> import numpy as np, resetdyn as rd
        >>> sgd = rd.LinearSGD.gaussian(np.diag([1.0, 0.5, 0.2]), 0.25, learning_rate=0.1, batch_size=4)
        >>> np.diag(rd.solve(rd.SteadyState(sgd)).cov).round(9)
        array([0.00340942, 0.00329944, 0.00323679])
        """
        return GaussianSGD(
            covariance, noise_variance, learning_rate, batch_size,
            momentum=momentum, reset_velocity=reset_velocity, schedule=schedule,
        )  # fmt: skip

    @property
    def dim(self) -> int:
        """Dimension of the state (number of features)."""
        return int(self.X.shape[1])

    @property
    def batch_noise(self) -> float:
        """Covariance of a batch's gradient over that of one sample: ``1 / batch_size`` with replacement."""
        n, batch = len(self.X), self.batch_size
        return 1 / batch if self.replacement else (n - batch) / (batch * max(n - 1, 1))

    @property
    def fresh_covariance(self) -> FloatArray:
        """Covariance that fresh noise on the labels adds to the gradient of a batch, at any state."""
        noise = np.broadcast_to(self.fresh_noise, self.y.shape)
        return (self.X * noise[:, None]).T @ self.X / (len(self.y) * self.batch_size)

    def continuous(self) -> OrnsteinUhlenbeck:
        """Return the Ornstein-Uhlenbeck process of small learning rates (time: learning rate times steps).

        Its noise is the gradient covariance at the optimum; momentum speeds up the drift by
        ``1 / (1 - momentum)`` and the diffusion by its square.
        """
        schedule.require_none(self)
        hessian = self.X.T @ self.X / len(self.X)
        optimum = np.linalg.lstsq(self.X, self.y)[0]
        residual = self.X @ optimum - self.y
        gradients = self.X * residual[:, None]
        covariance = self.batch_noise * gradients.T @ gradients / len(self.X)
        if np.abs(residual).max() <= 1e-13 * np.abs(self.y).max():  # all labels are fitted
            covariance = np.zeros_like(covariance)
        covariance = covariance + self.fresh_covariance
        if not np.any(covariance):
            raise ValueError(
                f"batch_size={self.batch_size}: without gradient noise at the optimum there is no diffusion; "
                "give smaller batches, or labels that cannot all be fitted"
            )
        drag = 1 - self.momentum
        return OrnsteinUhlenbeck(hessian / drag, optimum, self.learning_rate * covariance / (2 * drag**2))
