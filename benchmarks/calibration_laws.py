"""Laws of completion times with known truth, for `benchmarks.calibration`.

Of each: how to draw times, the mean, the coefficient of variation and the transform ``<e^(-s T)>``, which
gives the mean under resetting at any rate, and the rate of an exponential time-out that censors a given
share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import exp, inf, sqrt
from typing import Any

import numpy as np
from scipy import stats
from scipy.optimize import brentq, minimize_scalar

# Nodes in y = log(s t) of int e^(-x) F(x / s) dx, by the trapezoidal rule:
# exponentially accurate for smooth F.
_Y = np.linspace(-40.0, 4.6, 6000)
_WEIGHTS = np.exp(_Y - np.exp(_Y)) * (_Y[1] - _Y[0])


@dataclass(frozen=True, eq=False)
class Law:
    """A law of times."""

    name: str
    draw: Callable[[Any, int], Any]
    cdf: Callable[[Any], Any]
    mean: float
    cv: float

    def transform(self, s: float) -> float:
        """Return ``<e^(-s T)>``."""
        return float(_WEIGHTS @ self.cdf(np.exp(_Y) / s))

    def under(self, rate: float) -> float:
        """Return the mean under Poisson resetting."""
        if rate == 0:
            return self.mean
        ends = self.transform(rate)
        return (1 - ends) / (rate * ends) if ends > 0 else inf

    def each(self, period: float) -> float:
        """Return the mean under resets at a fixed period."""
        nodes, weights = np.polynomial.legendre.leggauss(400)
        x = (1 + nodes) / 2  # t = period x^2: a law may begin with a root
        lasting = period * float((weights * x) @ (1 - self.cdf(period * x**2)))
        return lasting / float(self.cdf(np.asarray(period)))

    @cached_property
    def best(self) -> float:
        """The least mean at any rate."""
        grid = np.linspace(-12, 12, 97)
        means = [self.under(exp(x)) for x in grid]
        i = int(np.clip(np.argmin(means), 1, len(grid) - 2))
        found = minimize_scalar(
            lambda x: self.under(exp(x)), bounds=(grid[i - 1], grid[i + 1]), method="bounded"
        )
        return min(float(found.fun), *means, self.mean)

    @cached_property
    def median(self) -> float:
        """Median time."""
        return exp(brentq(lambda x: float(self.cdf(np.asarray(exp(x)))) - 0.5, -30, 30))

    def time_out(self, share: float) -> float:
        """Return the rate at which runs are given up so that this share of them is."""
        return exp(brentq(lambda x: 1 - self.transform(exp(x)) - share, -60, 20))


def _scipy(name: str, law: Any, cv: float | None = None) -> Law:
    own = float(law.std() / law.mean()) if cv is None else cv
    return Law(name, lambda rng, n: law.rvs(size=n, random_state=rng), law.cdf, float(law.mean()), own)


def _mixture(name: str, parts: list[tuple[float, Any]]) -> Law:
    shares = np.asarray([w for w, _ in parts])

    def draw(rng: Any, n: int) -> Any:
        which = rng.choice(len(parts), p=shares, size=n)
        drawn = np.asarray([law.rvs(size=n, random_state=rng) for _, law in parts])
        return drawn[which, np.arange(n)]

    mean = float(sum(w * law.mean() for w, law in parts))
    second = float(sum(w * (law.var() + law.mean() ** 2) for w, law in parts))
    return Law(
        name, draw, lambda t: sum(w * law.cdf(t) for w, law in parts), mean, sqrt(second - mean**2) / mean
    )


def inverse_gaussian(peclet: float) -> Any:
    """Return first passage of drifted Brownian motion in units of its mean: CV^2 = 1 / Pe."""
    shape = peclet
    return stats.invgauss(1 / shape, scale=shape)


LAWS = (
    _scipy("exponential", stats.expon()),
    _scipy("lognormal, sigma 1", stats.lognorm(1.0)),
    _scipy("lognormal, sigma 1.5", stats.lognorm(1.5)),
    _scipy("Weibull, shape 0.5", stats.weibull_min(0.5)),
    _scipy("Weibull, shape 2", stats.weibull_min(2.0)),
    _scipy("inverse Gaussian, Pe 0.2", inverse_gaussian(0.2)),
    _scipy("inverse Gaussian, Pe 2", inverse_gaussian(2.0)),
    _scipy("Pareto, index 1.5", stats.lomax(1.5), cv=inf),
    _scipy("Pareto, index 4.5", stats.lomax(4.5)),
    _mixture("hyperexponential", [(0.3, stats.expon(scale=0.2)), (0.7, stats.expon(scale=5.0))]),
    _scipy("first passage, no drift", stats.levy(scale=0.5), cv=inf),
    _mixture("bimodal", [(0.7, stats.gamma(16, scale=1 / 16)), (0.3, stats.gamma(16, scale=10 / 16))]),
)
