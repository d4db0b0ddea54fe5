"""The figure the field expects: reset rate against noise, coloured by what resetting gains."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from resetdyn._checks import FloatArray
from resetdyn.plotting.style import COLOURS, HALO, axes, label, logarithmic, style

_RATIOS = ("speedup", "risk_ratio")
_NICE = (1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_INFINITE = "#0A1E3C"  # further than the blue end of the map
_HATCH = "#4F72A8"
_UNDEFINED = "#D9D9D9"
_NUMERICAL = 1e-6  # an error that is no noise
_TOWARDS = np.append(0.0, np.geomspace(1e-4, 1.0, 60))  # a transition, by shares of the way from it
_SMALL: Any = {"fontsize": 8, "color": COLOURS["grey"]}


def phase_map(diagram: Any, ax: Any = None) -> Any:
    """Draw a phase diagram: the map, the optimal-rate curve, and the boundary where resetting stops helping.

    A ratio is shown on a diverging map that is white at "no effect", in a colour of its own where it is
    infinite, and grey where it is undefined. Axes are logarithmic where the values are geometric.

    A simulated diagram says so below it, with the largest relative error of a cell. Where it has no curves
    of its own, a ring marks the best rate of each column that is seen to be one: better than without
    resetting, and than both ends of the range, by two standard errors.

    Parameters
    ----------
    diagram : PhaseDiagram
        What to draw.
    ax : matplotlib Axes, optional
        Where; by default a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes(ax)
    x, y, values, error = _Scale(diagram.x), _Scale(diagram.y), diagram.values, diagram.error
    if diagram.y[0] == 0 and _Scale(diagram.y[1:]).log:  # rate 0 has no place there, and no effect to show
        y, values, error = _Scale(diagram.y[1:]), values[1:], error[1:]
    ratio = diagram.quantity in _RATIOS
    with style():
        _colour(ax, x, y, values, diagram.quantity)
        handles = _infinite(ax, x, y, values) + _optimum(ax, diagram, y) + _best_cells(ax, diagram)
        handles += _contour(ax, x, y, values, error) if ratio else _boundary(ax, diagram)
        ax.set(xlim=x.limits, ylim=y.limits, xlabel=label(diagram.x_name), ylabel=label(diagram.y_name))
        for which, scale in (("x", x), ("y", y)):
            if scale.log:
                logarithmic(ax, which)
        ax.set_facecolor(_UNDEFINED)
        ax.spines[:].set_visible(True)
        if handles:
            ax.legend(
                handles=handles,
                loc="lower left",
                bbox_to_anchor=(-0.02, 1.0),
                ncols=3 if len(handles) < 4 else 2,
            )
        if diagram.method != "exact":
            ax.text(1.0, -0.17, _provenance(diagram), transform=ax.transAxes, ha="right", va="top", **_SMALL)
    return ax


def _provenance(diagram: Any) -> str:
    """Return how the values were simulated, and how exact they are."""
    finite = np.isfinite(diagram.values) & (diagram.values > 0)
    relative = diagram.error[finite] / diagram.values[finite]
    known = relative[np.isfinite(relative)]
    bounds = "" if known.size == relative.size else "; in some cells a bound"
    return diagram.method + (f"; errors up to {known.max():.1%}" if known.size else "") + bounds


def _best_cells(ax: Any, diagram: Any) -> list[Any]:
    """Mark the best rate of each column of simulated ratios, where noise leaves no doubt of one."""
    if diagram.method == "exact" or diagram.y_name != "reset_rate" or diagram.quantity not in _RATIOS:
        return []
    found = []
    for j, place in enumerate(diagram.x):
        values, error = diagram.values[:, j], diagram.error[:, j]
        if not (np.all(np.isfinite(values)) and np.all(np.isfinite(error))):
            continue
        best = int(np.argmax(values))
        others = [(1.0, 0.0), (values[0], error[0]), (values[-1], error[-1])]
        if all(values[best] - other > 2 * np.hypot(error[best], e) for other, e in others):
            found.append((place, diagram.y[best]))
    if not found:
        return []
    look: dict[str, Any] = {"mfc": "none", "mec": COLOURS["black"], "ms": 6, "ls": "none", "clip_on": False}
    return ax.plot(*zip(*found, strict=True), "o", path_effects=HALO, label="best rate", **look)


class _Scale:
    """How values spread over an axis, evenly as they are or as logarithms, and the edges of their cells."""

    def __init__(self, values: Any) -> None:
        self.centers = np.asarray(values, dtype=float)
        low, high = self.centers[:-1], self.centers[1:]
        uneven = _unevenness(high - low)
        rounded = np.asarray(values).dtype.kind == "i" and uneven > 0.3  # a geometric series of whole numbers
        self.log = bool(low[0] > 0 and (rounded or _unevenness(np.log(high / low)) < uneven))
        self.limits = float(low[0]), float(high[-1])
        between = np.sqrt(low * high) if self.log else (low + high) / 2
        self.edges = np.concatenate([low[:1], between, high[-1:]])


def _unevenness(steps: FloatArray) -> float:
    return float(np.std(steps) / np.mean(steps))


