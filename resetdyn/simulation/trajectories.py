"""`rd.trajectories`: paths in time, for a look at what a process does under resetting."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._interrupts import interruptible
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.results.trajectories import Trajectories
from resetdyn.simulation import workers
from resetdyn.simulation.halt import Halt
from resetdyn.simulation.memory import foresee_paths
from resetdyn.simulation.record import Path, record
from resetdyn.simulation.sampler import Task
from resetdyn.simulation.streams import streams_of


def trajectories(
    problem: FirstPassage | SteadyState,
    times: ArrayLike,
    n: int = 1,
    dt: float | None = None,
    rng: Any = None,
) -> Trajectories:
    """Draw paths of a process under resetting, at given times.

    Parameters
    ----------
    problem : FirstPassage or SteadyState
        A first passage begins at its start and ends at its target; a path to a steady state begins where
        resets lead (if that is random, at its median), or at the centre if they lead to no place.
    times : (m,) array
        Increasing times of at least 0.
    n : int, optional
        Number of paths.
    dt : float, optional
        Time step, where the sampler needs one (see :func:`simulate`).
    rng : seed, numpy.random.Generator or None, optional
        Source of randomness.

    Returns
    -------
    Trajectories
        ``.states`` at ``.times``, ``.resets`` and ``.arrivals``; ``.plot()`` draws them.

    Raises
    ------
    TypeError, ValueError
        If an argument is wrong, if paths of the problem are not sampled in time (SGD and random walks, which
        advance in steps; resets to the best state so far), or if a path takes more than a billion steps or
        ten million resets.
    MemoryError
        If the states would not fit.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(1.0))
    >>> paths = rd.trajectories(problem, np.linspace(0, 2, 201), n=3, rng=7)
    >>> paths.states.shape
    (3, 201)
    >>> bool(np.all(np.isnan(paths.states[0, paths.times > paths.arrivals[0]])))
    True
    """
    if not isinstance(problem, FirstPassage | SteadyState):
        raise TypeError(f"problem={problem!r}: give an rd.FirstPassage or an rd.SteadyState")
    at = _checks.finite_array("times", times)
    if at.ndim != 1 or at[0] < 0 or np.any(np.diff(at) <= 0):
        raise ValueError(f"times={at}: give increasing times of at least 0")
    n = _checks.integer("n", n)
    foresee_paths(problem, n, len(at))
    task = Task(problem, None if dt is None else _checks.positive("dt", dt), math.inf)
    with interruptible():
        sampler = task.sampler
    if sampler.scene is None:
        raise ValueError(
            f"problem={problem}: its paths are not sampled in time; give a process in continuous time and "
            "resets to a place, or use rd.simulate(problem)"
        )
    scene, streams, halt = sampler.scene(), streams_of(rng), Halt()

    def path(number: int) -> Path:
        state = streams.chunk(number).state
        with interruptible(), halt.watching(state):
            return record(scene, at, state)

    with task.blame():
        paths = list(workers.run(path, range(n), 1, stop=halt.set))
    return Trajectories(
        problem,
        sampler.method,
        at,
        np.stack([path.states for path in paths]),
        tuple(path.resets for path in paths),
        np.array([path.arrival for path in paths]),
    )
