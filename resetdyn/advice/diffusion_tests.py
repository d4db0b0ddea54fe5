r"""Does a Markov diffusion describe recorded paths at all?  Tests on its standardised steps.

If it does, a step from `x`, less the mean change there and divided by its spread, is a standard normal number
that knows nothing of the past.  Three things are tested on these numbers ``e``:

- *memory*: products of `e`, and of ``|e|`` less its mean, with their own averages over windows of the past
  (1, 2-4, 5-16 and 17-64 steps ago).  Each product is a martingale difference, so that the sum of many is
  Gaussian with a known covariance: a score test, chi-squared.  What the fit itself made to vanish is taken
  out first (Newey, Econometrica 53, 1047 (1985)), or the test would reject too rarely.  The last step, the
  steps before and the sizes of all are tested apart, and the loudest counts.  Inertia, runs, fractional
  noise and noise of the measurement make it fail.
- *jumps*: skewness and kurtosis of `e` (D'Agostino and Pearson, Biometrika 60, 613 (1973)).
- *varying*: ``e^2 - 1`` against polynomials of the rank of the position, up to the fourth, a score test too.
  For the other two, `e` is first divided by the spread at its position; and where this test fails they are
  made in a coordinate in which the diffusion is constant (:mod:`resetdyn.advice.straighten`), so that a
  diffusion which varies with the position is not mistaken for memory or jumps.

All hold for many steps as far as their means and spreads are those of the process (to O(dt^3), see
:mod:`resetdyn.advice.drift_fit`) and they are Gaussian, as short steps are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import legendre
from scipy import stats

from resetdyn._checks import FloatArray
from resetdyn.advice.drift_fit import DriftFit, step_slopes
from resetdyn.advice.recorded import Steps

_WINDOWS = ((1, 1), (2, 4), (5, 16), (17, 64))  # steps ago
_OF_A_WINDOW = 20  # steps for each step of the longest window
_ORDER = 4  # of the polynomials of the rank
_LAYERS = 20  # places at which the spread is measured
_IN_A_LAYER = 500  # steps, at least


class Tested(NamedTuple):
    """A test of a property that a diffusion has: a small p-value speaks against it.

    Attributes
    ----------
    statistic : float
        Chi-squared distributed if the property holds; of several parts, that of the loudest.
    dof : int
        Its degrees of freedom.
    pvalue : float
        Probability of a statistic at least as large (or of a part as loud) if the property holds.
    """

    statistic: float
    dof: int
    pvalue: float


class DiffusionTests(NamedTuple):
    """The three tests; see :mod:`resetdyn.advice.diffusion_tests`."""

    memory: Tested
    jumps: Tested
    varying: Tested


def examined(steps: Steps, fit: DriftFit) -> DiffusionTests:
    """Test the steps left by a fit for memory, for jumps, and for a diffusion that varies in space."""
    residuals = fit.residuals
    inverse = fit.covariance(robust=False)
    by_mean, by_variance = step_slopes(steps, fit)
    by_variance = by_variance / np.sqrt(2)
    squares = residuals**2 - np.mean(residuals**2)
    e = residuals / _spread(steps.before, residuals)
    e = (e - e.mean()) / e.std()
    loud = np.abs(e) - np.mean(np.abs(e))
    past = _past(e, steps.age)
    return DiffusionTests(
        memory=_loudest(
            _score_test(e, past[:, :1], by_mean, inverse),
            _score_test(e, past[:, 1:], by_mean, inverse),
            _score_test(loud, _past(loud, steps.age), by_variance, inverse),
        ),
        jumps=Tested(*_normality(e)),
        varying=_score_test(squares, _polynomials_of_rank(steps.before), by_variance, inverse),
    )


def _loudest(*tests: Tested) -> Tested:
    """Return the test with the least p-value, which is corrected for the choice (Sidak)."""
    least = min(tests, key=lambda test: test.pvalue)
    return least._replace(pvalue=float(-np.expm1(len(tests) * np.log1p(-min(least.pvalue, 1 - 1e-16)))))


def _normality(e: FloatArray) -> tuple[float, int, float]:
    statistic, pvalue = stats.normaltest(e)
    return float(statistic), 2, float(pvalue)


def _score_test(
    values: FloatArray, directions: FloatArray, slopes: FloatArray, inverse: FloatArray
) -> Tested:
    """Test whether values of mean 0 go with any of the directions, which know nothing of the same step.

    The fit made the values average to 0 along its own slopes; what the directions share with those has no
    spread left and is taken out of the covariance.
    """
    directions = directions[:, np.any(directions != 0, axis=0)]
    if directions.shape[1] == 0:  # no path is long enough to have a past
        return Tested(0.0, 0, 1.0)
    directions = directions - directions.mean(axis=0)
    total = values @ directions
    shared = directions.T @ slopes
    spread = np.mean(values**2) * (directions.T @ directions - shared @ inverse @ shared.T)
    statistic = float(total @ np.linalg.pinv(spread, hermitian=True) @ total)
    dof = directions.shape[1]
    return Tested(statistic, dof, float(stats.chi2.sf(statistic, dof)))


def _polynomials_of_rank(x: FloatArray) -> FloatArray:
    rank = (stats.rankdata(x) - 0.5) / len(x)
    return np.asarray(legendre.legvander(2 * rank - 1, _ORDER)[:, 1:])


def _spread(x: FloatArray, residuals: FloatArray) -> FloatArray:
    """Return the root mean square of the residuals around each position."""
    count = int(np.clip(len(x) // _IN_A_LAYER, 1, _LAYERS))
    parts = np.array_split(np.argsort(x, kind="stable"), count)
    squares = np.array([np.mean(residuals[part] ** 2) for part in parts])
    return np.asarray(np.sqrt(np.interp(x, [np.median(x[part]) for part in parts], squares)))


def _past(values: FloatArray, age: Any) -> FloatArray:
    """Return averages over windows of the past of the same path, 0 where there is none; one column each."""
    summed = np.concatenate([[0.0], np.cumsum(values)])
    now = np.arange(len(values))
    columns = []
    for nearest, farthest in _WINDOWS:
        if farthest * _OF_A_WINDOW > len(values):
            break
        first = np.maximum(now - farthest, now - age)
        last = np.maximum(now - nearest + 1, first)
        columns.append((summed[last] - summed[first]) / np.sqrt(farthest - nearest + 1))
    return np.column_stack(columns)
