"""Paths in time, with the resets marked."""

from __future__ import annotations

from typing import Any

from matplotlib import pyplot

from resetdyn.plotting.style import COLOURS, style
from resetdyn.plotting.traces import axis_label, levels_of, traces
from resetdyn.results.trajectories import Trajectories


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
        for trace in traces(result, component):
            ax.plot(trace.times, trace.values, color=trace.colour, lw=1.0)
            for jump in trace.jumps:
                ax.plot(*jump.T, color=trace.colour, lw=1.3, ls=":")
            if trace.arrival:
                ax.plot(*trace.arrival, "o", color=trace.colour, ms=4.5, zorder=5)
        for level in levels_of(result):
            ax.axhline(level, color=COLOURS["black"], lw=1.2)
        ax.set_xlabel("time $t$")
        ax.set_ylabel(axis_label(result, component))
        ax.set_xlim(result.times[0], result.times[-1])
    return ax
