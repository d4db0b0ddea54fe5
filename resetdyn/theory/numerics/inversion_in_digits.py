r"""Numerical inversion of Laplace transforms where floats do not carry the answer.

After most of what starts next to a target has arrived, a density may be 1e-20 of what its transform is on any
contour right of the singularities.  The sum over the nodes, on the same parabola as in :mod:`.inversion`,
then takes place at 40 digits, and the transform must have about 30.  Times within a factor of 2 share their
nodes, at which a transform with so many digits is dear.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray

# From a list of complex numbers of mpmath to another.
PreciseTransform = Callable[[list[Any]], list[Any]]

_DIGITS = 40
# Nodes on the upper half of a parabola (an even number) and where it ends: where e^(s t) is down by
# exp(-_FALL^2); the factor between times that share it.
_NODES, _FALL, _APART = 112, 9.8, 2.0
# How much the sums over all nodes and over every other one may differ.
_SETTLED = 1e-9


def invert_in_digits(
    transform: PreciseTransform, t: FloatArray, shift: float, crossing: FloatArray, wide: Any
) -> FloatArray:
    """Return the inverse at these times, `nan` where it does not settle.

    Parameters
    ----------
    transform : callable
        The transform, from a list of `mpmath.mpc` to a list of them.
    t : array
        Times above 0.
    shift : float
        Rightmost singularity.
    crossing : array
        Where the parabola crosses the axis, right of `shift`, for each time.
    wide : array
        The parabola has ``m = 4^wide crossing``, for each time.

    Examples
    --------
    >>> import numpy as np
    >>> from resetdyn.theory.numerics.inversion_in_digits import invert_in_digits
    >>> faint = invert_in_digits(lambda s: [1 + 1e-22 / (p + 1) for p in s], np.ones(1), 0.0, np.ones(1), [0])
    >>> bool(abs(faint[0] * 1e22 * np.e - 1) < 1e-9)
    True
    """
    out, wide = np.empty(t.size), np.asarray(wide)
    order = np.argsort(t)
    while order.size:
        last = order[-1]
        window = order[(t[order] * _APART >= t[last]) & (wide[order] == wide[last])]
        order = order[~np.isin(order, window)]
        out[window] = _window(transform, t[window], shift, float(crossing[last]), int(wide[last]))
    return out


def _window(transform: PreciseTransform, t: FloatArray, shift: float, c: float, wide: int) -> FloatArray:
    from mpmath import mp, mpc, mpf

    with mp.workdps(_DIGITS):
        m, nodes = 4**wide * mpf(c), _NODES << wide
        h = _FALL / mp.sqrt(m * t.min()) / nodes
        turns = [mpc(1, k * h) for k in range(nodes + 1)]
        s = [m * turn * turn + (shift + c - m) for turn in turns]
        terms = [turn * value for turn, value in zip(turns, transform(s), strict=True)]
        terms[0] /= 2
        out = np.empty(t.size)
        for i, time in enumerate(t.tolist()):
            parts = [(term * mp.exp(p * time)).real for term, p in zip(terms, s, strict=True)]
            whole, half = mp.fsum(parts), 2 * mp.fsum(parts[::2])
            settled = abs(whole - half) <= _SETTLED * abs(whole)
            out[i] = float(whole * 2 * h * m / mp.pi) if settled else np.nan
    return out
