"""Problems: what is asked of a process under resetting?"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn._noun import Noun
from resetdyn.processes import (
    Brownian,
    Langevin,
    LevyOrnsteinUhlenbeck,
    Process,
    RandomWalk,
    RunAndTumble,
    UnderdampedLangevin,
    is_discrete,
)
from resetdyn.resets import (
    BestSoFar,
    Geometric,
    NoReset,
    Partial,
    Poisson,
    RateField,
    Renewal,
    Reset,
    destination,
    never_resets,
)
from resetdyn.targets import HalfSpace, Level, Target


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
        if self.target.contains(self.start) and not _on_edge(self.process, self.target, self.start):
            raise ValueError(f"start={self.start} is already at the target {self.target}: start outside it")
        check_reach(self.process, self.start, self.target, self.reset)
        to = destination(self.reset, self.start)
        if isinstance(self.reset.to, Partial):
            raise ValueError(
                f"to={self.reset.to}: a partial reset leads to a place that depends on the path, which only "
                "a SteadyState supports; give a point or a distribution"
            )
        placed = not (self.reset.random_to or isinstance(to, BestSoFar))
        if placed and self.target.contains(to) and not _on_edge(self.process, self.target, to):
            raise ValueError(f"to={self.reset.to} is already at the target {self.target}: reset outside it")

    @property
    def reset_to(self) -> Any:
        """Where a reset sends the state: ``reset.to``, or the start (a `BestSoFar` is itself)."""
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
            _check_settles(self.process)
        elif self.reset.to is None:
            raise ValueError(
                f"to=None in {type(self.reset).__name__}: a steady state has no start, "
                "say where resets lead (to=)"
            )
        elif isinstance(self.reset.to, BestSoFar):
            raise ValueError(
                f"to={self.reset.to}: the best state so far of a path gets ever better, so that there is no "
                "steady state; give a point, or ask for a FirstPassage"
            )
        elif isinstance(self.reset, Renewal) and self.reset.mean_waiting_time == inf:
            raise ValueError(
                f"law of {self.reset}: its mean is infinite, so the time since the last reset never settles; "
                "give a law with a finite mean"
            )


def _on_edge(process: Process, target: Target, state: Any) -> bool:
    """Return whether a walk with continuous steps is on the boundary, which its first step leaves."""
    if not isinstance(process, RandomWalk) or process.lattice:
        return False
    if isinstance(target, HalfSpace):
        return bool(target.normal @ np.atleast_1d(state) == target.offset)
    return isinstance(target, Level)


def _check_settles(process: Process) -> None:
    """Raise unless the process alone has a steady state."""
    flight = isinstance(process, LevyOrnsteinUhlenbeck) and process.stiffness == 0
    if flight or isinstance(process, Brownian | RunAndTumble | RandomWalk):
        names = {
            Brownian: "Brownian motion",
            RunAndTumble: "Run-and-tumble motion",
            RandomWalk: "A random walk",
            LevyOrnsteinUhlenbeck: "A Levy flight",
        }
        raise ValueError(
            f"{names[type(process)]} without resetting has no steady state: give a reset with a rate above 0"
        )


def _check_kind(name: str, value: Any, kind: Any) -> None:
    if not isinstance(value, kind):
        names = ", ".join(k.__name__ for k in kind.__args__)
        raise TypeError(f"{name}={value!r}: give one of {names}")


def check_reset(process: Process, reset: Reset) -> None:
    """Raise unless the reset fits the clock and the dimension of the process."""
    _check_kind("reset", reset, Reset)
    if is_discrete(process):
        if isinstance(reset, RateField | Renewal) or (isinstance(reset, Poisson) and reset.rate > 0):
            raise ValueError(
                f"reset={reset}: {type(process).__name__} advances in steps; give rd.Geometric(probability), "
                "with probability about rate * (time of a step, for SGD its learning_rate)"
            )
        period = getattr(reset, "period", None)
        if period is not None and period != int(period):
            raise ValueError(f"period={period:g}: a discrete process needs a whole number of steps")
        if isinstance(reset.to, BestSoFar) and reset.to.every != int(reset.to.every):
            raise ValueError(f"every={reset.to.every:g}: a discrete process needs a whole number of steps")
    elif isinstance(reset, Geometric):
        raise ValueError(
            f"reset={reset}: {type(process).__name__} moves in continuous time; give rd.Poisson(rate)"
        )
    if reset.random_to or isinstance(reset, RateField):
        if process.dim != 1:
            raise ValueError(
                f"reset={reset}: random destinations and rate fields are for one dimension, the process has "
                f"{process.dim}; give a point to=, or rd.Poisson"
            )
    elif reset.to is not None and not isinstance(reset.to, Partial | BestSoFar):
        check_state("to", reset.to, process.dim)


def check_reach(process: Process, start: float, target: Target, reset: Reset) -> None:
    """Raise unless the process can move from its start, and from where resets lead, to the target."""
    process = process.overdamped if isinstance(process, UnderdampedLangevin) else process
    if not isinstance(process, Langevin) or process.dim != 1:
        return
    places = {"start": start}
    if reset.to is not None and not (reset.random_to or isinstance(reset.to, Partial | BestSoFar)):
        places["to"] = reset.to
    for name, place in places.items():
        if place in process.landscape.singularities:
            raise ValueError(f"{name}={place:g}: the potential is singular there; give a place beside it")
        with np.errstate(all="ignore"):
            known = np.isfinite(process.force(place))
        if not known:
            raise ValueError(f"{name}={place:g}: the potential has no finite slope there; give another place")
    ends = [name for name in ("x", "low", "high") if hasattr(target, name)]
    low, high = process.domain(start)
    for name, place in {**places, **{f"target {name}": getattr(target, name) for name in ends}}.items():
        if not low <= place <= high:
            raise ValueError(
                f"{name}={place:g} is out of reach: from start={start:g} the motion stays within "
                f"({low:g}, {high:g}), where the potential is regular; give a place inside"
            )


def left_by_resets(process: Process) -> str | None:
    """Return what of the past a reset leaves, so that it does not begin a new, identical trial."""
    moving = isinstance(process, UnderdampedLangevin) or getattr(process, "momentum", 0.0) > 0
    if moving and process.reset_velocity == "keep":  # type: ignore[union-attr]
        return "the velocity"
    return "the schedule of the learning rate" if getattr(process, "schedule", None) is not None else None


def check_state(name: str, value: Any, dim: int) -> Any:
    """Return `value` as a state of this dimension (a float in one dimension), or raise."""
    if dim == 1 and type(value) is float:
        return _checks.finite(name, value)
    array = _checks.finite_array(name, value)
    if array.size != dim or array.ndim > 1:
        raise ValueError(f"{name} has shape {array.shape}: give a state of dimension {dim}")
    return _checks.unit_or_scalar(np.atleast_1d(array), dim)
