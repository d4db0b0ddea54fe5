"""Paths in time, with the resets marked."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import pyplot

from resetdyn.plotting.style import COLOURS, style
from resetdyn.results.trajectories import Trajectories
from resetdyn.targets import Interval, Level


def trajectories(result: Trajectories, ax: Any = None, component: int = 0) -> Any:
    """Draw paths against time: resets as dotted lines, arrivals as dots, a target on the line as a line.

    Parameters
    ----------
    result : Trajectories
        What :func:`resetdyn.trajectories` returned.
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.
    component : int, optional
        Component of the state.

    Returns
    -------
    matplotlib axes

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(1.0))
    >>> ax = rd.trajectories(problem, np.linspace(0, 2, 201), n=2, rng=7).plot()
    >>> ax.get_xlabel()
    'time $t$'
    """
    with style():
        ax = pyplot.subplots()[1] if ax is None else ax
        states = result.component(component)
        colours = list(COLOURS.values())
        levels = _levels(result)
        for i, path in enumerate(states):
            colour = colours[i % 5]
            times, values = _broken(result.times, path, result.resets[i])
            ax.plot(times, values, color=colour, lw=1.0)
            for reset in result.resets[i]:
                after = np.searchsorted(result.times, reset, side="right")
                if 0 < after < len(path) and np.all(np.isfinite(path[after - 1 : after + 1])):
                    ax.plot([reset, reset], path[after - 1 : after + 1], color=colour, lw=1.3, ls=":")
            arrival = result.arrivals[i]
            if levels and arrival < np.inf:
                last = path[np.searchsorted(result.times, arrival) - 1]
                level = min(levels, key=lambda x: abs(x - last))
                ax.plot([arrival], [level], "o", color=colour, ms=4.5, zorder=5)
        for level in levels:
            ax.axhline(level, color=COLOURS["black"], lw=1.2)
        ax.set_xlabel("time $t$")
        ax.set_ylabel("position $x$" if states is result.states else f"position $x_{component + 1}$")
        ax.set_xlim(result.times[0], result.times[-1])
    return ax


def _levels(result: Trajectories) -> list[float]:
    target = getattr(result.problem, "target", None)
    if isinstance(target, Level):
        return [target.x]
    return [target.low, target.high] if isinstance(target, Interval) else []


def _broken(times: Any, path: Any, resets: Any) -> tuple[Any, Any]:
    """Return the path with a gap at every reset, so that no line is drawn where it jumped."""
    where = np.searchsorted(times, resets, side="right")
    return np.insert(times, where, resets), np.insert(path, where, np.nan)
