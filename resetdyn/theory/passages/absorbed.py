r"""Where a motion on the line is when a reset strikes: the absorbed propagator in Laplace space, as a series.

The propagator is reversible, with the Boltzmann weights ``e^(-U / D)``, and what goes from `x` to `z` goes
through a first passage, so that (derived here)

    G~(x | z; s) = G~(z | z; s) w(x; s),    w = e^(-(U(x) - U(z)) / D) T~(x -> z, unless absorbed; s).

The factor in front drops out of averages.  One run of the chain (:mod:`.passages.chain`) from `z` outwards
gives the series of `w` at all the places on one side.  For Brownian motion with the outward velocity
``2 D v`` and ``kappa = sqrt(v^2 + s / D)``, absorbed at the distance `L` (else without the fraction),

    w = e^((v - kappa) d) (1 - e^(-2 kappa (L - d))) / (1 - e^(-2 kappa L)).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import comb, factorial, inf, sqrt
from typing import Any

import numpy as np
from numpy.polynomial import polynomial

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck
from resetdyn.targets import Interval, Level
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.line import Line, line_of, way
from resetdyn.theory.passages.links import logarithm, run_in_scale

# Where the power series of sinh(q) / q serves, and how many terms it takes.
_SMALL, _TERMS = 5.0, 32


@dataclass(frozen=True)
class Side(ABC):
    """What sets out from `start` to one side.

    Attributes
    ----------
    line : Line
        The motion.
    start, side, end : float
        Where it sets out, whereto (+1 or -1), and the distance of the end there.
    absorbing : bool
        Whether the target is at that end.
    rate : float
        Laplace variable, above 0.
    order : int
        Of the series.
    unit : float
        A distance within which little happens.
    """

    line: Line
    start: float
    side: float
    end: float
    absorbing: bool
    rate: float
    order: int
    unit: float

    @abstractmethod
    def logs(self, distances: FloatArray) -> FloatArray:
        """Return the series of ``log w`` around the rate at increasing distances: rows by order."""


class _ChainSide(Side):
    """Motion in a potential."""

    def logs(self, distances: FloatArray) -> FloatArray:
        line = self.line
        beyond = self.start + self.side * self.end if self.absorbing else None
        first = self.start + self.side * self.unit
        mesh = way(line.field, line.walls, None, self.start, first, beyond).mesh
        links, units = run_in_scale(
            mesh, np.array([self.rate]), line.diffusion, distances, self.absorbing, self.order
        )
        steps = -logarithm(links.hit[0], links.hit_exponents[0], np.full(len(distances), units[0]))
        steps[0] -= links.tilts
        return np.asarray(np.cumsum(steps, axis=1))


@dataclass(frozen=True)
class _BrownianSide(Side):
    """Brownian motion; `v` is its outward velocity over twice the diffusion coefficient."""

    v: float

    def logs(self, distances: FloatArray) -> FloatArray:
        v, s, d, diffusion = self.v, self.rate / self.line.diffusion, distances, self.line.diffusion
        square = [v * v + s, 1 / diffusion, *[0.0] * self.order][: self.order + 1]
        kappa = series.root(square)
        fall = v - kappa[0] if v <= 0 else -s / (v + kappa[0])
        out: list[Any] = [c * d for c in (fall, *(-c for c in kappa[1:]))]
        if not self.absorbing:
            return np.array(out)
        left, whole = self.end - d, np.array([self.end])
        if kappa[0] * self.end < _SMALL:  # kappa itself would cancel
            out[1:] = [a - b for a, b in zip(_even(square, left)[1:], _even(square, whole)[1:], strict=True)]
            out[0] = out[0] + _log_decay(kappa[:1], left)[0] - _log_decay(kappa[:1], whole)[0]
        else:
            here, near = _log_decay(kappa, left), kappa[0] * left < _SMALL
            small = _even(square, left[near])
            for n in range(1, self.order + 1):
                here[n][near] = small[n] - kappa[n] * left[near]
            out = [a + b - c for a, b, c in zip(out, here, _log_decay(kappa, whole), strict=True)]
        with np.errstate(divide="ignore"):  # nothing comes to the end itself: it is absorbed there
            out[0] = out[0] + np.log1p(-d / self.end)
        return np.array(out)


def _log_decay(kappa: Series, length: FloatArray) -> list[Any]:
    """Return the series of ``log((1 - e^-q) / q)``, ``q = 2 kappa length``."""
    q: list[Any] = [2 * c * length for c in kappa]
    return series.logarithm(series.mean_decay(q))


def _even(square: Series, length: FloatArray) -> list[Any]:
    """Return the series of ``log(sinh(q) / q)``, ``q^2 = square length^2``, at small `q`.

    The power series of ``sinh(q) / q`` in ``q^2`` has positive terms only, and ``q^2`` is linear in `s`.
    """
    y, out = square[0] * length**2, list[Any]()
    for n in range(len(square)):
        terms = [comb(k, n) / factorial(2 * k + 1) for k in range(n, n + _TERMS)]
        slope = (square[1] * length**2) ** n if n else 1.0
        out.append(polynomial.polyval(y, terms) * slope)
    return series.logarithm(out)


def absorbed(
    process: Brownian | OrnsteinUhlenbeck | Langevin, target: Level | Interval, start: float, rate: float,
    order: int,
) -> list[Side]:  # fmt: skip
    """Return where the motion from `start` goes until it is absorbed at the target: one side or two.

    Parameters
    ----------
    process : Brownian, OrnsteinUhlenbeck or Langevin
        One-dimensional motion.
    target : Level or Interval
        Where it is absorbed.
    start : float
        Where it starts, outside the target.
    rate : float
        Laplace variable, above 0.
    order : int
        Of the series.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> from resetdyn.theory.passages.absorbed import absorbed
    >>> below, above = absorbed(rd.Brownian(1.0), rd.Level(0.0), 1.0, 1.0, 0)
    >>> np.exp(below.logs(np.array([0.5]))).round(9)  # sinh(1/2) / sinh(1)
    array([[0.44340944]])
    """
    line = line_of(process)
    ends = (target.low, target.high) if isinstance(target, Interval) else (target.x,)
    near = min(abs(start - end) for end in ends)
    sides: list[Side] = []
    for side in (-1.0, 1.0):
        hits = [abs(end - start) for end in ends if side * (end - start) > 0]
        end = min(hits, default=abs(line.domain(start)[side > 0] - start))
        if end == 0:  # a wall
            continue
        unit, rest = sqrt(line.diffusion / rate), (line, start, side, end, bool(hits), rate, order)
        if isinstance(process, Brownian):
            v = side * process.drift / (2 * process.diffusion)
            sides.append(_BrownianSide(*rest, min(unit, end, 1 / abs(v) if v else inf) / 4, v))
        else:
            sides.append(_ChainSide(*rest, min(unit, near, end) / 4))
    return sides
