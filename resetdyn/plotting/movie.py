"""Paths that move: the picture of :func:`resetdyn.plotting.trajectories`, drawn as time goes by."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import pyplot
from matplotlib.animation import FuncAnimation
from matplotlib.collections import LineCollection

from resetdyn import _checks
from resetdyn.plotting.style import COLOURS, style
from resetdyn.plotting.traces import Trace, axis_label, levels_of, traces
from resetdyn.results.trajectories import Trajectories

_HOLD = 1.5  # seconds for which the last picture stays, before it begins again


def animate(
    result: Trajectories, ax: Any = None, component: int = 0, seconds: float = 8.0, fps: int = 15
) -> Any:
    """Draw paths as they move: a dot is where each one is, a dotted line where a reset takes it.

    Parameters
    ----------
    result : Trajectories
        What :func:`resetdyn.trajectories` returned.
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.
    component : int, optional
        Component of the state.
    seconds : float, optional
        How long the paths are shown to move; the last picture then stays a little.
    fps : int, optional
        Pictures per second.

    Returns
    -------
    matplotlib.animation.FuncAnimation
        Keep it as long as it is to be seen; ``.save("walk.gif", writer="pillow")`` writes a file, which
        needs no program beside matplotlib, and ``.to_jshtml()`` shows it in a notebook.

    Raises
    ------
    ValueError
        If `seconds` or `fps` is not above 0, or there is no such component.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> from resetdyn import plotting
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(1.0))
    >>> paths = rd.trajectories(problem, np.linspace(0, 2, 201), n=2, rng=7)
    >>> walk = plotting.animate(paths, seconds=0.5, fps=4)
    >>> walk.save("walk.gif", writer="pillow")
    """
    seconds, fps = _checks.positive("seconds", seconds), _checks.integer("fps", fps)
    moments = np.linspace(result.times[0], result.times[-1], 1 + max(1, round(seconds * fps)))
    moments = np.append(moments, np.full(round(_HOLD * fps), moments[-1]))
    with style():
        ax = pyplot.subplots()[1] if ax is None else ax
        walkers = [_Walker(ax, trace) for trace in traces(result, component)]
        for level in levels_of(result):
            ax.axhline(level, color=COLOURS["black"], lw=1.2)
        ax.set(xlabel="time $t$", ylabel=axis_label(result, component))
        ax.set(xlim=(result.times[0], result.times[-1]), ylim=_limits(result, component))
        resets = ax.text(0.99, 1.01, "", transform=ax.transAxes, ha="right", va="bottom")

    def draw(moment: float) -> list[Any]:
        count = sum(walker.draw(moment) for walker in walkers)
        resets.set_text(f"{count} reset" + "s" * (count != 1))
        return [*(artist for walker in walkers for artist in walker.artists), resets]

    return FuncAnimation(
        ax.figure, draw, frames=moments, init_func=lambda: draw(moments[0]), interval=1000 / fps, blit=True
    )


class _Walker:
    """The artists of one path."""

    def __init__(self, ax: Any, trace: Trace) -> None:
        self.trace = trace
        self.shown = np.isfinite(trace.values)
        (line,) = ax.plot([], [], color=trace.colour, lw=1.0)
        (dot,) = ax.plot([], [], "o", color=trace.colour, ms=7, zorder=5)
        jumps = ax.add_collection(LineCollection([], colors=trace.colour, linewidths=1.3, linestyles=":"))
        self.artists = line, dot, jumps

    def draw(self, moment: float) -> int:
        """Draw what has happened until then, and return how many resets that were."""
        line, dot, jumps = self.artists
        past = self.trace.times <= moment
        line.set_data(self.trace.times[past], self.trace.values[past])
        if self.trace.arrival and self.trace.arrival[0] <= moment:
            dot.set_data(*([value] for value in self.trace.arrival))
        else:
            last = np.flatnonzero(past & self.shown)[-1:]
            dot.set_data(self.trace.times[last], self.trace.values[last])
        jumps.set_segments([jump for jump in self.trace.jumps if jump[0, 0] <= moment])
        return int(np.count_nonzero(self.trace.resets <= moment))


def _limits(result: Trajectories, component: int) -> tuple[float, float]:
    """Return limits that hold every path and the target, as a picture does not rescale while it moves."""
    values = [*result.component(component)[np.isfinite(result.component(component))], *levels_of(result)]
    low, high = min(values), max(values)
    room = 0.05 * (high - low or 1.0)
    return low - room, high + room
