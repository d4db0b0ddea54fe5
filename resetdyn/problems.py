"""Problems: what is asked of a process under resetting?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn._noun import Noun
from resetdyn.processes import Brownian, Process, is_discrete
from resetdyn.resets import Geometric, NoReset, Poisson, Reset, destination, never_resets
from resetdyn.targets import Target


@dataclass(frozen=True, eq=False)
class FirstPassage(Noun):
    """How long does it take to reach a target?

    Parameters
    ----------
    process : Process
        How the state moves.
    start : float or (d,) array
        Where it starts, outside the target.
    target : Target
        Where it ends.
    reset : Reset, optional
        When and where to it is reset; by default never.

    Raises
    ------
    ValueError
        If the start (or the place that resets lead to) is already in the target, if dimensions differ, or
        if the reset does not fit the process's clock.

    Examples
    --------
    >>> import resetdyn as rd
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(1.0))
    >>> round(rd.solve(problem).mean, 6)
    1.718282
    """

    process: Process
    start: Any
    target: Target
    reset: Reset = field(default_factory=NoReset)

    def __post_init__(self) -> None:
        _check_kind("process", self.process, Process)
        _check_kind("target", self.target, Target)
        check_reset(self.process, self.reset)
        if self.target.dim not in (None, self.process.dim):
            raise ValueError(
                f"target {type(self.target).__name__} has dimension {self.target.dim}, the process "
                f"{self.process.dim}: make them agree"
            )
        self._set(start=check_state("start", self.start, self.process.dim))
        if self.target.contains(self.start):
            raise ValueError(f"start={self.start} is already at the target {self.target}: start outside it")
        if self.target.contains(destination(self.reset, self.start)):
            raise ValueError(f"to={self.reset.to} is already at the target {self.target}: reset outside it")

    @property
    def reset_to(self) -> Any:
        """Where a reset sends the state: ``reset.to``, or the start."""
        return destination(self.reset, self.start)


@dataclass(frozen=True, eq=False)
class SteadyState(Noun):
    """Where is the process found after a long time?

    Parameters
    ----------
    process : Process
        How the state moves.
    reset : Reset, optional
        When and where to it is reset; by default never. A reset that happens needs its ``to=``, for a
        steady state has no start.

    Raises
    ------
    ValueError
        If there is no steady state (Brownian motion without resetting), or ``to`` is missing.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0))).cov
    1.0
    """

    process: Process
    reset: Reset = field(default_factory=NoReset)

    def __post_init__(self) -> None:
        _check_kind("process", self.process, Process)
        check_reset(self.process, self.reset)
        if never_resets(self.reset):
            if isinstance(self.process, Brownian):
                raise ValueError(
                    "Brownian motion without resetting has no steady state: give a reset with a rate above 0"
                )
        elif self.reset.to is None:
            raise ValueError(
                f"to=None in {type(self.reset).__name__}: a steady state has no start, "
                "say where resets lead (to=)"
            )


def _check_kind(name: str, value: Any, kind: Any) -> None:
    if not isinstance(value, kind):
        names = ", ".join(k.__name__ for k in kind.__args__)
        raise TypeError(f"{name}={value!r}: give one of {names}")


def check_reset(process: Process, reset: Reset) -> None:
    """Raise unless the reset fits the clock and the dimension of the process."""
    _check_kind("reset", reset, Reset)
    if is_discrete(process):
        if isinstance(reset, Poisson) and reset.rate > 0:
            raise ValueError(
                f"reset={reset}: {type(process).__name__} advances in steps; give rd.Geometric(probability), "
                "with probability about rate * learning_rate"
            )
        period = getattr(reset, "period", None)
        if period is not None and period != int(period):
            raise ValueError(f"period={period:g}: a discrete process needs a whole number of steps")
    elif isinstance(reset, Geometric):
        raise ValueError(
            f"reset={reset}: {type(process).__name__} moves in continuous time; give rd.Poisson(rate)"
        )
    if reset.to is not None:
        check_state("to", reset.to, process.dim)


def check_state(name: str, value: Any, dim: int) -> Any:
    """Return `value` as a state of this dimension (a float in one dimension), or raise."""
    array = _checks.finite_array(name, value)
    if array.size != dim or array.ndim > 1:
        raise ValueError(f"{name} has shape {array.shape}: give a state of dimension {dim}")
    return _checks.unit_or_scalar(np.atleast_1d(array), dim)
