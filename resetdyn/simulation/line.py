"""First passage on the line by exact Gaussian steps: ``dX = (force - stiffness X) dt + sqrt(2 D) dW``.

The ends of the steps are exact for any step; crossings in between are those of the bridge (see
:mod:`resetdyn.simulation.bridge`).  Two barriers are taken one by one, which is right as long as no step
spans them both: ``h < 0.01 (high - low)^2 / D`` keeps the error below ``exp(-25)``.  For Brownian motion and
one barrier any step is exact, and one leads from reset to reset.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn.problems import FirstPassage
from resetdyn.processes import Brownian
from resetdyn.resets import RateField, never_resets
from resetdyn.simulation.barriers import Barriers, Edges, around, edges_of
from resetdyn.simulation.bridge import bridge_span, crossing_time
from resetdyn.simulation.clock import Clock, clock_of, waiting_time
from resetdyn.simulation.gaussian import relaxed
from resetdyn.simulation.kernel import State, kernel
from resetdyn.simulation.rate_field import compiled_rate, rate_clock, strikes
from resetdyn.simulation.restart import Restart, restart_of, send_back
from resetdyn.simulation.sampler import BUDGET, Sampler
from resetdyn.simulation.variates import normal

# Default step, in units of the relaxation time and of the time to diffuse from one barrier to the other.
_RELAXATION_STEP = 0.02
_INTERVAL_STEP = 0.01


class Line(NamedTuple):
    """A process with linear drift on the line."""

    stiffness: float
    force: float
    diffusion: float


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of a linear process between barriers on the line."""
    line, edges = line_of(problem.process), edges_of(problem.target)
    start, reset = problem.start, problem.reset
    to = math.nan if reset.random_to else problem.reset_to
    restart = restart_of(reset)
    here = around(edges, start)
    if isinstance(reset, RateField) and not never_resets(reset):
        field, most = compiled_rate(problem, lambda x: line.force - line.stiffness * x)
        clock = rate_clock(most, max_time)
    else:
        field, clock = None, clock_of(reset, max_time)
    h = _default_step(line, here) if dt is None else dt
    two_sided = math.isfinite(here.low) and math.isfinite(here.high)

    def sample(state: State, size: int) -> tuple[Any, ...]:
        *columns, ends = _first_passages(
            state, size, line, start, to, edges, restart, clock, field, h, BUDGET
        )
        return (*columns, ends if two_sided else None)

    if h == math.inf:
        return Sampler("one exact Gaussian step with its bridge for each reset interval, exact", sample)
    return Sampler(f"exact Gaussian steps with a curved bridge, order 2, dt={h:.3g}", sample)


def line_of(process: Any) -> Line:
    """Return the linear process on the line."""
    if isinstance(process, Brownian):
        return Line(0.0, process.drift, process.diffusion)
    return Line(process.stiffness, process.stiffness * process.center, process.diffusion)


def _default_step(line: Line, around: Barriers) -> float:
    relaxation = _RELAXATION_STEP / line.stiffness if line.stiffness > 0 else math.inf
    return min(relaxation, _INTERVAL_STEP * (around.high - around.low) ** 2 / line.diffusion)


class Step(NamedTuple):
    """What a step of length `h` does: ``x * decay + push + sigma * normal``, and its bridge."""

    h: float
    decay: float
    push: float
    sigma: float
    span: float


@kernel
def step_of(h: float, line: Line) -> Step:
    """Return the exact step of length `h`."""
    return Step(
        h,
        math.exp(-line.stiffness * h),
        line.force * relaxed(line.stiffness, h),
        math.sqrt(2 * line.diffusion * relaxed(2 * line.stiffness, h)),
        bridge_span(h, line.stiffness, line.diffusion),
    )


@kernel
def bend_of(level: float, line: Line) -> float:
    """Return the curvature of a level in the clock of the bridge (see there), per square of the step."""
    return 0.0 if math.isinf(level) else line.stiffness * (line.stiffness * level - line.force) / 2


@kernel
def _first_passages(
    state: State,
    size: int,
    line: Line,
    start: float,
    to: float,
    edges: Edges,
    restart: Restart,
    clock: Clock,
    field: Any,
    dt: float,
    budget: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw first-passage times, numbers of resets, censoring and ends (0 low, 1 high, -1 none)."""
    times = np.full(size, np.nan)
    resets = np.zeros(size, np.int64)
    censored = np.zeros(size, np.bool_)
    ends = np.full(size, -1, np.int8)
    full = step_of(dt, line)
    for i in range(size):
        x = start
        low, high = around(edges, x)
        low_bend, high_bend = bend_of(low, line), -bend_of(high, line)
        time = 0.0
        reset_at = waiting_time(state, clock)
        while True:
            budget -= 1
            if budget < 0 and math.isinf(clock.max_time):
                return times, resets, censored, ends
            until = min(reset_at, clock.max_time)
            last = time + dt >= until
            step = step_of(until - time, line) if last else full
            h = step.h
            after = x * step.decay + step.push + step.sigma * normal(state)
            to_low = crossing_time(
                state, x - low, after - low, h, line.stiffness, line.diffusion, step.span, low_bend * h * h
            )
            to_high = crossing_time(
                state, high - x, high - after, h, line.stiffness, line.diffusion, step.span, high_bend * h * h
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
            low_bend, high_bend = bend_of(low, line), -bend_of(high, line)
            reset_at = time + waiting_time(state, clock)
    return times, resets, censored, ends
