"""The Ornstein-Uhlenbeck process, in any dimension."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn._noun import Noun


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
        if _checks.plain(self.stiffness, self.center, self.diffusion):
            _checks.positive("stiffness", self.stiffness)
            _checks.finite("center", self.center)
            _checks.positive("diffusion", self.diffusion)
            return
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
            diffusion=_checks.diffusion(diffusion, dim),
        )

    @property
    def dim(self) -> int:
        """Dimension of the state."""
        return 1 if type(self.center) is float else int(np.size(self.center))
