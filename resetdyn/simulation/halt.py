"""Ending loops that are running: a flag that they look at, beside the state of their generator.

A compiled loop hears nothing of Ctrl-C or of a deadline.  So the state that a chunk draws from has one word
more than the generator needs, which the loops look at after each stretch of a path, and which another thread
may set: see :class:`Halt`.  A path that is ended so is given up at the time that it has reached, and no other
is begun.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from resetdyn.simulation.streams import WORDS

# Steps after which a path that goes on looks at the flag: a millisecond on the line.
STRETCH = 1 << 16


def halted(state: Any) -> bool:
    """Return whether the flag is set, for compiled loops."""
    raise NotImplementedError("halted is for compiled loops")


def _read(context, state):  # type: ignore[no-untyped-def]
    """Read the flag, each time anew: a plain load may be taken out of a loop."""

    def build(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        (kind,), (value,) = signature.args, arguments
        array = context.make_array(kind)(context, builder, value)
        word = cgutils.gep_inbounds(builder, array.data, WORDS)
        flag = builder.load_atomic(word, "monotonic", 8)
        return builder.icmp_unsigned("!=", flag, flag.type(0))

    return types.boolean(state), build


_flag: Any = intrinsic(_read)


@overload(halted, jit_options={"forceinline": True})
def _halted(state):  # type: ignore[no-untyped-def]
    return lambda state: _flag(state)


class Halt:
    """Ends the loops of one run, in the threads that draw for it in this process; others are not reached.

    Parameters
    ----------
    deadline : float, optional
        Time of the monotonic clock after which no chunk begins, except the first.
    """

    def __init__(self, deadline: float = math.inf) -> None:
        self._running: dict[int, NDArray[np.uint64]] = {}  # threads come and go
        self._set = self._begun = False
        self.deadline = deadline

    @property
    def is_set(self) -> bool:
        """Whether the loops were ended."""
        return self._set

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self.deadline

    def admits(self) -> bool:
        """Return whether one more chunk may begin."""
        if self._begun and (self._set or self.late):
            return False
        self._begun = True
        return True

    def set(self) -> None:
        """End the loops that are running, and those to come."""
        self._set = True
        for state in list(self._running.values()):
            state[WORDS] = 1

    @contextmanager
    def watching(self, state: NDArray[np.uint64]) -> Iterator[Any]:
        """Give a loop that draws from `state` the ear of :meth:`set`."""
        self._running[id(state)] = state
        if self._set:
            state[WORDS] = 1
        try:
            yield
        finally:
            del self._running[id(state)]
