"""What a potential asks of a time step: its length, its order, and where no step is short enough."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import Langevin

# Default step, in units of the time scales of the potential and of the time to diffuse between two barriers.
# It keeps the bias below 1e-3 of the mean, which in smooth potentials comes with the change of the stiffness
# over the noise of a step, the third derivative times ``h sqrt(2 D h)``: at most `CHANGE`, of which the bias
# is about a twentieth.  (`x**2/2` reflected at -0.5 is off by 6.5e-3 at a share of 0.08, 2.7e-3 at 0.04.)
POTENTIAL_STEP = 0.1
CHANGE = 0.015
_WALLED_STEP = 0.01
_KINKED_STEP = 0.005
INTERVAL_STEP = 0.01
# Where the scales are taken: up to so many units of D above where paths begin, and so far.
CLIMB = 5.0
DISTANCES: FloatArray = np.linspace(0, 10, 1001)
# Where wells are looked for, and how high above the deepest, in units of D, another still matters.
_WELLS: FloatArray = np.geomspace(1e-4, 1e4, 4001)
_DEEP = 10.0


def order_of(process: Langevin) -> int:
    """Return the weak order of the steps: kinks and walls cost one."""
    return 1 if process.landscape.kinks or process.reflecting != (None, None) else 2


def check_regular(process: Langevin, places: Sequence[float], ends: Sequence[tuple[float, float]]) -> None:
    """Raise where paths from these places, between these ends, may come close to a singularity."""
    for place, (low, high) in zip(places, ends, strict=True):
        bottom, top = process.domain(place)
        for s in process.landscape.singularities:
            if max(low, bottom) <= s <= min(high, top):
                raise ValueError(
                    f"potential={process.potential}: singular at {s:g}, which paths may come close to, and "
                    "there no step is short enough; end paths before (a target, or reflecting=), or use "
                    "rd.solve(problem)"
                )


def default_step(process: Langevin, places: Sequence[float], ends: Sequence[tuple[float, float]]) -> float:
    """Return a step from the stiffness, and from the jumps of the force, where paths mostly are."""
    smooth, D = order_of(process) == 2, process.diffusion
    fastest = stiffest(process, places, ends)
    share = POTENTIAL_STEP if smooth else _KINKED_STEP if process.landscape.kinks else _WALLED_STEP
    step = share / fastest if fastest > 0 else math.inf
    if smooth:
        change = _largest(process, 3, places, ends) * math.sqrt(2 * D)
        step = min(step, (CHANGE / change) ** (2 / 3) if change > 0 else math.inf)
    for place, (low, high) in zip(places, ends, strict=True):
        step = min(step, INTERVAL_STEP * (high - low) ** 2 / D)
        step = step if step < math.inf else INTERVAL_STEP * unit_of(place, low, high) ** 2 / D
    return step


def stiffest(process: Langevin, places: Sequence[float], ends: Sequence[tuple[float, float]]) -> float:
    """Return the largest rate at which the force changes along paths, where they mostly are."""
    fastest = _largest(process, 2, places, ends)
    for x in _along(process, places, ends):
        if any(min(x[0], x[-1]) <= kink <= max(x[0], x[-1]) for kink in process.landscape.kinks):
            fastest = max(fastest, float(np.max(process.force(x) ** 2)) / process.diffusion)
    return fastest


def _largest(process: Langevin, order: int, places: Any, ends: Any) -> float:
    """Return the largest size of a derivative of the potential along paths."""
    import sympy as sp

    symbol = process.symbols[0]
    formula = sp.diff(process.expression, symbol, order).replace(sp.DiracDelta, lambda *_: sp.Integer(0))
    derivative = sp.lambdify(symbol, formula, "numpy")
    sizes = (float(np.max(np.abs(derivative(x) + 0 * x))) for x in _along(process, places, ends))
    return max(sizes, default=0.0)


def _along(process: Langevin, places: Any, ends: Any) -> Iterator[FloatArray]:
    """Yield stretches of the line, from a place outwards, where paths mostly are."""
    for place, (low, high) in zip(places, ends, strict=True):
        bottom, top = process.domain(place)
        for end in (max(low, bottom), min(high, top)):
            x = place + math.copysign(unit_of(place, low, high), end - place) * DISTANCES
            x = x[np.abs(x - place) < abs(end - place)]
            climbed = process.energy(x) - process.energy(place) > CLIMB * process.diffusion
            x = x[: int(np.argmax(climbed))] if climbed.any() else x
            if len(x):
                yield x


def unit_of(place: float, low: float, high: float) -> float:
    """Return the distance to the nearest end, or the size of the place."""
    finite = [abs(end - place) for end in (low, high) if 0 < abs(end - place) < math.inf]
    return min(finite, default=max(abs(place), 1.0))


def wells(process: Langevin) -> list[float]:
    """Return the minima of a potential that a path may be found in, the deepest first.

    Raises
    ------
    ValueError
        If there is none: the potential does not hold the motion.
    """
    low, high = process.domain(0.0) if math.isfinite(float(process.energy(0.0))) else (0.0, math.inf)
    reach = np.concatenate([-_WELLS[::-1], [0.0], _WELLS])
    x = reach[(reach > low) & (reach < high)]
    x = np.unique(np.concatenate([x, [end for end in process.reflecting if end is not None]]))
    with np.errstate(all="ignore"):
        energy = np.nan_to_num(process.energy(x), nan=math.inf)
    inner = np.concatenate([[math.inf], energy, [math.inf]])
    walls = [wall is not None for wall in process.reflecting]
    lowest = (energy <= inner[:-2]) & (energy <= inner[2:])
    lowest[0], lowest[-1] = lowest[0] and walls[0], lowest[-1] and walls[1]
    found = [
        x[i] for i in np.argsort(energy) if lowest[i] and energy[i] < energy.min() + _DEEP * process.diffusion
    ]
    if not found or not energy.min() < min(energy[0] + walls[0], energy[-1] + walls[1]):
        raise ValueError(
            f"potential={process.potential}: it does not hold the motion, so that there is no steady state "
            "without resetting; give a reset"
        )
    return [float(place) for place in found]
