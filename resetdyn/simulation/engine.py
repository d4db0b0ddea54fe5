"""A run from its first chunk to its result, under the rules that stop it.

Chunks are done in order. Whether one is done is decided before it begins, and one that has begun is finished
and counts: no path is left out for being slow. (Where that takes as long again, the paths of this process are
given up where they are, and the mean is a lower bound.) So a `timeout` makes `n` a stopping time, the times
add up to ``<n> <T>`` on average (Wald's identity), and what is left is the bias of a ratio, at most ``CV^2 /
n`` of the mean where a path takes as long to draw as its time says: ``CV / sqrt(n)`` of a standard error
(Glynn and Heidelberger, Oper. Res. 38, 801 (1990)).

A `target_error` is judged between batches on the merged result alone, and no batch makes more than four times
as many paths of those before: so the same seed stops at the same `n` whatever the workers.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from resetdyn.problems import SteadyState
from resetdyn.results import SteadyStateSamples, SteadyStateSummary
from resetdyn.results.steady_state_summary import FEWEST_PATHS
from resetdyn.simulation import memory, workers
from resetdyn.simulation.collect import Result, collector
from resetdyn.simulation.halt import Halt
from resetdyn.simulation.jobs import Job
from resetdyn.simulation.progress import Progress
from resetdyn.simulation.sampler import Task
from resetdyn.simulation.streams import CHUNK, Chunk, Chunks, Streams

USUAL = 100_000  # paths, where nothing else limits their number
CEILING = 10**9  # paths, where only their error or their time does
_GROWTH = 4  # how many times as many paths there may be after the next batch
_MARGIN = 1.05  # by which the number of paths that a target takes is overestimated
_ENOUGH = 100_000  # paths after which a heavy tail is taken for one, and the target given up
_BATCH = 16  # chunks that a job has at most
_PATIENCE = 1.0  # seconds that chunks have after the timeout at least
_MESSAGE = 2e7  # bytes of samples that a job draws at most, unless one chunk is more


@dataclass(frozen=True)
class Rules:
    """When a run stops: at whichever comes first.

    Attributes
    ----------
    n : int or None
        Number of paths.
    target_error : float or None
        Relative error.
    timeout : float
        Seconds.
    """

    n: int | None
    target_error: float | None
    timeout: float


class Run:
    """The paths of one sampler: what was drawn so far, and more when it is asked for.

    Parameters
    ----------
    task : Task
        What to draw.
    keep : str
        What is kept of it.
    streams : Streams
        What to draw from.
    workers : int, executor, dask client or callable
        Who draws.
    progress : Progress
        The bar.
    halt : Halt
        What ends the paths that are being drawn; no chunk begins after its deadline, except the first.
    """

    def __init__(
        self, task: Task, keep: str, streams: Streams, workers: Any, progress: Progress, halt: Halt
    ) -> None:
        self.task, self.n = task, 0
        self._keep, self._streams, self._workers = keep, streams, workers
        self._progress, self._halt = progress, halt
        self._collected = collector(task.problem, keep)

    def branch(self, dt: float, number: int) -> Run:
        """Return an independent run at another time step, with nothing drawn yet."""
        task = Task(self.task.problem, dt, self.task.max_time)
        other = self._streams.other(number)
        return Run(task, self._keep, other, self._workers, self._progress, self._halt)

    def extend(self, n: int) -> bool:
        """Draw on until there are `n` paths, and return whether time allowed it."""
        timed = self._halt.deadline < math.inf
        job = Job(self.task, self._keep, halt=self._halt)
        parts = workers.run(job, self._jobs(n, timed), self._workers, hasty=timed, stop=self._halt.set)
        with closing(parts):  # type: ignore[type-var]
            for part in filter(None, parts):  # a job that came too late has none
                drawn = self._collected.add(part)
                self.n += drawn
                self._progress.add(drawn)
        return self.n >= n

    def result(self, note: str = "", bias: Any = 0.0) -> Result:
        """Return the result so far."""
        result = self._collected.result(self.task.problem, self.task.sampler.method + note, bias)
        chain = self.task.sampler.chain
        if chain and isinstance(result, SteadyStateSamples | SteadyStateSummary):
            return replace(result, chain=chain)
        return result

    def reach(self, target: float, ceiling: int) -> str:
        """Draw until the relative error is down to the target; return what stopped it, "" for that."""
        n = min(CHUNK, ceiling)
        self._progress.expect(n)
        while True:
            in_time = self.extend(n)
            result = self.result()
            error = relative_error(result)
            if error <= target:
                return ""
            if not in_time:
                return "timeout"
            if self.n >= ceiling:
                return f"n={ceiling}"
            if math.isinf(error) and getattr(result, "lower_bound", False):
                return "paths that never arrive"
            if math.isinf(error) and self.n >= _ENOUGH:
                return "a heavy tail"
            n = min(_next(self.n, error / target), ceiling)
            self._progress.expect(n - self.n)

    def past_deadline(self) -> bool:
        """Return whether time is up."""
        return self._halt.late

    def _jobs(self, n: int, timed: bool) -> Iterator[list[Chunk]]:
        chunks = Chunks(self._streams, n, self.n)
        fair = len(chunks) // (_BATCH * workers.count(self._workers))
        most = int(_MESSAGE / memory.needed(self.task.problem, CHUNK))
        size = 1 if timed else max(1, min(fair, most, _BATCH))
        begun = self.n > 0
        for first in range(0, len(chunks), size):
            if begun and self.past_deadline():
                return
            begun = True
            yield chunks[first : first + size]


def simulated(task: Task, keep: str, streams: Streams, workers: Any, rules: Rules) -> Result:
    """Return the result of a run under the rules."""
    from resetdyn.simulation.refinement import coarse, reach_by_steps, time_step

    halt = Halt(time.monotonic() + rules.timeout)
    limited = rules.target_error is not None or rules.timeout < math.inf
    open_ended = limited and rules.n is None
    n = rules.n if rules.n is not None else _ceiling(task, keep) if open_ended else USUAL
    if keep == "samples" and not open_ended:  # the ceiling fits, and what is free changes
        memory.foresee(task.problem, n)
    elif task.sampler.chain and n < FEWEST_PATHS * CHUNK:
        raise ValueError(
            f"keep='summary', n={n}: the samples of this problem remember each other, for how long a summary "
            f"of so few does not tell; give keep='samples', or n of at least {FEWEST_PATHS * CHUNK}"
        )
    progress = Progress(None if open_ended else n, rules.timeout)
    stepped = rules.target_error is not None and time_step(task) is not None
    run = Run(coarse(task) if stepped else task, keep, streams, workers, progress, halt)
    passages = not isinstance(task.problem, SteadyState)
    patience = rules.timeout + max(rules.timeout, _PATIENCE)
    alarm = threading.Timer(min(patience, threading.TIMEOUT_MAX), halt.set)
    alarm.daemon = True
    if passages and rules.timeout < math.inf:
        alarm.start()
    try:
        if rules.target_error is None:
            in_time = run.extend(n)
            return run.result("" if in_time else f"; stopped by timeout={rules.timeout:g} s")
        if stepped:
            return reach_by_steps(run, rules.target_error, n)
        return run.result(outcome(rules.target_error, run.reach(rules.target_error, n)))
    finally:
        alarm.cancel()
        progress.close()


def outcome(target: float, stopped_by: str) -> str:
    """Return what became of a target error, for `result.method`."""
    return f"; target_error={target:g} " + (f"not reached, by {stopped_by}" if stopped_by else "reached")


def relative_error(result: Result) -> float:
    """Return the error of the mean relative to it; for states, to the root of their mean square."""
    error = np.asarray(result.error)
    if isinstance(result.problem, SteadyState):
        scale = np.hypot(result.mean, result.std)  # the mean itself may be 0
        return float(np.max(np.divide(error, scale, out=np.zeros(error.shape), where=error > 0)))
    return float(error / result.mean) if math.isfinite(result.mean) else math.inf


def _next(n: int, ratio: float) -> int:
    most = _GROWTH * n
    wanted = math.ceil(min(_MARGIN * n * ratio**2, most)) if math.isfinite(ratio) else most
    return -(-max(wanted, n + 1) // CHUNK) * CHUNK


def _ceiling(task: Task, keep: str) -> int:
    fitting = memory.most(task.problem) if keep == "samples" else None
    return CEILING if fitting is None else min(CEILING, fitting)
