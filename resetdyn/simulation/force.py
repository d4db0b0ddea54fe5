r"""One step under a force, exact where it is linear; see :mod:`resetdyn.simulation.langevin`.

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

from numba import njit

from resetdyn.simulation.kernel import State, inlined
from resetdyn.simulation.variates import exponential

# Kinks further off than this do not matter, nor do walls beyond exp(-45).
FAR = 8.0
_SMALL = 0.25
_CERTAIN = 45.0
# With the place as its second argument; see :meth:`resetdyn.simulation.sampler.Task.blame`.
NOT_FINITE = "the force is not a finite number where a path has come"

_ROOT_TWO = math.sqrt(2)
_PHI_0 = 1 / math.sqrt(2 * math.pi)

# Products may be added without being rounded before, as C compilers do it.
contracted: Any = njit(cache=True, nogil=True, error_model="numpy", forceinline=True, fastmath={"contract"})


class Rough(NamedTuple):
    """What keeps a force from being smooth: kinks with the jumps there, and walls (infinitely far: none)."""

    kinks: tuple[float, ...]
    jumps: tuple[float, ...]
    low: float
    high: float


@contracted
def led(
    f: float, slope: float, curvature: float, diffusion: float, x: float, h: float, spread: float, xi: float
) -> tuple[float, float]:
    """Return where a step of length `h` leads from `x` by the normal number `xi`, and the span of its bridge.

    `f`, `slope` and `curvature` are the force at `x` and its derivatives, `spread` is ``sqrt(2 D h)``.
    """
    z, bend = slope * h, diffusion * curvature
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
        return after, diffusion * h * (1 + (zz * (1 / 6) + z4 * (1 / 120)))
    growth = math.expm1(z)
    after = x + f * growth / slope + bend * (growth - z) / (slope * slope)
    after += noise * math.sqrt(growth * (growth + 2) / (2 * z))
    return after, diffusion * (growth + growth / (1 + growth)) / (2 * slope)


@inlined
def across(z: float, xi: float) -> float:
    """Return the share of its time that a step from `z` is above 0, less what it would be without noise."""
    w = abs(z)
    tail, phi = math.erfc(w / _ROOT_TWO) / 2, _PHI_0 * math.exp(-w * w / 2)
    share = (1 + w * w) * tail - w * phi
    return (-share if z > 0 else share) + 2 / 3 * ((1 - w * w) * phi + w * w * w * tail) * xi


@inlined
def pushed_back(state: State, b0: float, b1: float, span: float) -> float:
    """Draw how far a wall has pushed the step that would go from distance `b0` to `b1` of it."""
    if math.isinf(b0) or b0 * b1 > _CERTAIN * span:
        return 0.0
    lowest = (b0 + b1 - math.sqrt((b1 - b0) ** 2 + 4 * span * exponential(state))) / 2
    return max(0.0, -lowest)
