"""Steady states by following paths: samples of a path that remember each other.

For what no age of the last reset can tell: no resetting at all, a velocity that a reset keeps, partial
resets, a rate of the position, journeys back.  A chunk is one path, seen at regular times after a while.  How
long a path remembers is found by a pilot run, which lengthens its steps until it sees many memories; paths
begin in different places where there are several (wells of a potential), so that wells that do not exchange
show up as a memory without end in `result.error` (see :mod:`resetdyn.results.correlation`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState
from resetdyn.resets import Partial, RateField, never_resets
from resetdyn.results.correlation import memory
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.kernel import State
from resetdyn.simulation.paths import aged_sampler
from resetdyn.simulation.rate_field import compiled_rate, rate_clock
from resetdyn.simulation.record import Scene, record
from resetdyn.simulation.restart import restart_of
from resetdyn.simulation.sampler import Sampler, Scheme
from resetdyn.simulation.streams import CHUNK, streams_of

_PILOT = 2048
_MEMORIES = 40  # that a pilot run must see
_LENGTHENINGS = 8  # of the pilot's steps, each by 4
_WARM = 20  # memories before the first sample
_SPACING = 0.5  # memories between samples


def has_age(reset: Any) -> bool:
    """Return whether the time since the last reset says where the state is."""
    return not (
        never_resets(reset)
        or isinstance(reset, RateField)
        or isinstance(reset.to, Partial)
        or reset.return_speed is not None
    )


def has_place(reset: Any) -> bool:
    """Return whether resets lead to a place, or to one of a law."""
    return not (never_resets(reset) or isinstance(reset.to, Partial))


def steady_sampler(
    problem: SteadyState,
    motion: Any,
    scheme: Scheme,
    unit: float,
    starts: Sequence[Any],
    *,
    force: Any = None,
    forgets: bool = True,
) -> Sampler:
    """Return the sampler of a steady state: at the age of the last reset if that tells, else along paths.

    Parameters
    ----------
    problem : SteadyState
        What is asked.
    motion : named tuple
        A motion that knows the verbs and meets no target.
    scheme : Scheme
        How it moves.
    unit : float
        A time in which the motion changes, to begin the pilot run with.
    starts : sequence of float or array
        Where paths may begin.
    force : callable, optional
        The force at an array of positions, for a rate of the position.
    forgets : bool, optional
        Whether a reset makes the motion forget all that was before.
    """
    if has_age(problem.reset) and forgets:
        to: Any = problem.reset.to
        since = scheme._replace(name=f"since the last reset: {scheme.name}")
        return aged_sampler(problem, motion, since, np.array(to) if np.ndim(to) else None)
    scene = _scene(problem, motion, starts[0], force)
    every = _spacing(scene, unit)

    def sample(state: State, size: int) -> tuple[FloatArray]:
        start = starts[int(state[0] % np.uint64(len(starts)))]
        return (_seen(scene._replace(start=start), state, size, every),)

    scheme = scheme._replace(name=f"correlated samples every {every:.3g}: {scheme.name}")
    return Sampler(scheme, sample, lambda: scene, CHUNK)


def _scene(problem: SteadyState, motion: Any, start: Any, force: Any) -> Scene:
    reset: Any = problem.reset
    restart = restart_of(reset)
    to = reset.to if has_place(reset) else start
    to = math.nan if reset.random_to else to
    if isinstance(reset, RateField) and not never_resets(reset):
        if force is None:
            raise ValueError(f"reset={reset}: no sampler of this process for a rate of the position")
        field, most = compiled_rate(problem, force)
        return Scene(motion, start, to, restart, rate_clock(most, math.inf), field, None)
    return Scene(motion, start, to, restart, clock_of(reset, math.inf), None, None)


def _seen(scene: Scene, state: State, size: int, every: float) -> FloatArray:
    times: FloatArray = every * (_WARM / _SPACING + np.arange(1.0, size + 1))
    return record(scene, times, state, marked=False).states


def _spacing(scene: Scene, unit: float) -> float:
    """Return the time between samples, half of what a path remembers."""
    streams, every = streams_of(0), unit
    for number in range(_LENGTHENINGS):
        states = _seen(scene, streams.chunk(number).state, _PILOT, every)
        columns = states.reshape(len(states), -1).T
        longest = max(memory(column, _PILOT) for column in columns)
        if longest * _MEMORIES <= _PILOT:
            return _SPACING * every * longest
        every *= 4
    raise ValueError(
        f"process={type(scene.motion).__name__}: a path remembers its beginning for longer than "
        f"{every:.3g}, too long to be sampled; use rd.solve(problem), or reset it"
    )
