"""How fine a simulation may be that a slider waits for."""

from __future__ import annotations

import math
from typing import Any

from resetdyn.simulation.refinement import time_step
from resetdyn.simulation.sampler import Task

_STEPS = 1e7  # about half a second
_COARSER = 8.0  # so much longer a step than the usual one is still finer than the eye: see refinement.py


def affordable_step(problem: Any, time: float) -> float | None:
    """Return a time step for paths that last a time in all; None for the usual one, or if it needs none.

    Raises
    ------
    ValueError
        If it would have to be too long.
    """
    usual = time_step(Task(problem, None, math.inf))
    if usual is None or time <= _STEPS * usual:
        return None
    step = time / _STEPS
    if step > _COARSER * usual:
        raise ValueError(
            f"process={problem.process!r}: a simulation of it would take {time / usual:.1g} steps, too many "
            "to wait for; give a gentler potential, a shorter time, or use rd.simulate(problem)"
        )
    return float(f"{step:.2g}")
