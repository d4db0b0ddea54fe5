"""First passage in a logarithmic potential to a level: radial diffusion under another name."""

from __future__ import annotations

from resetdyn.processes import Langevin
from resetdyn.targets import Level
from resetdyn.theory.passages.bessel import BesselPassage, log_passage
from resetdyn.theory.passages.passage import register
from resetdyn.theory.passages.recognise import logarithm


@register(Langevin, Level, special=True)
def _to_level(process: Langevin, start: float, target: Level) -> BesselPassage | None:
    potential = logarithm(process)
    if potential is None:
        return None
    side = 1.0 if start > potential.origin else -1.0
    # A level beyond the singularity is reached through it, if at all: left to the general route.
    near = side * (target.x - potential.origin)
    return (
        log_passage(process.diffusion, potential.strength, side * (start - potential.origin), near)
        if near >= 0
        else None
    )
