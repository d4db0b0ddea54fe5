"""Local drift and diffusion: what the steps from around a position do (Kramers-Moyal), with errors.

The plain estimates, the mean and variance of steps divided by `dt`, are off by O(dt).  Here the steps are
held against those of the smooth fit, with their finite length taken into account, and what remains in a bin
is added to the drift and the diffusion of the fit at its place: exact for a linear drift, O(dt^2) otherwise,
and the curvature of the drift inside a bin is accounted for as well.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from resetdyn._checks import FloatArray
from resetdyn.advice.drift_fit import DriftFit, moments
from resetdyn.advice.recorded import Steps

_FEWEST = 10  # steps in a bin
_TAILS = 0.025


class Local(NamedTuple):
    """Local drift and diffusion, one value for each bin with at least ten steps.

    Attributes
    ----------
    x : (m,) array
        Mean position of the steps in a bin (length).
    count : (m,) int array
        How many steps begin there.
    drift, drift_error : (m,) array
        Local drift and its standard error (length / time).
    drift_interval : (m, 2) array
        Its 95 % interval.
    diffusion, diffusion_error : (m,) array
        Local diffusion coefficient and its standard error (length^2 / time).
    diffusion_interval : (m, 2) array
        Its 95 % interval.
    """

    x: FloatArray
    count: Any
    drift: FloatArray
    drift_error: FloatArray
    drift_interval: FloatArray
    diffusion: FloatArray
    diffusion_error: FloatArray
    diffusion_interval: FloatArray


def local_estimates(steps: Steps, fit: DriftFit, bins: int, blocks: Any) -> Local:
    """Return local estimates on bins of equal width; `blocks` (or None) carry the errors."""
    low, high = steps.reach
    where = np.minimum((bins * ((steps.before - low) / (high - low))).astype(int), bins - 1)
    count = np.bincount(where, minlength=bins)
    kept = count >= _FEWEST
    index = np.cumsum(kept) - 1
    inside = kept[where]
    where, count = index[where[inside]], count[kept]
    before = steps.before[inside]
    groups = None if blocks is None else blocks[inside]
    z = (before - fit.scale[0]) / fit.scale[1]
    m = moments(z, steps.dt, fit.theta)
    spread = np.exp(m.log_variance / 2) * fit.scale[1]
    rest = fit.residuals[inside] * spread
    mean, mean_error, dof = _mean(rest, where, count, groups)
    squares = (rest - mean[where]) ** 2 / spread**2
    ratio, ratio_error, told_by = _mean(squares, where, count, groups)
    ratio, ratio_error = ratio * count / (count - 1), ratio_error * count / (count - 1)
    x = np.bincount(where, weights=before) / count
    at = moments((x - fit.scale[0]) / fit.scale[1], steps.dt, fit.theta)
    per_drift = steps.dt * np.where(at.tangent == 0, 1.0, np.expm1(at.tangent) / np.where(
        at.tangent == 0, 1.0, at.tangent))  # fmt: skip
    drift, drift_error = fit.drift(x) + mean / per_drift, mean_error / per_drift
    scale = float(np.exp(fit.theta[-1])) * fit.scale[1] ** 2
    diffusion, diffusion_error = ratio * scale, ratio_error * scale
    half = stats.t.isf(_TAILS, dof) * drift_error
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if groups is None:
            many = 2 * (diffusion / diffusion_error) ** 2  # degrees of freedom of a variance with this error
            ends = [diffusion * many / stats.chi2.ppf(q, many) for q in (1 - _TAILS, _TAILS)]
        else:  # few visits tell the error itself poorly
            factor = np.exp(stats.t.isf(_TAILS, told_by) * diffusion_error / diffusion)
            ends = [diffusion / factor, diffusion * factor]
    ends = [
        np.where(np.isfinite(diffusion_error), end, open_)
        for end, open_ in zip(ends, (0.0, np.inf), strict=True)
    ]
    return Local(x, count, drift, drift_error, np.column_stack([drift - half, drift + half]),
                 diffusion, diffusion_error, np.column_stack(ends))  # fmt: skip


def _mean(
    values: FloatArray, where: Any, count: Any, groups: Any
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the mean in each bin, its standard error, and the degrees of freedom of that."""
    mean = np.bincount(where, weights=values) / count
    rest = values - mean[where]
    if groups is None:
        dof = count - 1.0
        return mean, np.sqrt(np.bincount(where, weights=rest**2) / count / dof), dof
    cells, cell = np.unique(where * (int(groups.max()) + 1) + groups, return_inverse=True)
    sums = np.bincount(cell, weights=rest)
    of_cell = cells // (int(groups.max()) + 1)
    visited = np.bincount(of_cell, minlength=len(count))
    dof = np.maximum(visited - 1.0, 1.0)
    error = np.sqrt(np.bincount(of_cell, weights=sums**2) * visited / dof) / count
    return mean, np.where(visited > 1, error, np.inf), dof  # one visit does not tell how visits differ
