r"""The propagator of any motion on the line in time, at many places at once.

The chain gives ``G~(x | y; s)`` for all places in one run, at complex `s` too (:mod:`.passages.propagator`).
All its singularities are real, at and below 0.  What is asked for is an average over times,

    sum_j w_j g(x, t_j) = (1 / 2 pi i) int K(s) F(x; s) ds,    K(s) = sum_j w_j e^(s t_j),

with ``F = G~`` or, for the time spent at `x` until then, ``F = G~ / s``.  On the axis ``K F`` is convex,
being a transform of a positive function.  A parabola through its minimum `m`, as wide as the
curvature there asks for (for diffusion it is the path of steepest descent),

    s(u) = m + b (2 i u - u^2),    b = t / (2 (log K F)''),

loses no digits however far out in the tail the place is; places whose minima are near one another share it.
Where the minimum is nearer to 0 than a few ``1 / t``, the parabola keeps that distance.  The rule of
trapezoids converges geometrically (Weideman and Trefethen, Math. Comp. 76, 1341 (2007)).
"""

from __future__ import annotations

from math import ceil, log, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resetdyn._checks import FloatArray
from resetdyn.theory.passages.line import Line, way
from resetdyn.theory.passages.links import run

_LOG2 = log(2.0)
_EPS = float(np.finfo(float).eps)
_HIGHER = 1500.0  # a height, in units of D, at which a density is beneath the floats
_FURTHER = 3000.0  # the same for the square of the distance over 4 D t, and half of that height
BENEATH = -745.0  # logarithm of a value beneath the floats
# The least distance of a parabola from 0, in units of 1 / t, and by how much its ends are below its top.
_LEAST, _FALL = 4.5, 37.0
# Minima are sought in steps of this factor; the curvature at the least crossing counts from here on.
_STEP, _RUNGS, _WIDE = 1.25, 200, 6.0
# How much larger than at its minimum the integrand may be, for places that share a parabola, as a logarithm.
_SHARED = 2.0
_UNSETTLED = 1e-8  # of the sum of the moduli: by how much the rule with every other node may differ
_RARELY = 1e-3  # part of the time beyond the last time that sets the scale
_CUT = 1e-15  # the same, the last term
_TURNS, _MOST = 0.7, 5000.0  # nodes for each turn of the phase, and at most
_APART = 64 * _EPS  # least distance of two places, relative
_NOISE = 16 * _EPS  # the same, what may be rounding


