r"""Steady states of run-and-tumble motion under resetting to a point, the direction being drawn anew.

With speed `v` and tumbling rate `g`, Poisson resetting gives a Laplace density (Evans and Majumdar, J. Phys.
A 51, 475003 (2018)),

    p(x) = (q / 2) e^(-q |x - y|),    q = sqrt(r (r + 2 g)) / v.

For other resets the propagator (:mod:`.tumbles_law`) is averaged over the age.
"""

from __future__ import annotations

from math import inf, sqrt

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState
from resetdyn.processes import RunAndTumble
from resetdyn.resets import Partial, RateField
from resetdyn.results import SteadyStateResult
from resetdyn.theory.steady.ages import Ages, Exponential, ages_of
from resetdyn.theory.steady.costs import paused
from resetdyn.theory.steady.line_density import LineLaw
from resetdyn.theory.steady.tumbles_in_time import transient_of
from resetdyn.theory.steady.tumbles_law import log_density, variance

_EPS = float(np.finfo(float).eps)


def steady_state(problem: SteadyState) -> SteadyStateResult | None:
    """Return the steady state of a run-and-tumble particle; None for anything else."""
    process, reset = problem.process, problem.reset
    if not isinstance(process, RunAndTumble) or isinstance(reset, RateField) or isinstance(reset.to, Partial):
        return None
    ages = ages_of(reset)
    if ages is None or reset.random_to or reset.return_speed is not None:
        return None
    y = float(reset.to)
    cycle = paused(ages.cycle, reset.mean_refractory)
    if isinstance(ages, Exponential):
        q = sqrt(ages.rate * (ages.rate + 2 * process.tumble_rate)) / process.speed
        spread, method = 2 / q**2, "tumbles: closed form"

        def density(x: FloatArray) -> FloatArray:
            with np.errstate(under="ignore"):
                return np.asarray(cycle.moving * q / 2 * np.exp(-q * np.abs(x - y)))
    else:
        spread, method = variance(process, ages), "tumbles: average over the age"

        def density(x: FloatArray) -> FloatArray:
            with np.errstate(under="ignore"):
                return np.asarray(cycle.moving * np.exp(log_density(process, ages, np.abs(x - y))))

    ends = [y, *(y + side * process.speed * t for t in _jumps(ages) for side in (-1, 1))]
    width = sqrt(spread) if spread < inf else process.speed * ages.cycle
    atoms = ((y, cycle.pausing),) if cycle.pausing else ()
    return SteadyStateResult(
        problem=problem,
        method=method,
        mean=y,
        cov=cycle.moving * spread,
        error=4 * _EPS * abs(y),
        density=density,
        expectation=LineLaw(density, tuple(ends), width, atoms=atoms).expect,
        atom=cycle.pausing,
        later=transient_of(process, reset),
    )


def _jumps(ages: Ages) -> list[float]:
    """Return the ages at which the law of the age jumps: the density does as far from `y`."""
    return [] if ages.strikes is None else ages.strikes[0].tolist()
