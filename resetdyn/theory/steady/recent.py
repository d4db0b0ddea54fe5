r"""When did the motion begin anew, seen from a time `t` after the start?

With the rate `m` of restarts (:mod:`.restarts`) and the survival function `S` of the waiting time, the state
is at time `t` that of the start's motion with probability ``S(t)``, has an age `a` since the last restart
with the density

    m(t - a) S(a),    0 < a < t,

and waits in a pause for the rest (derived here; for pauses Evans and Majumdar, J. Phys. A 52, 01LT01 (2019)).
Near ``a = t`` the density is one of the time ``t - a`` of the restart, and is integrated over that.  Where
waits and pauses take separate values, so do the ages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import exp, inf, isfinite, log
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.resets import Poisson, Renewal, Reset, Sharp
from resetdyn.theory.resetting import waiting
from resetdyn.theory.resetting.waiting import Values, law_of, values_of
from resetdyn.theory.steady.ages import Exponential, rule
from resetdyn.theory.steady.lookup import Lookup
from resetdyn.theory.steady.restarts import Cycle, Function, Restarts, convolved

_DEEP = 200.0  # how far the logarithms of ages reach below that of the time
_FINE, _STEP, _COARSE = 0.5, 1.0, 4.0  # steps of the grid, in the logarithm, and far below the time
YOUNG = 1e-11  # of the time; a place of the grid
_MOST_AGES = 1_000_000  # restarts told one by one
_ROUND = 1e-12  # times that are the same
_GENERATIONS = 4  # of edges, at which the rate of restarts is looked at closely


@dataclass(frozen=True)
class Piece:
    """A stretch of ages.

    Attributes
    ----------
    grid : (n,) array
        Increasing; between its places the density is smooth.
    age : callable
        Age at a place.
    log_weight : callable
        Logarithm of the density at a place, of the place.
    """

    grid: FloatArray
    age: Callable[[FloatArray], FloatArray]
    log_weight: Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Recent:
    """The ages at one time.

    Attributes
    ----------
    never : float
        Probability that nothing has been reset.
    paused : float
        Probability of waiting where resets lead.
    ages, chances : (n,) arrays
        Ages with probabilities of their own.
    pieces : tuple of Piece
        The others.
    """

    never: float
    paused: float
    ages: FloatArray
    chances: FloatArray
    pieces: tuple[Piece, ...]

    @cached_property
    def nodes(self) -> tuple[FloatArray, FloatArray]:
        """Ages and weights that average what is smooth in the logarithm of the age."""
        parts = [(self.ages, self.chances)]
        for piece in self.pieces:
            e, w = rule(lambda e, piece=piece: piece.log_weight(np.log(e)) - np.log(e), piece.grid)  # type: ignore[misc]
            parts.append((piece.age(np.log(e)), w))
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def poisson_ages(rate: float, t: float) -> Recent:
    """Return the ages under Poisson resets without pauses, where restarts come at a constant rate."""
    ages = Exponential(rate)
    grid = np.append(ages.grid[ages.grid < log(t)], log(t))
    grid = np.concatenate([np.arange(min(grid[0], log(t) - _DEEP), grid[0], _COARSE), grid])
    piece = Piece(grid, np.exp, lambda u: ages.log_density(np.exp(u)) + u)
    return Recent(exp(-rate * t), 0.0, np.empty(0), np.empty(0), (piece,))


def ages_in_time(reset: Reset) -> Callable[[float], Recent] | None:
    """Return the ages at any time under waits and pauses of any law; None under resets of another kind."""
    match reset:
        case Poisson(rate=rate) if reset.free:
            return lambda t: poisson_ages(rate, t)
        case Poisson() | Sharp() | Renewal():
            return RecentAges(reset).at
    return None


class RecentAges:
    """The ages at any time, under waits and pauses of any law.

    Parameters
    ----------
    reset : Poisson, Sharp or Renewal
        Without journeys back.
    """

    def __init__(self, reset: Reset) -> None:
        self.wait = law_of(reset)
        pause = reset.refractory
        if isinstance(pause, float):
            self.pause: Any = Values(np.array([pause]), np.ones(1))
        else:
            self.pause = values_of(pause) if hasattr(pause, "pmf") else pause

    def at(self, t: float) -> Recent:
        """Return the ages at a time after the start."""
        never = float(self._alive(np.array([t]))[0])
        if isinstance(self.wait, Values) and isinstance(self.pause, Values):
            ages, chances = self._separate(t)
            return Recent(never, _left(never, chances.sum()), ages, chances, ())
        pieces = self._pieces(t)
        recent = Recent(never, 0.0, np.empty(0), np.empty(0), pieces)
        paused = _left(never, recent.nodes[1].sum()) if self._pauses else 0.0
        return Recent(never, paused, recent.ages, recent.chances, pieces)

    @property
    def _pauses(self) -> bool:
        return not (isinstance(self.pause, Values) and not self.pause.values.any())

    def _alive(self, a: FloatArray) -> FloatArray:
        """Return the probability of waiting longer."""
        if isinstance(self.wait, Values):
            return self.wait.longer[np.searchsorted(self.wait.values, a * (1 + _ROUND), side="right")]
        with np.errstate(all="ignore"):
            return np.asarray(self.wait.sf(a), dtype=float)

    def _separate(self, t: float) -> tuple[FloatArray, FloatArray]:
        """Return ages and probabilities where all restarts happen at separate times."""
        lengths = np.add.outer(self.wait.values, self.pause.values).ravel()
        chances = np.multiply.outer(self.wait.chances, self.pause.chances).ravel()
        front, weight, told = lengths, chances, 0
        if len(lengths) == 1:  # the last restart alone counts
            front = np.floor(t / lengths * (1 + _ROUND)) * lengths
            front, lengths = front[front > 0], np.array([2 * t])
        at, of = [np.empty(0)], [np.empty(0)]
        while True:
            kept = front <= t * (1 + _ROUND)
            front, weight = front[kept], weight[: len(kept)][kept]
            if not front.size:
                break
            front, weight = _merged(front, weight)
            at.append(front)
            of.append(weight)
            told += len(front) * len(lengths)
            if told > _MOST_AGES:
                raise ValueError(
                    f"t={t:g}: too many restarts are possible before it to be told one by one; use "
                    "rd.trajectories(problem, [t])"
                )
            front, weight = np.add.outer(front, lengths).ravel(), np.multiply.outer(weight, chances).ravel()
        times, weights = _merged(np.concatenate(at), np.concatenate(of))
        ages = np.maximum(t - times, 0.0)
        ages[ages <= _ROUND * t] = 0.0
        weights = weights * self._alive(ages)
        return ages[weights > 0], weights[weights > 0]

    @cached_property
    def _restarts(self) -> Restarts:
        return Restarts(self._cycle)

    @property
    def _cycle(self) -> Cycle:
        wait, pause = self.wait, self.pause
        if not isinstance(wait, Values) and not isinstance(pause, Values):
            return convolved(_quiet(wait), _quiet(pause))
        values, law = (wait, pause) if isinstance(wait, Values) else (pause, wait)
        own = _quiet(law)

        def mixed(function: Function) -> Function:
            return lambda u: sum(
                c * function(u - v) for v, c in zip(values.values, values.chances, strict=True)
            )

        ends = {v + end for v in values.values.tolist() for end in own.edges if isfinite(end)}
        mean = own.mean + float(values.values @ values.chances)
        return Cycle(mixed(own.density), mixed(own.chance), mean, tuple(sorted(ends)))

    def _pieces(self, t: float) -> tuple[Piece, ...]:
        rate = self._restarts.until(t)

        def log_young(u: FloatArray) -> FloatArray:
            a = np.exp(u)
            return _log(rate(t - a)) + _log(self._alive(a)) + u

        def log_old(v: FloatArray) -> FloatArray:
            b = np.exp(v)
            return _log(rate(b)) + _log(self._alive(t - b)) + v

        edges = self._edges(t)
        low, high = edges[edges <= t / 2], t - edges[edges > t / 2]
        grids = _grid(t, [*low, *self._scales(t)]), _grid(t, [*high, *self._scales(t)])
        young, old = Lookup(log_young, grids[0]), Lookup(log_old, grids[1])
        return (
            Piece(grids[0], np.exp, young),
            Piece(grids[1], lambda v: t - np.exp(v), old),
        )

    def _edges(self, t: float) -> FloatArray:
        """Return the ages at which their density is not smooth."""
        ends = [edge for edge in self._cycle.edges if 0 < edge < t]
        sums = {0.0}
        for _ in range(_GENERATIONS):
            sums |= {s + end for s in sums for end in ends if s + end < t}
        own = self.wait.values.tolist() if isinstance(self.wait, Values) else list(self.wait.support())
        out = np.array([*(t - s for s in sums), *own])
        return np.unique(out[(out > 0) & (out < t)])

    def _scales(self, t: float) -> list[float]:
        """Return places at which waits and cycles have features of their own, as far as `t` reaches."""
        width = self._cycle.mean / 2
        out = np.arange(width, min(t / 2, 40 * width), width).tolist()
        if not isinstance(self.wait, Values | waiting.Exponential):
            out += [float(self.wait.ppf(q)) for q in (1e-8, 1e-4, 1e-2, 0.1, 0.5, 0.9, 0.99, 1 - 1e-4)]
        return [place for place in out if 0 < place < t / 2]


def _grid(t: float, places: list[float]) -> FloatArray:
    """Return logarithms of what is up to half of `t`, with these places among them."""
    top = log(t / 2)
    near = np.arange(top - 20, top - 4, _STEP), np.arange(top - 4, top, _FINE)
    steps = [np.arange(top - _DEEP, top - 20, _COARSE), *near, [top, log(YOUNG * t)]]
    grid = np.unique(np.concatenate([*steps, np.log([place for place in places if place > 0])]))
    grid = grid[(grid >= top - _DEEP) & (grid <= top)]
    return grid[np.append(True, np.diff(grid) > 1e-13 * np.abs(grid[1:]))]


def _merged(times: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the times without repetition, and the sums of their weights."""
    order = np.argsort(times)
    times, weights = times[order], weights[order]
    new = np.diff(times, prepend=-inf) > _ROUND * times
    return times[new], np.bincount(np.cumsum(new) - 1, weights).astype(float)


def _left(never: float, moving: float) -> float:
    """Return what is left of 1, if it is more than rounding."""
    left = 1.0 - never - moving
    return left if left > _ROUND else 0.0


def _log(x: Any) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(x))


def _quiet(law: Any) -> Cycle:
    """Return the law of a time without its warnings where it overflows."""

    def quiet(function: Any) -> Function:
        def values(t: FloatArray) -> FloatArray:
            with np.errstate(all="ignore"):
                return np.where(t >= 0, np.nan_to_num(function(np.maximum(t, 0.0)), posinf=0.0), 0.0)

        return values

    if isinstance(law, waiting.Exponential):
        return Cycle(quiet(law.pdf), quiet(lambda t: -np.expm1(-law.rate * t)), 1 / law.rate, (0.0, inf))
    return Cycle(quiet(law.pdf), quiet(law.cdf), float(law.mean()), law.support())
