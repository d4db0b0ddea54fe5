"""What motion with inertia is on the line and in space: friction, the noise that goes with it, and resets."""

from __future__ import annotations

import math
from typing import NamedTuple

from resetdyn.processes import UnderdampedLangevin
from resetdyn.simulation.kernel import State, inlined
from resetdyn.simulation.variates import normal

# Default step, in units of the time that the velocity remembers and of the period of an oscillation.
_STEP = 0.05
_KEEP, _ZERO, _REDRAW = 0, 1, 2


class Bath(NamedTuple):
    """Friction, the standard deviation of the velocity at rest, and what a reset does to the velocity.

    The step is `dt`, over which the velocity decays by `decay` and is kicked by `kick`.
    """

    friction: float
    thermal: float
    rule: int
    dt: float
    decay: float
    kick: float


def bath_of(process: UnderdampedLangevin, dt: float) -> Bath:
    """Return the bath of a process."""
    rule = {"keep": _KEEP, "zero": _ZERO, "redraw": _REDRAW}[process.reset_velocity]
    bath = Bath(process.friction, process.thermal_speed, rule, dt, 0.0, 0.0)
    return bath._replace(decay=decay_over(dt, bath), kick=kick_over(dt, bath))


@inlined
def decay_over(h: float, bath: Bath) -> float:
    """Return what is left of a velocity after the time `h`."""
    return math.exp(-bath.friction * h)


@inlined
def kick_over(h: float, bath: Bath) -> float:
    """Return the standard deviation of what the noise adds to the velocity in the time `h`."""
    return bath.thermal * math.sqrt(-math.expm1(-2 * bath.friction * h))


@inlined
def velocity_after(state: State, bath: Bath, v: float, again: bool) -> float:
    """Return a component of the velocity after a reset (`again`) or at the start."""
    if bath.rule == _ZERO:
        return 0.0
    return v if again and bath.rule == _KEEP else bath.thermal * normal(state)


def time_step(process: UnderdampedLangevin, stiffness: float, dt: float | None) -> float:
    """Return the time step: `dt`, or the default; raise where an oscillation is too fast for it."""
    frequency = math.sqrt(process.friction * stiffness)
    if dt is None:
        return _STEP / max(process.friction, frequency)
    if frequency * dt >= 2:
        raise ValueError(
            f"dt={dt:g}: the steps are unstable where an oscillation has the frequency {frequency:.3g}; give "
            f"less than {2 / frequency:.3g}"
        )
    return dt


def memory_unit(bath: Bath) -> float:
    """Return a time in which the motion changes."""
    return bath.dt / _STEP
