r"""Steady states under resetting.

What was reset a time `a` ago has the reset-free law of that age, so a steady state averages the Gaussian
propagator over the age: exponential of rate `r` under Poisson resetting, uniform over a period under sharp
resetting (Evans and Majumdar, PRL 106, 160601 (2011); Pal, PRE 91, 012113 (2015)).  Mean and covariance are
closed in any dimension.  Densities are given in one:

    Brownian motion, drift v:   p(x) = r / R  exp([v (x - y) - R |x - y|] / (2 D)),    R = sqrt(v^2 + 4 D r),
    Ornstein-Uhlenbeck:         p(x) = J(max) J(-min) e^(-x^2 / 2) / (sqrt(2 pi) Gamma(1 + r / k)),

the latter with `x` and `y` in units of ``sqrt(D / k)`` from the centre, ``max`` and ``min`` the larger and
the smaller of the two, and `J` (a parabolic-cylinder function) of :mod:`resetdyn.theory.ornstein_uhlenbeck`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.special import gammaln

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState
from resetdyn.processes import Brownian, OrnsteinUhlenbeck, is_discrete
from resetdyn.resets import Reset, Sharp, destination
from resetdyn.results import SteadyStateResult
from resetdyn.theory.ageing import Ageing
from resetdyn.theory.ornstein_uhlenbeck import log_j

_EPS = float(np.finfo(float).eps)
Density = Callable[[FloatArray], FloatArray]


def by_age(problem: SteadyState) -> SteadyStateResult | None:
    """Continuous processes: the reset-free law averaged over the time since the last reset."""
    process, reset = problem.process, problem.reset
    if not isinstance(process, Brownian | OrnsteinUhlenbeck):
        return None
    to = destination(reset, getattr(process, "center", 0.0))
    ageing = Ageing(process, to)
    if isinstance(reset, Sharp):
        mean, cov = ageing.uniform_moments(reset.period)
    else:
        mean, cov = ageing.exponential_moments(getattr(reset, "rate", 0.0))
    density = _density(process, to, reset, ageing) if process.dim == 1 else None
    mean, cov = _checks.unit_or_scalar(mean, process.dim), _checks.unit_or_scalar(cov, process.dim)
    return SteadyStateResult(
        problem=problem,
        method="age: closed form",
        mean=mean,
        cov=cov,
        error=8 * _EPS * float(np.max(np.abs(mean)) + np.max(np.abs(to))),
        density=density,
        expectation=None if density is None else _expectation(density, mean, float(np.sqrt(cov)), to),
    )


def by_recursion(problem: SteadyState) -> SteadyStateResult | None:
    """SGD step by step: the fixed point of the recursion of mean and covariance."""
    if not is_discrete(problem.process):
        return None
    from resetdyn.theory import sgd_moments

    return sgd_moments.steady_state(problem)


ROUTES: dict[str, Callable[[SteadyState], SteadyStateResult | None]] = {
    "age": by_age,
    "recursion": by_recursion,
}


def _density(process: Brownian | OrnsteinUhlenbeck, to: float, reset: Reset, ageing: Ageing) -> Density:
    if isinstance(reset, Sharp):
        return lambda x: ageing.uniform_density(x, reset.period)
    rate = getattr(reset, "rate", 0.0)
    if isinstance(process, Brownian):
        return lambda x: _laplace(x, rate, to, process.diffusion, process.drift)
    return lambda x: _ornstein_uhlenbeck(x, rate, to, process)


def _laplace(x: FloatArray, rate: float, to: float, diffusion: float, drift: float) -> FloatArray:
    root = np.sqrt(drift**2 + 4 * diffusion * rate)
    away = np.asarray(x) - to
    # The decay lengths 2 D / (R -+ v), of which one would cancel at a strong drift.
    fast = root + abs(drift)
    slow = 4 * diffusion * rate / fast
    downstream = away * drift >= 0
    return rate / root * np.exp(-np.abs(away) * np.where(downstream, slow, fast) / (2 * diffusion))


def _ornstein_uhlenbeck(x: FloatArray, rate: float, to: float, process: OrnsteinUhlenbeck) -> FloatArray:
    scale = np.sqrt(process.stiffness / process.diffusion)
    nu, y = rate / process.stiffness, scale * (to - process.center)

    at_to = log_j(nu, -y), log_j(nu, y)
    z = scale * (np.asarray(x) - process.center)
    logs = [at_to[0] + log_j(nu, v) if v > y else at_to[1] + log_j(nu, -v) for v in np.ravel(z).tolist()]
    constant = np.log(scale) - np.log(2 * np.pi) / 2 - gammaln(1 + nu)
    return np.exp(np.reshape(logs, z.shape) - z**2 / 2 + constant)


def _expectation(
    density: Density, mean: float, std: float, to: float
) -> Callable[[Callable[[Any], Any]], float]:
    """Return what integrates a function over the density, which may have a kink at `to`."""

    def expect(function: Callable[[Any], Any]) -> float:
        def weighted(x: float) -> float:
            return float(function(x)) * float(density(np.asarray(x)))

        ends = sorted({mean - 60 * std, mean - 3 * std, to, mean, mean + 3 * std, mean + 60 * std})
        pieces = [
            quad(weighted, low, high, epsabs=0, epsrel=1e-11, limit=200, full_output=1)
            for low, high in pairwise(ends)
        ]
        return float(sum(piece[0] for piece in pieces))

    return expect
