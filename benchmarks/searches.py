"""What is searched for in `benchmarks.simulation`, and by which loops."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import resetdyn as rd
from benchmarks.loops import Loop, Search, in_c, plain, timed
from resetdyn.simulation import line
from resetdyn.simulation.sampler import Task
from resetdyn.simulation.streams import chunks

Force = Callable[[float], float]


@dataclass(frozen=True)
class Case:
    """A search, its force as a plain function, and how it goes in C.

    Attributes
    ----------
    name : str
        What it is called.
    problem : FirstPassage
        The search; `solvable` is the same one where it is not this that `rd.solve` knows.
    force : callable
        Its force.
    dt : float
        The step at which all loops are compared.
    scheme : tuple
        The C loop of resetdyn's scheme, with the arguments that come before the step.
    lanes : tuple
        The same in lanes.
    fits : tuple of float
        Steps at which the bias of Euler's loop is measured.
    solvable : FirstPassage or None
    """

    name: str
    problem: rd.FirstPassage
    force: Force
    dt: float
    scheme: tuple[str, *tuple[float, ...]]
    lanes: tuple[str, *tuple[float, ...]] | None
    fits: tuple[float, ...]
    solvable: rd.FirstPassage | None = None

    @cached_property
    def exact(self) -> rd.FirstPassageTime:
        """The exact answer."""
        return rd.solve(self.solvable or self.problem)

    @cached_property
    def search(self) -> Search:
        """What the plain loops and C are told."""
        process, reset = self.problem.process, self.problem.reset
        stiffness = getattr(process, "stiffness", 0.0)
        push = stiffness * process.center if stiffness else getattr(process, "drift", 0.0)
        target = self.problem.target.x
        return Search(self.problem.start, target, stiffness, push, process.diffusion, reset.rate)

    @cached_property
    def loops(self) -> dict[str, Loop | None]:
        """The loops, by side."""
        cubic = int(not self.scheme[0].startswith("gaussian"))
        return {
            "resetdyn": self._own,
            "plain": plain(self.search, self.force),
            "C": in_c("loops.c", self.scheme[0], self.search, *self.scheme[1:]),
            "C Euler": in_c("loops.c", "euler", self.search, cubic),
            "lanes": in_c("lanes.c", self.lanes[0], self.search, *self.lanes[1:]) if self.lanes else None,
        }

    def _own(self, n: int, dt: float) -> object:
        if isinstance(self.problem.process, rd.Brownian):  # which takes none unless it is made to
            sampler = line.first_passage(self.problem, dt, math.inf)
        else:
            sampler = Task(self.problem, dt, math.inf).sampler
        state = chunks(None, 1)[0].state
        sampler.draw(state, 1)

        def work() -> tuple[float, float]:
            times = sampler.draw(state, n)[0]
            return float(times.sum()), float((times**2).sum())

        return timed(n, work)


def _in_well(x: float) -> float:
    return x - x**3


_WELL, _WELL_RESET = (1.0, rd.Level(-0.5)), rd.Poisson(0.5)
_BY_FORMULA = rd.FirstPassage(rd.Langevin("x**4/4 - x**2/2", 0.1), *_WELL, _WELL_RESET)
# The differences are taken over half of the spread of the noise; see resetdyn.simulation.force_field.
_WIDTH = 0.5 * math.sqrt(2 * 0.1 * 1e-2)

CASES = (
    Case(
        "Brownian motion",
        rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(2.5396)),
        lambda x: 0.0,
        1e-3,
        ("gaussian", 1),
        ("gaussian_lanes", 1),
        (4e-3, 2e-3, 1e-3),
    ),
    Case(
        "drift away from the target",
        rd.FirstPassage(rd.Brownian(1.0, drift=0.5), 1.0, rd.Level(0.0), rd.Poisson(2.5396)),
        lambda x: 0.5,
        1e-3,
        ("gaussian", 1),
        ("gaussian_lanes", 1),
        (4e-3, 2e-3, 1e-3),
    ),
    Case(
        "Ornstein-Uhlenbeck",
        rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), 0.5, rd.Level(0.0), rd.Poisson(1.0)),
        lambda x: 1.5 - x,
        1e-3,
        ("gaussian", 4),
        ("gaussian_lanes", 4),
        (4e-3, 2e-3, 1e-3),
    ),
    Case(
        "double well, a formula",
        _BY_FORMULA,
        _in_well,
        1e-2,
        ("locally_linear", 0.0),
        ("locally_linear_lanes",),
        (1.6e-2, 8e-3, 4e-3),
    ),
    Case(
        "double well, a user's force",
        rd.FirstPassage(rd.ForceField(_in_well, 0.1), *_WELL, _WELL_RESET),
        _in_well,
        1e-2,
        ("locally_linear", _WIDTH),
        None,
        (1.6e-2, 8e-3, 4e-3),
        _BY_FORMULA,
    ),
)
