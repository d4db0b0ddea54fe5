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
from resetdyn.theory.steady.costs import paused
from resetdyn.theory.steady.entropy import entropy_rates
from resetdyn.theory.steady.line_density import LineLaw

_LOG2 = log(2.0)
_BENEATH = 1500.0  # a height, in units of D, at which the density is beneath the floats
_MOVABLE: FloatArray = 3.0 ** np.arange(-24.0, 40.0)
_NEAREST = 1e-7  # of the way from a singular end to where resets lead
_AMISS = 1e-6  # of the integral of the density
_ROUNDING = 1e-12


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
    _check_place(line, to)
    if isinstance(reset, Poisson):
        log_density = _near_singular(line, to, lambda x: log_propagator(process, to, reset.rate, x))
        return _result(
            problem, line, to, log_density, 1 / reset.rate, "chain: propagator in Laplace space", reset.rate
        )
    if isinstance(reset, RateField) and reset.free:
        return _killed(problem, line, to, reset.field)
    return None


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


def _killed(problem: SteadyState, line: Line, to: float, rate: Field) -> SteadyStateResult:
    unscaled = _near_singular(line, to, lambda x: _log_killed(line, rate, to, x))
    return _scaled(problem, line, to, unscaled, "chain: propagator killed at the rate of resets")


def _scaled(
    problem: SteadyState, line: Line, centre: float, unscaled: Callable[[FloatArray], FloatArray], method: str
) -> SteadyStateResult:
    """Return the steady state whose density is known up to a factor."""
    log_total = log(_law(line, centre, unscaled).average(np.ones_like))
    return _result(problem, line, centre, lambda x: unscaled(x) - log_total, inf, method)


def _result(
    problem: SteadyState, line: Line, centre: float, log_density: Callable[[FloatArray], FloatArray],
    moving_time: float, method: str, rate: float | None = None,
) -> SteadyStateResult:  # fmt: skip
    free = _law(line, centre, log_density)
    mean, variance = free.mean_and_variance()
    amiss = abs(free.average(np.ones_like) - 1)
    if not amiss <= _AMISS:
        raise ValueError(
            f"{problem.process}: the chain of power series loses its digits here (the density integrates to "
            f"1 within {amiss:.1g} only); use rd.simulate(problem)"
        )
    pause = problem.reset.mean_refractory if moving_time < inf else 0.0
    law, atom = free, 0.0
    if pause:
        cycle = paused(moving_time, pause)
        law = replace(
            free, density=lambda x: cycle.moving * free.density(x), atoms=((centre, cycle.pausing),)
        )
        away, atom = mean - centre, cycle.pausing
        mean = centre + cycle.moving * away
        variance = cycle.moving * (variance + cycle.pausing * away**2)
    entropy = None
    if rate is not None and not pause:
        entropy = lambda: entropy_rates(free, line.field.value, line.diffusion, rate, centre)  # noqa: E731
    return SteadyStateResult(
        problem=problem,
        method=method,
        mean=mean,
        cov=variance,
        error=(_ROUNDING + amiss) * (abs(mean) + sqrt(variance)),
        density=law.density,
        expectation=law.expect,
        atom=atom,
        entropy=entropy,
    )


def _near_singular(line: Line, to: float, log_density: Any) -> Callable[[FloatArray], FloatArray]:
    """Return the density also next to a singular end, where it is Boltzmann's: what starts there leaves."""
    low, high = line.domain(to)
    near = [low, high]
    for i, end in enumerate((low, high)):
        if abs(end) < inf and end not in line.walls:
            near[i] = end + _NEAREST * (to - end)

    def whole(x: FloatArray) -> FloatArray:
        moved = np.clip(x, near[0], near[1])
        logs = np.asarray(log_density(moved))
        off = (moved != x) & (x >= low) & (x <= high)
        with np.errstate(all="ignore"):
            rise = np.where(off, line.field.value(x) - line.field.value(moved), 0.0)
        logs = np.where(np.isnan(rise), -inf, logs - rise / line.diffusion)
        return np.where((x >= low) & (x <= high), logs, -inf)

    return whole


def _law(line: Line, centre: float, log_density: Callable[[FloatArray], FloatArray]) -> LineLaw:
    """Return the law with its marks: the centre, kinks, walls, singularities and wells."""

    def density(x: FloatArray) -> FloatArray:
        with np.errstate(under="ignore"):
            return np.asarray(np.exp(log_density(np.asarray(x, dtype=float))))

    low, high = line.domain(centre)
    marks = [centre, *(kink for kink in line.field.kinks if low < kink < high), *_wells(line, centre)]
    marks += [end for end in (low, high) if abs(end) < inf]
    steps = centre + _MOVABLE
    heights = line.field.value(np.clip(np.array([steps, centre - _MOVABLE]), low, high))
    climbed = np.abs(heights - line.field.value(np.array([centre]))) > line.diffusion
    scale = float(_MOVABLE[np.argmax(climbed.any(axis=0))]) if climbed.any() else 1.0
    return LineLaw(density, tuple(dict.fromkeys(marks)), scale, low, high)


def _wells(line: Line, centre: float) -> list[float]:
    """Return the minima of the potential, as a grid that spreads from all special places shows them."""
    low, high = line.domain(centre)
    seeds = [centre, 0.0, *line.field.kinks, *(end for end in (low, high) if abs(end) < inf)]
    fine = np.concatenate([-_MOVABLE[::-1], [0.0], _MOVABLE])
    even = np.linspace(-10.0, 10.0, 401)
    x = np.unique(np.concatenate([seed + part for seed in seeds for part in (fine, even)]).clip(low, high))
    u = line.field.value(x)
    x, u = x[np.isfinite(u)], u[np.isfinite(u)]
    at = np.flatnonzero((u[1:-1] < u[:-2]) & (u[1:-1] <= u[2:])) + 1
    left, right = x[at - 1], x[at + 1]
    for _ in range(60):
        third = (right - left) / 3
        below = line.field.value(left + third) < line.field.value(right - third)
        left, right = np.where(below, left, left + third), np.where(below, right - third, right)
    return [float(place) for place in (left + right) / 2]


def _bottom(line: Line) -> float:
    """Return a place of low energy: the deepest well, else the lowest of a wall or kink."""
    inside = _inside(line)
    low, high = line.domain(inside)
    places = [inside, *_wells(line, inside), *(k for k in line.field.kinks if low < k < high)]
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


def _check_place(line: Line, to: float) -> None:
    low, high = line.walls
    outside = (low is not None and to < low) or (high is not None and to > high)
    if outside or to in line.field.singularities or not np.isfinite(line.field.value(np.array([to]))[0]):
        raise ValueError(
            f"to={to:g} is outside the domain of the potential, or where it is singular; "
            "reset to a place inside"
        )


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
