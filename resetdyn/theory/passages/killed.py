r"""First passage under resets at a rate that depends on the position.

Until the first reset the motion is killed at the rate ``r(x)``.  With ``h = <e^(-s T); hit>``, the transform
of reaching the target alive, and ``Q`` that of being under way, resets that lead to `y` give, by renewal at
the first of them,

    Q_r(x; s) = Q_x + R_x Q_y / (1 - R_y),    R = 1 - h - s Q,

and ``1 - R = h (1 + s Q / h)``, so that the mean ``Q_r(x; 0) = Q_x + (1 - h_x) Q_y / h_y`` has no difference
that cancels (derived here; Evans and Majumdar, J. Phys. A 44, 435001 (2011) solve the same equation in closed
form where `r` is constant on pieces).  The chain gives ``Q / h`` and ``h``.
"""

from __future__ import annotations

from math import inf
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.fields import Field
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck
from resetdyn.targets import Interval, Level
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.line import Line, Way, comes_home, line_of, way
from resetdyn.theory.passages.links import log_sum, logarithm, run, run_in_scale


class Killed(NamedTuple):
    """A motion that is killed at a rate of the position, on its way to the ends of a target.

    Attributes
    ----------
    line : Line
        The motion.
    ways : tuple of Way
        The way from each end of the target.
    returns : bool
        Whether its mean time until it reaches the target or is killed is finite.
    """

    line: Line
    ways: tuple[Way, ...]
    returns: bool

    def logs(self, s: float, order: int) -> tuple[Series, Series]:
        """Return the series of ``log h`` and of ``log(Q / h)`` around `s`; ``Q`` diverges where ``[inf]``.

        Where it does, `h` is not needed for any mean, and is given as ``nan``.
        """
        if s == 0 and not self.returns:
            return [np.nan], [inf]
        hits, inverses = zip(*self._ends(s, order), strict=True)
        hit, inverse = (parts[0] if len(parts) == 1 else log_sum(*parts) for parts in (hits, inverses))
        return hit, [-c for c in inverse]

    def log_odds(self, s: float) -> tuple[float, float]:
        """Return the logarithm of the low end's part of `h` over the high end's, and its derivative."""
        (low, _), (high, _) = self._ends(s, 1)
        return low[0] - high[0], low[1] - high[1]

    def values(self, s: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
        """Return `h` and `Q` at complex `s`."""
        hit: Any = 0
        inverse: Any = 0
        for outwards in self.ways:
            stops = np.array([outwards.start])
            links = run(
                outwards.mesh, np.asarray(s, dtype=complex), self.line.diffusion, stops, len(self.ways) > 1
            )
            hit = hit + 2.0 ** -links.hit_exponents[:, 0] / links.hit[:, 0, 0]
            inverse = inverse + 2.0**-links.ratio_exponent / links.ratio[:, 0]
        return hit, hit / inverse

    def alive(self, s: ComplexArray) -> ComplexArray:
        """Return `Q` at complex `s`, however small `h` is."""
        links = run(
            self.ways[0].mesh, np.asarray(s, dtype=complex), self.line.diffusion,
            np.array([self.ways[0].start]), len(self.ways) > 1,
        )  # fmt: skip
        exponents = links.ratio_exponent - links.hit_exponents[:, 0]
        return np.asarray(links.ratio[:, 0] / links.hit[:, 0, 0] * 2.0**exponents)

    def _ends(self, s: float, order: int) -> list[tuple[Series, Series]]:
        """Return the series of ``log h`` and of ``log(h / Q)`` for each end."""
        found = []
        for outwards in self.ways:
            links, units = run_in_scale(
                outwards.mesh, np.array([float(s)]), self.line.diffusion, np.array([outwards.start]),
                len(self.ways) > 1, order,
            )  # fmt: skip
            hit = -logarithm(links.hit[:, 0], links.hit_exponents[:, 0], units)
            inverse = -logarithm(links.ratio, links.ratio_exponent, units)
            found.append((hit[:, 0].tolist(), inverse[:, 0].tolist()))
        return found


def killed_passage(
    process: Brownian | OrnsteinUhlenbeck | Langevin, rate: Field, target: Level | Interval, start: float
) -> Killed:
    """Return the motion from `start`, killed at this rate of the position.

    Parameters
    ----------
    process : Brownian, OrnsteinUhlenbeck or Langevin
        One-dimensional motion.
    rate : Field
        The rate, at least 0 everywhere, with its kinks (``RateField.field``).
    target : Level or Interval
        Where it ends.
    start : float
        Where it starts.

    Examples
    --------
    >>> from math import exp
    >>> import resetdyn as rd
    >>> from resetdyn.theory.passages.killed import killed_passage
    >>> killed = killed_passage(rd.Brownian(1.0), rd.RateField("2*Heaviside(-x)").field, rd.Level(1.0), 0.0)
    >>> log_hit, log_ratio = killed.logs(0.0, 0)
    >>> round(exp(log_ratio[0]), 12)  # the mean under resets to the start: 1/2 + 1 / sqrt(2)
    1.207106781187
    """
    line = line_of(process)
    ends = (target.low, target.high) if isinstance(target, Interval) else (target.x,)
    others = (*ends[1:], ends[0]) if len(ends) > 1 else (None,)
    ways = tuple(
        way(line.field, line.walls, rate, end, start, other) for end, other in zip(ends, others, strict=True)
    )
    return Killed(line, ways, len(ways) > 1 or comes_home(line, rate, ends[0], start))


def killed(
    process: Brownian | OrnsteinUhlenbeck | Langevin, rate: Field, target: Level | Interval, start: float,
    s: float, order: int,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return the jets of `h` and `Q` around `s`; see :func:`killed_passage`."""
    log_hit, log_ratio = killed_passage(process, rate, target, start).logs(s, order)
    if log_ratio[0] == inf:
        return np.array([np.nan]), np.array([inf])
    hit = series.exponential(log_hit)
    return np.array(hit), np.array(series.multiply(hit, series.exponential(log_ratio)))
