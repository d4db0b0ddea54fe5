"""Brownian motion with constant drift, in any dimension."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
        if _checks.plain(self.diffusion, self.drift) and self.dim in (None, 1):
            self._set(dim=1, diffusion=_checks.positive("diffusion", self.diffusion))
            _checks.finite("drift", self.drift)
            return
        diffusion = _checks.finite_array("diffusion", self.diffusion)
        drift = _checks.finite_array("drift", self.drift)
        given = _checks.common_dim(diffusion, drift)
        dim = given if self.dim is None else _checks.integer("dim", self.dim)
        if given not in (1, dim):
            raise ValueError(f"dim={dim}, but diffusion or drift has dimension {given}: make them agree")
        self._set(
            diffusion=_checks.diffusion(diffusion, dim),
            drift=_checks.unit_or_scalar(_checks.vector("drift", drift, dim), dim),
            dim=dim,
        )
