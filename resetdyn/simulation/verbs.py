"""The verbs of a motion: what a stepper teaches the loops of :mod:`resetdyn.simulation.paths`.

A motion is a named tuple of what a process, its target and its time step are; a walker is a named tuple of
where one path is: at least its position ``x`` (a number, or an array that is written over), and whatever else
the motion has to remember.  The loops know three verbs and nothing else, and the class of the motion decides
what they mean.  So all resets, costs and records work for every motion, and each pair of a loop and a motion
is compiled once per machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.extending import overload

from resetdyn.simulation.kernel import State

_TAUGHT: dict[str, dict[type, Callable[..., Any]]] = {"room": {}, "placed": {}, "travel": {}}
_OPTIONS: Any = {"forceinline": True, "error_model": "numpy"}


def teach(motion: type, *, room: Any, placed: Any, travel: Any) -> None:
    """Teach the verbs to a class of motions: plain functions with the arguments of their namesakes below."""
    for name, meaning in {"room": room, "placed": placed, "travel": travel}.items():
        _TAUGHT[name][motion] = meaning


def room(motion: Any) -> Any:
    """Return a walker, nowhere yet, with the room that the motion needs to work in."""
    raise NotImplementedError("room is a verb of compiled loops")


def placed(state: State, motion: Any, walker: Any, x: Any, again: bool) -> tuple[Any, int]:
    """Return the walker at `x`, put there by a reset (`again`) or at first, and the end that it is at.

    An end is 0 or 1 where the place is at the target, -1 where it is not.
    """
    raise NotImplementedError("placed is a verb of compiled loops")


def travel(state: State, motion: Any, walker: Any, limit: float, budget: int) -> tuple[Any, float, int, int]:
    """Move for the time `limit`, or until the target is met, or for `budget` steps.

    Returns the walker, the time taken, the end that was met (as in `placed`), and the budget that is left.
    Who gets through takes `limit`, bit for bit; who runs out of steps takes less and meets no end.
    """
    raise NotImplementedError("travel is a verb of compiled loops")


@overload(room, jit_options=_OPTIONS)
def _room(motion):  # type: ignore[no-untyped-def]
    return _TAUGHT["room"][motion.instance_class]


@overload(placed, jit_options=_OPTIONS)
def _placed(state, motion, walker, x, again):  # type: ignore[no-untyped-def]
    return _TAUGHT["placed"][motion.instance_class]


@overload(travel, jit_options=_OPTIONS)
def _travel(state, motion, walker, limit, budget):  # type: ignore[no-untyped-def]
    return _TAUGHT["travel"][motion.instance_class]
