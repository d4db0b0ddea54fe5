"""Functions of the state that the toolkit can look inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._noun import Noun


@dataclass(frozen=True, eq=False)
class Quadratic(Noun):
    """A quadratic loss, ``(x - center)^T matrix (x - center) / 2 + floor``.

    Being more than a Python callable, it can be expected over a Gaussian in closed form and compiled into
    a simulation.

    Parameters
    ----------
    matrix : float or (d, d) array
        Hessian, symmetric and positive (it may be singular).
    center : float or (d,) array
        Minimum.
    floor : float, optional
        Value at the minimum.

    Raises
    ------
    ValueError
        If the matrix is not symmetric and positive, shapes do not match, or a number is not finite.

    Examples
    --------
    >>> import resetdyn as rd
    >>> risk = rd.Quadratic(matrix=2.0, center=1.0)
    >>> risk(3.0), risk.gradient(3.0)
    (4.0, 4.0)
    """

    matrix: Any
    center: Any
    floor: float = 0.0

    def __post_init__(self) -> None:
        matrix = _checks.finite_array("matrix", self.matrix)
        center = _checks.finite_array("center", self.center)
        dim = _checks.common_dim(matrix, center)
        self._set(
            matrix=_checks.unit_or_scalar(_checks.symmetric("matrix", matrix, dim, definite=False), dim),
            center=_checks.unit_or_scalar(_checks.vector("center", center, dim), dim),
            floor=_checks.finite("floor", self.floor),
        )

    @property
    def dim(self) -> int:
        """Dimension of the argument."""
        return int(np.size(self.center))

    def __call__(self, x: ArrayLike) -> Any:
        """Return the value at `x`: shape ``()`` or ``(...,)`` in one dimension, ``(..., d)`` in `d`."""
        away = self._away(x)
        if self.dim == 1:
            value = self.matrix * away**2 / 2 + self.floor
        else:
            value = np.einsum("...i,ij,...j->...", away, self.matrix, away) / 2 + self.floor
        return float(value) if np.ndim(value) == 0 else value

    def gradient(self, x: ArrayLike) -> Any:
        """Return the gradient at `x`, of the same shape as `x`."""
        away = self._away(x)
        if self.dim == 1:
            return float(self.matrix * away) if away.ndim == 0 else self.matrix * away
        return away @ self.matrix

    def _away(self, x: ArrayLike) -> Any:
        states = np.asarray(x, dtype=float)
        if self.dim > 1 and states.shape[-1:] != (self.dim,):
            raise ValueError(f"x has shape {states.shape}: give states of shape (..., {self.dim})")
        return states - self.center

    def expect(self, mean: ArrayLike, cov: ArrayLike) -> float:
        """Return the expectation over any law with this mean and covariance."""
        spread = np.sum(np.asarray(self.matrix) * np.asarray(cov)) / 2
        return float(self(mean) + spread)
