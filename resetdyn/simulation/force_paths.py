"""Paths under a force on the line, from one reset to the next, as functions compiled for each force.

A loop that calls a force by its address, step by step, spends half of its time on the calls.  So it is not
the force that is compiled on its own but all that happens between two resets, with the force inside; the
loops of :mod:`resetdyn.simulation.paths` call that by its address, and need not be compiled again for each
force.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import cfunc, njit, types

from resetdyn.simulation.bridge import crossing_time
from resetdyn.simulation.force import FAR, Rough, across, led, pushed_back
from resetdyn.simulation.kernel import whole_steps
from resetdyn.simulation.variates import ahead, bits, normal, normal_of, tried

# How a path ended: at the lower or the upper barrier, at neither, or where the force is no finite number.
# Where a user's function raises an error, numba leaves 0 everywhere.
LOWER, UPPER, NOWHERE, ASTRAY = 1, 2, 3, 4
FAILED = "the force raised an error (printed above) on a path from here"

_FLOAT, _WHOLE = types.float64, types.int64
# (place, time, how it ended, budget left) of (state, width, diffusion, dt, x, low, high, limit, budget)
_SIGNATURE = types.Tuple((_FLOAT, _FLOAT, _WHOLE, _WHOLE))(
    types.uint64[::1], _FLOAT, _FLOAT, _FLOAT, _FLOAT, _FLOAT, _FLOAT, _FLOAT, _WHOLE
)
_INLINED: Any = {"error_model": "numpy", "nogil": True, "forceinline": True, "fastmath": {"contract"}}


def compiled_path(taylor: Any, rough: Rough | None = None) -> Any:
    """Return the path under a force as a function with an address, see `_SIGNATURE`.

    Parameters
    ----------
    taylor : callable
        ``taylor(x, width)``, the force at `x` and its first two derivatives; `width` is handed on.
    rough : Rough or None, optional
        The kinks and walls of a force that is not smooth.
    """
    taylor = njit(taylor, **_INLINED)
    stride = _rough_stride(taylor, rough) if rough else _smooth_stride(taylor)

    def path(state, width, diffusion, dt, x, low, high, limit, budget):  # type: ignore[no-untyped-def]
        # Between places so far off the bridge crosses with less than exp(-45), as long as the force hardly
        # bends the step: exp(-b0 b1 / span), with a span of at most 1.2 D dt.
        clear = 8 * math.sqrt(diffusion * dt)
        from_low, to_high = low + clear, high - clear
        near = not from_low < x < to_high
        at_low = taylor(low, width)[0] if low > -math.inf else 0.0
        at_high = taylor(high, width)[0] if high < math.inf else 0.0
        whole = whole_steps(limit, dt)
        steps = min(whole, budget)
        h, spread, k = dt, math.sqrt(2 * diffusion * dt), np.int64(0)
        while True:
            if k == steps:
                if whole > steps:
                    return x, k * dt, NOWHERE, 0
                h = limit - k * dt
                spread = math.sqrt(2 * diffusion * h)
            most = 1 if near or k == steps else steps - k
            taken, x, after, slope, span = stride(
                state, width, diffusion, x, h, spread, most, from_low, to_high, 1 / dt
            )
            if not abs(after) + abs(slope) < math.inf:
                return x, 0.0, ASTRAY, 0
            k += taken
            close = not from_low < after < to_high or abs(slope) * h > 1
            if close or near:
                bend = slope * h * h / 2
                to_lower = crossing_time(
                    state, x - low, after - low, h, -slope, diffusion, span, bend * at_low
                )
                to_upper = crossing_time(
                    state, high - x, high - after, h, -slope, diffusion, span, -bend * at_high
                )
                crossed = min(to_lower, to_upper)
                if crossed < math.inf:
                    end = LOWER if to_lower < to_upper else UPPER
                    return after, (k - 1) * dt + crossed, end, budget - (k - 1)
            x, near = after, close
            if k > steps:
                return x, limit, NOWHERE, budget - steps

    return cfunc(_SIGNATURE, error_model="numpy")(path)


# A stride is some steps, at most `most`, up to the first that does not stay between `low` and `high`, or at
# whose beginning the force is steep.  It returns their number, and of the last one both ends, the slope of
# the force and the span of the bridge.


def _smooth_stride(taylor: Any) -> Any:
    # The state of the generator is in memory only where a normal number takes more than one try.
    def stride(state, width, diffusion, x, h, spread, most, low, high, steep):  # type: ignore[no-untyped-def]
        taken, word = 0, bits(state)
        while True:
            xi = normal_of(state, word)
            s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
            inside = True
            while inside:
                f, slope, curvature = taylor(x, width)
                after, span = led(f, slope, curvature, diffusion, x, h, spread, xi)
                taken += 1
                if not (low < after < high and abs(slope) <= steep) or taken == most:
                    state[0], state[1], state[2], state[3] = s0, s1, s2, s3
                    return taken, x, after, slope, span
                x = after
                word, s0, s1, s2, s3 = ahead(s0, s1, s2, s3)
                xi, inside = tried(word)
            state[0], state[1], state[2], state[3] = s0, s1, s2, s3

    return njit(stride, **_INLINED)


def _rough_stride(taylor: Any, rough: Rough) -> Any:
    """Return a stride of one step, under a force with kinks and walls."""
    kinked, bottom, top = _kinked(rough), rough.low, rough.high

    def stride(state, width, diffusion, x, h, spread, most, low, high, steep):  # type: ignore[no-untyped-def]
        f, slope, curvature = taylor(x, width)
        xi = normal(state)
        after, span = led(f + kinked(x, spread, xi), slope, curvature, diffusion, x, h, spread, xi)
        after += pushed_back(state, x - bottom, after - bottom, span)
        after -= pushed_back(state, top - x, top - after, span)
        return 1, x, after, slope, span

    return njit(stride, **_INLINED)


def _kinked(rough: Rough) -> Any:
    """Return what the kinks add to the force of a step from `x`, by its spread and its normal number."""
    number, places, heights = len(rough.kinks), np.array(rough.kinks), np.array(rough.jumps)

    def added(x, spread, xi):  # type: ignore[no-untyped-def]
        total = 0.0
        for i in range(number):
            z = (x - places[i]) / spread
            if abs(z) < FAR:
                total += heights[i] * across(z, xi)
        return total

    return njit(added, **_INLINED)
