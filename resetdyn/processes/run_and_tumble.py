"""Run-and-tumble motion on the line, the physicists' model of a swimming bacterium."""

from __future__ import annotations

from dataclasses import dataclass

from resetdyn import _checks
from resetdyn._noun import Noun


@dataclass(frozen=True, eq=False)
class RunAndTumble(Noun):
    """Run-and-tumble motion: a constant speed whose direction flips at random times.

    The first direction, and that after a reset, is left or right with probability one half.

    Parameters
    ----------
    speed : float
        Speed `v` (length / time), above 0.
    tumble_rate : float
        Rate at which the direction is reversed (1 / time), above 0. The diffusion coefficient at long times
        is ``speed**2 / (2 * tumble_rate)``.

    Raises
    ------
    ValueError
        If a parameter is not finite or not above 0.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.RunAndTumble(speed=1.0, tumble_rate=2.0).diffusion
    0.25
    """

    speed: float
    tumble_rate: float

    def __post_init__(self) -> None:
        self._set(
            speed=_checks.positive("speed", self.speed),
            tumble_rate=_checks.positive("tumble_rate", self.tumble_rate),
        )

    @property
    def dim(self) -> int:
        """Dimension of the position."""
        return 1

    @property
    def diffusion(self) -> float:
        """Diffusion coefficient at times much longer than those between tumbles."""
        return self.speed**2 / (2 * self.tumble_rate)
