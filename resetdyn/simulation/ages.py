r"""The age of a steady state: how long ago, at a random time, was the last reset?

Its density is ``S(t) / <R>``, with the chance `S` that a wait `R` is longer (Feller, An Introduction to
Probability Theory, vol. 2, XI.4): exponential for resets at a constant rate, uniform over the period for
sharp ones.  For any other law `S` is integrated by Gauss's rule between the nodes of the table of
:mod:`resetdyn.simulation.quantiles`, from either end so that both tails keep their digits, and the quantile
function of the age becomes a table as well.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.resets import Renewal, Reset, Sharp
from resetdyn.simulation.clock import Clock, clock_of
from resetdyn.simulation.kernel import State, inlined
from resetdyn.simulation.quantiles import Quantiles, draw, quantiles_of, tabulated
from resetdyn.simulation.variates import exponential, uniform

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_NEGLIGIBLE = 1e-16
_GROWTH = 1.05
_DEEPEST = 40.0  # exp(-40) of the ages are beyond the table


def ages_of(reset: Reset) -> Clock:
    """Return the clock whose waits are the ages."""
    clock = clock_of(reset, math.inf)
    return clock._replace(waits=age_quantiles(reset.law)) if isinstance(reset, Renewal) else clock


def mean_wait(reset: Reset) -> float:
    """Return the mean time between resets."""
    if isinstance(reset, Renewal):
        return reset.mean_waiting_time
    return reset.period if isinstance(reset, Sharp) else 1 / reset.rate  # type: ignore[union-attr]


@inlined
def age(state: State, ages: Clock) -> float:
    """Draw the time since the last reset."""
    if ages.rate > 0:
        return exponential(state) / ages.rate
    if ages.period > 0:
        return math.inf if math.isinf(ages.period) else uniform(state) * ages.period
    return draw(state, ages.waits)


@lru_cache(maxsize=64)
def age_quantiles(law: Any) -> Quantiles:
    """Return the table of the age under waits with this law, of finite mean.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> table = age_quantiles(uniform(0.0, 1.0))  # density 2 (1 - t), median 1 - 1 / sqrt(2)
    >>> round(float(table.cubics[0, 0]), 9)
    0.292893219
    """
    t = _times(law)
    pieces = _integrals(law, t[:-1], t[1:])
    total = float(pieces.sum())
    below = np.concatenate([[0.0], np.cumsum(pieces)]) / total
    above = np.concatenate([np.cumsum(pieces[::-1])[::-1], [0.0]]) / total
    k = int(np.searchsorted(below, 0.5)) - 1

    from scipy.optimize import brentq  # as late as that: it takes a tenth of a second to import

    def excess(m: float) -> float:
        return float(below[k] + _integrals(law, t[k], np.array(m)) / total - 0.5)

    median = t[k + 1] if excess(t[k + 1]) <= 0 else brentq(excess, t[k], t[k + 1], xtol=1e-300, rtol=1e-14)
    lower, upper = t < median, t > median
    return tabulated(
        _side(median, below[lower][::-1], t[lower][::-1]),
        _side(median, above[upper], t[upper]),
        0.0,
        float(t[-1]),
    )


def _times(law: Any) -> FloatArray:
    """Return nodes for the age: those of the law, early times, and late ones while they still count."""
    high, mean = float(law.support()[1]), float(law.mean())
    nodes = quantiles_of(law).cubics[:, 0]
    early = np.geomspace(1e-17 * mean, min(mean, high), 800)
    last = min(float(max(nodes.max(), mean)), high)
    late = []
    while last < min(high, 1e300) and last * float(law.sf(last)) > _NEGLIGIBLE * mean:
        last = min(_GROWTH * last, high)
        late.append(last)
    return np.unique(np.concatenate([[0.0], early, nodes, late]))


def _integrals(law: Any, a: Any, b: Any) -> FloatArray:
    """Return the integrals of the survival function from `a` to `b`."""
    half = (b - a) / 2
    return half * (np.asarray(law.sf((a + b)[..., None] / 2 + half[..., None] * _NODES)) @ _WEIGHTS)


def _side(median: float, tail: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the nodes of one half of a table, without those closer than their rounding."""
    with np.errstate(divide="ignore"):
        e = np.concatenate([[0.0], -np.log(2 * tail)])
    values = np.concatenate([[median], t])
    apart = np.concatenate([[True], np.diff(np.maximum.accumulate(e)) > 1e-9]) & (e < _DEEPEST)
    return e[apart], values[apart]
