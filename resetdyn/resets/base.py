"""What all resets share: the place they lead to, and what a reset costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn._noun import Noun
from resetdyn.resets.best_so_far import BestSoFar


@dataclass(frozen=True, eq=False)
class Partial(Noun):
    """A reset some way to the origin only: the state `x` is sent to ``factor * x``.

    Parameters
    ----------
    factor : float
        What is left of the distance, at least 0 and below 1 (0 is a reset to the origin).

    Raises
    ------
    ValueError
        If `factor` is below 0, 1 or more, or not a number.

    Examples
    --------
    >>> import resetdyn as rd
    >>> half = rd.Poisson(1.0, to=rd.Partial(0.5))
    >>> round(rd.solve(rd.SteadyState(rd.Brownian(1.0), half)).cov, 9)  # 2 D / (r (1 - factor^2))
    2.666666667
    """

    factor: float

    def __post_init__(self) -> None:
        factor = _checks.non_negative("factor", self.factor)
        if factor >= 1:
            raise ValueError(f"factor={factor:g}: a reset must bring the state closer; give a number below 1")
        self._set(factor=factor)


class BaseReset(Noun):
    """What all resets share: the place `to` which they send the state, and what that costs."""

    to: Any
    refractory: Any
    return_speed: float | None

    @property
    def random_to(self) -> bool:
        """Whether resets lead to a random place."""
        return hasattr(self.to, "cdf")

    @property
    def free(self) -> bool:
        """Whether a reset takes no time: no pause after it, no travel back."""
        return self.return_speed is None and isinstance(self.refractory, float) and self.refractory == 0

    @property
    def mean_refractory(self) -> float:
        """Mean pause after a reset."""
        return self.refractory if isinstance(self.refractory, float) else float(self.refractory.mean())

    def _check_shared(self) -> None:
        self._set(to=_place(self.to), refractory=_pause(self.refractory))
        if self.return_speed is not None:
            self._set(return_speed=_checks.positive("return_speed", self.return_speed))


def _place(to: Any) -> Any:
    if to is None or isinstance(to, Partial | BestSoFar):
        return to
    if type(to) is float:
        return _checks.finite("to", to)
    if hasattr(to, "cdf"):
        return _checks.distribution("to", to)
    array = _checks.finite_array("to", to)
    if array.ndim > 1:
        raise ValueError(f"to has shape {array.shape}: give a number or a vector")
    return _checks.unit_or_scalar(array, array.size)


def _pause(refractory: Any) -> Any:
    if type(refractory) is float or not hasattr(refractory, "cdf"):
        return _checks.non_negative("refractory", refractory)
    law = _checks.distribution("refractory", refractory)
    if law.support()[0] < 0 or not np.isfinite(law.mean()):
        raise ValueError(
            f"refractory: pauses from {law.support()[0]:g} with mean {law.mean():g}; give a law of "
            "times of at least 0 with a finite mean"
        )
    return law
