r"""Averages over runs of which some were given up, with what each run contributes to their errors.

Run `i` was seen until `X_i`, when it ended or was given up.  An average of a function of the end is that of
the runs that ended, each weighted by the inverse of the probability ``G`` of not having been given up before
(Kaplan and Meier; of several kinds of end, Aalen and Johansen).  With ``xi(u)`` the average of the function
over runs that last longer than `u`, a run contributes

    1[ended] phi_i / G(X_i) + 1[given up] xi(X_i) / G(X_i) - sum over u <= X_i of xi(u) dLambda(u) / G(u),

`Lambda` the cumulative hazard of being given up (Robins and Rotnitzky, 1992; Tsiatis, Semiparametric Theory
and Missing Data, chapter 9).  Without runs given up that is the function itself.  What the longest runs leave
open ends never.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn._checks import FloatArray


def contributions(seen: FloatArray, ended: Any, values: FloatArray, never: FloatArray) -> FloatArray:
    """Return what each run contributes to averages: their mean is the average, their spread its error.

    Parameters
    ----------
    seen : (n,) array
        How long each run was seen.
    ended : (n,) bool array
        Whether it ended then (else it was given up).
    values : (n, k) array
        Functions of the end; only rows of runs that ended count.
    never : (k,) array
        Their values for a run that never ends.

    Returns
    -------
    (n, k) array

    Examples
    --------
    >>> import numpy as np
    >>> from resetdyn.advice.competing import contributions
    >>> seen, ended = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, True, True])
    >>> round(float(contributions(seen, ended, seen[:, None], np.array([np.inf])).mean()), 12)  # Kaplan-Meier
    2.875
    """
    if np.all(ended):
        return values
    order = np.lexsort((~ended, seen))  # at a tie the end comes first
    x, d, phi = seen[order], ended[order], np.where(ended[order, None], values[order], 0.0)
    n = len(x)
    at_risk = np.arange(n, 0, -1)
    steps = np.where(d, 1.0, 1 - 1 / at_risk)
    kept = np.concatenate([[1.0], np.cumprod(steps)[:-1]])  # not given up before this run
    if not d[-1]:  # the longest runs were given up: what they leave open ends never
        last = n - int(np.argmax(d[::-1])) if d.any() else 0
        d = d.copy()
        d[last:], phi[last:] = True, never
        kept[last:] = kept[last] if last < n else 1.0
    weighted = phi / kept[:, None] * d[:, None]
    rest = weighted[::-1].cumsum(axis=0)[::-1]
    later = np.vstack([rest[1:], np.zeros((1, phi.shape[1]))])
    mass = np.where(d, 1 / kept, 0.0)[::-1].cumsum()[::-1]
    later_mass = np.append(mass[1:], 0.0)
    given_up = ~d
    expected = np.where(given_up[:, None], later / np.where(later_mass > 0, later_mass, 1.0)[:, None], 0.0)
    after = kept * np.where(given_up, steps, 1.0)
    shared = expected / (at_risk * after)[:, None]
    own = weighted + expected / after[:, None] - shared.cumsum(axis=0)
    out = np.empty_like(own)
    out[order] = own
    return out
