"""Estimates of what is not a plain mean: functions of a mean path, and the minimum of a measured curve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.sampling import Estimate


def jackknife(function: Callable[[Any], Any], samples: Any) -> tuple[Any, Any]:
    """Estimate a smooth function of an expectation, without its bias of order 1/n, and its standard error.

    Parameters
    ----------
    function : callable
        Takes means of shape ``(..., *shape of a sample)`` and returns values of shape ``(..., *result)``.
    samples : (n, ...) array
        Independent samples.

    Returns
    -------
    value, error : array
        Of the shape of the result.

    Examples
    --------
    >>> value, error = jackknife(lambda mean: mean**2, np.array([1.0, 2.0, 3.0]))
    >>> round(float(value), 12)
    3.666666666667
    """
    n = len(samples)
    mean = samples.mean(axis=0)
    left_out = function((n * mean - samples) / (n - 1))
    value = n * function(mean) - (n - 1) * left_out.mean(axis=0)
    return value, np.sqrt((n - 1) * left_out.var(axis=0))


def lowest_point(x: Any, y: Any, errors: Any) -> Estimate:
    """Return where the weighted cubic through measured points has its minimum, and its standard error.

    The same function applied to exact values predicts what it should find, so that the cubic need not be the
    truth.
    """

    def minimum(values: Any) -> float:
        slope = np.polynomial.Polynomial.fit(x, values, 3, w=1 / errors).deriv()
        roots = slope.roots()
        bottoms = [r.real for r in roots if abs(r.imag) < 1e-9 and slope.deriv()(r.real) > 0]
        return float(bottoms[0]) if bottoms else float(x[np.argmin(values)])

    steps = 0.1 * np.diag(errors)
    influence = np.array([(minimum(y + step) - minimum(y - step)) / 0.2 for step in steps])
    return Estimate(minimum(y), float(np.sqrt(np.sum(influence**2))))
