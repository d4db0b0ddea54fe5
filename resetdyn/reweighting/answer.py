"""Reweighting: one run answers for a whole grid of reset rates, and says where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from resetdyn import _checks
from resetdyn.inference import reset_free_times
from resetdyn.problems import FirstPassage, left_by_resets
from resetdyn.processes import Brownian, OrnsteinUhlenbeck, RunAndTumble
from resetdyn.resets import Geometric, NoReset, Poisson, Renewal, Reset, Sharp, never_resets
from resetdyn.results import FirstPassageSamples, FirstPassageSummary
from resetdyn.results.reweighted import Reweighted, ReweightedOptimum
from resetdyn.reweighting.averages import Estimate, first_ends, first_spent, likelihood, preference, renewed
from resetdyn.targets import Interval, Level

_LEAST = 1e-9  # noise of a direction, relative to that of the noisiest, that counts for some
_At = Callable[[Any], list[Estimate]]


def reweight(samples: FirstPassageSamples | ArrayLike, rates: Any) -> Reweighted:
    """Estimate mean first-passage times under many resets from one run.

    Parameters
    ----------
    samples : FirstPassageSamples or (n,) array
        Simulated without resets or with Poisson resets that cost no time; or measured reset-free times.
    rates : array of float, or sequence of Reset
        Poisson rates; or, from reset-free times, any of Poisson, Sharp, Geometric, Renewal and NoReset.
        Resets lead where they lead in the samples, or else to their start, whatever ``reset.to`` says.

    Returns
    -------
    Reweighted
        ``.mean``, ``.error``, ``.ess`` (effective sample size) and ``.trusted`` for each rate, and the
        ``.optimum`` among trusted Poisson rates.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If the samples were cut short, under resets that reweighting does not know, or of a process whose
        resets leave something of the past (a velocity that is kept, a schedule). Measured times have to come
        from trials that a reset would begin anew.

    Examples
    --------
    >>> import resetdyn as rd
    >>> def search(rate):
    ...     return rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(rate))
    >>> run = rd.simulate(search(2.0), n=100_000, rng=7)
    >>> answer = rd.reweight(run, [1.5, 2.0, 3.0, 5.0, 1000.0])
    >>> answer.trusted
    array([ True,  True,  True,  True, False])
    >>> bool(abs(answer.mean[3] - rd.solve(search(5.0)).mean) < 4 * answer.error[3])
    True
    >>> abs(answer.optimum.rate - 2.5396) < 4 * answer.optimum.error
    True
    """
    resets = _resets(rates)
    at, n, method = _estimators(samples, resets)
    table = [at(reset) for reset in resets]
    best = [min(row, key=preference) for row in table]
    trusted = np.array([e.trusted for e in best])
    poisson = all(isinstance(reset, Poisson) for reset in resets)
    return Reweighted(
        resets=resets, n=n, method=method,
        rates=np.array([_frequency(reset) for reset in resets]),
        mean=np.array([e.mean for e in best]), error=np.array([e.error for e in best]),
        ess=np.array([e.ess for e in best]), trusted=trusted,
        optimum=_optimum(at, resets, table) if poisson else None,
    )  # fmt: skip


def _resets(rates: Any) -> tuple[Reset, ...]:
    if isinstance(rates, list | tuple) and rates and all(isinstance(reset, Reset) for reset in rates):
        return tuple(rates)
    array = np.atleast_1d(_checks.finite_array("rates", rates))
    if array.ndim != 1 or np.any(array < 0):
        raise ValueError(f"rates={array}: give one row of rates of at least 0")
    return tuple(Poisson(rate) for rate in array.tolist())


def _estimators(samples: Any, resets: tuple[Reset, ...]) -> tuple[_At, int, str]:
    """Return the estimators that the samples allow, the number of paths, and a name."""
    steps = any(isinstance(reset, Geometric) for reset in resets)
    if isinstance(samples, FirstPassageSummary):
        raise TypeError(
            "samples: a summary holds no single times; simulate with keep='samples', or rd.simulate each rate"
        )
    if not isinstance(samples, FirstPassageSamples):
        free = reset_free_times(samples, steps)
        return lambda reset: [renewed(free, reset)], len(free), "renewal from reset-free times"
    if samples.lower_bound or not np.all(np.isfinite(samples.times)):
        raise ValueError("samples: some paths never arrived or were given up; simulate without max_time")
    if samples.n < 2:
        raise ValueError("samples: one path tells no error; simulate more")
    own, left = samples.problem.reset, left_by_resets(samples.problem.process)
    if never_resets(own):
        if left:
            raise ValueError(
                f"samples: {left} outlasts a reset, so that none begins a new trial, and times without "
                "resets do not tell; use rd.simulate for each reset"
            )
        free = reset_free_times(samples.times, steps)
        return lambda reset: [renewed(free, reset)], len(free), "renewal from reset-free times"
    if not isinstance(own, Poisson) or not own.free:
        raise ValueError(
            f"samples were drawn under {own}: reweighting takes rd.NoReset, or rd.Poisson without pause or "
            "journey; use rd.simulate for each reset"
        )
    if not all(isinstance(reset, Poisson | NoReset) for reset in resets):
        raise ValueError(
            "rates: samples under rd.Poisson answer for rates; for other laws simulate rd.NoReset"
        )
    # Elsewhere, or with a past, a reset begins no trial like the first; its time is Poisson's all the same.
    to_start = own.to is None or (not own.random_to and np.array_equal(own.to, samples.problem.start))
    to_start = to_start and not left

    ways = [likelihood, first_ends] if to_start else [likelihood]
    if to_start and _ends_for_certain(samples.problem):
        ways.append(first_spent)

    def at(reset: Reset) -> list[Estimate]:
        return [way(samples.times, samples.resets, own.rate, _frequency(reset)) for way in ways]

    return at, samples.n, f"likelihood ratio from rate {own.rate:g}"


def _ends_for_certain(problem: FirstPassage) -> bool:
    """Return whether a search is known to end without resets, sooner or later."""
    process, target = problem.process, problem.target
    match process:
        case OrnsteinUhlenbeck():  # noise in all directions takes it everywhere
            spreads = np.linalg.eigvalsh(np.atleast_2d(process.diffusion))
            return bool(spreads[0] > _LEAST * spreads[-1])
        case Brownian(dim=1) | RunAndTumble() if isinstance(target, Interval):
            return True
        case Brownian(dim=1) if isinstance(target, Level):
            return bool(process.drift * (target.x - problem.start) >= 0)
    return False


def _frequency(reset: Any) -> float:
    """Return the resets per unit time (or step)."""
    match reset:
        case Poisson(rate=rate):
            return float(rate)
        case Sharp(period=period):
            return float(1 / period)
        case Geometric(probability=probability):
            return float(probability)
        case Renewal(law=law):
            return float(1 / law.mean())
    return 0.0


def _optimum(at: _At, resets: Any, table: list[list[Estimate]]) -> ReweightedOptimum | None:
    """Return the rate with the least mean, by the way that knows it best.

    Each way has a curve of its own: between points of different ways there may be minima of neither.
    """
    order = [i for i in np.argsort([reset.rate for reset in resets]) if resets[i].rate > 0]

    def curve(way: int) -> Callable[[float], Estimate]:
        return lambda rate: at(Poisson(rate))[way]

    found = [
        _lowest(curve(way), [resets[i].rate for i in order], [table[i][way] for i in order])
        for way in range(len(table[0]))
    ]
    return min(filter(None, found), key=lambda optimum: optimum.error, default=None)


def _lowest(
    curve: Callable[[float], Estimate], rates: list[float], points: list[Estimate]
) -> ReweightedOptimum | None:
    """Return the least mean of a curve between trusted points; its error by the delta method."""
    trusted = {rate: point.mean for rate, point in zip(rates, points, strict=True) if point.trusted}
    known = list(trusted.items())  # each rate once
    lowest = min(range(len(known)), key=lambda i: known[i][1], default=0)
    if not 0 < lowest < len(known) - 1:
        return None
    low, high = (float(np.log(known[lowest + k][0])) for k in (-1, 1))

    def estimate(log_rate: float) -> Estimate:
        return curve(float(np.exp(log_rate)))

    place = minimize_scalar(
        lambda x: estimate(x).mean, bounds=(low, high), method="bounded", options={"xatol": 1e-6}
    ).x
    step = min(0.05, (high - low) / 4)
    below, here, above = (estimate(place + k * step) for k in (-1, 0, 1))
    curvature = (below.mean - 2 * here.mean + above.mean) / step**2
    if not curvature > 0:
        return None
    slopes = (above.influence - below.influence) / (2 * step)
    rate = float(np.exp(place))
    spread = float(slopes.std(ddof=1) / np.sqrt(len(slopes)) / curvature)
    return ReweightedOptimum(rate, rate * spread, here.mean, here.error)
