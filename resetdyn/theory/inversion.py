r"""Numerical inversion of Laplace transforms along Talbot's contour.

The fixed Talbot rule (Abate and Valko, Int. J. Numer. Meth. Eng. 60, 979 (2004)) with `n` nodes has an error
of about ``10^(-0.6 n)`` until rounding, which grows as ``e^(0.4 n)``; 20 nodes balance the two near 1e-11.
It needs the singularities of the transform to lie left of the contour; two numbers of nodes that disagree
reveal where they do not.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi

import numpy as np
from numpy.typing import NDArray

ComplexArray = NDArray[np.complex128]

_NODES = (20, 23)
_TOLERANCE = 1e-8


def invert(transform: Callable[[ComplexArray], ComplexArray], t: float) -> float:
    """Return the function of time whose Laplace transform is given, at a time above 0."""
    first, second = (_talbot(transform, t, n) for n in _NODES)
    if not abs(first - second) <= _TOLERANCE * max(1.0, abs(first)):
        raise ValueError(
            f"t={t:g}: the Laplace inversion does not settle ({first:.6g} or {second:.6g}); "
            "use rd.simulate(problem).survival(t)"
        )
    return first


def _talbot(transform: Callable[[ComplexArray], ComplexArray], t: float, nodes: int) -> float:
    angle = np.arange(1, nodes) * pi / nodes
    cot = 1 / np.tan(angle)
    radius = 2 * nodes / (5 * t)
    s = np.concatenate([[radius + 0j], radius * angle * (cot + 1j)])
    turn = np.concatenate([[0.5 + 0j], 1 + 1j * angle * (1 + cot**2) - 1j * cot])
    return float(radius / nodes * np.sum(np.real(np.exp(s * t) * turn * transform(s))))
