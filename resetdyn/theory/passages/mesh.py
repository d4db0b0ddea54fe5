"""Piecewise polynomials for a force on the line, along the way from a target outwards.

The force towards the target (and a killing rate, if there is one) is interpolated at Chebyshev points on
elements that are halved until the interpolant is right to rounding.  That depends neither on the diffusion
coefficient nor on the reset rate, so that one mesh serves a whole phase diagram.  Towards an infinite end the
elements double in length, towards a singular one they halve; more are added when a solution asks for them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from math import inf, isinf
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from resetdyn._checks import FloatArray

Function = Callable[[FloatArray], FloatArray]

_DEGREE = 12
_NODES: Any = chebyshev.chebpts1(_DEGREE + 1)
# From values to Chebyshev coefficients, and from those to powers.
_FIT: FloatArray = np.linalg.inv(chebyshev.chebvander(_NODES, _DEGREE))
_POWERS: FloatArray = np.array(
    [np.pad(chebyshev.cheb2poly(row), (0, _DEGREE + 1))[: _DEGREE + 1] for row in np.eye(_DEGREE + 1)]
)
_EPS = float(np.finfo(float).eps)
_ROUNDING = 4 * _EPS  # of the values of a function, relative to the largest on the element
_STALLED, _OWN_ROUNDING, _TINY = 0.2, 1e-9, 1e-290
_MANY = 20_000  # elements between two breaks
_THINNEST = 1e-12  # an element this much shorter than its stretch is taken as it is
# How far to look at an infinite end, and how near to a singular one, relative to the start's distance.
_FARTHEST, _NEAREST = 2.0**400, 2.0**-44


class Mesh:
    """Elements from a target at ``eta = 0`` outwards, with the force towards it.

    Parameters
    ----------
    force : callable
        Force towards the target at distances `eta`.
    kill : callable or None
        Killing rate there.
    first : float
        Distance that the mesh covers at least.
    reach : float
        Distance of the far end; may be infinite.
    closed : bool
        Whether the far end belongs to the line (a wall), so that the mesh goes up to it at once.
    kinks : tuple of float
        Distances at which force or rate may jump.
    """

    def __init__(
        self, force: Function, kill: Function | None, first: float, reach: float, closed: bool,
        kinks: tuple[float, ...] = (),
    ) -> None:  # fmt: skip
        self.force, self.kill, self.first, self.reach, self.closed = force, kill, first, reach, closed
        self._kinks = sorted(kinks)
        self._blocks: list[tuple[FloatArray, FloatArray, FloatArray]] = []
        self.edge = 0.0
        self._arrays: tuple[Any, ...] | None = None
        self._descent: float | None = None
        self._seen: tuple[list[float], ...] = ([0.0], [0.0])  # the largest force and rate so far
        self._grow(reach if closed else first)

    @property
    def complete(self) -> bool:
        """Whether there is nothing further out to add."""
        if self.closed or isinf(self.reach):
            return self.closed or self.edge > _FARTHEST * self.first
        return self.reach - self.edge < _NEAREST * self.reach

    def extend(self) -> None:
        """Add the next stretch: as long again, or half of what is left."""
        self._grow(2 * self.edge if isinf(self.reach) else self.edge + (self.reach - self.edge) / 2)

    def arrays(self) -> tuple[Any, ...]:
        """Return edges, coefficients of force and killing rate, and their degrees, as `chain` takes them."""
        if self._arrays is None:
            edges, force, kill = (np.concatenate(part) for part in zip(*self._blocks, strict=True))
            degrees = np.stack([_degrees(force), _degrees(kill)], axis=1)
            force, kill = (
                np.ascontiguousarray(c[:, : d.max() + 1])
                for c, d in zip((force, kill), degrees.T, strict=True)
            )
            self._arrays = np.concatenate([[0.0], edges]), force, kill, degrees
        return self._arrays

    @cached_property
    def variation(self) -> float:
        """Total variation of the potential from the target to the start."""
        return self._integral(0.0, self.first, 1.0)

    @property
    def descent(self) -> float:
        """By how much the potential falls beyond the start, as far as the mesh goes."""
        if self._descent is None:
            self._descent = self._integral(self.first, self.edge, -1.0)
        return self._descent

    def _integral(self, low: float, high: float, sign: float) -> float:
        """Return the integral of ``|force|``, or of what of it points away from the target."""
        step = (high - low) / 512
        places: Any = low + step * (np.arange(512) + 0.5)
        with np.errstate(all="ignore"):
            values = self.force(places)
        values = np.abs(values) if sign > 0 else np.maximum(-values, 0.0)
        return float(np.sum(values[np.isfinite(values)]) * step)

    def _grow(self, to: float) -> None:
        low, self.edge, self._arrays, self._descent = self.edge, to, None, None
        breaks = [low]
        for kink in self._kinks:  # one that coincides with an edge, but for rounding, is that edge
            if breaks[-1] + _THINNEST * to < kink < to - _THINNEST * to:
                breaks.append(kink)
        self._blocks.append(self._fitted(np.array([*breaks, to])))

    def _fitted(self, breaks: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the upper edges of the elements between the breaks, and both functions' coefficients."""
        low, high = breaks[:-1], breaks[1:]
        functions = (self.force,) if self.kill is None else (self.force, self.kill)
        tails = [np.full(len(low), inf) for _ in functions]
        found: list[tuple[FloatArray, ...]] = []
        while len(low):
            if sum(len(edges) for edges, *_ in found) > _MANY:
                raise ValueError(
                    f"the force or rate is too rough {low[0]:g} to {high[-1]:g} away from the target; "
                    "give a potential that is smooth between its kinks"
                )
            eta = ((high + low)[:, None] + (high - low)[:, None] * _NODES) / 2
            good: Any = np.ones(len(low), dtype=bool)
            thin = high - low <= np.maximum(_THINNEST * (breaks[-1] - breaks[0]), 8 * _EPS * high)
            fits = [
                _fit(f, eta, thin, tail, seen)
                for f, tail, seen in zip(functions, tails, self._seen, strict=False)
            ]
            for _, fine, _ in fits:
                good &= fine
            force, kill = fits[0][0], fits[-1][0] if len(fits) > 1 else np.zeros_like(fits[0][0])
            found.append((high[good], force[good], kill[good]))
            middle = (low + high)[~good] / 2
            low, high = np.concatenate([low[~good], middle]), np.concatenate([middle, high[~good]])
            tails = [np.tile(tail[~good], 2) for _, _, tail in fits]
        edges, force, kill = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.argsort(edges)
        return edges[order], force[order], kill[order]


