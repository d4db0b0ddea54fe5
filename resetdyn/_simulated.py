"""The simulated cells of a phase diagram: a mean, or the ratio of two, with its standard error.

Every cell draws from a stream of its own, the child of the seed that the cell's place on the grid names, and
so does the reset-free mean of a column.  The bits of a cell therefore depend on the seed, the cell and the
settings alone.  With relative errors ``e_0`` and ``e_r`` of the two means, the ratio has the relative error
``sqrt(e_0^2 + e_r^2)``, for the two are independent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import hypot, inf, isfinite, nan
from typing import Any, NamedTuple

import numpy as np

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage
from resetdyn.resets import NoReset, never_resets

_N = 10_000
# Fewer paths do not tell whether a reset-free mean exists.
_REFERENCE_N = 10_000


class Task(NamedTuple):
    """One simulation: what, and the key of its stream."""

    problem: FirstPassage
    key: tuple[int, ...]
    n: int


class Plan(NamedTuple):
    """All simulations of a diagram by name, and which of them make each cell: (reference, with resets).

    A cell without resets has the ratio 1 and no simulation of its own.
    """

    tasks: dict[str, Task]
    cells: list[list[tuple[str, str] | None]]


def settings_of(simulate: Any) -> dict[str, Any]:
    """Check what the user says of the simulations, before any of them."""
    if not isinstance(simulate, Mapping):
        raise TypeError(f"simulate={simulate!r}: give a dict, such as dict(n=10_000, dt=1e-3, max_time=100)")
    unknown = [name for name in simulate if name not in ("n", "dt", "max_time")]
    if unknown:
        raise ValueError(f"simulate has {', '.join(map(repr, unknown))}: give n, dt and max_time only")
    settings: dict[str, Any] = {"n": _checks.integer("n", simulate.get("n", _N), 2)}
    for name in ("dt", "max_time"):
        if simulate.get(name) not in (None, inf):
            settings[name] = _checks.positive(name, simulate[name])
    return settings


def method_of(settings: dict[str, Any]) -> str:
    """Return how the cells are simulated, in words."""
    rest = "".join(f", {name}={settings[name]:g}" for name in ("dt", "max_time") if name in settings)
    return f"simulated, {settings['n']:,} paths a cell{rest}"


def plan(problems: list[list[FirstPassage]], quantity: str, n: int) -> Plan:
    """Plan the simulations of a grid of problems, row by row; each reset-free problem of a column once."""
    tasks: dict[str, Task] = {}
    cells: list[list[tuple[str, str] | None]] = []
    known: list[dict[FirstPassage, str]] = [{} for _ in problems[0]]
    for i, row in enumerate(problems):
        cells.append([])
        for j, problem in enumerate(row):
            own, reference = f"cell-{i}-{j}", ""
            if quantity == "speedup":
                if never_resets(problem.reset):
                    cells[-1].append(None)
                    continue
                alone = replace(problem, reset=NoReset())
                if alone not in known[j]:
                    known[j][alone] = f"free-{i}-{j}"
                    tasks[f"free-{i}-{j}"] = Task(alone, (i, j, 1), max(n, _REFERENCE_N))
                reference = known[j][alone]
            tasks[own] = Task(problem, (i, j, 0), n)
            cells[-1].append((reference, own))
    return Plan(tasks, cells)


def simulated(settings: dict[str, Any], entropy: tuple[int, ...], task: Task) -> tuple[float, float]:
    """Return a simulated mean and its standard error: `inf` where paths were given up, a bound is all."""
    from resetdyn.simulation import simulate

    stream = np.random.SeedSequence(entropy, spawn_key=task.key)
    samples = simulate(task.problem, **{**settings, "n": task.n}, rng=stream)
    return samples.mean, inf if samples.lower_bound else samples.error


def filled(made: Plan, results: dict[str, Any]) -> tuple[FloatArray, FloatArray]:
    """Return the values of the cells and their errors."""
    pairs = np.array([[_cell(cell, results) for cell in row] for row in made.cells])
    return pairs[..., 0].copy(), pairs[..., 1].copy()


def _cell(names: tuple[str, str] | None, results: dict[str, Any]) -> tuple[float, float]:
    if names is None:
        return 1.0, 0.0
    mean, error = results[names[1]]
    if not names[0]:
        return mean, error
    free, free_error = results[names[0]]
    if not isfinite(free):
        return (inf if isfinite(mean) else nan), nan
    ratio = free / mean
    return ratio, hypot(free_error / mean, ratio * (error / mean)) if isfinite(mean) else nan
