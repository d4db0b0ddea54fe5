"""Jobs: what a worker does with some chunks, and what it sends back.

With ``keep="samples"`` each chunk comes back as its columns.  With ``keep="summary"`` it is summed up where
it was drawn: moments come back chunk by chunk, to be merged in the order of the chunks, and counts as one
sum, which is the same in any order.  So no bit of a result depends on how chunks were shared out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn._interrupts import interruptible
from resetdyn.problems import SteadyState
from resetdyn.results import moments, sketch
from resetdyn.results.moments import Moments
from resetdyn.results.sketch import Signed, Sketch
from resetdyn.simulation.halt import Halt
from resetdyn.simulation.sampler import BUDGET, Task
from resetdyn.simulation.streams import Chunk

KEEP = ("samples", "summary")
_RECALLED = 8  # jobs that a worker process keeps ready


class Passages(NamedTuple):
    """Counts of some first passages, and the moments of each chunk of them."""

    censored: int
    never: int
    given_up_at: float
    hits: tuple[int, int] | None
    arrivals: Sketch
    times: list[Moments]
    resets: list[Moments]


class States(NamedTuple):
    """Counts of some states by component, and the moments and summed products of each chunk of them."""

    components: list[Signed]
    values: list[Moments]
    products: list[Any]


@dataclass(frozen=True)
class Job:
    """Draw chunks and return what is kept of them, a list of columns or one :class:`Passages` or `States`."""

    task: Task
    keep: str
    token: str = field(default_factory=lambda: uuid4().hex)
    halt: Halt = field(default_factory=Halt)  # it stays in this process

    def __call__(self, chunks: Sequence[Chunk]) -> Any:
        """Do chunks as long as they may begin; of one that is told to end, the paths that have begun."""
        drawn = [self._drawn(chunk) for chunk in takewhile(lambda _: self.halt.admits(), chunks)]
        if self.keep == "samples" or not drawn:
            return drawn
        if isinstance(self.task.problem, SteadyState):
            return _states(columns[0] for columns in drawn)
        return _passages(drawn)

    def _drawn(self, chunk: Chunk) -> tuple[Any, ...]:
        with interruptible():
            columns = self.task(chunk, self.halt)
        if isinstance(self.task.problem, SteadyState) or not np.any(open_ := np.isnan(columns[0])):
            return columns
        if not self.halt.is_set:
            raise ValueError(
                f"max_time={self.task.max_time:g}: {chunk.size} paths did not arrive within {BUDGET:.0e} "
                "steps; give a max_time at which to give them up, or a larger dt"
            )
        done = int(np.argmax(open_))
        return tuple(column if column is None else column[:done] for column in columns)

    def __reduce__(self) -> tuple[Any, ...]:
        return _recalled, (self.token, self.task, self.keep)


_jobs: OrderedDict[str, Job] = OrderedDict()


def _recalled(token: str, task: Task, keep: str) -> Job:
    """Return the job that this process already has, so that its sampler is made once and not per message."""
    job = _jobs.get(token)
    if job is None:
        job = _jobs[token] = Job(task, keep, token)
        while len(_jobs) > _RECALLED:
            _jobs.popitem(last=False)
    return job


def _passages(drawn: Any) -> Passages:
    total = Passages(0, 0, np.inf, None, sketch.EMPTY, [], [])
    for times, resets, censored, ends in drawn:
        given_up = times[censored]
        finite = times[np.isfinite(times)] if len(given_up) else times
        hits = None
        if ends is not None:
            before = total.hits or (0, 0)
            hits = tuple(before[i] + int(np.count_nonzero(ends == i)) for i in (0, 1))
        total = Passages(
            total.censored + len(given_up),
            total.never + len(times) - len(finite),
            min(total.given_up_at, float(given_up.min())) if len(given_up) else total.given_up_at,
            hits,  # type: ignore[arg-type]
            total.arrivals.merged(sketch.sketch_of(times[~censored] if len(given_up) else times)),
            [*total.times, moments.moments_of(finite)],
            [*total.resets, moments.moments_of(resets.astype(float))],
        )
    return total


def _states(drawn: Any) -> States:
    total: list[Signed] = []
    values, products = [], []
    for samples in drawn:
        counted = [sketch.signed_sketch_of(column) for column in samples.reshape(len(samples), -1).T]
        total = [a.merged(b) for a, b in zip(total, counted, strict=True)] if total else counted
        values.append(moments.moments_of(samples))
        products.append(_products(samples))
    return States(total, values, products)


def _products(samples: FloatArray) -> Any:
    """Return the summed products of distances from the mean, in bits that no setting of BLAS changes."""
    away = samples - samples.mean(axis=0)
    if samples.ndim == 1:
        return float((away * away).sum())
    away = np.ascontiguousarray(away.T)
    return np.einsum("in,jn->ij", away, away)
