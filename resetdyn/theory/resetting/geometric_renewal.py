r"""Resetting with probability `p` at every step of a walk, by renewal, under both conventions for ties.

With the generating functions of :mod:`.passages.discrete_passage`, that of the survival probability
under resetting, ``S_r(z) = sum_n z^n P(T_r > n)``, from `x` with resets to `y`, is (derived here; Bonomo and
Pal, PRE 103, 052129 (2021), have the mean)

    S_r(z) = S_x(q z) + p z K_x(q z) S_y(q z) / (1 - p z K_y(q z)),    q = 1 - p,

with ``K = S`` where the reset wins ties (step, reset, check) and ``K = A`` where the process does (step,
check, reset).  At ``z = 1`` the denominator is the probability of no further reset, ``q W`` or ``W``, so that
the mean for a reset to the start is ``S / (q W) = (1 - F) / (p F)`` or ``S / W = q (1 - F) / (p F)``.  The
series around ``z = 1`` gives factorial moments, ``<T (T - 1) ... (T - k + 1)> = k! [(z - 1)^(k - 1)] S_r``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import exp, factorial, inf, isfinite, log, log1p
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage
from resetdyn.processes import RandomWalk
from resetdyn.resets import Geometric, NoReset
from resetdyn.results import FirstPassageResult
from resetdyn.targets import HalfSpace, Level
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.discrete_passage import Around, DiscretePassage, circle, survival_table
from resetdyn.theory.passages.random_walk import walk_passage

_LOG_MAX = 709.0
# Steps up to which the survival probability is tabulated.
_LONGEST = 2**17


def geometric_moment(order: int, p: float, ties: str, start: DiscretePassage, to: DiscretePassage) -> float:
    """Return the raw moment of this order under resetting with probability `p` at every step.

    Examples
    --------
    >>> import resetdyn as rd
    >>> from resetdyn.theory.passages.random_walk import walk_passage
    >>> passage = walk_passage(rd.RandomWalk({-1: 0.5, 1: 0.5}), 1.0, rd.Level(0.0))
    >>> round(geometric_moment(1, 0.1, "reset", passage, passage), 9)
    5.954332159
    """
    if order == 1:
        log_mean = geometric_log_mean(p, ties, start, to)
        return exp(log_mean) if log_mean < _LOG_MAX else inf
    survival = _survival_series(order - 1, p, ties, start, to)
    # Raw moments are sums of factorial ones, with Stirling's numbers of the second kind.
    moment, stirling = 0.0, [1]
    for _ in range(order - 1):
        stirling = [
            (k + 1) * (stirling[k] if k < len(stirling) else 0) + (stirling[k - 1] if k else 0)
            for k in range(len(stirling) + 1)
        ]
    for k, (number, c) in enumerate(zip(stirling, survival, strict=False)):
        moment += number * factorial(k + 1) * c
    return moment if len(survival) == order and isfinite(moment) else inf


def geometric_log_mean(p: float, ties: str, start: DiscretePassage, to: DiscretePassage) -> float:
    """Return the logarithm of the mean; `inf` where it diverges."""
    x = start.around(p, 0)
    y = x if to is start else to.around(p, 0)
    log_win = y.log_win + (_log_miss(p) if ties == "reset" else 0.0)
    if log_win == -inf or x.alive[0] == inf or (p > 0 and y.alive[0] == inf):
        return inf
    if to is start:
        return log(x.alive[0]) - log_win
    again = p * _kernel(x, ties)[0]
    later = log(again * y.alive[0]) - log_win if again > 0 else -inf
    return float(np.logaddexp(log(x.alive[0]), later))


def geometric_resets(p: float, ties: str, start: DiscretePassage, to: DiscretePassage) -> float:
    """Return the mean number of resets before the walk ends."""
    if p == 0:
        return 0.0
    log_win = to.around(p, 0).log_win + (_log_miss(p) if ties == "reset" else 0.0)
    again = p * _kernel(start.around(p, 0), ties)[0]
    return again * exp(-log_win) if -log_win < _LOG_MAX else inf


def _survival_series(order: int, p: float, ties: str, start: DiscretePassage, to: DiscretePassage) -> Series:
    """Return the series of ``S_r`` around ``z = 1``; ``[inf]`` where it diverges or overflows."""
    x = start.around(p, order)
    y = x if to is start else to.around(p, order)
    if x.alive[0] == inf or (p > 0 and y.alive[0] == inf):
        return [inf]
    if p == 0:
        return x.alive
    log_win = y.log_win + (_log_miss(p) if ties == "reset" else 0.0)
    if -log_win > _LOG_MAX:
        return [inf]
    scale = [(1 - p) ** n for n in range(order + 1)]

    def at(terms: Series) -> Series:
        return [c * v for c, v in zip(terms, scale, strict=True)]

    once = [p * c for c in series.times_variable(at(_kernel(y, ties)), 1.0)]
    below = [exp(log_win), *(-c for c in once[1:])]
    later = series.divide(at(y.alive), below)
    if to is start:
        return later
    first = [p * c for c in series.times_variable(at(_kernel(x, ties)), 1.0)]
    return series.add(at(x.alive), series.multiply(first, later))


def _kernel(around: Around, ties: str) -> Series:
    return around.alive if ties == "reset" else around.later


def _log_miss(p: float) -> float:
    return log1p(-p) if p < 1 else -inf


def geometric_survival(
    p: float, ties: str, start: DiscretePassage, to: DiscretePassage
) -> Callable[[Any], FloatArray]:
    """Return ``t -> P(T_r > t)``, by Fourier inversion on a circle; absolute error about 1e-12."""

    @lru_cache(maxsize=2)
    def table(count: int) -> FloatArray:
        z, radius = circle(count)
        u = (1 - p) * z
        alive = start.transform(u)
        if p > 0:
            alive_y = alive if to is start else to.transform(u)
            k_x, k_y = (_turned(a, u, ties) for a in (alive, alive_y))
            alive = alive + p * z * k_x * alive_y / (1 - p * z * k_y)
        return np.clip(survival_table(alive, radius, count), 0.0, 1.0)

    def survival(t: Any) -> FloatArray:
        steps = np.floor(np.asarray(t, dtype=float)).astype(np.int64)
        last = int(steps.max(initial=0))
        if last >= _LONGEST:
            raise ValueError(
                f"t={last}: exact survival probabilities are tabulated up to {_LONGEST - 1} steps; "
                "use rd.simulate(problem).survival(t)"
            )
        return table(max(64, 1 << last.bit_length()))[steps]

    return survival


def _turned(alive: ComplexArray, u: ComplexArray, ties: str) -> ComplexArray:
    return alive if ties == "reset" else (alive - 1) / u


def walk_passages(problem: FirstPassage) -> tuple[DiscretePassage, DiscretePassage] | None:
    """Return the passages from the start and from where resets lead (the same object where they agree)."""
    process, target, reset = problem.process, problem.target, problem.reset
    if isinstance(target, HalfSpace) and target.dim == 1:
        target = Level(target.offset / float(target.normal[0]))
    if not isinstance(process, RandomWalk) or not isinstance(target, Level) or reset.random_to:
        return None
    start = walk_passage(process, problem.start, target)
    if start is None or problem.reset_to == problem.start:
        return None if start is None else (start, start)
    to = walk_passage(process, problem.reset_to, target)
    return None if to is None else (start, to)


def by_generating(problem: FirstPassage) -> FirstPassageResult | None:
    """Take geometric resetting (or none) of a random walk from the generating function without it."""
    reset = problem.reset
    pair = walk_passages(problem) if isinstance(reset, NoReset | Geometric) else None
    if pair is None or not reset.free:
        return None
    p, ties = getattr(reset, "probability", 0.0), getattr(reset, "ties", "process")
    start, to = pair
    log_mean = geometric_log_mean(p, ties, start, to)
    mean = exp(log_mean) if log_mean < _LOG_MAX else inf
    precision = max(start.precision, to.precision) * (2 + abs(log_mean))
    return FirstPassageResult(
        problem=problem,
        method=f"generating function: {start.method}" + (f", {ties} wins ties" if p > 0 else ""),
        mean=mean,
        error=precision * mean if isfinite(mean) else 0.0,
        log_mean=log_mean,
        moments=lambda order: geometric_moment(order, p, ties, start, to),
        survival_function=geometric_survival(p, ties, start, to),
        resets_function=lambda: geometric_resets(p, ties, start, to),
    )
