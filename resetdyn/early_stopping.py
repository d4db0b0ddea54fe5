"""Early stopping: where gradient flow passes closest to the clean optimum.

Along the flow ``theta(t) = c + w``, ``w = exp(-H t) (theta(0) - c)``, the clean risk (of Hessian `A`, and
with gradient `g` at `c`) changes at the speed ``-(H w) . (g + A w)``: a sum of exponentials in time, whose
sign changes are the candidates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from resetdyn import _checks
from resetdyn.functions import Quadratic

if TYPE_CHECKING:
    from resetdyn.theory.steady.relaxation import LinearRelaxation

_TIMES = 2000  # of the scan for sign changes
_ROUNDING = 1e-14  # relative gain in risk below which a late turn is one of rounding


class EarlyStop(NamedTuple):
    """Where gradient flow passes closest to the clean optimum: time, state, and clean risk there."""

    time: float
    state: Any
    risk: float


def early_stopping(flow: LinearRelaxation, start: ArrayLike, clean_risk: Quadratic) -> EarlyStop:
    """Return the lowest clean risk along gradient flow from `start`.

    The time is `inf`, and the state the end of the flow, where the risk falls all the way.
    """
    h, basis = flow.eigenvalues, flow.basis
    hessian = basis.T @ np.atleast_2d(clean_risk.matrix) @ basis
    gradient = basis.T @ np.atleast_2d(clean_risk.matrix) @ (flow.center - clean_risk.center)
    away = basis.T @ (np.atleast_1d(start) - flow.center)

    def slope(time: ArrayLike) -> Any:
        left = away * np.exp(-np.multiply.outer(time, h))
        return -np.sum(h * left * (gradient + left @ hessian), axis=-1)

    def stop(time: float) -> EarlyStop:
        state = _checks.unit_or_scalar(flow.flow(start, time), clean_risk.dim)
        return EarlyStop(time, state, clean_risk(state))

    times = np.concatenate([[0.0], np.geomspace(1e-6 / h[-1], 60 / h[0], _TIMES)])
    slopes = slope(times)
    turns = np.flatnonzero((slopes[:-1] < 0) & (slopes[1:] >= 0))
    first, end = stop(0.0), stop(np.inf)
    best = min([first, *(stop(_root(slope, times[i], times[i + 1])) for i in turns)], key=lambda s: s.risk)
    return best if end.risk - best.risk > _ROUNDING * max(first.risk, end.risk) else end


def _root(slope: Any, low: float, high: float) -> float:
    if slope(low) * slope(high) > 0:  # a single time may round differently from an array
        return float(high)
    return float(brentq(slope, low, high, xtol=1e-300, rtol=1e-15))
