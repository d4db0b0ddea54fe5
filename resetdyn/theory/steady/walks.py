r"""Steady states of random walks that are reset with a probability `p` at every step.

Seen after the reset decision, the last reset is `n` steps ago with probability ``p (1 - p)^n``, so that with
``q = 1 - p``, steps of moments ``s_n`` and `Z` the displacement since that reset (derived here),

    p <Z^n> = q sum_(j = 1 ... n) C(n, j) s_j <Z^(n - j)>:

mean ``q s_1 / p`` and variance ``q (s_2 - s_1^2) / p + q s_1^2 / p^2``.  On the integers :mod:`.walk_law` has
the probability of every place.  The tie convention makes no difference, for nothing is hit.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb, gcd, isfinite
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState
from resetdyn.processes import RandomWalk
from resetdyn.resets import Geometric, Partial
from resetdyn.results.walk import WalkSteadyStateResult
from resetdyn.theory.passages.random_walk import WIDEST
from resetdyn.theory.passages.walk_kernel import Kernel
from resetdyn.theory.steady.walk_law import WalkLaw

_EPS = float(np.finfo(float).eps)


def steady_state(problem: SteadyState) -> WalkSteadyStateResult | None:
    """Return the steady state of a random walk; None for anything else."""
    process, reset = problem.process, problem.reset
    if not isinstance(process, RandomWalk) or not isinstance(reset, Geometric) or not reset.free:
        return None
    if isinstance(reset.to, Partial):
        return None
    p, to = reset.probability, reset.to
    first, second = _step_moment(process, 1), _step_moment(process, 2)
    if not isfinite(first):
        raise ValueError(
            f"steps of {process}: their law has no finite mean, nor has the steady state; use "
            "rd.simulate(problem).samples"
        )
    centre, spread = (float(to.mean()), float(to.var())) if reset.random_to else (float(to), 0.0)
    moved = (1 - p) / p * first
    variance = (1 - p) / p * (second - first**2) + (1 - p) * (first / p) ** 2 if p < 1 else 0.0
    pmf = expectation = None
    if process.lattice and not reset.random_to:
        pmf, expectation = _on_places(process, p, centre)
    return WalkSteadyStateResult(
        problem=problem,
        method="walk: ladder heights" if pmf else "walk: moments of the steps",
        mean=centre + moved,
        cov=spread + variance,
        error=8 * _EPS * (abs(centre) + abs(moved)),
        expectation=expectation,
        moments=lambda order: _moment(process, p, to, order),
        probabilities=pmf,
    )


def _on_places(
    process: RandomWalk, p: float, to: float
) -> tuple[Callable[[FloatArray], FloatArray] | None, Callable[[Any], float] | None]:
    """Return the probability of places, and what averages a function over them."""
    unit = gcd(*process.steps)
    if (max(*process.steps, 0) - min(*process.steps, 0)) // unit > WIDEST:
        return None, None
    if p == 1:
        return lambda x: np.where(x == to, 1.0, 0.0), lambda f: float(f(np.array([to]))[0])
    law = WalkLaw(Kernel(tuple(k // unit for k in process.steps), tuple(process.steps.values())), p)

    def pmf(x: FloatArray) -> FloatArray:
        k = np.round((x - to) / unit)
        return np.where(to + unit * k == x, law.pmf(k), 0.0)

    return pmf, lambda f: law.expect(lambda k: np.asarray(f(to + unit * k), dtype=float) + 0 * k)


def _step_moment(process: RandomWalk, n: int) -> float:
    if not process.lattice:
        return float(process.steps.moment(n))
    return float(sum(chance * float(k) ** n for k, chance in process.steps.items()))


def _moment(process: RandomWalk, p: float, to: Any, order: int) -> float:
    """Return the raw moment of a place from where resets lead and an independent displacement."""
    random = hasattr(to, "cdf")
    steps = [_step_moment(process, n) for n in range(order + 1)]
    moved = [1.0]
    for n in range(1, order + 1):
        gained = sum(comb(n, j) * steps[j] * moved[n - j] for j in range(1, n + 1))
        moved.append((1 - p) / p * gained if p < 1 else 0.0)
    places = [float(to.moment(n)) if random else float(to) ** n for n in range(order + 1)]
    return float(sum(comb(order, n) * places[order - n] * moved[n] for n in range(order + 1)))
