"""Simulation: Monte Carlo samples of first passages and steady states.

One stepper per file; each says how exact it is in `result.method`.  See
:mod:`resetdyn.simulation.sampler` for how to add one.
"""

from __future__ import annotations

import math
from typing import Any, Literal, overload

from resetdyn import _checks
from resetdyn._interrupts import interruptible
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.results import (
    FirstPassageSamples,
    FirstPassageSummary,
    SteadyStateSamples,
    SteadyStateSummary,
)
from resetdyn.simulation.engine import Rules, simulated
from resetdyn.simulation.jobs import KEEP
from resetdyn.simulation.sampler import Task
from resetdyn.simulation.streams import streams_of
from resetdyn.simulation.workers import count

__all__ = ["simulate"]


@overload
def simulate(
    problem: FirstPassage,
    n: int | None = ...,
    dt: float | None = ...,
    rng: Any = ...,
    workers: Any = ...,
    max_time: float = ...,
    keep: Literal["samples"] = ...,
    target_error: float | None = ...,
    timeout: float | None = ...,
) -> FirstPassageSamples: ...


@overload
def simulate(
    problem: FirstPassage,
    n: int | None = ...,
    dt: float | None = ...,
    rng: Any = ...,
    workers: Any = ...,
    max_time: float = ...,
    *,
    keep: Literal["summary"],
    target_error: float | None = ...,
    timeout: float | None = ...,
) -> FirstPassageSummary: ...


@overload
def simulate(
    problem: SteadyState,
    n: int | None = ...,
    dt: float | None = ...,
    rng: Any = ...,
    workers: Any = ...,
    max_time: float = ...,
    keep: Literal["samples"] = ...,
    target_error: float | None = ...,
    timeout: float | None = ...,
) -> SteadyStateSamples: ...


@overload
def simulate(
    problem: SteadyState,
    n: int | None = ...,
    dt: float | None = ...,
    rng: Any = ...,
    workers: Any = ...,
    max_time: float = ...,
    *,
    keep: Literal["summary"],
    target_error: float | None = ...,
    timeout: float | None = ...,
) -> SteadyStateSummary: ...


def simulate(
    problem: FirstPassage | SteadyState,
    n: int | None = None,
    dt: float | None = None,
    rng: Any = None,
    workers: Any = 1,
    max_time: float = math.inf,
    keep: str = "samples",
    target_error: float | None = None,
    timeout: float | None = None,
) -> FirstPassageSamples | FirstPassageSummary | SteadyStateSamples | SteadyStateSummary:
    """Sample first-passage times, or a steady state, by simulation.

    Brownian motion and the Ornstein-Uhlenbeck process, motion in a potential or under a force of your own,
    with inertia too (all in any dimension), Levy flights in a trap, run-and-tumble motion, random walks and
    SGD; `result.method` names the scheme and its order. Laws of waits, pauses and places are those of frozen
    SciPy distributions, to a relative 1e-6 of the number drawn.
    Formulas (a potential, a rate of the position) are compiled when first used, which takes about a second.

    Parameters
    ----------
    problem : FirstPassage or SteadyState
        What is asked.
    n : int, optional
        Number of independent paths (or of samples). By default 100,000, or with `target_error` or `timeout`
        as many as it takes, to a ceiling of 1e9 and of the memory.
    dt : float, optional
        Time step, where the sampler needs one; by default so short that its bias stays far below the
        standard error of a usual run. Exact samplers need none and take no notice of it.
    rng : seed, numpy.random.Generator or None, optional
        Source of randomness. The same seed gives the same bits whatever `workers` is.
    workers : int, executor, dask client or callable, optional
        Number of threads; or a :mod:`concurrent.futures` executor (of MPI too: `mpi4py.futures`), a
        `dask.distributed` client, or any map-like callable. A worker that dies costs its time only.
    max_time : float, optional
        Give up paths that have not arrived by this time: their `times` are `max_time`, their `censored` is
        true. A path that never arrives has the time `inf` where there is no `max_time`.
    keep : {"samples", "summary"}, optional
        Keep every sample, or sum them up where they are drawn: moments to fourth order, and counts in bins of
        relative width 2^-8, in the same little memory for any `n`.
    target_error : float, optional
        Draw until the error is this small relative to the mean (for a steady state to the root mean square,
        in every component). Where the sampler has a time step, it is halved, from `dt` or else eight times
        the usual one, until the error with the measured step bias, a part of `result.error`, is as small.
    timeout : float, optional
        Begin no more chunks of 4096 paths after so many seconds. The result is the beginning of what the
        same seed gives without it; `result.n` says how much. Chunks that have begun are finished and count:
        no path is left out for being slow. If that takes as long again (and a second at least), paths that
        threads draw are given up where they are: they are `censored`, and the mean is a lower bound.

    Returns
    -------
    FirstPassageSamples, FirstPassageSummary, SteadyStateSamples or SteadyStateSummary
        The samples or their summary, how they were obtained, their mean and its standard error. A mean that
        does not exist is `inf` (see `result.tail_index`).

    Raises
    ------
    TypeError
        If `problem` is not a problem, or `n` or `workers` not whole numbers.
    ValueError
        If an argument is out of range, no sampler fits the problem, or the run would not end.
    MemoryError
        If `n` samples would not fit; a summary does.

    Examples
    --------
    >>> import resetdyn as rd
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(1.0))
    >>> samples = rd.simulate(problem, n=10_000, rng=7)
    >>> abs(samples.mean - rd.solve(problem).mean) < 4 * samples.error
    True

    One per cent is enough, of as many paths as that takes:

    >>> summary = rd.simulate(problem, rng=7, keep="summary", target_error=0.01)
    >>> summary.n < 20_000, summary.error < 0.01 * summary.mean
    (True, True)
    """
    if not isinstance(problem, FirstPassage | SteadyState):
        raise TypeError(f"problem={problem!r}: give an rd.FirstPassage or an rd.SteadyState")
    rules = Rules(
        n=None if n is None else _checks.integer("n", n),
        target_error=None if target_error is None else _checks.positive("target_error", target_error),
        timeout=math.inf if timeout is None else _checks.positive("timeout", timeout),
    )
    dt = None if dt is None else _checks.positive("dt", dt)
    max_time = _max_time(max_time)
    keep = _checks.choice("keep", keep, KEEP)
    count(workers)
    if isinstance(problem, SteadyState) and max_time < math.inf:
        raise ValueError(
            f"max_time={max_time:g}: a steady state has no first passage to give up; leave it out"
        )
    with interruptible():  # what is compiled or tried out before the first path too
        return simulated(Task(problem, dt, max_time), keep, streams_of(rng), workers, rules)


def _max_time(value: Any) -> float:
    if isinstance(value, float) and value == math.inf:
        return value
    return _checks.positive("max_time", value)