def _fit(
    function: Function, eta: FloatArray, thin: Any, tail_before: FloatArray, seen: list[float]
) -> tuple[FloatArray, Any, FloatArray]:
    """Return the coefficients in powers, whether each interpolant is right to rounding, and its tail."""
    values = function(eta)
    bad = ~np.isfinite(values)
    if np.any(bad & thin[:, None]):
        raise ValueError(
            f"the force or rate is not finite at the distance {eta[bad][0]:g} from the target; "
            "give a potential that is smooth between its kinks and singular at most at its ends"
        )
    coefficients = np.where(bad, 0.0, values) @ _FIT.T
    size = np.abs(coefficients)
    largest, tail = size.max(axis=1), size[:, -3:].max(axis=1)
    # A position is rounded too, which moves a steep function.
    with np.errstate(over="ignore"):  # next to a target, within the smallest floats
        steepness = size @ np.arange(_DEGREE + 1.0) ** 2 / (eta[:, -1] - eta[:, 0]) * 2
    noise = _ROUNDING * (largest + steepness * np.abs(eta).max(axis=1))
    # Where halving does not help, what is left is the function's own rounding.
    seen[0] = max(seen[0], float(largest.max()))
    own = np.maximum(_OWN_ROUNDING * largest, 4 * _ROUNDING * seen[0])
    stuck = (tail > _STALLED * tail_before) & (tail <= own)
    good = (tail <= noise) | thin | stuck | (largest < _TINY)
    coefficients[size <= noise[:, None] / 2] = 0.0
    tail[bad.any(axis=1)] = inf
    return coefficients @ _POWERS, good & ~bad.any(axis=1), tail


def _degrees(coefficients: FloatArray) -> Any:
    used = coefficients != 0
    return np.where(used.any(axis=1), coefficients.shape[1] - 1 - np.argmax(used[:, ::-1], axis=1), 0)


def climb(energy: Function, first: float) -> float:
    """Return the least rise of a potential by an e-fold of the distance, over many decades far out.

    Above `D`, ``exp(-U / D)`` is integrable towards that infinite end.
    """
    eta = max(first, 1.0) * np.geomspace(1e4, 1e12, 81)
    values = energy(eta)
    finite = np.isfinite(values)
    if not finite.all():  # beyond the floats, one way or the other
        rises = bool(np.all(values[~finite] == inf)) and bool(np.all(np.diff(values[finite]) > 0))
        return inf if rises else -inf
    return float(np.min(np.diff(values))) / float(np.log(eta[1] / eta[0]))
