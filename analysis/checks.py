"""The checks that experiments share: one problem, solved and simulated, becomes one claim."""

from __future__ import annotations

import math
from typing import Any

import resetdyn as rd
from analysis.claims import Claim
from analysis.sampling import Estimate, mean


def mean_time(name: str, problem: Any, n: int, rng: Any, *, group: str = "", **options: Any) -> Claim:
    """Hold the exact mean first-passage time against simulation."""
    simulated = rd.simulate(problem, n=n, rng=rng, **options)
    return against(name, rd.solve(problem).mean, mean(simulated.times), group=group)


def against(
    name: str,
    predicted: float,
    measured: Estimate,
    *,
    group: str = "",
    note: str = "",
    other_error: float = 0.0,
) -> Claim:
    """Hold a prediction against an estimate; `other_error` is that of a prediction that is itself sampled."""
    return Claim(
        name, predicted, measured.value, math.hypot(measured.error, other_error), group=group, note=note
    )
