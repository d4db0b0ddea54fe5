"""Motion on the line by exact Gaussian steps: ``dX = (force - stiffness X) dt + sqrt(2 D) dW``.

The ends of the steps are exact for any step; crossings in between are those of the bridge (see
:mod:`resetdyn.simulation.bridge`).  Two barriers are taken one by one, which is right as long as no step
spans them both: ``h < 0.01 (high - low)^2 / D`` keeps the error below ``exp(-25)``.  For Brownian motion and
one barrier any step is exact, and one leads from reset to reset.

The bridge of a curved barrier is right to first order in the curvature, and the error of second order comes
from places beside the barrier; there steps are a quarter as long, which takes it from some 4e-3 of the mean
to 3e-4 at a tenth of the relaxation time.

Steps between places that are both five standard deviations of the bridge off every barrier are not asked
whether they crossed: it would say so less than once in 1e16 times.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn.problems import FirstPassage
from resetdyn.processes import Brownian
from resetdyn.resets import RateField, never_resets
from resetdyn.simulation.barriers import NO_EDGES, Barriers, Edges, around, edges_of
from resetdyn.simulation.bridge import bridge_span, crossing_time
from resetdyn.simulation.clock import clock_of
from resetdyn.simulation.gaussian import relaxed
from resetdyn.simulation.kernel import inlined, kernel, whole_steps
from resetdyn.simulation.paths import passage_sampler
from resetdyn.simulation.rate_field import compiled_rate, rate_clock
from resetdyn.simulation.sampler import Sampler, Scheme
from resetdyn.simulation.variates import normal
from resetdyn.simulation.verbs import teach

# Default step, in units of the relaxation time and of the time to diffuse from one barrier to the other.
_RELAXATION_STEP = 0.05
_INTERVAL_STEP = 0.01
# exp(-b0 b1 / span) at b0 = b1 = 5 sqrt(2 span) is exp(-50); a bend of the barrier takes a quarter at most.
_CLEAR = 5.0
# Beside a barrier, closer than this in the same unit, steps are shorter.
_BESIDE = 2.5
_FINER = 4


class Line(NamedTuple):
    """A process with linear drift on the line."""

    stiffness: float
    force: float
    diffusion: float


class Step(NamedTuple):
    """What a step of length `h` does: ``x * decay + push + sigma * normal``, and its bridge."""

    h: float
    decay: float
    push: float
    sigma: float
    span: float


class LineMotion(NamedTuple):
    """Motion with linear drift between the barriers around it, by steps like `step`, beside them like `fine`.

    The last step to a time is whatever is left; `ratio` fine steps make up one.
    """

    line: Line
    edges: Edges
    step: Step
    fine: Step
    ratio: int


class LineWalker(NamedTuple):
    """Where a path is, and the barriers around it with their curvatures in the clock of the bridge."""

    x: float
    low: float
    high: float
    low_bend: float
    high_bend: float


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler of a linear process between barriers on the line."""
    line, edges, reset = line_of(problem.process), edges_of(problem.target), problem.reset
    here = around(edges, problem.start)
    if isinstance(reset, RateField) and not never_resets(reset):
        field, most = compiled_rate(problem, lambda x: line.force - line.stiffness * x)
        clock = rate_clock(most, max_time)
    else:
        field, clock = None, clock_of(reset, max_time)
    h = _default_step(line, here) if dt is None else dt
    scheme = (
        Scheme("one exact Gaussian step with its bridge for each reset interval, exact")
        if h == math.inf
        else Scheme("exact Gaussian steps with a curved bridge", h, 2)
    )
    motion = _motion(line, edges, h)
    return passage_sampler(
        problem, motion, scheme, clock, field, two_ended=math.isfinite(here.low) and math.isfinite(here.high)
    )


def line_of(process: Any) -> Line:
    """Return the linear process on the line."""
    if isinstance(process, Brownian):
        return Line(0.0, process.drift, process.diffusion)
    return Line(process.stiffness, process.stiffness * process.center, process.diffusion)


