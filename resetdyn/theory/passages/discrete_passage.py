r"""First passage in discrete time without resetting, as the theory of geometric resetting needs it.

The generating function of the first-passage time, ``F(u) = <u^T>``, enters through functions whose series
around ``u = 1 - p`` have positive terms only, so that nothing cancels at any reset probability `p`:

    S(u) = sum_(n >= 0) u^n P(T > n) = (1 - F) / (1 - u),    A(u) = (S - 1) / u,    W(u) = F / u.

`W` is the probability that the walk ends before a clock that rings at every step with probability `p`, if it
may end as the clock rings (the process wins ties), and `F` if it may not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import exp, inf, log1p
from typing import NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series


class Around(NamedTuple):
    """What is known around ``u = 1 - p``: ``log W``, and the series of `S` and `A` (``[inf]``: divergent)."""

    log_win: float
    alive: Series
    later: Series


class DiscretePassage(ABC):
    """Reset-free first passage of a process in discrete time, from one start to one target.

    Attributes
    ----------
    method : str
        How the numbers are obtained.
    precision : float
        Relative error of `S`, and of `W` for each unit of ``1 + |log W|``.
    """

    method: str
    precision: float

    @abstractmethod
    def around(self, p: float, order: int) -> Around:
        """Return what is known around ``u = 1 - p``; at ``u = 0``, ``W = P(T = 1)``."""

    @abstractmethod
    def transform(self, u: ComplexArray) -> ComplexArray:
        """Return `S` inside the unit circle."""

    def generating(self, u: float, order: int) -> Series:
        """Return the series of ``F = <u^T>`` around `u`, below 1.

        Examples
        --------
        >>> from resetdyn.theory.passages.random_walk import SparreAndersen
        >>> SparreAndersen().generating(0.75, 1)  # 1 - sqrt(1 - u)
        [0.5, 1.0]
        """
        p = 1 - u
        log_win, alive, _ = self.around(p, order)
        return [u * exp(log_win), *(alive[n - 1] - p * alive[n] for n in range(1, order + 1))]


class SparreAndersen(DiscretePassage):
    r"""A walk with symmetric continuous steps from the edge of its target: ``F = 1 - sqrt(1 - u)``.

    Whatever the law of the steps (Sparre Andersen, Math. Scand. 2, 195 (1954)), so that
    ``P(T > n) = C(2 n, n) / 4^n``.
    """

    method = "closed form (Sparre Andersen)"
    precision = 4e-15

    def around(self, p: float, order: int) -> Around:
        """Return what is known: ``W = 1 / (1 + sqrt p)``, ``S = 1 / sqrt p``, ``A = 1 / (p + sqrt p)``."""
        if p == 0:
            return Around(0.0, [inf], [inf])
        unit = [1.0, *[0.0] * order]
        miss = [p, -1.0, *[0.0] * order][: order + 1]
        root = series.root(miss)
        return Around(-log1p(root[0]), series.divide(unit, root), series.divide(unit, series.add(root, miss)))

    def transform(self, u: ComplexArray) -> ComplexArray:
        """Return `S` inside the unit circle."""
        return (1 - u) ** -0.5


def survival_table(transform: ComplexArray, radius: float, count: int) -> FloatArray:
    """Return the coefficients ``0 ... count - 1`` of a series from its values on half a circle.

    The values are those at ``radius * exp(2 pi i j / N)``, ``j = 0 ... N / 2``.  Aliasing contributes
    ``radius^N``, rounding ``radius^(-count)`` times that of a value.
    """
    coefficients = np.fft.irfft(np.conj(transform), 2 * (len(transform) - 1))[:count]
    return coefficients * radius ** -np.arange(float(count))


def circle(count: int) -> tuple[ComplexArray, float]:
    """Return the points, and the radius, that `survival_table` needs for this many coefficients."""
    points = 4 * count
    radius = float(np.exp(np.log(1e-13) / points))
    return radius * np.exp(2j * np.pi * np.arange(points // 2 + 1) / points), radius
