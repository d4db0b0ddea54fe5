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
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import cfunc, types

from resetdyn.processes import Langevin
from resetdyn.simulation.formulas import compiled_formula
from resetdyn.simulation.kernel import State, inlined
from resetdyn.simulation.variates import exponential, normal

# Kinks further off than this do not matter, nor do walls beyond exp(-45).
_FAR = 8.0
_SMALL = 0.25
# With the place as its second argument; see :meth:`resetdyn.simulation.sampler.Task.__call__`.
NOT_FINITE = "the force is not a finite number where a path has come"
_CERTAIN = 45.0

_ROOT_TWO = math.sqrt(2)
_PHI_0 = 1 / math.sqrt(2 * math.pi)


class Force(NamedTuple):
    """The force, its first two derivatives, the noise, walls (infinitely far if there are none) and kinks.

    It is smooth if it has neither. Kinks are a compiled function: an array in a named tuple would have its
    references counted at every step, which takes as long as the step.
    """

    taylor: Any
    diffusion: float
    low: float
    high: float
    kinks: Any
    smooth: bool


class Step(NamedTuple):
    """Where a step leads, and what its bridge asks for; `stiffness` is minus the slope of the force."""

    after: float
    stiffness: float
    span: float


def force_of(process: Langevin) -> Force:
    """Return the compiled force of a potential of one variable."""
    import sympy as sp

    x = process.symbols[0]
    taylor = tuple(-sp.diff(process.expression, x, n) for n in (1, 2, 3))
    low, high = process.reflecting
    kinks = np.array(process.landscape.kinks, dtype=float)
    above, below = (process.force(np.nextafter(kinks, side)) for side in (math.inf, -math.inf))
    jumps = np.array(above - below, dtype=float)
    return Force(
        compiled_formula("potential", taylor, (x,)),
        process.diffusion,
        -math.inf if low is None else low,
        math.inf if high is None else high,
        _across_kinks(tuple(kinks.tolist()), tuple(jumps.tolist())),
        process.reflecting == (None, None) and not len(kinks),
    )


@inlined
def step(state: State, force: Force, x: float, h: float) -> Step:
    """Take a step of length `h` from `x`."""
    f, slope, curvature = force.taylor(x)
    if not abs(f) + abs(slope) < math.inf:
        raise ValueError(NOT_FINITE, x)
    z, bend, spread = slope * h, force.diffusion * curvature, math.sqrt(2 * force.diffusion * h)
    xi = normal(state)
    if not force.smooth:
        f += force.kinks(x, spread, xi)
    pushed, noise = f * h, spread * xi
    if abs(z) < _SMALL:
        # Series, to 1e-7. A wrong guess which way a step goes on costs as much as half a step, so that nearly
        # all go this way; what else takes time is one operation waiting for another, so that nothing is
        # divided, and what depends on z comes last and is added up in pairs.
        zz = z * z
        z4 = zz * zz
        linear = (pushed * z) * (
            ((1 / 2 + z * (1 / 6)) + zz * (1 / 24 + z * (1 / 120)))
            + z4 * ((1 / 720 + z * (1 / 5040)) + zz * (1 / 40320))
        )
        spreading = (noise * z) * (
            ((1 / 2 + z * (5 / 24)) + zz * (1 / 16 + z * (79 / 5760)))
            + z4 * ((3 / 1280 + z * (71 / 193536)) + zz * (113 / 1935360))
        )
        bent = (bend * h * h) * (
            ((1 / 2 + z * (1 / 6)) + zz * (1 / 24 + z * (1 / 120))) + z4 * (1 / 720 + z * (1 / 5040))
        )
        after = ((x + pushed + noise) + linear) + (spreading + bent)
        span = force.diffusion * h * (1 + (zz * (1 / 6) + z4 * (1 / 120)))
    else:
        growth = math.expm1(z)
        after = x + f * growth / slope + bend * (growth - z) / (slope * slope)
        after += noise * math.sqrt(growth * (growth + 2) / (2 * z))
        span = force.diffusion * (growth + growth / (1 + growth)) / (2 * slope)
    if not force.smooth:
        after += _pushed(state, x - force.low, after - force.low, span)
        after -= _pushed(state, force.high - x, force.high - after, span)
    return Step(after, -slope, span)


@lru_cache(maxsize=256)
def _across_kinks(kinks: tuple[float, ...], jumps: tuple[float, ...]) -> Any:
    """Return what the kinks add to the force of a step from `x`, by its spread and its normal number."""
    number, places, heights = len(kinks), np.array(kinks), np.array(jumps)

    def added(x, spread, xi):  # type: ignore[no-untyped-def]
        total = 0.0
        for i in range(number):
            z = (x - places[i]) / spread
            if abs(z) < _FAR:
                total += heights[i] * _across(z, xi)
        return total

    number_ = types.float64
    return cfunc(number_(number_, number_, number_), error_model="numpy")(added)


def no_kinks() -> Any:
    """Return what a smooth force has in the place of kinks."""
    return _across_kinks((), ())


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