class Propagated:
    """An average over times of the density of what starts at one place.

    Parameters
    ----------
    line : Line
        The motion.
    origin : float
        Where it starts.
    times, weights : (n,) arrays
        Times above 0, increasing, and weights, at least 0; the times should not differ by more than a factor
        16 or so.
    lasting : bool
        Whether, instead of the density at each time, its integral up to that time is averaged.
    killing : float
        Rate at which the motion is killed: the density until then.
    """

    def __init__(
        self, line: Line, origin: float, times: FloatArray, weights: FloatArray, lasting: bool = False,
        killing: float = 0.0,
    ) -> None:  # fmt: skip
        self.line, self.origin, self.lasting, self.killing = line, origin, lasting, killing
        self.times, self.weights = times, weights
        spent = np.cumsum(weights * times)
        self.last = float(times[np.searchsorted(spent, (1 - _RARELY) * spent[-1])])
        self.first = float(times[0])

    def log_density(self, x: FloatArray, floor: float = BENEATH) -> FloatArray:
        """Return the logarithm of the average at places `x`; `-inf` where it is below `floor`."""
        places, where = np.unique(np.ravel(x), return_inverse=True)
        out = np.full(places.size, -np.inf)
        i: Any = np.flatnonzero(self._reachable(places))
        found: Any = self._crossings(places[i], floor)
        i, top, width, slope = (part[np.isfinite(found[0])] for part in (i, *found))
        while i.size:
            k = int(np.argmin(top))
            reach = sqrt(_SHARED * 4 * width[k] / self.last)  # the curvature is t / (2 width)
            m = top[k] + (reach if top[k] > _LEAST / self.last else 0.0)
            mine = (top - m) ** 2 * self.last / (4 * width) <= _SHARED * (1 + 1e-9)
            mine &= (width <= 2 * width[k]) & (2 * width >= width[k])
            mine[k] = True
            b, turns = float(np.median(width[mine])), float(np.max(slope[mine]))
            out[i[mine]] = self._along(places[i[mine]], float(m), b, turns, floor)
            i, top, width, slope = (part[~mine] for part in (i, top, width, slope))
        return np.asarray(out[where].reshape(np.shape(x)))

    def _reachable(self, x: FloatArray) -> NDArray[np.bool_]:
        """Return where a density above the floats is possible: neither too high nor too far away."""
        (low, high), diffusion = self.line.domain(self.origin), self.line.diffusion
        with np.errstate(all="ignore"):
            height = (self.line.field.value(x) - self.line.field.value(np.array([self.origin]))) / diffusion
            far = (x - self.origin) ** 2 / (4 * diffusion * self.last) + height / 2
        return np.asarray((x >= low) & (x <= high) & (height < _HIGHER) & (far < _FURTHER))

    def _log_transform(self, s: NDArray[Any], x: FloatArray) -> NDArray[Any]:
        """Return ``log F`` of shape ``(s, x)``."""
        logs = log_resolvent(self.line, self.origin, s + self.killing, x)
        return logs - np.log(s)[:, None] if self.lasting else logs

    def _log_kernel(self, s: NDArray[Any]) -> NDArray[Any]:
        """Return ``log K``."""
        exponents = np.multiply.outer(s, self.times)
        top = exponents.real.max(axis=1)
        with np.errstate(under="ignore", divide="ignore"):
            return top + np.log(np.exp(exponents - top[:, None]) @ self.weights)

    def _crossings(self, x: FloatArray, floor: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return crossings, widths `b` and slopes of ``log(K F)``; nan where its value is below `floor`."""
        step, least = log(_STEP), _LEAST / self.last
        rungs = least * _STEP ** np.arange(-1.0, _RUNGS)
        heights = np.full((len(rungs), x.size), np.nan)
        top, width, slope = np.full((3, x.size), np.nan)
        going = np.arange(x.size)
        for n in range(len(rungs)):
            heights[n, going] = self._log_kernel(rungs[n : n + 1])[:, None] + self._log_transform(
                rungs[n : n + 1], x[going]
            )
            if n < 2:
                continue
            low, middle, high = heights[n - 2 : n + 1, going]
            bend, tilt = (low + high - 2 * middle) / step**2, (high - low) / (2 * step)
            faint = middle < floor + log(self.last)
            turned = (high >= middle) & ~faint
            shift = np.clip(-tilt / np.where(bend > 0, bend, 1.0), -step, step)
            at = np.maximum(rungs[n - 1] * np.exp(shift), least)
            early = at > least
            curved = np.where(early, bend, bend - tilt) / np.where(early, at, rungs[n - 1]) ** 2
            with np.errstate(divide="ignore", invalid="ignore"):
                wide = self.last / (2 * curved)
            wide = np.where((wide > 0) & np.isfinite(wide), wide, at)
            late = tilt > rungs[n - 1] * self.last / 2  # what has passed leaves a fall of its own
            wide = np.where(early | ((wide > _WIDE * at) & ~late), np.maximum(wide, at), at)
            top[going[turned]], width[going[turned]] = at[turned], wide[turned]
            slope[going[turned]] = np.where(early, 0.0, tilt / rungs[n - 1])[turned]
            going = going[~turned & ~faint]
            if not going.size:
                break
        return top, width, slope

    def _along(self, x: FloatArray, m: float, b: float, turns: float, floor: float) -> FloatArray:
        """Return the logarithms of the integrals along one parabola, with as many nodes as they need."""
        last, first = b * self.last, b * self.first
        far = sqrt(_FALL / last) if last >= _FALL else sqrt(1 + (_FALL - last) / first)
        nodes = 8 * far * max(1.0, sqrt(b / m)) + 24 + _TURNS * far * b * turns
        values, left = np.empty(x.size), np.arange(x.size)
        while left.size:
            if nodes > _MOST:
                raise ValueError(
                    f"t={self.last:g}: the Laplace inversion does not settle at x={x[left[0]]:g}, for the "
                    f"noise (diffusion={self.line.diffusion:g}) is too small; use rd.simulate(problem)"
                )
            values[left], size, apart, end = self._trapezoid(x[left], m, b, far, 2 * ceil(nodes / 2))
            wrong, cut = ~(apart <= _UNSETTLED), ~(end <= _CUT)
            more = (wrong | cut) & ~(size < floor)
            far, nodes = (1.5 * far, 1.5 * nodes) if np.any(cut & more) else (far, 2 * nodes)
            left = left[more]
        return np.where(values >= floor, values, -np.inf)

    def _trapezoid(self, x: FloatArray, m: float, b: float, far: float, nodes: int) -> tuple[FloatArray, ...]:
        """Return logarithms of the integrals and of the sums of the terms' moduli, and the error.

        That is, as parts of the latter, the difference to the rule with every other node, and the last term.
        """
        u = far / nodes * np.arange(nodes + 1)
        s = m + b * (2j * u - u**2)
        logs = self._log_kernel(s)[:, None] + self._log_transform(s, x)
        high = logs[0].real
        weight = (1 + 1j * u) * (2 * b * far / nodes / pi)
        weight[0] /= 2
        with np.errstate(all="ignore"):
            terms = weight[:, None] * np.exp(logs - high)
            total, half = terms.real.sum(axis=0), 2 * terms.real[::2].sum(axis=0)
            moduli = np.abs(terms)
            size = moduli.sum(axis=0)
            values = high + np.log(np.where(total > _NOISE * size, total, 0.0))
            return values, high + np.log(size), np.abs(total - half) / size, moduli[-1] / size


def log_resolvent(line: Line, origin: float, s: NDArray[Any], x: FloatArray) -> NDArray[Any]:
    """Return ``log G~(x | origin; s)`` of shape ``(s, x)`` for real or complex `s`."""
    logs = np.zeros((len(s), len(x)), dtype=s.dtype)
    slopes: Any = 0
    for side in (-1.0, 1.0):
        end = line.domain(origin)[side > 0]
        if end == origin:  # a wall
            continue
        mine = side * (x - origin) > 0
        stops, where = np.unique(np.abs(x[mine] - origin), return_inverse=True)
        if not len(stops):
            near = float(np.max(np.abs(x - origin), initial=0.0)) or sqrt(line.diffusion / np.abs(s).max())
            near = max(near, _APART * abs(origin))  # the place must be another one
            stops = np.array([min(near, abs(end - origin) / 2)])
        mesh = way(line.field, line.walls, None, origin, origin + side * float(stops[-1])).mesh
        links = run(mesh, s, line.diffusion, stops, False)
        if mine.any():
            steps = -np.log(links.hit[:, :, 0]) - links.hit_exponents * _LOG2 - links.tilts
            logs[:, mine] = np.cumsum(steps, axis=1)[:, where]
        slopes = slopes + links.q * 2.0**links.q_exponent
    return logs - np.log(line.diffusion * s * slopes)[:, None]
