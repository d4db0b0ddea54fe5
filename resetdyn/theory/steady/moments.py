r"""Raw moments of steady states on the line.

Under Poisson resetting to `y` (or a random place, or ``x -> a x``) the balance of drift, diffusion and
resets is a hierarchy (derived here): with velocity ``v`` and stiffness `k` about `c`,

    (r + n k) m_n = r <y^n> + n (v + k c) m_(n-1) + n (n - 1) D m_(n-2),

and for partial resets ``r (1 - a^n)`` on the left instead, without the source.  For other resets the
moments of the Gaussian of age `a` are averaged over the age.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb, inf
from typing import Any

import numpy as np
from numpy.polynomial import polynomial

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian
from resetdyn.theory.steady.ageing import Gaussian, mean_and_variance
from resetdyn.theory.steady.ages import Ages, Exponential


def balance(
    process: Gaussian, order: int, loss: Callable[[int], float], source: Callable[[int], float]
) -> float:
    """Return the moment of this order, from the rates at which resets take and give the moments."""
    stiffness = getattr(process, "stiffness", 0.0)
    push = process.drift if isinstance(process, Brownian) else process.stiffness * process.center
    moments = [1.0]
    for n in range(1, order + 1):
        gained = source(n) + n * push * moments[n - 1]
        if n > 1:
            gained += n * (n - 1) * process.diffusion * moments[n - 2]
        moments.append(gained / (loss(n) + n * stiffness))
    return float(moments[order])


def raw_moments(process: Gaussian, ages: Ages | None, to: Any) -> Callable[[int], float] | None:
    """Return the function that gives raw moments; None where only the density does."""
    random = hasattr(to, "cdf")

    def place(n: int) -> float:
        return float(to.moment(n)) if random else float(to) ** n

    if ages is None or isinstance(ages, Exponential):
        rate = 0.0 if ages is None else ages.rate
        return lambda order: balance(
            process, order, lambda n: rate, lambda n: rate * place(n) if rate else 0.0
        )
    if isinstance(process, Brownian):

        def brownian(order: int) -> float:
            # <(y + z)^n>, with z the journey since the reset
            gone = [_travelled(process, ages, n) for n in range(order + 1)]
            terms = [
                comb(order, n) * place(order - n) * gone[n] for n in range(order + 1) if place(order - n)
            ]
            return float(sum(terms))

        return brownian
    if random:
        return None

    def relaxing(order: int) -> float:
        a, w = ages.nodes
        moved, variance = mean_and_variance(process, to, a)
        return float(w @ _gaussian(to + moved, variance, order))

    return relaxing


def _gaussian(mean: FloatArray, variance: FloatArray, order: int) -> FloatArray:
    """Return the raw moment of Gaussians."""
    before, now = np.zeros_like(mean), np.ones_like(mean)
    for n in range(1, order + 1):
        before, now = now, mean * now + (n - 1) * variance * before
    return now


def _travelled(process: Brownian, ages: Ages, order: int) -> float:
    """Return ``<z^n>``: Gaussian moments are polynomials in the age."""
    before, now = np.zeros(1), np.ones(1)
    for n in range(1, order + 1):
        moved = polynomial.polymul([0.0, process.drift], now)
        before, now = (
            now,
            polynomial.polyadd(moved, polynomial.polymul([0.0, 2 * process.diffusion * (n - 1)], before)),
        )
    powers = [(c, ages.moment(n) if n else 1.0) for n, c in enumerate(now) if c != 0]
    if powers and powers[-1][1] == inf:
        return float(np.sign(powers[-1][0]) * inf)
    return float(sum(c * m for c, m in powers))
