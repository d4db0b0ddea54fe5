"""First passage of the Ornstein-Uhlenbeck process, in any dimension: exact Gaussian steps with a bridge."""

from __future__ import annotations

from resetdyn.problems import FirstPassage
from resetdyn.simulation import line, space
from resetdyn.simulation.barriers import has_barriers
from resetdyn.simulation.sampler import Sampler
from resetdyn.simulation.steady import steady_state

__all__ = ["first_passage", "steady_state"]


def first_passage(problem: FirstPassage, dt: float | None, max_time: float) -> Sampler:
    """Return the sampler: barriers on the line, else a surface in space."""
    if problem.process.dim == 1 and has_barriers(problem.target):
        return line.first_passage(problem, dt, max_time)
    return space.first_passage(problem, dt, max_time)
