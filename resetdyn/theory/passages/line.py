"""Motion on the line under any force, as the chain takes it: whichever noun it comes from."""

from __future__ import annotations

from functools import lru_cache
from math import copysign, inf, isinf
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.fields import Field
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck
from resetdyn.theory.passages.mesh import Mesh, climb

# A killing rate that falls faster than this, in units of D / distance^2, does not bring a path home.
_FEEBLE = 1e-3


class Line(NamedTuple):
    """A potential on the line, walls (reflecting) where there are any, and the diffusion coefficient."""

    field: Field
    walls: tuple[float | None, float | None]
    diffusion: float

    def domain(self, x: float) -> tuple[float, float]:
        """Return where the motion from `x` stays."""
        below, above = self.field.domain(x)
        low, high = self.walls
        return max(below, -inf if low is None else low), min(above, inf if high is None else high)


def line_of(process: Brownian | OrnsteinUhlenbeck | Langevin) -> Line:
    """Return the motion of a one-dimensional process."""
    match process:
        case Langevin():
            return Line(process.landscape, process.reflecting, process.diffusion)
        case OrnsteinUhlenbeck():
            return Line(_harmonic(process.stiffness, process.center), (None, None), process.diffusion)
    return Line(_tilted(process.drift), (None, None), process.diffusion)


@lru_cache(maxsize=256)
def _harmonic(stiffness: float, center: float) -> Field:
    return Field(lambda x: stiffness * (x - center) ** 2 / 2, lambda x: stiffness * (x - center), (), ())


@lru_cache(maxsize=256)
def _tilted(drift: float) -> Field:
    return Field(lambda x: -drift * np.asarray(x), lambda x: np.full(np.shape(x), -drift), (), ())


class Way(NamedTuple):
    """The way from a target outwards, through a start.

    Attributes
    ----------
    mesh : Mesh
        Its elements.
    start : float
        Distance of the start.
    natural : bool
        Whether it goes on without a wall.
    side : float
        Direction of the start: +1 or -1.
    """

    mesh: Mesh
    start: float
    natural: bool
    side: float


@lru_cache(maxsize=256)
def way(
    field: Field, walls: tuple[float | None, float | None], rate: Field | None, target: float, start: float,
    beyond: float | None = None,
) -> Way:  # fmt: skip
    """Return the way from `target` outwards in the direction of `start`, up to `beyond` if that is given.

    Raises
    ------
    ValueError
        If the target or the far end is a singularity that this route does not cover.
    """
    low, high = Line(field, walls, 1.0).domain(start)
    if not low <= target <= high or target in field.singularities:
        raise ValueError(
            f"target {target:g}: the potential is singular there, or on the way from {start:g}; move the "
            "target to where it is regular"
        )
    side = copysign(1.0, start - target)
    end = beyond if beyond is not None else high if side > 0 else low
    natural = beyond is None and end not in walls
    reach = inf if isinf(end) else abs(end - target)
    slope = field.slope

    def force(eta: FloatArray) -> FloatArray:
        return side * slope(target + side * eta)

    def kill(eta: FloatArray) -> FloatArray:
        value = rate.value(target + side * eta)  # type: ignore[union-attr]
        if np.any(value < 0):
            raise ValueError(f"rate={np.min(value):g} somewhere: a rate of resets is at least 0 everywhere")
        return value

    if natural and not isinf(end) and not force(np.array([reach * (1 - 1e-7)]))[0] > 0:
        raise ValueError(
            f"the potential pulls towards its singularity at x={end:g}, where the motion would end; "
            "give the process a wall before it (reflecting=), or make that place a target"
        )
    kinks = field.kinks + (rate.kinks if rate else ())
    distances = tuple(side * (kink - target) for kink in kinks)
    mesh = Mesh(
        force, kill if rate else None, abs(start - target), reach, not natural,
        tuple(d for d in distances if d > 0),
    )  # fmt: skip
    return Way(mesh, abs(start - target), natural, side)


def comes_home(line: Line, rate: Field | None, target: float, start: float) -> bool:
    """Return whether a path that goes away from the target comes back, or is killed, in finite mean time."""
    side = copysign(1.0, start - target)
    end = line.domain(start)[side > 0]
    if not isinf(end):
        return True
    scale = abs(start - target)
    if rate is not None:
        eta = max(scale, 1.0) * np.geomspace(1e4, 1e12, 81)
        if np.all(rate.value(target + side * eta) * eta**2 > _FEEBLE * line.diffusion):
            return True
    return _climb(line.field, target, side, scale) > line.diffusion


@lru_cache(maxsize=256)
def _climb(field: Field, target: float, side: float, scale: float) -> float:
    def energy(eta: FloatArray) -> Any:
        return field.value(target + side * eta)

    return climb(energy, scale)
