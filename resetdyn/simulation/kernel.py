"""How the built-in loops are compiled: once per machine (cached on disk), free of the interpreter lock.

A kernel takes numbers, arrays and named tuples only. A compiled function as an argument would be compiled
again in every process, so that only a user's own function pays for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

State = NDArray[np.uint64]

# Dividing by zero gives inf, as in NumPy: an infinite time is an answer here.
kernel: Any = njit(cache=True, nogil=True, error_model="numpy")
# The small functions of an inner loop; left to itself, LLVM calls them, which takes twice as long.
inlined: Any = njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
kernel_of_user_function: Any = njit(nogil=True, error_model="numpy")

_MOST_STEPS = 2.0**62  # a whole number of more is none that a machine has


@inlined
def whole_steps(limit: float, step: float) -> int:
    """Return how many whole steps come before the last one, which ends at `limit` and may be shorter."""
    return math.ceil(min(limit / step, _MOST_STEPS)) - 1


class Loop:
    """A loop over any motion: cached on disk for the motions of this package, compiled anew for others.

    The index of a cache names the classes that its kernels know; one that cannot be imported any more, such
    as a motion of a package that is gone, would make all of them unreadable.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.cached, self.compiled = kernel(function), kernel_of_user_function(function)

    def of(self, motion: Any, own: bool = True) -> Any:
        """Return the loop for a motion; `own` is false where a function of the user's goes with it."""
        return self.cached if own and type(motion).__module__.startswith("resetdyn.") else self.compiled
