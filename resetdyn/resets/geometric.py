"""Resets of a process that advances in steps."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from resetdyn import _checks
from resetdyn.resets.base import BaseReset


@dataclass(frozen=True, eq=False, repr=False)
class Geometric(BaseReset):
    """Reset with a fixed probability at every step of a discrete process.

    Parameters
    ----------
    probability : float
        Probability of a reset at each step, in [0, 1].
    to : float, (d,) array, frozen scipy.stats distribution, Partial or BestSoFar, optional
        Where a reset sends the state (the checkpoint): a point, a random one on the line, some way towards
        the origin, or the best state so far; by default the start.
    refractory : float or frozen scipy.stats distribution, optional
        Pause after each reset (not before the first start), in steps; for SGD a whole number.
    return_speed : float, optional
        Length per step at which a walk travels back to `to`; by default it jumps, and SGD always does. Random
        places, pauses and journeys in steps are for :func:`~resetdyn.simulate`.
    ties : {"reset", "process"}, optional
        What happens when a step that hits the target is also a reset. ``"reset"``: step, then reset, then
        check, so that the reset undoes the hit. ``"process"``: step, check, then reset, so that the hit
        counts. The two give different means and even different verdicts.

    Raises
    ------
    ValueError
        If the probability is outside [0, 1], `ties` is neither word, or a pause, a place or a speed is none.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.Geometric(0.01, to=[0.0, 1.0], ties="process").ties
    'process'
    """

    probability: float
    _: KW_ONLY
    to: Any = None
    refractory: Any = 0.0
    return_speed: float | None = None
    ties: str = "reset"

    def __post_init__(self) -> None:
        self._set(
            probability=_checks.probability("probability", self.probability),
            ties=_checks.choice("ties", self.ties, ("reset", "process")),
        )
        self._check_shared()
