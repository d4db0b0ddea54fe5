"""Linear relaxation under heavy-tailed noise, as gradient noise may have."""

from __future__ import annotations

from dataclasses import dataclass

from resetdyn import _checks
from resetdyn._noun import Noun


@dataclass(frozen=True, eq=False)
class LevyOrnsteinUhlenbeck(Noun):
    """Ornstein-Uhlenbeck process with symmetric stable noise: ``dX = -stiffness (X - center) dt + dL``.

    The noise has the characteristic function ``exp(-diffusion |q|^alpha t)``, so that ``alpha=2`` is
    :class:`~resetdyn.OrnsteinUhlenbeck` with the same parameters, and ``stiffness=0`` a Levy flight.  Paths
    jump, and so pass over a target without touching it: beyond a level counts as at it.

    Parameters
    ----------
    stiffness : float
        Stiffness `k` (1 / time), at least 0.
    center : float
        Where the drift vanishes (length).
    diffusion : float
        Generalised diffusion coefficient (length^alpha / time), positive.
    alpha : float
        Index of stability, above 0 and at most 2: the tails of the noise fall as ``|x|^(-1 - alpha)``.

    Raises
    ------
    ValueError
        If a parameter is not finite or out of range.

    Examples
    --------
    >>> import resetdyn as rd
    >>> flight = rd.LevyOrnsteinUhlenbeck(stiffness=0.0, center=0.0, diffusion=1.0, alpha=1.5)
    >>> rd.simulate(rd.SteadyState(flight, rd.Poisson(1.0, to=0.0)), n=1000, rng=7).method
    'since the last reset: exact stable steps, exact'
    """

    stiffness: float
    center: float
    diffusion: float
    alpha: float

    def __post_init__(self) -> None:
        alpha = _checks.positive("alpha", self.alpha)
        if alpha > 2:
            raise ValueError(f"alpha={alpha:g}: no stable law has an index above 2; give one in (0, 2]")
        self._set(
            stiffness=_checks.non_negative("stiffness", self.stiffness),
            center=_checks.finite("center", self.center),
            diffusion=_checks.positive("diffusion", self.diffusion),
            alpha=alpha,
        )

    @property
    def dim(self) -> int:
        """Dimension of the state."""
        return 1
