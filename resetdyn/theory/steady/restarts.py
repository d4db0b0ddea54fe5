r"""How often does motion begin anew at a time after the start?  The renewal equation of restarts.

One wait and one pause make a cycle, of density `c`; motion begins anew at the rate

    m(t) = c(t) + int_0^t c(u) m(t - u) du

(Cox, Renewal Theory (1962), chapter 4), which settles at one over the mean cycle.  On panels of one width `h`
the kernels are those of :mod:`.resetting.volterra`.  Near 0, where `m` may be singular like `c`, the first
panel is parted into ever smaller ones, and what those contribute to later times is plain quadrature.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.resetting.volterra import DE_W, DE_X, FIT, GAUSS_W, GAUSS_X, NODES, History, Smooth
from resetdyn.theory.steady.lookup import Lookup

Function = Callable[[FloatArray], FloatArray]

_ORDER = len(NODES)
_DEEPEST = 400  # halvings of the first panel at most: until less than this is left of it
_NOTHING = 1e-17
_SHALLOW = 26  # halvings beyond which a part of the first panel is a point, seen from later panels
_MOST_PANELS, _HALVINGS = 4000, 6
_TOLERANCE, _NEVER = 1e-10, 1e-15  # of the rate, and of what is so early that so many restarts are before it
_LOOK, _SETTLED = 16, 3e-13
_DENOMINATOR = 1000
_PARTS = 3  # of a convolution


class Cycle(NamedTuple):
    """The law of a cycle.

    Attributes
    ----------
    density, chance : callable
        Density of its length, and the probability of at most a length.
    mean : float
        Mean.
    edges : tuple of float
        Lengths at which the density is not smooth.
    """

    density: Function
    chance: Function
    mean: float
    edges: tuple[float, ...]


class Restarts:
    """The rate of restarts as a function of time, solved as far as it is asked for.

    Parameters
    ----------
    cycle : Cycle
        Law of the time from one restart to the next, and from the start to the first.
    """

    def __init__(self, cycle: Cycle) -> None:
        self.cycle = cycle
        self._known: _Rate | None = None
        self._until = 0.0

    def until(self, t: float) -> Function:
        """Return the rate as a function of times up to `t`.

        Raises
        ------
        ValueError
            If it does not settle on panels as fine as there is room for.
        """
        if self._known is None or (t > self._until and not self._known.settled):
            self._known, self._until = self._solved(t), t
        return self._known

    def _solved(self, t: float) -> _Rate:
        unit = _unit([edge for edge in self.cycle.edges if 0 < edge < inf], t)
        h = min(self.cycle.mean / 2, t)
        h = unit / max(1, int(np.ceil(unit / h * (1 - 1e-12)))) if unit < inf else h
        before = _march(self.cycle, h, t)
        for _ in range(_HALVINGS):
            h /= 2
            rate = _march(self.cycle, h, t)
            places = before.places
            places = places[places < t]
            now = rate(places)
            gap, size = np.abs(now - before(places)), np.maximum(now, 1 / self.cycle.mean)
            if np.all(gap <= np.maximum(_TOLERANCE * size, _NEVER / places)):
                return rate
            before = rate
        raise _unsettled(t)


def convolved(wait: Cycle, pause: Cycle) -> Cycle:
    """Return the law of a wait and an independent pause after it."""
    (low, high), (least, most) = wait.edges, pause.edges

    def density(u: FloatArray) -> FloatArray:
        first, last = np.maximum(low, u - most), np.minimum(high, u - least)
        length = np.maximum(last - first, 0.0)
        total = np.zeros(u.shape)
        for part in range(_PARTS):
            v = first[..., None] + length[..., None] * ((part + DE_X) / _PARTS)
            # What is left is counted from its own end, where the other density may be singular.
            left = (u - last)[..., None] + length[..., None] * ((_PARTS - part - DE_X) / _PARTS)
            total += (wait.density(v) * pause.density(left)) @ DE_W * length / _PARTS
        return total

    grid = np.log(wait.mean + pause.mean) + np.arange(-120.0, 12.0)
    ends = [a + b for a in (low, high) for b in (least, most) if 0 < a + b < inf]
    table = Lookup(lambda u: density(np.exp(u)), np.unique(np.concatenate([grid, np.log(ends)])))

    def tabulated(u: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.where(u > 0, table(np.log(np.maximum(u, 1e-300))), 0.0)

    return Cycle(
        tabulated, lambda u: wait.chance(u) * pause.chance(u), wait.mean + pause.mean,
        tuple(sorted({low + least, *ends})),
    )  # fmt: skip


class _Rate:
    """Values at the nodes of panels between these cuts, and the constant beyond them, if it is one."""

    def __init__(self, cuts: FloatArray, values: FloatArray, settled: float | None) -> None:
        self.cuts, self.coefficients, self.settled = cuts, values @ FIT.T, settled

    @property
    def places(self) -> FloatArray:
        """Where the values are."""
        return np.asarray((self.cuts[:-1, None] + np.diff(self.cuts)[:, None] * NODES).ravel())

    def __call__(self, t: FloatArray) -> FloatArray:
        """Return the rate at times."""
        t = np.asarray(t, dtype=float)
        at = np.clip(np.searchsorted(self.cuts, t, side="right") - 1, 0, len(self.cuts) - 2)
        low, high = self.cuts[at], self.cuts[at + 1]
        x = np.clip(2 * (t - low) / (high - low) - 1, -1.0, 1.0)
        values = np.polynomial.legendre.legval(x, np.moveaxis(self.coefficients[at], -1, 0), tensor=False)
        if self.settled is not None:
            values = np.where(t > self.cuts[-1], self.settled, values)
        return np.asarray(np.maximum(values, 0.0))


def _unit(lengths: list[float], t: float) -> float:
    """Return the largest length of which all these are multiples, as far as they are below `t`."""
    lengths = [length for length in lengths if length < t]
    if not lengths:
        return inf
    parts = [Fraction(length / lengths[0]).limit_denominator(_DENOMINATOR) for length in lengths]
    unit = lengths[0] / int(np.lcm.reduce([part.denominator for part in parts]))
    off = max(abs(length / unit - round(length / unit)) for length in lengths)
    if off > 1e-9 or unit < t / _MOST_PANELS:
        raise _unsettled(t)
    return unit


def _unsettled(t: float) -> ValueError:
    return ValueError(
        f"t={t:g}: the rate of restarts has not settled there (too many cycles, or lengths in no simple "
        "ratio); use rd.trajectories(problem, [t])"
    )


def _march(cycle: Cycle, h: float, t: float) -> _Rate:
    """Solve the equation on panels of this width."""
    count = int(np.ceil(t / h * (1 - 1e-12)))
    if count > _MOST_PANELS:
        count = _MOST_PANELS
    kernel = Smooth(cycle.density, h, count, cycle.edges)
    cuts, early = _first_panel(cycle, h)
    points, weights = _seen_later(cuts, early)
    history, values = History(count), np.zeros((count, _ORDER))
    inverse = np.linalg.inv(np.eye(_ORDER) - kernel.now)
    level, window = 1 / cycle.mean, max(_LOOK, int(np.ceil(3 * cycle.mean / h)))
    settled = None
    for p in range(1, count):
        times = h * (p + NODES)
        waits = times[:, None] - points
        begun = (cycle.density(waits.ravel()).reshape(waits.shape) * weights).sum(axis=1)
        values[p] = inverse @ (cycle.density(times) + begun + kernel.past(history))
        history.add(values[p])
        if (
            p % _LOOK == 0
            and p > window
            and np.all(abs(values[p - window : p + 1] - level) < _SETTLED * level)
        ):
            settled, count = level, p + 1
            break
    if settled is None and count * h < t * (1 - 1e-12):
        raise _unsettled(t)
    cuts = np.concatenate([cuts, h * np.arange(2.0, count + 1)])
    return _Rate(cuts, np.concatenate([early, values[1:count]]), settled)


def _first_panel(cycle: Cycle, h: float) -> tuple[FloatArray, FloatArray]:
    """Return the parts of the first panel, smaller and smaller towards 0, and the values there."""
    ends = h * np.exp2(-np.arange(_DEEPEST, dtype=float))
    chances = cycle.chance(ends)
    if chances[0] <= 0:  # no cycle is so short
        return np.array([0.0, h]), np.zeros((1, _ORDER))
    depth = int(np.argmax(chances <= _NOTHING * chances[0])) or _DEEPEST - 1
    cuts = np.concatenate([[0.0], ends[: depth + 1][::-1]])
    values = np.zeros((len(cuts) - 1, _ORDER))
    for s in range(len(values)):
        times = cuts[s] + (cuts[s + 1] - cuts[s]) * NODES
        known = cycle.density(times)
        for r in range(max(0, s - _SHALLOW), s):
            known = known + _block(cycle.density, times, cuts[r], cuts[r + 1], r + 1 == s) @ values[r]
        if s > _SHALLOW:
            point, mass = _as_point(_Rate(cuts[: s - _SHALLOW + 1], values[: s - _SHALLOW], None))
            known = known + cycle.density(times - point) * mass
        now = _block(cycle.density, times, cuts[s], None, True)(cuts[s + 1])
        values[s] = np.linalg.solve(np.eye(_ORDER) - now, known)
    return cuts, values


def _block(density: Function, times: FloatArray, low: float, high: Any, close: bool) -> Any:
    """Return the matrix from values on a part to what they contribute at these times.

    Without an end the part reaches up to each of the times; the answer is a function of where it ends.
    """
    x, w = (DE_X, DE_W) if close else ((1 + GAUSS_X) / 2, GAUSS_W / 2)

    def matrix(end: float) -> FloatArray:
        ends = times if high is None else np.full(times.shape, high)
        # The wait is counted from the near end, where the density may be singular.
        length, nearest = (ends - low)[:, None], (times - ends)[:, None]
        waits = nearest + length * x
        place = 2 * (times[:, None] - waits - low) / (end - low) - 1
        basis = np.polynomial.legendre.legvander(place, _ORDER - 1)
        return np.asarray(np.einsum("iq,iqk->ik", density(waits) * w * length, basis) @ FIT)

    return matrix if high is None else matrix(high)


def _as_point(rate: _Rate) -> tuple[float, float]:
    """Return the mean time of restarts on these panels, and their number."""
    middle, width = (rate.cuts[1:] + rate.cuts[:-1]) / 2, np.diff(rate.cuts)
    masses = width * rate.coefficients[:, 0]
    mass = float(masses.sum())
    moment = float(middle @ masses + width**2 @ rate.coefficients[:, 1] / 6)
    return (moment / mass if mass else 0.0), mass


def _seen_later(cuts: FloatArray, early: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return points of the first panel, and weights with the rate, for each node of a later panel.

    Where the cycle has an edge it crosses the first panel at the place of the node in its own: rules end
    there.
    """
    rate, h = _Rate(cuts, early, None), float(cuts[-1])
    first = max(0, len(early) - _SHALLOW)
    point, mass = _as_point(_Rate(rate.cuts[: first + 1], early[:first], None)) if first else (0.0, 0.0)
    rows: list[tuple[FloatArray, FloatArray]] = []
    for node in NODES:
        cut = node * h
        ends = np.unique(np.append(cuts[first:], cut))
        points, weights = [np.array([point])], [np.array([mass])]
        for low, high in pairwise(ends.tolist()):
            close = cut in (low, high) or high == h
            x, w = (DE_X, DE_W) if close else ((1 + GAUSS_X) / 2, GAUSS_W / 2)
            places = low + (high - low) * x
            points.append(places)
            weights.append((high - low) * w * rate(places))
        rows.append((np.concatenate(points), np.concatenate(weights)))
    most = max(len(row[0]) for row in rows)
    padded = [[np.pad(part, (0, most - len(part))) for part in row] for row in rows]
    return np.array([row[0] for row in padded]), np.array([row[1] for row in padded])
