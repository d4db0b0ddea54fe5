r"""Overdamped motion in any potential on the line, by steps that are exact where the force is linear.

A step of the length `h` from `x` takes the force as ``f + f' (X - x)``, and its curvature at the rate
``D f''`` at which the noise spreads over it (Shoji and Ozaki, Stoch. Anal. Appl. 16, 733 (1998)): weak order
2, and stable where a force grows beyond all bounds.  With ``E = exp(f' h) - 1``,

    X(h) = x + f E / f' + D f'' (E - f' h) / f'^2 + sqrt(D E (E + 2) / f') * normal.

Crossings inside the step are those of the bridge of that linear force, see
:mod:`resetdyn.simulation.bridge`; walls and kinks are in :mod:`resetdyn.simulation.force`.

The force and its derivatives come from the potential by SymPy and are compiled for each potential, in about a
second at the first call (see :mod:`resetdyn.simulation.formulas`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.resets import Partial, RateField, never_resets
from resetdyn.simulation.ages import age, ages_of, mean_wait
from resetdyn.simulation.barriers import Edges, around, edges_of, has_barriers
from resetdyn.simulation.bridge import crossing_time
from resetdyn.simulation.clock import Clock, clock_of, waiting_time
from resetdyn.simulation.force import Force, force_of, step
from resetdyn.simulation.kernel import State, inlined, kernel
from resetdyn.simulation.potential_scales import check_regular, default_step, order_of
from resetdyn.simulation.quantiles import draw
from resetdyn.simulation.rate_field import compiled_rate, rate_clock, strikes
from resetdyn.simulation.restart import Restart, restart_of, send_back
from resetdyn.simulation.sampler import BUDGET, Sampler
from resetdyn.simulation.variates import uniform


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of motion in a potential to barriers on the line."""
    process: Any = problem.process
    reset = problem.reset
    if process.dim > 1 or not has_barriers(problem.target):
        raise ValueError(
            f"process={process}, target={problem.target}: motion in a potential is sampled in one dimension "
            "and to targets with known ends; give an rd.Level or an rd.Interval"
        )
    edges, to = edges_of(problem.target), math.nan if reset.random_to else problem.reset_to
    pairs = [(x, tuple(around(edges, x))) for x in (problem.start, *_places(reset, to))]
    places, ends = zip(*((x, (low, high)) for x, (low, high) in pairs if low < x < high), strict=True)
    force, restart = force_of(process), restart_of(reset)
    h = default_step(process, places, ends) if dt is None else dt
    check_regular(process, places, ends)
    if isinstance(reset, RateField) and not never_resets(reset):
        field, most = compiled_rate(problem, process.force)
        clock = rate_clock(most, max_time)
    else:
        field, clock = None, clock_of(reset, max_time)

    def sample(state: State, size: int) -> tuple[Any, ...]:
        *columns, ends = _first_passages(
            state, size, force, problem.start, to, edges, restart, clock, field, h, BUDGET
        )
        return (*columns, ends if edges.free_between else None)

    return Sampler(
        f"locally linear steps with a curved bridge, order {order_of(process)}, dt={h:.3g}", sample
    )


def steady_state(problem: SteadyState, dt: float | None) -> Sampler:
    """Return the sampler of steady states under resetting: motion for as long as the last reset is ago."""
    process: Any = problem.process
    reset: Any = problem.reset
    odd = isinstance(reset, RateField) or isinstance(reset.to, Partial) or reset.return_speed is not None
    if process.dim > 1 or never_resets(reset) or odd:
        raise ValueError(
            f"problem={problem}: no sampler for this steady state in a potential; give one dimension and a "
            "reset to a place, or use rd.solve(problem)"
        )
    to = math.nan if reset.random_to else reset.to
    places = _places(reset, to)
    ends = [process.domain(place) for place in places]
    h = default_step(process, places, ends) if dt is None else dt
    check_regular(process, places, ends)
    force, restart, ages = force_of(process), restart_of(reset), ages_of(reset)
    moving = mean_wait(reset) / (mean_wait(reset) + reset.mean_refractory)

    def sample(state: State, size: int) -> tuple[FloatArray]:
        return (_steady_states(state, size, force, to, restart, ages, moving, h),)

    return Sampler(
        f"locally linear steps since the last reset, order {order_of(process)}, dt={h:.3g}", sample
    )


def _places(reset: Any, to: float) -> list[float]:
    """Return places that are typical of where resets lead."""
    return [float(x) for x in reset.to.ppf([0.05, 0.5, 0.95])] if reset.random_to else [to]


@inlined
def _force_at(force: Force, end: float) -> float:
    return 0.0 if math.isinf(end) else force.force(end)


@kernel
def _first_passages(
    state: State,
    size: int,
    force: Force,
    start: float,
    to: float,
    edges: Edges,
    restart: Restart,
    clock: Clock,
    field: Any,
    dt: float,
    budget: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    times = np.full(size, np.nan)
    resets = np.zeros(size, np.int64)
    censored = np.zeros(size, np.bool_)
    ends = np.full(size, -1, np.int8)
    for i in range(size):
        x = start
        low, high = around(edges, x)
        at_low, at_high = _force_at(force, low), _force_at(force, high)
        time = 0.0
        reset_at = waiting_time(state, clock)
        while True:
            budget -= 1
            if budget < 0 and math.isinf(clock.max_time):
                return times, resets, censored, ends
            until = min(reset_at, clock.max_time)
            last = time + dt >= until
            h = until - time if last else dt
            after, k, span = step(state, force, x, h)
            bend = k * h * h / 2
            to_low = crossing_time(state, x - low, after - low, h, k, force.diffusion, span, -bend * at_low)
            to_high = crossing_time(
                state, high - x, high - after, h, k, force.diffusion, span, bend * at_high
            )
            if min(to_low, to_high) < math.inf:
                times[i] = time + min(to_low, to_high)
                ends[i] = 0 if to_low < to_high else 1
                break
            x = after
            time = until if last else time + h
            if not last:
                continue
            if clock.max_time <= reset_at:
                times[i], censored[i] = clock.max_time, True
                break
            if field is not None and not strikes(state, field(x), clock.rate):
                reset_at = time + waiting_time(state, clock)
                continue
            resets[i] += 1
            x, taken = send_back(state, restart, to, x)
            time += taken
            if time >= clock.max_time:
                times[i], censored[i] = clock.max_time, True
                break
            low, high = around(edges, x)
            if not low < x < high:  # a random place may be at the target
                times[i], ends[i] = time, 0 if x <= low else 1
                break
            at_low, at_high = _force_at(force, low), _force_at(force, high)
            reset_at = time + waiting_time(state, clock)
    return times, resets, censored, ends


@kernel
def _steady_states(
    state: State, size: int, force: Force, to: float, restart: Restart, ages: Clock, moving: float, dt: float
) -> FloatArray:
    samples = np.empty(size)
    for i in range(size):
        x = draw(state, restart.places) if restart.random else to
        left = age(state, ages) if moving == 1 or uniform(state) <= moving else 0.0
        while left > 0:
            h = min(dt, left)
            x = step(state, force, x, h).after
            left -= h
        samples[i] = x
    return samples
