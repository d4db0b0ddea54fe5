"""Simulation: Monte Carlo samples of first passages and steady states.

One stepper per file; each says how exact it is in `result.method`.  See
:mod:`resetdyn.simulation.sampler` for how to add one.
"""

from __future__ import annotations

import math
from typing import Any, overload

import numpy as np

from resetdyn import _checks
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.results import FirstPassageSamples, SteadyStateSamples
from resetdyn.simulation.sampler import BUDGET, Task
from resetdyn.simulation.streams import CHUNK, chunks
from resetdyn.simulation.workers import run

__all__ = ["simulate"]


@overload
def simulate(
    problem: FirstPassage,
    n: int = ...,
    dt: float | None = ...,
    rng: Any = ...,
    workers: Any = ...,
    max_time: float = ...,
) -> FirstPassageSamples: ...


@overload
def simulate(
    problem: SteadyState,
    n: int = ...,
    dt: float | None = ...,
    rng: Any = ...,
    workers: Any = ...,
    max_time: float = ...,
) -> SteadyStateSamples: ...


def simulate(
    problem: FirstPassage | SteadyState,
    n: int = 100_000,
    dt: float | None = None,
    rng: Any = None,
    workers: Any = 1,
    max_time: float = math.inf,
) -> FirstPassageSamples | SteadyStateSamples:
    """Sample first-passage times, or a steady state, by simulation.

    Brownian motion, the Ornstein-Uhlenbeck process (any dimension), motion in a potential (one dimension),
    run-and-tumble motion, random walks and SGD; `result.method` names the scheme and its order. Laws of
    waits, pauses and places are those of frozen SciPy distributions, to a relative 1e-6 of the number drawn.
    Formulas (a potential, a rate of the position) are compiled when first used, which takes about a second.

    Parameters
    ----------
    problem : FirstPassage or SteadyState
        What is asked.
    n : int, optional
        Number of independent paths (or of samples).
    dt : float, optional
        Time step, where the sampler needs one; by default so short that its bias stays far below the
        standard error of a usual run. Exact samplers need none and take no notice of it.
    rng : seed, numpy.random.Generator or None, optional
        Source of randomness. The same seed gives the same bits whatever `workers` is.
    workers : int or callable, optional
        Number of threads, or a map-like callable such as ``ProcessPoolExecutor().map``.
    max_time : float, optional
        Give up paths that have not arrived by this time: their `times` are `max_time`, their `censored` is
        true. A path that never arrives has the time `inf` where there is no `max_time`.

    Returns
    -------
    FirstPassageSamples or SteadyStateSamples
        The samples, how they were obtained, their mean and its standard error.

    Raises
    ------
    TypeError
        If `problem` is not a problem, or `n` or `workers` not whole numbers.
    ValueError
        If an argument is out of range, no sampler fits the problem, or the run would not end.

    Examples
    --------
    >>> import resetdyn as rd
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(1.0))
    >>> samples = rd.simulate(problem, n=10_000, rng=7)
    >>> abs(samples.mean - rd.solve(problem).mean) < 4 * samples.error
    True
    """
    if not isinstance(problem, FirstPassage | SteadyState):
        raise TypeError(f"problem={problem!r}: give an rd.FirstPassage or an rd.SteadyState")
    n = _checks.integer("n", n)
    dt = None if dt is None else _checks.positive("dt", dt)
    max_time = _max_time(max_time)
    if isinstance(problem, SteadyState) and max_time < math.inf:
        raise ValueError(
            f"max_time={max_time:g}: a steady state has no first passage to give up; leave it out"
        )

    task = Task(problem, dt, max_time)
    method = task.sampler.method
    parts = zip(*run(task, chunks(rng, n), workers), strict=True)
    columns: list[Any] = [None if column[0] is None else np.concatenate(column) for column in parts]
    if isinstance(problem, SteadyState):
        return SteadyStateSamples(problem, method, *columns)
    if np.any(np.isnan(columns[0])):
        raise ValueError(
            f"max_time={max_time:g}: {min(n, CHUNK)} paths did not arrive within {BUDGET:.0e} steps; "
            "give a max_time at which to give them up, or a larger dt"
        )
    return FirstPassageSamples(problem, method, *columns)


def _max_time(value: Any) -> float:
    if isinstance(value, float) and value == math.inf:
        return value
    return _checks.positive("max_time", value)
