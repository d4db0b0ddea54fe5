"""Schedules of the learning rate: factors of the steps, which a process with its one learning rate lacks.

Step `k`, counted from 0, moves at ``factor_k learning_rate``.  The factors belong to the steps since training
began: a reset of the parameters does not turn them back, and a pause does not hold them up.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn._checks import FloatArray

_LONGEST = 10**7  # steps for which a function is asked


def check(schedule: Any) -> Any:
    """Return a schedule as it is stored (None, factors or a function), or raise."""
    if schedule is None or callable(schedule):
        return schedule
    factors = _checks.finite_array("schedule", schedule)
    if factors.ndim != 1:
        raise ValueError(f"schedule has shape {factors.shape}: give one factor for each step, or a function")
    _checks.non_negative_array("schedule", factors)
    return factors


def factors(schedule: Any, max_time: float) -> FloatArray:
    """Return the factors of the steps, the last of which is for all that follow."""
    if schedule is None:
        return np.ones(1)
    if not callable(schedule):
        return np.asarray(schedule)
    if not max_time <= _LONGEST:
        raise ValueError(
            f"max_time={max_time:g}: a schedule that is a function is asked for each step; give max_time of "
            f"{_LONGEST:.0e} at most, or an array of factors, the last of which is for all that follow"
        )
    asked = np.array([float(schedule(k)) for k in range(math.ceil(max_time))])
    wrong = np.flatnonzero(~(np.isfinite(asked) & (asked >= 0)))
    if len(wrong):
        raise ValueError(
            f"schedule({wrong[0]})={asked[wrong[0]]:g}: give a function that is finite and at least 0"
        )
    return asked


def require_none(process: Any) -> None:
    """Raise if the process has a schedule, for answers that there are at one learning rate only."""
    if process.schedule is not None:
        raise ValueError(
            f"schedule={process.schedule!r}: while the learning rate changes there is no steady state, and "
            "no exact theory; leave schedule out, or use rd.simulate(rd.FirstPassage(...))"
        )
