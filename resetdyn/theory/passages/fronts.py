r"""Inversion behind a front: what moves at a finite speed arrives at once, not little by little.

The transform of what happens behind a front at `t_0` is ``e^(-s t_0)`` times one that is smooth.  That one is
inverted by the trapezoidal rule on a parabola, as in :mod:`.numerics.inversion`, as a function of the time
since the front.
"""

from __future__ import annotations

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics.inversion import Transform

# Nodes on the upper half of a parabola, at whose end the exponential is down by exp(-_FALL).
_NODES, _FALL = 33, 40.0


def from_front(transform: Transform, late: FloatArray, at_once: float, order: int = 1) -> FloatArray:
    """Return the inverse of a transform after its front, `at_once` at the front, 0 before.

    The parabola crosses the axis at a distance that suits a pole of this order at 0.
    """
    out = np.where(late == 0, at_once, 0.0)
    after = np.flatnonzero(late > 0)
    crossing = 4.0 + order
    u = np.linspace(0.0, np.sqrt(_FALL / crossing), _NODES)
    turn = 1 + 1j * u
    s = (crossing * turn**2 / late[after, None]).astype(np.complex128)
    weight = turn * (2 * crossing * u[1] / np.pi) / late[after, None]
    weight[:, 0] /= 2
    values = transform(s.ravel()).reshape(s.shape)
    out[after] = (weight * np.exp(crossing * turn**2) * values).real.sum(axis=1)
    return out
