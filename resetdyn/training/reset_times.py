"""When resets come: waiting times, drawn once for each reset and not at every step.

A reset with probability `p` at each step and a geometric waiting time of mean `1/p` from one reset to the
next are the same law: a geometric time does not remember how long one has waited.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from resetdyn import _checks

__all__ = ["ResetTimes"]

# A reset that is rarer than this is beyond any run, and its waiting time beyond what 64 bits can count.
_RAREST = 1e-18


class ResetTimes:
    """The waiting times of one run, in steps, from a generator that is used for nothing else."""

    def __init__(self, probability: float, timing: str, rng: Any) -> None:
        self.probability, self.timing = probability, timing
        self._rng = _checks.generator("rng", rng)

    def wait(self) -> float:
        """Return the number of steps from a reset to the next one, at least 1; `inf` if there is none."""
        if self.timing == "sharp" or self.probability < _RAREST:
            return self.period
        return int(self._rng.geometric(self.probability))

    @property
    def period(self) -> float:
        """The whole number of steps that is nearest to the mean waiting time."""
        return math.inf if self.probability < _RAREST else round(1 / self.probability)

    @property
    def state(self) -> Mapping[str, Any]:
        """The state of the generator."""
        return self._rng.bit_generator.state

    def resumed(self, state: Mapping[str, Any]) -> ResetTimes:
        """Return the times that go on from a state of the generator; others may be drawing from this one."""
        kind = getattr(np.random, state["bit_generator"], type(self._rng.bit_generator))
        bits = kind()
        bits.state = state
        return ResetTimes(self.probability, self.timing, np.random.Generator(bits))
