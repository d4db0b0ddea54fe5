r"""Steady states in any potential on the line, by the chain of :mod:`.passages.chain`.

Without resetting that is Boltzmann's density ``exp(-U / D) / Z``, by quadrature; under Poisson resetting to
`y` it is the propagator in Laplace space, ``r G~(x | y; r)``.  Under a rate of the position, ``r(x)``, it
solves

    D p'' + (U' p)' - r(x) p + R delta(x - y) = 0,    R = int r p,

so that it is proportional to the propagator of the motion that is killed at that rate (Evans and Majumdar,
J. Phys. A 44, 435001 (2011)),

    p(x) ~ e^(-(U(x) - U(y)) / D) h(x -> y),

with `h` the probability of reaching `y` from `x` alive.  `R` follows from the slopes of `h` at `y`: the
time to a reset is ``1 / R = int G``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf, log, sqrt
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.fields import Field
from resetdyn.problems import SteadyState
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck
from resetdyn.resets import Partial, Poisson, RateField, never_resets
from resetdyn.results import SteadyStateResult
from resetdyn.theory.passages.line import Line, comes_home, line_of, way
from resetdyn.theory.passages.links import run
from resetdyn.theory.passages.propagator import log_propagator
from resetdyn.theory.steady.ages import Ages, ages_of
from resetdyn.theory.steady.costs import paused
from resetdyn.theory.steady.entropy import entropy_rates
from resetdyn.theory.steady.line_density import LineLaw
from resetdyn.theory.steady.potential_ages import log_density as log_averaged
from resetdyn.theory.steady.potential_in_time import transient_of
from resetdyn.theory.steady.potential_law import ROUGH, check_place, law_around, near_singular, slid, wells

_LOG2 = log(2.0)
_BENEATH = 1500.0  # a height, in units of D, at which the density is beneath the floats
_AMISS = 1e-6  # of the integral of the density
_ROUNDING = 1e-12
_FRONTS = 8  # resets at fixed times whose fronts are looked at closely


def steady_state(problem: SteadyState) -> SteadyStateResult | None:
    """Return the steady state of one-dimensional motion; None where no exact one is known."""
    process, reset = problem.process, problem.reset
    if not isinstance(process, Brownian | OrnsteinUhlenbeck | Langevin) or process.dim != 1:
        return None
    line = line_of(process)
    if never_resets(reset):
        return _boltzmann(problem, line)
    if isinstance(reset.to, Partial) or reset.random_to or reset.return_speed is not None:
        return None
    to = float(reset.to)
    check_place(line, to)
    if isinstance(reset, Poisson):
        log_density = near_singular(line, to, lambda x: log_propagator(process, to, reset.rate, x))
        law, most = law_around(line, to, log_density), sqrt(line.diffusion / reset.rate)
        return _result(
            problem, line, to, log_density, 1 / reset.rate, "chain: propagator in Laplace space", reset.rate,
            replace(law, scale=min(law.scale, most)),
        )  # fmt: skip
    if isinstance(reset, RateField):
        return _killed(problem, line, to, reset.field) if reset.free else None
    ages = ages_of(reset)
    return None if ages is None else _averaged(problem, line, to, ages)


def _boltzmann(problem: SteadyState, line: Line) -> SteadyStateResult:
    process: Any = problem.process
    if line.field.singularities and not _one_domain(line):
        raise ValueError(
            f"{process}: the potential is singular at {line.field.singularities} and parts the line, so "
            "that the steady state depends on the start; keep the motion on one side (reflecting=)"
        )
    bottom = _bottom(line)
    energy = line.field.value
    low, high = line.domain(bottom)
    for end in (low, high):
        first = bottom + (1.0 if end > bottom else -1.0)
        if abs(end) == inf and not comes_home(line, None, bottom, first):
            raise ValueError(
                f"{process}: the potential is not confining, so that exp(-U / D) cannot be normalised and "
                "without resetting there is no steady state; give a reset with a rate above 0"
            )
    floor = float(energy(np.array([bottom]))[0])

    def unscaled(x: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            logs = (floor - energy(x)) / line.diffusion
        return np.where((x >= low) & (x <= high) & ~np.isnan(logs), logs, -inf)

    return _scaled(problem, line, bottom, unscaled, "chain: Boltzmann density")


def _averaged(problem: SteadyState, line: Line, to: float, ages: Ages) -> SteadyStateResult:
    averaged = log_averaged(line, to, ages)
    times = ages.strike_nodes[0]
    typical = min(ages.cycle, float(np.median(times)))
    most = sqrt(2 * line.diffusion * typical)
    fronts = {slid(line, to, t) for t in (typical, *([] if ages.strikes is None else times[:_FRONTS]))}
    return _result(
        problem, line, to, near_singular(line, to, averaged), ages.cycle,
        "chain: propagator inverted and averaged over the age",
        law=law_around(
            line, to, near_singular(line, to, lambda x: averaged(x, ROUGH - log(most))), tuple(fronts), most
        ),
    )  # fmt: skip


def _killed(problem: SteadyState, line: Line, to: float, rate: Field) -> SteadyStateResult:
    unscaled = near_singular(line, to, lambda x: _log_killed(line, rate, to, x))
    return _scaled(problem, line, to, unscaled, "chain: propagator killed at the rate of resets")


def _scaled(
    problem: SteadyState, line: Line, centre: float, unscaled: Callable[[FloatArray], FloatArray], method: str
) -> SteadyStateResult:
    """Return the steady state whose density is known up to a factor."""
    log_total = log(law_around(line, centre, unscaled).average(np.ones_like))
    return _result(problem, line, centre, lambda x: unscaled(x) - log_total, inf, method)


def _result(
    problem: SteadyState, line: Line, centre: float, log_density: Callable[[FloatArray], FloatArray],
    moving_time: float, method: str, rate: float | None = None, law: LineLaw | None = None,
) -> SteadyStateResult:  # fmt: skip
    free = law_around(line, centre, log_density) if law is None else law
    mean, variance = free.mean_and_variance()
    amiss = abs(free.average(np.ones_like) - 1)
    if not amiss <= _AMISS:
        raise ValueError(
            f"{problem.process}: the chain of power series loses its digits here (the density integrates to "
            f"1 within {amiss:.1g} only); use rd.simulate(problem)"
        )
    pause = problem.reset.mean_refractory if moving_time < inf else 0.0
    law, atom, moving = free, 0.0, 1.0
    if pause:
        cycle = paused(moving_time, pause)
        moving, atom = cycle.moving, cycle.pausing
        law = replace(free, density=lambda x: moving * free.density(x), atoms=((centre, atom),))
        away = mean - centre
        mean = centre + moving * away
        variance = moving * (variance + atom * away**2)
    entropy = None
    if rate is not None and not pause:
        entropy = lambda: entropy_rates(free, line.field.value, line.diffusion, rate, centre)  # noqa: E731

    def density(x: FloatArray) -> FloatArray:
        with np.errstate(under="ignore"):
            return np.asarray(moving * np.exp(log_density(x)))

    return SteadyStateResult(
        problem=problem,
        method=method,
        mean=mean,
        cov=variance,
        error=(_ROUNDING + amiss) * (abs(mean) + sqrt(variance)),
        density=density,
        expectation=law.expect,
        atom=atom,
        later=transient_of(line, problem.reset),
        entropy=entropy,
    )


def _bottom(line: Line) -> float:
    """Return a place of low energy: the deepest well, else the lowest of a wall or kink."""
    inside = _inside(line)
    low, high = line.domain(inside)
    places = [inside, *wells(line, inside), *(k for k in line.field.kinks if low < k < high)]
    places += [end for end in line.walls if end is not None]
    heights = line.field.value(np.array(places))
    return places[int(np.nanargmin(np.where(np.isfinite(heights), heights, inf)))]


def _inside(line: Line) -> float:
    """Return a place where the motion can be."""
    low = max((w for w in line.walls[:1] if w is not None), default=-inf)
    high = min((w for w in line.walls[1:] if w is not None), default=inf)
    points = line.field.singularities
    if low == -inf and high == inf and points:
        right = line.field.value(np.array([points[-1] + 1.0]))
        return points[-1] + 1.0 if np.isfinite(right[0]) else points[0] - 1.0
    if low == -inf:
        return min(high - 1.0, 0.0) if not points else high - min(1.0, (high - max(points)) / 2)
    if high == inf:
        return max(low + 1.0, 0.0) if not points else low + min(1.0, abs(min(points) - low) / 2 or 1.0)
    return (low + high) / 2


def _one_domain(line: Line) -> bool:
    """Return whether the motion has one domain only."""
    inside = _inside(line)
    low, high = line.domain(inside)
    outside = np.array([low - 1e-3 * max(1.0, abs(low)), high + 1e-3 * max(1.0, abs(high))])
    walls = line.walls
    with np.errstate(all="ignore"):
        there = np.isfinite(line.field.value(outside)) & np.isfinite(outside)
    return not ((there[0] and low != walls[0]) or (there[1] and high != walls[1]))


def _log_killed(line: Line, rate: Field, to: float, x: FloatArray) -> FloatArray:
    """Return the logarithm of the killed propagator from `to`, over the mean flux (time alive at `x`)."""
    flat = np.ravel(x)
    low, high = line.domain(to)
    with np.errstate(all="ignore"):
        height = (line.field.value(flat) - line.field.value(np.array([to]))) / line.diffusion
    there = (flat >= low) & (flat <= high) & (height < _BENEATH)
    logs = np.full(flat.shape, -inf)
    logs[there & (flat == to)] = 0.0
    slope = 0.0
    for side in (-1.0, 1.0):
        mine = there & (side * (flat - to) > 0)
        end = (low, high)[side > 0]
        if end == to:
            continue
        distances = np.abs(flat[mine] - to)
        stops, where = np.unique(distances, return_inverse=True)
        if not len(stops):
            stops = np.array([1.0 if abs(end) == inf else abs(end - to) / 2])
        mesh = way(line.field, line.walls, rate, to, to + side * float(stops[-1])).mesh
        links = run(mesh, np.array([0.0]), line.diffusion, stops, False)
        steps = -np.log(links.hit[0, :, 0]) - links.hit_exponents[0] * _LOG2 - links.tilts
        slope += float(links.y[0])
        if len(distances):
            logs[mine] = np.cumsum(steps)[where]
    return np.asarray((logs - log(line.diffusion * slope)).reshape(np.shape(x)))