def _colour(ax: Any, x: _Scale, y: _Scale, values: FloatArray, quantity: str) -> None:
    """Draw the finite values and their colour bar."""
    finite = values[np.isfinite(values) & (values > 0)]
    if not finite.size:
        return
    low, high = finite.min(), finite.max()
    ratio = quantity in _RATIOS
    limit = _ratio_limit(finite)
    bottom, top = (1 / limit, limit) if ratio else (low, high)
    norm = (LogNorm if ratio or high > 10 * low else Normalize)(bottom, top)
    shown = np.ma.masked_invalid(np.maximum(values, np.finfo(float).tiny))  # a ratio may underflow to 0
    image = ax.pcolormesh(
        x.edges, y.edges, shown, norm=norm, cmap="RdBu" if ratio else "cividis", rasterized=True
    )
    beyond = bool(low < bottom * 0.999), bool(high > top * 1.001)
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    bar = ax.figure.colorbar(image, ax=ax, label=label(quantity), extend=extend[beyond])
    if ratio:
        ticks = _ratio_ticks(limit)
        bar.set_ticks(
            ticks, labels=[f"{tick:.2g}" if limit >= 2 else f"{tick:.3g}" for tick in ticks], minor=False
        )
        bar.set_ticks([], minor=True)


def _ratio_limit(ratios: FloatArray) -> float:
    """Return the end of the colour scale, a round ratio.

    Gains set it: the harm of too many resets has no bound, and would wash them out.
    """
    gains, worst = ratios[ratios > 1], 1 / ratios.min(initial=1.0)
    effect = max(np.quantile(gains, 0.95), min(worst, 1.2)) if gains.size else min(worst, 10.0)
    return next((nice for nice in _NICE if nice >= effect), _NICE[-1])


def _ratio_ticks(limit: float) -> list[float]:
    """Return round ratios up to the limit, not too close to each other, with their inverses around 1."""
    above = [limit]
    for nice in reversed(_NICE):
        if np.log(above[-1] / nice) > 0.2 * np.log(limit) and np.log(nice) > 0.15 * np.log(limit):
            above.append(nice)
    return sorted([1.0, *above, *(1 / ratio for ratio in above)])


def _infinite(ax: Any, x: _Scale, y: _Scale, values: FloatArray) -> list[Any]:
    if not np.any(np.isinf(values)):
        return []
    shown = np.ma.masked_where(~np.isinf(values), np.ones_like(values))
    look: dict[str, Any] = {"hatch": "////", "edgecolor": _HATCH, "linewidth": 0, "antialiased": False}
    ax.pcolor(x.edges, y.edges, shown, cmap=ListedColormap([_INFINITE]), rasterized=True, **look)
    return [Patch(facecolor=_INFINITE, label="infinite", **look)]


def _optimum(ax: Any, diagram: Any, y: _Scale) -> list[Any]:
    """Draw the optimal rate where it is positive and finite, down to zero at the transitions."""
    rate = np.where(np.isinf(diagram.optimum) | (diagram.optimum == 0), np.nan, diagram.optimum)
    if not np.any((rate >= y.limits[0]) & (rate <= y.limits[1])):
        return []
    parts = [(diagram.x, rate), *_ends(diagram, rate)]
    places, rates = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(places, kind="stable")
    return ax.plot(
        places[order], rates[order], color=COLOURS["black"], path_effects=HALO, label="optimal rate $r^*$"
    )


def _ends(diagram: Any, rate: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """Return the curve between each transition and the next column: straight, and down from where it jumps.

    What is straight is curved on a logarithmic axis, where a line from the axis would be far too high.
    """
    onsets = diagram.onsets if len(diagram.onsets) else np.zeros(len(diagram.transitions))
    ends = []
    for at, onset in zip(diagram.transitions, onsets, strict=True):
        right = int(np.searchsorted(diagram.x, at))
        beside = next((i for i in (right, right - 1) if 0 <= i < len(rate) and rate[i] > 0), None)
        if beside is None or not np.isfinite(onset):
            continue
        places = at + (diagram.x[beside] - at) * np.append(0.0, _TOWARDS)
        rates = np.append(0.0, onset + (rate[beside] - onset) * _TOWARDS)
        along = slice(None, None, 1 if beside == right else -1)
        ends.append((places[along], rates[along]))
    return ends


def _contour(ax: Any, x: _Scale, y: _Scale, values: FloatArray, error: FloatArray) -> list[Any]:
    """Draw where the ratio is 1; a row without resets is 1 everywhere and no boundary.

    Dots mark cells where noise hides on which side of 1 they are; among those alone no line is drawn.
    """
    rows = slice(1, None) if y.centers[0] == 0 else slice(None)
    values, error = values[rows], error[rows]
    effect = np.ma.masked_invalid(np.log(np.maximum(values, np.finfo(float).tiny)))
    hidden = np.isfinite(values) & (np.abs(values - 1) < 2 * error)
    handles = []
    if hidden.any() and np.max(error[hidden]) > _NUMERICAL:
        i, j = np.nonzero(hidden)
        look: dict[str, Any] = {"ms": 3, "color": COLOURS["grey"], "ls": "none", "clip_on": False}
        handles += ax.plot(x.centers[j], y.centers[rows][i], ".", label="hidden by noise", **look)
        seen = ~hidden
        beside = seen.copy()
        beside[1:] |= seen[:-1]
        beside[:-1] |= seen[1:]
        effect = np.ma.masked_where(~beside, effect)
    if effect.mask.all() or effect.min() > 0 or effect.max() < 0:
        return handles
    line: dict[str, Any] = {"colors": COLOURS["black"], "linestyles": "dashed", "linewidths": 1.5}
    ax.contour(x.centers, y.centers[rows], effect, levels=[0.0], **line)
    return [*handles, Line2D([], [], color=COLOURS["black"], ls="dashed", lw=1.5, label="no effect")]


def _boundary(ax: Any, diagram: Any) -> list[Any]:
    if not np.any(diagram.boundary > 0):
        return []
    look = {"color": COLOURS["black"], "ls": "dashed", "lw": 1.5, "label": "no effect"}
    return ax.plot(diagram.x, diagram.boundary, path_effects=HALO, **look)
