"""The interface between `simulate` and the steppers: a sampler draws a chunk of results from a stream.

A stepper is a module with one or both of ::

    def first_passage(problem, dt, max_time) -> Sampler
    def steady_state(problem, dt) -> Sampler

and one line in :data:`STEPPERS`.  It keeps no state between chunks: what it needs is in the problem, and
what is random comes from the chunk's stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.resets import Partial, Reset
from resetdyn.simulation.halt import Halt
from resetdyn.simulation.streams import Chunk

# The stepper of each process, imported when first asked for.
STEPPERS = {
    "Brownian": "resetdyn.simulation.brownian",
    "OrnsteinUhlenbeck": "resetdyn.simulation.ornstein_uhlenbeck",
    "Langevin": "resetdyn.simulation.langevin",
    "ForceField": "resetdyn.simulation.force_field",
    "UnderdampedLangevin": "resetdyn.simulation.underdamped",
    "LevyOrnsteinUhlenbeck": "resetdyn.simulation.levy",
    "RunAndTumble": "resetdyn.simulation.run_and_tumble",
    "RandomWalk": "resetdyn.simulation.random_walk",
    "QuadraticSGD": "resetdyn.simulation.sgd",
    "LinearSGD": "resetdyn.simulation.sgd",
    "GaussianSGD": "resetdyn.simulation.sgd",
}

# Steps after which a chunk that has no `max_time` is taken to be endless; its unfinished times are nan.
BUDGET = 2 * 10**9


class Scheme(NamedTuple):
    """What a sampler does, with its time step and weak order; None where it needs no step."""

    name: str
    dt: float | None = None
    order: float | None = None

    def __str__(self) -> str:
        return self.name if self.dt is None else f"{self.name}, order {self.order:.2g}, dt={self.dt:.3g}"


@dataclass(frozen=True)
class Sampler:
    """How to draw: a description for the result, and the function that does it.

    Attributes
    ----------
    scheme : Scheme
        How it is done, for `result.method`.
    draw : callable
        ``draw(state, size)`` takes the generator's state (four uint64, which advance, and the flag of
        :mod:`resetdyn.simulation.halt`) and the number of trajectories. For a first passage it returns the
        arrays ``(times, resets, censored, ends)`` (`ends` is None where there is only one), for a steady
        state ``(samples,)``. Where it spends :data:`BUDGET` steps with ``max_time=inf``, or is told to end,
        it stops and sets the times not reached to nan.
    scene : callable or None
        Returns what it takes to record a path in time, a :class:`resetdyn.simulation.record.Scene`; None
        where that is not known.
    chain : int
        Samples that are seen along one path, and remember each other; 0 where all are independent.
    """

    scheme: Scheme
    draw: Callable[[NDArray[np.uint64], int], tuple[Any, ...]]
    scene: Callable[[], Any] | None = None
    chain: int = 0

    @property
    def method(self) -> str:
        """The scheme in words."""
        return str(self.scheme)


@dataclass(frozen=True)
class Task:
    """What a worker does with a chunk; pickled as the problem alone, so it may travel to other processes."""

    problem: FirstPassage | SteadyState
    dt: float | None
    max_time: float

    @cached_property
    def sampler(self) -> Sampler:
        """The sampler of the problem's process."""
        name = type(self.problem.process).__name__
        if name not in STEPPERS:
            raise ValueError(f"process={self.problem.process}: no sampler for {name}; use rd.solve(problem)")
        stepper = import_module(STEPPERS[name])
        if isinstance(self.problem, SteadyState):
            return stepper.steady_state(self.problem, self.dt)
        return stepper.first_passage(self.problem, self.dt, self.max_time)

    def __call__(self, chunk: Chunk, halt: Halt | None = None) -> tuple[Any, ...]:
        """Draw one chunk, unless told to end."""
        state = chunk.state.copy()
        with self.blame(), halt.watching(state) if halt else nullcontext():
            return self.sampler.draw(state, chunk.size)

    @contextmanager
    def blame(self) -> Iterator[None]:
        """Say in plain words why a loop stopped: its error carries the reason and the state to blame."""
        try:
            yield
        except ValueError as error:
            if len(error.args) != 2:
                raise
            reason, place = error.args
            where = np.array2string(np.asarray(place), threshold=12)
            raise ValueError(
                f"process={self.problem.process}: {reason}, x={where}; give a function that is finite "
                "wherever paths go, or a smaller dt"
            ) from None

    def __reduce__(self) -> tuple[Any, ...]:
        return Task, (self.problem, self.dt, self.max_time)


def require_plain(reset: Reset) -> None:
    """Raise unless a reset is a jump to a fixed place at no cost, for steppers that know no others."""
    if not reset.free or reset.random_to or isinstance(reset.to, Partial):
        raise ValueError(
            f"reset={reset}: no sampler of this process for pauses, journeys back, random or partial "
            "destinations; use rd.solve(problem)"
        )
