"""Landscapes: the potential that a search moves in, and how wrong labels tilt the loss of SGD."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.label_noise import LabelNoiseQuadratic
from resetdyn.plotting.style import COLOURS, axes, style
from resetdyn.problems import FirstPassage
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck
from resetdyn.targets import Interval, Level
from resetdyn.theory.passages.line import Line, line_of

_BEYOND = 2.25  # what is shown beyond the marked places at most, relative to their distance
_HEADROOM = 6.0  # and above the highest point between them, in units of the diffusion coefficient
_POINTS = 401


def landscape(
    source: FirstPassage | LabelNoiseQuadratic, places: ArrayLike | None = None, ax: Any = None
) -> Any:
    """Draw the potential of a search on the line, or the losses of SGD on noisy labels.

    Parameters
    ----------
    source : FirstPassage or LabelNoiseQuadratic
        A search of Brownian motion, an Ornstein-Uhlenbeck process or motion in a potential, for a level or
        out of an interval: its potential with start, target and the place that resets lead to. Or a model in
        one dimension: its clean risk and its training loss, between whose minima the latent bias acts.
    places : (n,) array, optional
        Positions to draw at; by default those around what is marked, up to some way above the highest point
        between.
    ax : matplotlib Axes, optional
        Where; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError, ValueError
        If there is no such potential, or more than one dimension.

    Examples
    --------
    >>> import resetdyn as rd
    >>> from resetdyn import plotting
    >>> well = rd.Langevin("x**4/4 - x**2/2", diffusion=0.1)
    >>> ax = plotting.landscape(rd.FirstPassage(well, start=-1.0, target=rd.Level(1.0)))
    >>> ax.get_ylabel()
    'potential $U$ (length² / time)'
    """
    at = None if places is None else _checks.finite_array("places", places)
    if isinstance(source, LabelNoiseQuadratic):
        if source.dim != 1:
            raise ValueError(f"a model in {source.dim} dimensions: a landscape needs one dimension")
        return _losses(source, at, axes(ax))
    if not isinstance(source, FirstPassage):
        raise TypeError(f"source={source!r}: give an rd.FirstPassage or an rd.LabelNoiseQuadratic")
    process, target = source.process, source.target
    if not isinstance(process, Brownian | OrnsteinUhlenbeck | Langevin) or process.dim != 1:
        raise TypeError(f"process={process!r}: give one that moves in a potential on the line")
    if not isinstance(target, Level | Interval):
        raise TypeError(f"target={target!r}: give an rd.Level or an rd.Interval")
    return _potential(source, line_of(process), at, axes(ax))


def _potential(problem: FirstPassage, line: Line, places: FloatArray | None, ax: Any) -> Any:
    target: Any = problem.target
    ends = [target.x] if isinstance(target, Level) else [target.low, target.high]
    to = problem.reset_to if isinstance(problem.reset_to, float) else problem.start
    marks = np.array([problem.start, to, *ends])
    at = _around(marks, line.domain(problem.start)) if places is None else places
    heights = _heights(line, at)
    if not np.isfinite(heights[_between(at, marks)]).any():
        raise ValueError(
            f"process={problem.process!r}: its potential is not a finite number from {marks.min():g} to "
            f"{marks.max():g}; give one that is real and finite there"
        )
    with style():
        ax.plot(at, heights, color=COLOURS["blue"], label="potential")
        for end in ends:
            ax.axvline(end, color=COLOURS["black"], lw=1.2, label="target" if end is ends[0] else None)
        if to != problem.start:
            look: dict[str, Any] = {"mfc": "white", "mec": COLOURS["orange"], "mew": 1.8}
            ax.plot(to, _heights(line, to), "s", ms=8, label=f"resets lead to {to:.4g}", **look)
        ax.plot(
            problem.start, _heights(line, problem.start), "o", ms=8, color=COLOURS["orange"],
            label=f"start at {problem.start:.4g}",
        )  # fmt: skip
        ax.set(xlabel="position $x$ (length)", ylabel="potential $U$ (length² / time)")
        if places is None:
            way = heights[_between(at, marks) & np.isfinite(heights)]
            top = way.max() + max(_HEADROOM * line.diffusion, 0.3 * np.ptp(way))
            near = _reached(at, heights, marks, top)
            shown = heights[near & np.isfinite(heights)]
            low, high = shown.min(), min(shown.max(), top)
            margin = 0.08 * (high - low) or 1.0
            ax.set(xlim=(at[near][0], at[near][-1]), ylim=(low - margin, high + margin))
        _legend(ax)
    return ax


def _losses(model: LabelNoiseQuadratic, places: FloatArray | None, ax: Any) -> Any:
    clean, tau = model.clean_risk, model.noise_rate
    marks = np.array([model.clean_optimum, model.effective_optimum, model.wrong_optimum, model.checkpoint])
    at = _around(marks, (-np.inf, np.inf), 0.75) if places is None else places

    def trained(theta: Any) -> Any:
        part = clean if model.clean_part is None else model.clean_part
        return (1 - tau) * part(theta) + tau * model.wrong_part(theta)

    losses = {"clean risk": clean, "training loss": trained}
    looks = [(COLOURS["blue"], "-"), (COLOURS["red"], "-")]
    with style():
        for (text, loss), (colour, dash) in zip(losses.items(), looks, strict=True):
            ax.plot(at, _values(loss, at), color=colour, ls=dash, label=text)
        low, high = model.clean_optimum, model.effective_optimum
        ax.plot(low, clean(low), "o", ms=8, color=COLOURS["blue"], label=f"clean optimum {low:.3g}")
        ax.plot(high, trained(high), "o", ms=8, color=COLOURS["red"], label=f"memorising optimum {high:.3g}")
        ax.plot(
            model.checkpoint, trained(model.checkpoint), "s", ms=8, mfc="white", mec=COLOURS["orange"],
            mew=1.8, label=f"checkpoint {model.checkpoint:.3g}",
        )  # fmt: skip
        ax.set(xlabel=r"parameter $\theta$", ylabel="loss")
        if places is None:
            top = 1.5 * max(float(clean(high)), float(trained(low)), float(trained(model.checkpoint)))
            ax.set(xlim=(at[0], at[-1]), ylim=(-0.2 * top, top))
        if low != high:
            _arrow(ax, low, high)
        _legend(ax)
    return ax


def _arrow(ax: Any, low: float, high: float) -> None:
    """Draw the latent bias as an arrow at the bottom, from the clean optimum to where it leads."""
    foot = 0.35 * ax.get_ylim()[0]
    look = {"arrowstyle": "-|>", "lw": 2, "color": COLOURS["black"], "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (high, foot), (low, foot), arrowprops=look)
    middle = (low + high) / 2, foot
    ax.annotate("latent bias", middle, (0, -5), textcoords="offset points", ha="center", va="top")


def _around(marks: FloatArray, domain: tuple[float, float], beyond: float = _BEYOND) -> FloatArray:
    """Return places around some marked ones, inside an open domain."""
    low, high = marks.min(), marks.max()
    margin = beyond * (high - low)
    start, stop = max(low - margin, domain[0]), min(high + margin, domain[1])
    places = np.linspace(start, stop, _POINTS)
    return places[(places > domain[0]) & (places < domain[1])]


def _between(places: FloatArray, marks: FloatArray) -> Any:
    return (places >= marks.min()) & (places <= marks.max())


def _reached(places: FloatArray, heights: FloatArray, marks: FloatArray, top: float) -> Any:
    """Return which places lie between the marks, or beyond them before the potential exceeds `top`."""
    low, high = marks.min(), marks.max()
    with np.errstate(invalid="ignore"):
        over = ~(heights <= top)
    left = places[over & (places < low)].max(initial=-np.inf)
    right = places[over & (places > high)].min(initial=np.inf)
    return (places >= left) & (places <= right)


def _heights(line: Line, places: Any) -> Any:
    """Return the potential, `nan` where it is not finite or too high for floats."""
    with np.errstate(all="ignore"):
        heights = np.asarray(line.field.value(np.asarray(places, dtype=float)), dtype=float)
    return np.where(np.isfinite(heights), heights, np.nan)


def _values(loss: Any, places: FloatArray) -> FloatArray:
    return np.array([float(loss(theta)) for theta in places])


def _legend(ax: Any) -> None:
    ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2)
