r"""Time steps as short as a target error takes, by Richardson's comparison of two of them.

A sampler of weak order `p` at the step `h` has the bias ``c h^p``, so that two independent runs tell that of
the finer one,

    bias(h / 2) = (mean(h) - mean(h / 2)) / (2^p - 1),

to within its own noise, ``w = sqrt(2) s / (2^p - 1)`` where both have the standard error `s`.  So the error
of the finer one is stated as the root of ``s^2 + w^2 + bias^2`` (`result.bias` is that of the last two; the
mean is not extrapolated).  If it exceeds the target `e` the step is halved, the finer run taking the part of
the coarser one.  Each is drawn until ``s^2 = e^2 / (1 + 8 / (2^p - 1)^2)``, which leaves room for a bias of
`w` times the square root of 3: a step that was short enough is seldom halved for the noise.

The first step is the one that was asked for, or else eight times the usual one (less where that is refused as
unstable): the runs that turn out too coarse cost little beside the last two.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from resetdyn.simulation.collect import Result
from resetdyn.simulation.engine import Run, outcome, relative_error
from resetdyn.simulation.sampler import Task

_HALVINGS = 20
_COARSER = 8.0  # the first step, in usual ones


def time_step(task: Task) -> float | None:
    """Return the sampler's time step; None where it needs none."""
    return task.sampler.scheme.dt


def coarse(task: Task) -> Task:
    """Return the task at the first step."""
    usual = time_step(task)
    if task.dt is not None or usual is None:
        return task
    factor = _COARSER
    while factor > 1:
        longer = Task(task.problem, factor * usual, task.max_time)
        try:
            _ = longer.sampler
        except ValueError:
            factor /= 2
        else:
            return longer
    return task


def reach_by_steps(run: Run, target: float, ceiling: int) -> Result:
    """Return the result whose standard error and step bias together are below the target."""
    dt = time_step(run.task)
    assert dt is not None
    gain = 2.0 ** (run.task.sampler.scheme.order or 1.0) - 1
    share = target / math.sqrt(1 + 8 / gain**2)
    before, stopped_by = run, run.reach(share, ceiling)
    bias: Any = None
    for halvings in range(1, _HALVINGS + 1):
        if stopped_by or before.past_deadline():
            break
        fine = run.branch(dt / 2**halvings, halvings)
        stopped_by = fine.reach(share, ceiling)
        if stopped_by == "timeout":
            break
        bias = _bias(before.result(), fine.result(), gain)
        before = fine
        result = fine.result(_note(target, stopped_by, bias), bias)
        if relative_error(result) <= target:
            return result
    return before.result(_note(target, stopped_by or "timeout", bias), 0.0 if bias is None else bias)


def _note(target: float, stopped_by: str, bias: Any) -> str:
    measured = "not measured" if bias is None else f"at most {np.max(bias):.2g} by twice the step"
    return f"{outcome(target, stopped_by)}, step bias {measured}"


def _bias(coarse: Result, fine: Result, gain: float) -> Any:
    """Return the bias of the finer result, with the noise of its measurement."""
    bias = np.hypot(np.subtract(coarse.mean, fine.mean), np.hypot(coarse.error, fine.error)) / gain
    return float(bias) if bias.ndim == 0 else bias
