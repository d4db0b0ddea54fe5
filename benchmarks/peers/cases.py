"""The searches that all sides are asked for, and the exact mean of each.

Peers that cannot reset are asked for the reset-free ones.  `data` is what a side gets to see: a formula of
the force (polynomials, which Python, NumPy, JAX and Torch read alike), and numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import resetdyn as rd


@dataclass(frozen=True)
class Case:
    """A search.

    Attributes
    ----------
    name : str
        What it is called in tables.
    problem : FirstPassage
        The search, as resetdyn takes it.
    data : dict
        The same for the other sides.
    """

    name: str
    problem: rd.FirstPassage
    data: dict[str, Any] = field(hash=False)

    @cached_property
    def exact(self) -> Any:
        """The exact answer."""
        return rd.solve(self.problem)

    @property
    def variation(self) -> float:
        """The squared coefficient of variation."""
        return float(self.exact.moment(2) / self.exact.mean**2 - 1)


def _line(name: str, process: Any, force: str, start: float, target: float, reset_rate: float) -> Case:
    reset = rd.Poisson(reset_rate) if reset_rate else rd.NoReset()
    data = {
        "force": force,
        "start": start,
        "target": target,
        "diffusion": process.diffusion,
        "reset_rate": reset_rate,
    }
    return Case(name, rd.FirstPassage(process, start, rd.Level(target), reset), data)


_WELL = "x**4/4 - x**2/2"
_BOX = rd.Langevin("0*x", 1.0, reflecting=(None, 1.0))
_SPACE = rd.OrnsteinUhlenbeck(1.0, [0.0] * 10, 0.1)

CASES = {
    "brownian": _line("Brownian motion, resets", rd.Brownian(1.0), "0*x", 1.0, 0.0, 2.5396),
    "away": _line(
        "drift away from the target, resets", rd.Brownian(1.0, drift=0.5), "0.5 + 0*x", 1.0, 0.0, 2.5396
    ),
    "trap": _line(
        "Ornstein-Uhlenbeck, resets", rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), "1.5 - x", 0.5, 0.0, 1.0
    ),
    "trap_free": _line(
        "Ornstein-Uhlenbeck, reset-free", rd.OrnsteinUhlenbeck(1.0, 1.0, 0.5), "1 - x", 1.0, 0.0, 0.0
    ),
    "well": _line("double well, resets", rd.Langevin(_WELL, 0.2), "x - x**3", 1.0, -0.5, 0.5),
    "well_free": _line("double well, reset-free", rd.Langevin(_WELL, 0.2), "x - x**3", 1.0, -0.5, 0.0),
    "box": Case(
        "Brownian motion in a box, resets",
        rd.FirstPassage(_BOX, 0.8, rd.Level(0.0), rd.Poisson(1.0)),
        {"drift": 0.0, "start": 0.8, "diffusion": 1.0, "reset_rate": 1.0},
    ),
    "interval": Case(
        "drift between two ends, reset-free",
        rd.FirstPassage(rd.Brownian(0.5, drift=0.5), 0.0, rd.Interval(-1.0, 1.0)),
        {
            "force": "0.5 + 0*x",
            "start": 0.0,
            "ends": [-1.0, 1.0],
            "diffusion": 0.5,
            "reset_rate": 0.0,
            "drift": 0.5,
        },
    ),
    "space": Case(
        "10-dimensional quadratic to a clean risk, reset-free",
        rd.FirstPassage(_SPACE, [2.0] + [0.0] * 9, rd.Ball([0.0] * 10, 0.8)),
        {"dim": 10, "radius": 0.8, "distance": 2.0, "diffusion": 0.1, "stiffness": 1.0, "reset_rate": 0.0},
    ),
}
