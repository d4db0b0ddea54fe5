"""What a reset does: where it leads, and the time that it takes.

The state jumps, or travels back in a straight line at constant speed, and pauses before it goes on.  It is
out of the game meanwhile: nothing hits the target on the way, and the clock of the next reset starts when it
goes on (Evans and Majumdar, J. Phys. A 52, 01LT01 (2019); Pal, Kusmierz and Reuveni, PRR 2, 043174 (2020)).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numba import types
from numba.extending import overload

from resetdyn.problems import FirstPassage
from resetdyn.resets import BestSoFar, Partial, Reset
from resetdyn.simulation.kernel import State, inlined
from resetdyn.simulation.quantiles import NO_QUANTILES, Quantiles, draw, quantiles_of


class Restart(NamedTuple):
    """Where resets lead and what they cost.

    Attributes
    ----------
    plain : bool
        Whether a reset is a jump to a fixed place at no cost; all else is without meaning then.
    places : Quantiles
        Law of the destination, if it is random.
    random : bool
        Whether it is.
    pause : float
        Length of the pause; negative where it has a law.
    pauses : Quantiles
        That law.
    speed : float
        Speed of the journey back, `inf` for a jump.
    factor : float
        What a partial reset leaves of the distance to the origin; negative where resets are whole.
    """

    plain: bool
    places: Quantiles
    random: bool
    pause: float
    pauses: Quantiles
    speed: float
    factor: float


def restart_of(reset: Reset) -> Restart:
    """Return what resets of this kind do."""
    lawful, partial = not isinstance(reset.refractory, float), isinstance(reset.to, Partial)
    return Restart(
        reset.free and not reset.random_to and not partial,
        quantiles_of(reset.to) if reset.random_to else NO_QUANTILES,
        reset.random_to,
        -1.0 if lawful else reset.refractory,
        quantiles_of(reset.refractory) if lawful else NO_QUANTILES,
        math.inf if reset.return_speed is None else reset.return_speed,
        reset.to.factor if partial else -1.0,
    )


def send_back(state: State, restart: Restart, to: Any, x: Any) -> tuple[Any, float]:
    """Return where a reset leads from `x` (`to`, if the place is fixed), and the time that it takes.

    In space a random place, of which there are only those of one dimension, is written into `x`.
    """
    raise NotImplementedError("send_back is for compiled loops")


@overload(send_back, jit_options={"forceinline": True, "error_model": "numpy"})
def _send_back(state, restart, to, x):  # type: ignore[no-untyped-def]
    return _in_space if isinstance(x, types.Array) else _on_the_line


def _on_the_line(state, restart, to, x):  # type: ignore[no-untyped-def]
    if restart.plain:
        return to, 0.0
    place = draw(state, restart.places) if restart.random else to
    if restart.factor >= 0:
        place = restart.factor * x
    return place, time_to_restart(state, restart, abs(x - place))


def _in_space(state, restart, to, x):  # type: ignore[no-untyped-def]
    if restart.plain:
        return to, 0.0
    if restart.random:
        before = x[0]
        x[0] = draw(state, restart.places)
        return x, time_to_restart(state, restart, abs(x[0] - before))
    square = 0.0
    if restart.factor >= 0:
        for i in range(len(x)):
            square += ((1 - restart.factor) * x[i]) ** 2
            x[i] *= restart.factor
        return x, time_to_restart(state, restart, math.sqrt(square))
    return to, time_to_restart(state, restart, apart(to, x))


def apart(a: Any, b: Any) -> float:
    """Return the distance of two places, numbers or vectors."""
    raise NotImplementedError("apart is for compiled loops")


@overload(apart, jit_options={"forceinline": True, "error_model": "numpy"})
def _apart(a, b):  # type: ignore[no-untyped-def]
    return _apart_in_space if isinstance(a, types.Array) else lambda a, b: abs(a - b)


def _apart_in_space(a, b):  # type: ignore[no-untyped-def]
    square = 0.0
    for i in range(len(a)):
        square += (a[i] - b[i]) ** 2
    return math.sqrt(square)


@inlined
def time_to_restart(state: State, restart: Restart, distance: float) -> float:
    """Draw the time that a reset takes from this distance of its destination."""
    pause = restart.pause if restart.pause >= 0 else draw(state, restart.pauses)
    return pause + distance / restart.speed


def nominal_place(problem: FirstPassage) -> Any:
    """Return where resets lead as far as that is known beforehand: the start, where it is the best so far."""
    return problem.start if isinstance(problem.reset.to, BestSoFar) else problem.reset_to
