"""Paths in time, with the resets marked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.saving.saved import Saved


@dataclass(frozen=True, eq=False)
class Trajectories(Saved):
    """Paths of a process under resetting, at given times.

    Attributes
    ----------
    problem : FirstPassage or SteadyState
        What was asked.
    method : str
        The sampler that was used.
    times : (m,) array
        Times.
    states : (n, m) or (n, m, d) array
        States at these times, one path a row; nan once it has reached its target. While a reset takes time
        the state travels back, or waits where that led.
    resets : tuple of (k,) array
        Times of the resets, for each path.
    arrivals : (n,) array
        When each path reached its target; `inf` if it did not within the times.
    """

    problem: Any
    method: str
    times: FloatArray = field(repr=False)
    states: FloatArray = field(repr=False)
    resets: tuple[FloatArray, ...] = field(repr=False)
    arrivals: FloatArray = field(repr=False)

    @property
    def n(self) -> int:
        """Number of paths."""
        return len(self.states)

    def plot(self, ax: Any = None, component: int = 0) -> Any:
        """Draw the paths and return their axes (see :func:`resetdyn.plotting.trajectories`)."""
        from resetdyn.plotting import trajectories

        return trajectories(self, ax=ax, component=component)

    def animate(self, ax: Any = None, component: int = 0, seconds: float = 8.0, fps: int = 15) -> Any:
        """Draw the paths as they move, as a matplotlib animation (see :func:`resetdyn.plotting.animate`)."""
        from resetdyn.plotting import animate

        return animate(self, ax=ax, component=component, seconds=seconds, fps=fps)

    def component(self, i: int) -> FloatArray:
        """Return one component of the states, of shape ``(n, m)``."""
        if self.states.ndim == 2:
            if i != 0:
                raise ValueError(f"component={i}: the states have one component; give 0")
            return self.states
        if not 0 <= i < self.states.shape[2]:
            raise ValueError(f"component={i}: the states have {self.states.shape[2]}; give 0 to one less")
        return np.asarray(self.states[:, :, i])
