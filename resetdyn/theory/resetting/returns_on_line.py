r"""Journeys back at constant speed after Poisson resets, for motion in any potential to a level: their mean.

A reset strikes where the propagator that is absorbed at the level `a` says, by the first passage through it,

    G~_abs(x | z; r) = G~(x | z; r) - T~(z -> a) G~(x | a; r),

of mass ``(1 - T~) / r`` (Siegert, Phys. Rev. 81, 617 (1951)).  The journey adds ``<|X - y|> / v`` to each
reset on average: the first term of the delay of :mod:`.resetting.renewal`, ``k = 1 + r <|X - y|> / v``.
"""

from __future__ import annotations

from math import exp, inf, log, sqrt
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import Langevin, OrnsteinUhlenbeck
from resetdyn.theory.passages.line import line_of
from resetdyn.theory.passages.passage import Passage
from resetdyn.theory.passages.propagator import log_propagator

# Gauss-Legendre rules on each panel: the second tells the error of the first.
_RULES = [np.polynomial.legendre.leggauss(n) for n in (24, 16)]
_SETTLED = 1e-10
_PARTS = 4  # panels to a doubling of the distance from a place where the density is sharp
_GONE = 45.0  # the density is nothing where its logarithm is so far below its maximum


def mean_journey(
    process: OrnsteinUhlenbeck | Langevin, level: float, rate: float, start: float, back: float,
    passage: Passage,
) -> float:  # fmt: skip
    """Return the mean distance to `back` of where a reset strikes what set out from `start`.

    Parameters
    ----------
    process : OrnsteinUhlenbeck or Langevin
        One-dimensional motion.
    level : float
        Where it is absorbed.
    rate : float
        Rate of resets, above 0.
    start, back : float
        Where it sets out, and where a reset takes it.
    passage : Passage
        The reset-free passage from the start to the level.

    Raises
    ------
    ValueError
        If the quadrature does not settle.
    """
    log_odds = passage.log_mean(rate, 0)[0] + log(rate)  # of a reset against the target
    log_hit = -float(np.logaddexp(0.0, log_odds))
    edges = _edges(process, level, rate, start, back)
    means = []
    for nodes, weights in _RULES:
        half = np.diff(edges)[:, None] / 2
        x = (edges[:-1, None] + half * (1 + nodes)).ravel()
        alive = np.exp(log_propagator(process, start, rate, x))
        alive -= np.exp(log_hit + log_propagator(process, level, rate, x))
        means.append(float(np.sum((half * weights).ravel() * np.abs(x - back) * alive)))
    if not abs(means[0] - means[1]) <= _SETTLED * abs(means[0]):
        raise ValueError(
            f"rate={rate:g}: the mean journey back to {back:g} does not settle ({means[0]:.9g} or "
            f"{means[1]:.9g}); use rd.simulate(problem)"
        )
    return means[0] / exp(-float(np.logaddexp(0.0, -log_odds)))  # over 1 - T~


def _edges(process: Any, level: float, rate: float, start: float, back: float) -> FloatArray:
    """Return the ends of panels from the level outwards, fine where the density is sharp."""
    line = line_of(process)
    side = 1.0 if start > level else -1.0
    end = line.domain(start)[side > 0]
    fine = min(abs(start - level), sqrt(line.diffusion / rate)) / 4
    reach, peak, here = fine, -inf, 0.0
    while here > peak - _GONE and reach < abs(end - start):
        peak, reach = max(peak, here), 2 * reach
        here = float(log_propagator(process, start, rate, np.array([start + side * reach]))[0])
    last = start + side * reach if reach < abs(end - start) else end
    doublings = np.log2(abs(last - level) / fine) + 1
    steps = fine * 2.0 ** (np.arange(int(_PARTS * doublings) + 1) / _PARTS - 1)
    places = [level, start, back, *line.field.kinks, last]
    places += [
        place + way * step for place in (level, start) for way in (-1.0, 1.0) for step in steps.tolist()
    ]
    return np.unique([x for x in places if side * (x - level) >= 0 and side * (last - x) >= 0])
