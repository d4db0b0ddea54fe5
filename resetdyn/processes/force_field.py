"""Overdamped motion under a force of the user's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from resetdyn import _checks
from resetdyn._noun import Noun


@dataclass(frozen=True, eq=False)
class ForceField(Noun):
    """Overdamped motion under a force, ``dX = force(X) dt + sqrt(2 diffusion) dW``, for simulation.

    The force need not be the slope of a potential. What has a formula is better given as
    :class:`~resetdyn.Langevin`, for which there is exact theory.

    Parameters
    ----------
    force : callable
        Force (length / time) at a state: of a float in one dimension, of a ``(dim,)`` array in more, and
        the same kind of thing comes back. Plain Python that numba can compile, or compiled already
        (`numba.njit`).
    diffusion : float
        Diffusion coefficient `D` (length^2 / time), positive.
    dim : int, optional
        Dimension of the state.

    Raises
    ------
    TypeError
        If the force is not callable.
    ValueError
        If the diffusion is not positive.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> swirl = rd.ForceField(lambda x: np.array([-x[0] - x[1], x[0] - x[1]]), diffusion=0.1, dim=2)
    >>> problem = rd.FirstPassage(swirl, start=[1.0, 0.0], target=rd.Ball([0.0, 0.0], 0.5))
    >>> rd.simulate(problem, n=1000, rng=7).mean < 2
    True
    """

    force: Callable[[Any], Any]
    diffusion: float
    dim: int = 1

    def __post_init__(self) -> None:
        if not callable(self.force):
            raise TypeError(f"force={self.force!r}: give a function of the state")
        self._set(
            diffusion=_checks.positive("diffusion", self.diffusion), dim=_checks.integer("dim", self.dim)
        )
