"""One look for all figures, and how they become files and parts of a page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # a report is written, not shown

import matplotlib.pyplot as plt
import matplotlib.ticker
import numpy as np
from matplotlib import mathtext
from matplotlib.font_manager import FontProperties

from resetdyn import plotting
from resetdyn.storage import write_atomically

BLUE, RED, GREEN, ORANGE, PURPLE, BLACK, GREY = plotting.COLOURS.values()
SKY, YELLOW = "#56B4E9", "#F0E442"  # the rest of Okabe and Ito's palette, for areas
COLOURS = (BLUE, RED, GREEN, ORANGE, PURPLE, SKY)

HUGE = 1_000_000  # bytes of SVG beyond which a page carries the PNG instead


def new(columns: int = 1, width: float = 0.0, height: float = 3.9, **options: Any) -> tuple[Any, Any]:
    """Return a figure and its axes, side by side if there are several columns."""
    return plt.subplots(1, columns, figsize=(width or 5.4 + 4.2 * (columns - 1), height), **options)


def palette(colours: Sequence[str]) -> Any:
    """Return a map of whole numbers to these colours."""
    return matplotlib.colors.ListedColormap(colours)


def plain_log(axis: Any) -> None:
    """Label a logarithmic axis of a decade or two by plain numbers: 0.5, 1, 2, 5."""
    axis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(matplotlib.ticker.NullFormatter())


def points(axes: Any, x: Any, y: Any, error: Any, **options: Any) -> None:
    """Draw simulated points with their standard errors."""
    look = {"fmt": "o", "ms": 4.5, "mfc": "white", "mew": 1.3, "capsize": 2.5, "elinewidth": 1.2, "zorder": 5}
    axes.errorbar(x, y, error, **{**look, **options})


def histogram(axes: Any, values: Any, edges: Any, **options: Any) -> None:
    """Draw the density of simulated values between edges; those beyond the edges count as well."""
    counts, _ = np.histogram(values, edges)
    axes.stairs(counts / len(values) / np.diff(edges), edges, **options)


def svg(figure: Any, name: str) -> bytes:
    """Return the figure as SVG; its ids depend on its name only, so that the same figure is the same file."""
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        return _saved(figure, format="svg", metadata={"Date": None})


def png(figure: Any) -> bytes:
    """Return the figure as PNG."""
    return _saved(figure, format="png", dpi=160)


def save(figure: Any, name: str, folder: Path) -> str:
    """Write ``name.svg`` and ``name.png`` into the folder, close the figure, and return it as a data URI."""
    vector, raster = svg(figure, name), png(figure)
    plt.close(figure)
    write_atomically(folder / f"{name}.svg", vector)
    write_atomically(folder / f"{name}.png", raster)
    kind, data = ("svg+xml", vector) if len(vector) <= HUGE else ("png", raster)
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _saved(figure: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, bbox_inches="tight", **options)
    return buffer.getvalue()


def formula(tex: str) -> bytes:
    """Return a formula, in TeX without dollars, as SVG; its ids depend on the formula only."""
    buffer, large = io.BytesIO(), tex.replace(r"\frac", r"\dfrac")
    with matplotlib.rc_context({"svg.hashsalt": tex, "svg.fonttype": "path", "mathtext.fontset": "cm"}):
        mathtext.math_to_image(f"${large}$", buffer, FontProperties(size=15), format="svg")
    return buffer.getvalue()
