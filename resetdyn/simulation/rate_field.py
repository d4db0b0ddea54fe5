r"""Resets at a rate of the position, by thinning.

Candidates come at a constant rate `R` and the position `x` there makes one a reset with the chance
``r(x) / R``: exact where the position is, as long as no path meets a rate above `R` (Lewis and Shedler, Naval
Res. Logist. Q. 26, 403 (1979)).  `R` is the largest rate within reach.  Outwards from where the process
starts, or is reset to, it is alive with a chance that falls by ``exp(-int lambda)``,

    lambda = (sqrt(f^2 + 4 D r) - f) / (2 D)

for the force `f` outwards (WKB, derived here); beyond ``exp(-36)`` no path goes.  So a rate that grows
without bound is sampled too.  The largest rate is looked for on a grid, and a path that meets a higher one
stops the run.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.fields import Field
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.resets import RateField
from resetdyn.simulation.barriers import around, edges_of
from resetdyn.simulation.clock import Clock
from resetdyn.simulation.formulas import compiled_formula
from resetdyn.simulation.kernel import State, kernel
from resetdyn.simulation.quantiles import NO_QUANTILES
from resetdyn.simulation.restart import nominal_place
from resetdyn.simulation.variates import uniform

_REACH = 36.0
_MARGIN = 1.05
# Distances at which the rate is looked at, in units of that to the nearest end.
_DISTANCES: FloatArray = np.concatenate([np.linspace(0, 10, 4001), np.geomspace(10, 1e8, 4000)[1:]])
_SHARES: FloatArray = np.linspace(0, 1, 4001)
_PLACES: FloatArray = np.concatenate([[1e-12, 1e-6], np.linspace(0.01, 0.99, 50), [1 - 1e-6, 1 - 1e-12]])


def compiled_rate(problem: FirstPassage | SteadyState, force: Any) -> tuple[Any, float]:
    """Return the rate as a compiled function, and its bound; `force` is that on an array of positions."""
    import sympy as sp

    diffusion = problem.process.diffusion  # type: ignore[union-attr]
    reset: Any = problem.reset
    most = 0.0
    for place in _places(problem):
        low, high = -math.inf, math.inf
        unit = _unit(reset, diffusion, place)
        if isinstance(problem, FirstPassage):
            low, high = around(edges_of(problem.target), place)
            unit = min(place - low, high - place)
        for end in (low, high):
            if unit > 0:
                most = max(most, _largest(reset, diffusion, force, place, end, unit))
    if most == 0:
        raise ValueError(f"rate={reset.rate}: 0 wherever paths go, so that none is reset; give rd.NoReset()")
    values = {sp.Symbol(n, real=True): sp.Float(v) for n, v in reset.parameters.items()}
    symbol = sp.Symbol(reset.variable, real=True)
    return compiled_formula("rate", reset.rate.xreplace(values), (symbol,)), _MARGIN * most


def rate_clock(most: float, max_time: float) -> Clock:
    """Return the clock of the candidates."""
    return Clock(most, math.inf, NO_QUANTILES, max_time)


@kernel
def strikes(state: State, rate: float, most: float) -> bool:
    """Draw whether a candidate is a reset."""
    if not 0 <= rate <= most:
        raise ValueError(
            "rate: a path met a rate that is negative, or above all that were found within its reach; give a "
            "formula without such narrow peaks, or use rd.solve(problem)"
        )
    return uniform(state) * most <= rate


def _places(problem: FirstPassage | SteadyState) -> set[float]:
    """Return where paths begin, anew or at first."""
    reset: Any = problem.reset
    if reset.random_to:
        places = {float(x) for x in reset.to.ppf(_PLACES)}
    else:
        places = {nominal_place(problem) if isinstance(problem, FirstPassage) else reset.to}
    return places | {problem.start} if isinstance(problem, FirstPassage) else places


def _largest(reset: RateField, diffusion: float, force: Any, place: float, end: float, unit: float) -> float:
    """Return the largest rate between a place and an end, as far as paths go."""
    field: Field = reset.field
    away = math.copysign(1.0, end - place)
    steps = (end - place) * _SHARES if math.isfinite(end) else away * unit * _DISTANCES
    beside = [np.nextafter(kink, side) for kink in field.kinks for side in (-math.inf, kink, math.inf)]
    x = np.union1d(place + steps, [y for y in beside if 0 <= away * (y - place) <= away * (end - place)])
    x = x if away > 0 else x[::-1]
    rate = field.value(x)
    with np.errstate(all="ignore"):
        pull = away * force(x)
        falls = (np.sqrt(pull**2 + 4 * diffusion * rate) - pull) / (2 * diffusion)
        depth = np.cumsum(np.minimum(falls[1:], falls[:-1]) * np.abs(np.diff(x)))
    reached = 2 + int(np.searchsorted(np.maximum.accumulate(np.nan_to_num(depth)), _REACH))
    within = rate[:reached]
    last = x[min(reached, len(x)) - 1]
    singular = any(min(place, last) <= s <= max(place, last) for s in field.singularities)
    if singular or not np.all(np.isfinite(within) & (within >= 0)):
        raise ValueError(
            f"rate={reset.rate}: infinite or negative within reach of {place:g}, where resets cannot be "
            "sampled; give a formula that is finite and at least 0, or use rd.solve(problem)"
        )
    return float(within.max())


def _unit(reset: RateField, diffusion: float, place: float) -> float:
    """Return how far the process diffuses before a reset, or 1 where none comes."""
    rate = float(reset.field.value(place))
    return math.sqrt(diffusion / rate) if 0 < rate < math.inf else 1.0
