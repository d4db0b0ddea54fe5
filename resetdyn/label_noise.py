"""SGD on noisy labels, as a process: the bridge from learning to physics.

Of the training labels a fraction `tau` is wrong.  The training loss is then
``L = (1 - tau) L_clean + tau L_wrong``: its gradient is that of the clean loss plus the *latent gradient
bias* ``b(theta) = tau (grad L_wrong - grad L_clean)`` (Bae, Song and Jeong, MLST 6, 015062 (2025)).  For
quadratic losses and a small learning rate, SGD is an Ornstein-Uhlenbeck process around the *effective*
optimum, where the bias has moved the minimum to.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._noun import Noun
from resetdyn.early_stopping import EarlyStop, early_stopping
from resetdyn.functions import Quadratic
from resetdyn.labelled_data import split_least_squares
from resetdyn.processes import OrnsteinUhlenbeck, QuadraticSGD

if TYPE_CHECKING:
    from resetdyn.theory.steady.relaxation import LinearRelaxation


@dataclass(frozen=True, eq=False)
class LabelNoiseQuadratic(Noun):
    """Quadratic losses with noisy labels, trained by minibatch SGD.

    Time is ``learning_rate * steps``; a reset with probability `p` per step has the rate
    ``p / learning_rate``.  In one dimension states are floats, in `d` dimensions vectors.  What is left to
    its default is computed once, when the model is made, so build a new model for other parameters rather
    than ``dataclasses.replace`` an old one.

    Parameters
    ----------
    hessian, clean_optimum : float or array of shape (d, d), (d,)
        Hessian and minimum of the clean risk.
    wrong_optimum : float or (d,) array
        Minimum of the loss of the wrongly labelled samples.
    noise_rate : float
        Fraction `tau` of wrong labels, in [0, 1].
    learning_rate : float
        Learning rate.
    batch_size : int
        Samples per step.
    wrong_hessian : float or (d, d) array, optional
        Hessian of the wrong loss; by default `hessian`.
    gradient_covariance : float or (d, d) array, optional
        Covariance of one sample's gradient. By default that of drawing a clean or a wrong label at the
        effective optimum, ``tau (1 - tau) g g^T`` with `g` the difference of the two gradients there.
    initial : float or (d,) array, optional
        Where training starts; by default the origin.
    checkpoint : float or (d,) array, optional
        Where resets lead; by default the early-stopping optimum (`early_stopping`).
    clean_part : Quadratic, optional
        The clean part of the training loss where it differs from the clean risk, as on data (the correctly
        labelled training samples against all inputs with their true labels); by default the same.
    clean_floor : float, optional
        Clean risk at the clean optimum.

    Raises
    ------
    ValueError
        If a parameter is out of range, a Hessian is not positive definite, or shapes do not match.

    References
    ----------
    Y. Bae, Y. Song and H. Jeong, Mach. Learn.: Sci. Technol. 6, 015062 (2025), arXiv:2406.00396, for the
    latent gradient bias.

    Examples
    --------
    >>> import resetdyn as rd
    >>> model = rd.LabelNoiseQuadratic(hessian=1.0, clean_optimum=0.0, wrong_optimum=2.0, noise_rate=0.25,
    ...                                learning_rate=0.1, batch_size=10, initial=-1.0)
    >>> model.effective_optimum, model.latent_bias(0.0)
    (0.5, -0.5)
    >>> round(model.early_stopping.state, 12)
    0.0
    """

    hessian: Any
    clean_optimum: Any
    wrong_optimum: Any
    noise_rate: float
    learning_rate: float
    batch_size: int
    wrong_hessian: Any = None
    gradient_covariance: Any = None
    initial: Any = None
    checkpoint: Any = None
    _: KW_ONLY
    clean_part: Quadratic | None = None
    clean_floor: float = 0.0

    def __post_init__(self) -> None:
        wrong_hessian = self.hessian if self.wrong_hessian is None else self.wrong_hessian
        given = {
            "hessian": _checks.finite_array("hessian", self.hessian),
            "clean_optimum": _checks.finite_array("clean_optimum", self.clean_optimum),
            "wrong_optimum": _checks.finite_array("wrong_optimum", self.wrong_optimum),
            "wrong_hessian": _checks.finite_array("wrong_hessian", wrong_hessian),
        }
        dim = _checks.common_dim(*given.values())

        def state(name: str, value: ArrayLike) -> Any:
            return _checks.unit_or_scalar(_checks.vector(name, value, dim), dim)

        # One part may be flat in some directions (few samples), their mixture may not: checked below.
        on_data = self.clean_part is not None
        if on_data and not isinstance(self.clean_part, Quadratic):
            raise TypeError(f"clean_part={self.clean_part!r}: give an rd.Quadratic")
        self._set(
            hessian=_hessian("hessian", given["hessian"], dim, definite=not on_data),
            clean_optimum=state("clean_optimum", given["clean_optimum"]),
            wrong_optimum=state("wrong_optimum", given["wrong_optimum"]),
            wrong_hessian=_hessian("wrong_hessian", given["wrong_hessian"], dim, definite=not on_data),
            noise_rate=_checks.probability("noise_rate", self.noise_rate),
            clean_floor=_checks.finite("clean_floor", self.clean_floor),
            learning_rate=_checks.positive("learning_rate", self.learning_rate),
            batch_size=_checks.integer("batch_size", self.batch_size),
        )
        if self.clean_part is not None and self.clean_part.dim != dim:
            raise ValueError(f"clean_part has dimension {self.clean_part.dim}: give one of dimension {dim}")
        _checks.symmetric(
            "hessian of the training loss", np.atleast_2d(self.training_hessian), dim, definite=True
        )
        self._set(
            initial=state("initial", 0.0 if self.initial is None else self.initial),
            gradient_covariance=self._covariance(dim),
        )
        checkpoint = self.early_stopping.state if self.checkpoint is None else self.checkpoint
        self._set(checkpoint=state("checkpoint", checkpoint))

    @classmethod
    def from_data(
        cls,
        X: ArrayLike,
        y_clean: ArrayLike,
        y_noisy: ArrayLike,
        learning_rate: float,
        batch_size: int,
        *,
        replacement: bool = True,
        initial: ArrayLike | None = None,
        checkpoint: ArrayLike | None = None,
    ) -> LabelNoiseQuadratic:
        """Build the model of least squares on data, the loss being ``|X theta - y|^2 / (2 n)``.

        The split is exact: the gradient is ``n_clean / n`` times that of the correctly labelled samples plus
        ``n_wrong / n`` times that of the wrongly labelled ones. Clean risk and clean optimum refer to all
        inputs with their true labels, the gradient covariance is measured at the effective optimum.

        Parameters
        ----------
        X : (n, d) array
            Inputs (features).
        y_clean, y_noisy : (n,) array
            True labels, and those trained on.
        learning_rate, batch_size
            As for the class.
        replacement : bool, optional
            Whether batches are drawn with replacement; without, the gradient covariance is smaller by
            ``(n - batch_size) / (n - 1)``.
        initial, checkpoint : (d,) array, optional
            As for the class.

        Returns
        -------
        LabelNoiseQuadratic
            The model, with `d`-dimensional states.

        Raises
        ------
        ValueError
            If shapes do not match, or the features do not determine the optimum.

        Examples
        --------
        >>> import numpy as np, resetdyn as rd
        >>> rng = np.random.default_rng(0)
        >>> X = rng.normal(size=(200, 2))
        >>> y = X @ [1.0, -1.0]
        >>> noisy = np.where(rng.random(200) < 0.3, -y, y)
        >>> model = rd.LabelNoiseQuadratic.from_data(X, y, noisy, learning_rate=0.1, batch_size=10)
        >>> model.clean_optimum.round(6)
        array([ 1., -1.])
        """
        return cls(
            **split_least_squares(X, y_clean, y_noisy, batch_size, replacement),
            learning_rate=learning_rate, batch_size=batch_size, initial=initial, checkpoint=checkpoint,
        )  # fmt: skip

    @property
    def dim(self) -> int:
        """Dimension of the parameters."""
        return int(np.size(self.clean_optimum))

    @cached_property
    def clean_risk(self) -> Quadratic:
        """Clean risk, to be called with a state or used in a :class:`~resetdyn.Sublevel` target."""
        return Quadratic(self.hessian, self.clean_optimum, self.clean_floor)

    @cached_property
    def wrong_part(self) -> Quadratic:
        """Loss of the wrongly labelled samples, up to a constant."""
        return Quadratic(self.wrong_hessian, self.wrong_optimum)

    @property
    def _clean(self) -> Quadratic:
        return self.clean_risk if self.clean_part is None else self.clean_part

    @cached_property
    def training_hessian(self) -> Any:
        """Hessian of the training loss, ``(1 - tau) H_clean + tau H_wrong``."""
        return (1 - self.noise_rate) * self._clean.matrix + self.noise_rate * self.wrong_part.matrix

    @cached_property
    def effective_optimum(self) -> Any:
        """Minimum of the training loss, where the clean gradient and the latent bias balance."""
        tau, clean, wrong = self.noise_rate, self._clean, self.wrong_part
        pull = (1 - tau) * np.dot(clean.matrix, clean.center) + tau * np.dot(wrong.matrix, wrong.center)
        if self.dim == 1:
            return float(pull / self.training_hessian)
        return np.linalg.solve(self.training_hessian, pull)

    def latent_bias(self, theta: ArrayLike) -> Any:
        """Return the latent gradient bias ``tau (grad L_wrong - grad L_clean)``, of the shape of `theta`."""
        return self.noise_rate * (self.wrong_part.gradient(theta) - self._clean.gradient(theta))

    def gradient(self, theta: ArrayLike) -> Any:
        """Return the gradient of the training loss, that of the clean part plus the latent bias.

        `theta` is a float, or states of shape ``(..., d)`` in `d` dimensions; so is the gradient.
        """
        return self._clean.gradient(theta) + self.latent_bias(theta)

    @cached_property
    def diffusion(self) -> Any:
        """Diffusion coefficient of SGD, ``learning_rate * C / (2 batch_size)``."""
        return self.learning_rate * self.gradient_covariance / (2 * self.batch_size)

    @cached_property
    def _relaxation(self) -> LinearRelaxation:
        from resetdyn.theory.steady.relaxation import LinearRelaxation  # theory imports this module

        return LinearRelaxation(self.training_hessian, self.effective_optimum, self.diffusion)

    def flow(self, time: ArrayLike) -> Any:
        """Return the state of gradient flow from `initial` after a time.

        Parameters
        ----------
        time : float or array
            Times since the start (learning rate times steps), at least 0.

        Returns
        -------
        float or array
            The states, of the shape of `time`, in `d` dimensions followed by ``(d,)``.
        """
        states = self._relaxation.flow(self.initial, _checks.non_negative_array("time", time))
        if self.dim > 1:
            return states
        return float(states[0]) if np.ndim(time) == 0 else states[..., 0]

    @cached_property
    def early_stopping(self) -> EarlyStop:
        """Early-stopping optimum: where gradient flow from `initial` has the lowest clean risk.

        The time is `inf`, and the state the effective optimum, where the risk falls all the way.
        """
        return early_stopping(self._relaxation, self.initial, self.clean_risk)

    def process(self) -> OrnsteinUhlenbeck:
        """Return the Ornstein-Uhlenbeck process that SGD becomes at a small learning rate."""
        self._check_noise()
        return OrnsteinUhlenbeck(self.training_hessian, self.effective_optimum, self.diffusion)

    def sgd(self) -> QuadraticSGD:
        """Return the same SGD step by step, at its finite learning rate."""
        self._check_noise()
        return QuadraticSGD(
            self.training_hessian, self.effective_optimum, self.gradient_covariance,
            self.learning_rate, self.batch_size,
        )  # fmt: skip

    def steady_risk(self, reset_rate: ArrayLike) -> Any:
        """Return the steady clean risk when SGD is reset to the checkpoint at this rate.

        Parameters
        ----------
        reset_rate : float or array
            Resets per unit time (``probability / learning_rate``), at least 0; `inf` means to stay at the
            checkpoint.

        Returns
        -------
        float or array
            Expected clean risk in the steady state of the Ornstein-Uhlenbeck limit, of the shape of
            `reset_rate`.
        """
        rates = _checks.non_negative_array("reset_rate", reset_rate)
        risks = [self.clean_risk.expect(*self._moments(rate)) for rate in rates.ravel()]
        return risks[0] if rates.ndim == 0 else np.reshape(risks, rates.shape)

    def transient_risk(self, time: ArrayLike, reset_rate: float = 0.0) -> Any:
        """Return the clean risk on the way: training from `initial`, reset to the checkpoint at a rate.

        Parameters
        ----------
        time : float or array
            Times since the start (learning rate times steps), at least 0.
        reset_rate : float, optional
            Resets per unit time, at least 0; by default none.

        Returns
        -------
        float or array
            Expected clean risk of the Ornstein-Uhlenbeck limit, of the shape of `time`; it ends at
            ``steady_risk(reset_rate)``.

        Examples
        --------
        >>> import resetdyn as rd
        >>> model = rd.LabelNoiseQuadratic(hessian=1.0, clean_optimum=0.0, wrong_optimum=2.0, noise_rate=0.25,
        ...                                learning_rate=0.1, batch_size=10, initial=-1.0)
        >>> model.transient_risk([0.0, 1e9], reset_rate=0.5).round(9), round(model.steady_risk(0.5), 9)
        (array([0.5       , 0.06816667]), 0.068166667)
        """
        from resetdyn.theory.learning.training_risk import relaxed_risk  # theory imports this module

        times = _checks.non_negative_array("time", time)
        rate = _checks.non_negative("reset_rate", reset_rate)
        risks = relaxed_risk(self._relaxation, self.clean_risk, self.initial, self.checkpoint, rate, times)
        return float(risks) if times.ndim == 0 else risks

    def _check_noise(self) -> None:
        if not np.any(self.gradient_covariance):
            raise ValueError(
                f"gradient_covariance=0 at noise_rate={self.noise_rate:g}: without gradient noise there is "
                "no diffusion; give gradient_covariance="
            )

    def _moments(self, rate: float) -> tuple[Any, Any]:
        mean, cov = self._relaxation.moments(rate, self.checkpoint)
        return _checks.unit_or_scalar(mean, self.dim), _checks.unit_or_scalar(cov, self.dim)

    def _covariance(self, dim: int) -> Any:
        if self.gradient_covariance is None:
            gap = np.atleast_1d(
                self.wrong_part.gradient(self.effective_optimum)
                - self._clean.gradient(self.effective_optimum)
            )
            covariance = self.noise_rate * (1 - self.noise_rate) * np.outer(gap, gap)
            return _checks.unit_or_scalar(_checks.finite_array("gradient_covariance", covariance), dim)
        given = _checks.finite_array("gradient_covariance", self.gradient_covariance)
        if not np.any(given):  # full-batch gradient descent
            return _checks.unit_or_scalar(
                _checks.finite_array("gradient_covariance", np.zeros((dim, dim))), dim
            )
        return _hessian("gradient_covariance", given, dim, definite=False)


def _hessian(name: str, value: ArrayLike, dim: int, *, definite: bool) -> Any:
    return _checks.unit_or_scalar(_checks.symmetric(name, value, dim, definite=definite), dim)