def free_motion(process: Any) -> LineMotion:
    """Return the motion of a linear process without a target: exact, in one step to any time."""
    return _motion(line_of(process), NO_EDGES, math.inf)


def _motion(line: Line, edges: Edges, h: float) -> LineMotion:
    ratio = _FINER if line.stiffness > 0 and h < math.inf else 1
    return LineMotion(line, edges, step_of(h, line), step_of(h / ratio, line), ratio)


def _default_step(line: Line, around: Barriers) -> float:
    relaxation = _RELAXATION_STEP / line.stiffness if line.stiffness > 0 else math.inf
    return min(relaxation, _INTERVAL_STEP * (around.high - around.low) ** 2 / line.diffusion)


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


@inlined
def _bend_of(level: float, line: Line) -> float:
    """Return the curvature of a level in the clock of the bridge (see there), per square of the step."""
    return 0.0 if math.isinf(level) else line.stiffness * (line.stiffness * level - line.force) / 2


@inlined
def _crossing(state: Any, line: Line, walker: LineWalker, after: float, step: Step) -> tuple[float, int]:
    """Draw when inside a step a barrier was crossed (`inf` if none was), and which."""
    x, h = walker.x, step.h
    to_low = crossing_time(
        state, x - walker.low, after - walker.low, h, line.stiffness, line.diffusion, step.span,
        walker.low_bend * h * h,
    )  # fmt: skip
    to_high = crossing_time(
        state, walker.high - x, walker.high - after, h, line.stiffness, line.diffusion, step.span,
        walker.high_bend * h * h,
    )  # fmt: skip
    return min(to_low, to_high), 0 if to_low < to_high else 1


def _room(motion):  # type: ignore[no-untyped-def]
    return LineWalker(0.0, -math.inf, math.inf, 0.0, 0.0)


def _placed(state, motion, walker, x, again):  # type: ignore[no-untyped-def]
    low, high = around(motion.edges, x)
    end = -1 if low < x < high else 0 if x <= low else 1
    return LineWalker(x, low, high, _bend_of(low, motion.line), -_bend_of(high, motion.line)), end


def _travel(state, motion, walker, limit, budget):  # type: ignore[no-untyped-def]
    line, _, step, fine, ratio = motion
    _, low, high, low_bend, high_bend = walker
    x, unit = walker.x, fine.h
    reach = math.sqrt(2 * step.span)
    clear = _CLEAR * reach + 2 * max(abs(low_bend), abs(high_bend)) * step.h * step.h
    from_low, to_high = low + clear, high - clear
    beside_low, beside_high = low + _BESIDE * reach, high - _BESIDE * reach
    near = not from_low < x < to_high
    whole = whole_steps(limit, unit)
    units = min(whole, budget)
    k = np.int64(0)
    while k < units:
        if ratio > 1 and (units - k < ratio or not beside_low < x < beside_high):
            after = x * fine.decay + fine.push + fine.sigma * normal(state)
            taken, made = np.int64(1), fine
        else:
            after = x * step.decay + step.push + step.sigma * normal(state)
            taken, made = ratio, step
        close = not from_low < after < to_high
        if close or near:
            walker = LineWalker(x, low, high, low_bend, high_bend)
            crossed, end = _crossing(state, line, walker, after, made)
            if crossed < math.inf:
                return walker, k * unit + crossed, end, budget - k
        x, near = after, close
        k += taken
    walker = LineWalker(x, low, high, low_bend, high_bend)
    if whole > units:
        return walker, k * unit, -1, 0
    done = k * unit if k > 0 else 0.0
    rest = step_of(limit - done, line)
    after = x * rest.decay + rest.push + rest.sigma * normal(state)
    crossed, end = _crossing(state, line, walker, after, rest)
    if crossed < math.inf:
        return walker, done + crossed, end, budget - k
    return LineWalker(after, low, high, low_bend, high_bend), limit, -1, budget - k


teach(LineMotion, room=_room, placed=_placed, travel=_travel)
