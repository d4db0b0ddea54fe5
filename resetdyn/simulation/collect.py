"""Collecting: what the workers sent back, in the order of the chunks, becomes a result."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from resetdyn.problems import SteadyState
from resetdyn.results import (
    FirstPassageSamples,
    FirstPassageSummary,
    SteadyStateSamples,
    SteadyStateSummary,
    moments,
    sketch,
)
from resetdyn.simulation.jobs import Passages, States
from resetdyn.simulation.streams import CHUNK

Result = FirstPassageSamples | FirstPassageSummary | SteadyStateSamples | SteadyStateSummary


class Collector(Protocol):
    """Takes what jobs return, and makes a result of it at any time."""

    def add(self, part: Any) -> int:
        """Take what the next job returned, and say how many trajectories that was."""
        ...

    def result(self, problem: Any, method: str, bias: Any) -> Result:
        """Return the result so far."""
        ...


def collector(problem: Any, keep: str) -> Collector:
    """Return an empty collector for a problem."""
    if keep == "samples":
        return _Samples()
    return _States() if isinstance(problem, SteadyState) else _Passages()


class _Samples:
    def __init__(self) -> None:
        self._chunks: list[tuple[Any, ...]] = []

    def add(self, part: Any) -> int:
        self._chunks.extend(part)
        return sum(len(columns[0]) for columns in part)

    def result(self, problem: Any, method: str, bias: Any) -> Result:
        columns = self._joined() if len(self._chunks) > 1 else self._chunks[0]
        self._chunks = [columns]
        if isinstance(problem, SteadyState):
            return SteadyStateSamples(problem, method, columns[0], bias)
        times, resets, censored, ends = columns
        return FirstPassageSamples(problem, method, times, resets, censored, ends, bias)

    def _joined(self) -> tuple[Any, ...]:
        """Return whole columns; each lets go of its pieces before the next is joined."""
        pieces = [list(column) for column in zip(*self._chunks, strict=True)]
        self._chunks = []
        columns = []
        for column in pieces:
            columns.append(None if column[0] is None else np.concatenate(column))
            column.clear()
        return tuple(columns)


class _Passages:
    def __init__(self) -> None:
        self._sum = Passages(0, 0, np.inf, None, sketch.EMPTY, [], [])
        self._times = self._resets = moments.EMPTY

    def add(self, part: Passages) -> int:
        before = self._sum
        hits = part.hits
        if hits is not None and before.hits is not None:
            hits = (hits[0] + before.hits[0], hits[1] + before.hits[1])
        self._sum = Passages(
            before.censored + part.censored,
            before.never + part.never,
            min(before.given_up_at, part.given_up_at),
            hits,
            before.arrivals.merged(part.arrivals),
            [],
            [],
        )
        for times, resets in zip(part.times, part.resets, strict=True):
            self._times, self._resets = self._times.merged(times), self._resets.merged(resets)
        return sum(resets.n for resets in part.resets)

    def result(self, problem: Any, method: str, bias: Any) -> Result:
        total = self._sum
        return FirstPassageSummary(
            problem, method, total.censored, total.never, self._times, total.arrivals, self._resets,
            total.hits, total.given_up_at, bias,
        )  # fmt: skip


class _States:
    def __init__(self) -> None:
        self._components: list[sketch.Signed] = []
        self._values = moments.EMPTY
        self._products: Any = 0.0
        self._paths = moments.EMPTY

    def add(self, part: States) -> int:
        pairs = zip(self._components or part.components, part.components, strict=True)
        self._components = [a.merged(b) if self._components else b for a, b in pairs]
        for values, products in zip(part.values, part.products, strict=True):
            self._products = moments.merged_products(self._values, self._products, values, products)
            self._values = self._values.merged(values)
            if values.n == CHUNK:
                self._paths = self._paths.merged(moments.one(values.mean))
        return sum(values.n for values in part.values)

    def result(self, problem: Any, method: str, bias: Any) -> Result:
        return SteadyStateSummary(
            problem, method, self._values, self._products, self._components, bias, 0, self._paths
        )
