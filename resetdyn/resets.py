"""Resets: when is the process sent back, and where to?

``to=None`` means the start of the problem.  Costs (refractory times, returns at finite speed) and further
laws of the waiting time join here as one small dataclass each.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from resetdyn import _checks
from resetdyn._noun import Noun


class _Reset(Noun):
    """What all resets share: the place `to` which they send the state."""

    to: Any

    def _check_to(self) -> None:
        if self.to is not None:
            to = _checks.finite_array("to", self.to)
            if to.ndim > 1:
                raise ValueError(f"to has shape {to.shape}: give a number or a vector")
            self._set(to=_checks.unit_or_scalar(to, to.size))


@dataclass(frozen=True, eq=False)
class NoReset(_Reset):
    """Never reset: the process alone.

    Parameters
    ----------
    to : float or (d,) array, optional
        Without effect; accepted so that one reset can stand in for another.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.solve(rd.FirstPassage(rd.Brownian(1.0, drift=-1.0), start=2.0, target=rd.Level(0.0))).mean
    2.0
    """

    _: KW_ONLY
    to: Any = None

    def __post_init__(self) -> None:
        self._check_to()


@dataclass(frozen=True, eq=False)
class Poisson(_Reset):
    """Reset at a constant rate: the waiting times are exponential.

    Parameters
    ----------
    rate : float
        Resets per unit time, at least 0.
    to : float or (d,) array, optional
        Where a reset sends the state (the checkpoint); by default the start.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.Poisson(2.0, to=0.5).rate
    2.0
    """

    rate: float
    _: KW_ONLY
    to: Any = None

    def __post_init__(self) -> None:
        self._set(rate=_checks.non_negative("rate", self.rate))
        self._check_to()


@dataclass(frozen=True, eq=False)
class Sharp(_Reset):
    """Reset whenever a fixed period has passed since the last reset (or the start).

    Parameters
    ----------
    period : float
        Time between resets, above 0 (in steps for a discrete process).
    to : float or (d,) array, optional
        Where a reset sends the state; by default the start.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.Sharp(period=0.5).period
    0.5
    """

    period: float
    _: KW_ONLY
    to: Any = None

    def __post_init__(self) -> None:
        self._set(period=_checks.positive("period", self.period))
        self._check_to()


@dataclass(frozen=True, eq=False)
class Geometric(_Reset):
    """Reset with a fixed probability at every step of a discrete process.

    Parameters
    ----------
    probability : float
        Probability of a reset at each step, in [0, 1].
    to : float or (d,) array, optional
        Where a reset sends the state; by default the start.
    ties : {"reset", "process"}, optional
        What happens when a step that hits the target is also a reset. ``"reset"``: step, then reset, then
        check, so that the reset undoes the hit. ``"process"``: step, check, then reset, so that the hit
        counts. The two give different means and even different verdicts.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.Geometric(0.01, to=[0.0, 1.0], ties="process").ties
    'process'
    """

    probability: float
    _: KW_ONLY
    to: Any = None
    ties: str = "reset"

    def __post_init__(self) -> None:
        self._set(
            probability=_checks.probability("probability", self.probability),
            ties=_checks.choice("ties", self.ties, ("reset", "process")),
        )
        self._check_to()


Reset = NoReset | Poisson | Sharp | Geometric


def never_resets(reset: Reset) -> bool:
    """Return whether this reset never happens (no reset, or at rate or probability 0)."""
    match reset:
        case NoReset():
            return True
        case Poisson(rate=rate):
            return rate == 0
        case Geometric(probability=p):
            return p == 0
    return False


def destination(reset: Reset, start: Any) -> Any:
    """Return where a reset sends the state, for a problem with this start."""
    return start if reset.to is None else reset.to
