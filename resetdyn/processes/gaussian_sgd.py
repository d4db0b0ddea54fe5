"""Minibatch SGD on least squares with Gaussian inputs, fresh at every step."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from resetdyn import _checks
from resetdyn._noun import Noun
from resetdyn.processes import heavy_ball, schedule
from resetdyn.processes.ornstein_uhlenbeck import OrnsteinUhlenbeck


@dataclass(frozen=True, eq=False, repr=False)
class GaussianSGD(Noun):
    """Online SGD on least squares: inputs ``x ~ N(0, covariance)``, noisy labels, every sample used once.

    The state is the distance from the optimum, which lies at the origin.  Every step draws `batch_size`
    fresh samples and moves along the mean of their gradients ``x (x . theta - noise)``.

    Parameters
    ----------
    covariance : float or (d, d) array
        Covariance of the inputs, which is the Hessian of the loss; positive definite. A vector is refused:
        give ``np.diag`` of it.
    noise_variance : float
        Variance of the noise on the labels, at least 0.
    learning_rate : float
        Learning rate.
    batch_size : int
        Samples per step.
    momentum : float, optional
        Heavy-ball momentum, at least 0 and below 1.
    reset_velocity : {"zero", "keep"}, optional
        What a reset does to the velocity, if there is momentum.
    schedule : (m,) array or callable, optional
        Factors of the learning rate at the steps 0, 1, ..., the last for all that follow, or a function of
        the number of the step; a reset does not turn it back. For first passages in
        :func:`~resetdyn.simulate` only.

    Raises
    ------
    ValueError
        If the covariance is not positive definite or a parameter is out of range.

    Examples
    --------
    >>> import resetdyn as rd
    >>> sgd = rd.LinearSGD.gaussian(1.0, noise_variance=0.5, learning_rate=0.5, batch_size=1)
    >>> round(rd.solve(rd.SteadyState(sgd)).cov, 12)  # eta^2 sigma^2 / (1 - E(1 - eta x^2)^2)
    0.5
    """

    covariance: Any
    noise_variance: float
    learning_rate: float
    batch_size: int
    _: KW_ONLY
    momentum: float = 0.0
    reset_velocity: str = "zero"
    schedule: Any = None

    def __post_init__(self) -> None:
        covariance = _checks.finite_array("covariance", self.covariance)
        dim = _checks.common_dim(covariance)
        covariance = _checks.symmetric("covariance", covariance, dim, definite=True)
        self._set(
            covariance=_checks.unit_or_scalar(covariance, dim),
            noise_variance=_checks.non_negative("noise_variance", self.noise_variance),
            learning_rate=_checks.positive("learning_rate", self.learning_rate),
            batch_size=_checks.integer("batch_size", self.batch_size),
            schedule=schedule.check(self.schedule),
            **heavy_ball.check(self.momentum, self.reset_velocity),
        )

    @property
    def dim(self) -> int:
        """Dimension of the state."""
        return 1 if isinstance(self.covariance, float) else len(self.covariance)

    def continuous(self) -> OrnsteinUhlenbeck:
        """Return the Ornstein-Uhlenbeck process of small learning rates (time: learning rate times steps)."""
        schedule.require_none(self)
        if self.noise_variance == 0:
            raise ValueError("noise_variance=0: without noise on the labels there is no diffusion; give some")
        drag = 1 - self.momentum
        diffusion = self.learning_rate * self.noise_variance / (2 * self.batch_size * drag**2)
        return OrnsteinUhlenbeck(self.covariance / drag, 0.0, diffusion * self.covariance)
