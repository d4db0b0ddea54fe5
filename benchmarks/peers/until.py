"""How soon does a side know a mean to 1 %?  From its speed and its bias, as far as these are known.

Sides that take Euler's steps and see the target at their ends have one bias, ``c sqrt(step)``: `c` is fitted
to the plain loops, which make most paths, and each side's own bias is held against it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.peers.cases import Case
from benchmarks.peers.sides import Measured

PLAIN = ("C, gcc -O3", "plain numba loop", "plain NumPy loop")
_AGREES, _HIGHER_ORDERS = 4.0, 0.2  # standard errors; what c sqrt(step) leaves out, relative


@dataclass(frozen=True)
class Until:
    """A time in seconds; at least that, or by extrapolation, if so.

    Without a time (infinite) the mean is not reached at the steps that were tried.
    """

    seconds: float
    at_least: bool = False
    extrapolated: bool = False


def coefficient(runs: Sequence[Measured], order: float) -> float:
    """Return `c` of the relative bias ``c step**order`` of the plain loops among some runs of one case."""
    plain = [run for run in runs if run.side in PLAIN]
    powers = np.array([run.step for run in plain]) ** order
    biases, errors = (np.array([getattr(run, name) for run in plain]) for name in ("bias", "error"))
    return float(np.sum(powers * biases / errors**2) / np.sum((powers / errors) ** 2))


def until(
    found: Sequence[Measured], case: Case, order: float | None, c: float = math.nan, total: float = 0.01
) -> Until:
    """Return how soon a side knows the mean to `total` (relative): bias plus one standard error.

    Of a side with an `order` the bias is ``c step**order``, if its own runs agree with that, and the cost of
    a path goes as one over the step: what counts is the cheapest step and share of the noise, the side at its
    best.  Of any other the runs themselves count; where their bias is not known well enough, the noise alone
    is a lower bound.
    """
    if order is not None:
        return _at_its_best(found, case, order, c, total)
    times = []
    for run in found:
        alone = run.seconds * case.variation / total**2
        if abs(run.bias) < 3 * run.error and run.error > total / 2:
            times.append(Until(alone, at_least=True))
        elif abs(run.bias) < total:
            times.append(Until(alone / (1 - abs(run.bias) / total) ** 2))
    return min(times, key=lambda one: one.seconds, default=Until(math.inf))


def _at_its_best(found: Sequence[Measured], case: Case, order: float, c: float, total: float) -> Until:
    for run in found:
        bias = c * run.step**order
        if abs(run.bias - bias) > _AGREES * run.error + _HIGHER_ORDERS * abs(bias):
            return Until(math.inf)  # what its bias comes from is not the step alone
    share = np.linspace(0.01, 0.99, 99)
    step = (share * total / c) ** (1 / order)
    cost = min(run.seconds * run.step for run in found) / step
    return Until(float(np.min(cost * case.variation / ((1 - share) * total) ** 2)), extrapolated=True)
