r"""One step in a potential, exact where the force is linear; see :mod:`resetdyn.simulation.langevin`.

**Walls.**  Reflected motion is ``X + max(0, wall - min X)`` for the free path `X`, and the minimum inside the
step is that of the bridge: exact for a constant force (Lepingle, Math. Comput. Simul. 38, 119 (1995)).

**Kinks.**  Where the force jumps by `J`, at the distance `z` in units of ``sqrt(2 D h)``, a step spends the
share `g` of its time on the other side, on average, with the covariance `c` with its normal number (derived
here, from ``int_0^1 Q(z / sqrt(u)) du`` and ``int_0^1 sqrt(u) phi(z / sqrt(u)) du``),

    g = (1 + z^2) Q(z) - z phi(z),    c = (2 / 3) ((1 - z^2) phi(z) + z^3 Q(z)),

with the normal density `phi` and its tail `Q`.  Adding ``J (g + c normal)`` to the force keeps the order 1
that a jump would else bring down to 1/2.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import Langevin
from resetdyn.simulation.formulas import compiled_formula
from resetdyn.simulation.kernel import State, inlined
from resetdyn.simulation.variates import exponential, normal

# Kinks further off than this do not matter, nor do walls beyond exp(-45).
_FAR = 8.0
# With the place as its second argument; see :meth:`resetdyn.simulation.sampler.Task.__call__`.
NOT_FINITE = "the force is not a finite number where a path has come"
_CERTAIN = 45.0

_ROOT_TWO = math.sqrt(2)
_PHI_0 = 1 / math.sqrt(2 * math.pi)


class Force(NamedTuple):
    """The force, its first two derivatives, the noise, walls (infinitely far if there are none) and kinks."""

    force: Any
    slope: Any
    curvature: Any
    diffusion: float
    low: float
    high: float
    kinks: FloatArray
    jumps: FloatArray


class Step(NamedTuple):
    """Where a step leads, and what its bridge asks for; `stiffness` is minus the slope of the force."""

    after: float
    stiffness: float
    span: float


def force_of(process: Langevin) -> Force:
    """Return the compiled force of a potential of one variable."""
    import sympy as sp

    x = process.symbols[0]
    force, slope, curvature = (
        compiled_formula("potential", -sp.diff(process.expression, x, n), (x,)) for n in (1, 2, 3)
    )
    low, high = process.reflecting
    kinks = np.array(process.landscape.kinks, dtype=float)
    above, below = (process.force(np.nextafter(kinks, side)) for side in (math.inf, -math.inf))
    return Force(
        force,
        slope,
        curvature,
        process.diffusion,
        -math.inf if low is None else low,
        math.inf if high is None else high,
        kinks,
        np.array(above - below, dtype=float),
    )


@inlined
def step(state: State, force: Force, x: float, h: float) -> Step:
    """Take a step of length `h` from `x`."""
    f, slope = force.force(x), force.slope(x)
    if not abs(f) + abs(slope) < math.inf:
        raise ValueError(NOT_FINITE, x)
    bend = force.diffusion * force.curvature(x)
    sh = slope * h
    if abs(sh) > 1e-4:
        growth = math.expm1(sh)
        relaxed, spread = growth / slope, growth * (growth + 2) / (2 * slope)
        bent = (growth - sh) / (slope * slope)
        span = force.diffusion * (growth + growth / (1 + growth)) / (2 * slope)
    else:
        slope = 0.0
        relaxed, spread = h * (1 + sh / 2), h * (1 + sh)
        bent = h * h * (1 + sh / 3) / 2
        span = force.diffusion * h
    xi = normal(state)
    for i in range(len(force.kinks)):
        z = (x - force.kinks[i]) / math.sqrt(2 * force.diffusion * h)
        if abs(z) < _FAR:
            f += force.jumps[i] * _across(z, xi)
    after = x + f * relaxed + bend * bent + math.sqrt(2 * force.diffusion * spread) * xi
    after += _pushed(state, x - force.low, after - force.low, span)
    after -= _pushed(state, force.high - x, force.high - after, span)
    return Step(after, -slope, span)


@inlined
def _across(z: float, xi: float) -> float:
    """Return the share of its time that a step from `z` is above 0, less what it would be without noise."""
    w = abs(z)
    tail, phi = math.erfc(w / _ROOT_TWO) / 2, _PHI_0 * math.exp(-w * w / 2)
    share = (1 + w * w) * tail - w * phi
    return (-share if z > 0 else share) + 2 / 3 * ((1 - w * w) * phi + w * w * w * tail) * xi


@inlined
def _pushed(state: State, b0: float, b1: float, span: float) -> float:
    """Draw how far a wall has pushed the step that would go from distance `b0` to `b1` of it."""
    if math.isinf(b0) or b0 * b1 > _CERTAIN * span:
        return 0.0
    lowest = (b0 + b1 - math.sqrt((b1 - b0) ** 2 + 4 * span * exponential(state))) / 2
    return max(0.0, -lowest)
