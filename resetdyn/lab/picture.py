"""A picture of the lab: the figure, its numbers, the words beside it, and the lines that make it again."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from resetdyn import _checks, plotting
from resetdyn._checks import FloatArray

SIZE = 5.6, 3.7  # inches: letters are as large in it as a phone needs
FORMATS = ("svg", "pdf", "npz", "csv")
_MARGINS = {"left": 0.14, "right": 0.97, "bottom": 0.145, "top": 0.785}
_DATELESS: dict[str, Any] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
# The axes stay where they are put; a layout that is worked out takes as long as the drawing.
_FIXED: dict[Any, Any] = {"figure.constrained_layout.use": False}

Series = dict[str, dict[str, FloatArray]]


@dataclass(frozen=True, eq=False)
class Picture:
    """What one view shows for one setting of the dials.

    Attributes
    ----------
    figure : matplotlib Figure
        The figure.
    series : dict
        Its numbers: for each thing that is drawn the columns, by name.
    text : str
        What it shows, in two sentences.
    code : str
        Lines that make the same figure with the public names.
    """

    figure: Figure
    series: Series
    text: str
    code: str

    def screen(self) -> str:
        """Return the figure as SVG for a page, with letters as outlines: the same on any machine."""
        return self._drawn("svg", {"svg.fonttype": "path"}, dpi=120).decode()

    def file(self, kind: str) -> bytes:
        """Return the figure (svg, pdf) or its numbers (npz, csv) as a file."""
        _checks.choice("kind", kind, FORMATS)
        if kind == "npz":
            buffer = io.BytesIO()
            arrays = {f"{name}.{column}": values for name, columns in self.series.items()
                      for column, values in columns.items()}  # fmt: skip
            np.savez(buffer, allow_pickle=False, **arrays)
            return buffer.getvalue()
        return self._table() if kind == "csv" else self._drawn(kind, {})

    def _table(self) -> bytes:
        """Return one line for each point: the series that it belongs to, then its columns."""
        names = list(dict.fromkeys(column for columns in self.series.values() for column in columns))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["series", *names])
        for series, columns in self.series.items():
            for i in range(len(next(iter(columns.values())))):
                writer.writerow(
                    [series, *(repr(float(columns[n][i])) if n in columns else "" for n in names)]
                )
        return text.getvalue().encode()

    def _drawn(self, kind: str, look: dict[str, Any], dpi: int = 200) -> bytes:
        buffer = io.BytesIO()
        with plotting.style(), mpl.rc_context(_FIXED | look):
            self.figure.savefig(buffer, format=kind, metadata=_DATELESS[kind], dpi=dpi)
        return buffer.getvalue()


def empty(right: float = _MARGINS["right"]) -> tuple[Figure, Any]:
    """Return a figure and its axes, in a place that is not worked out anew for every picture."""
    with plotting.style(), mpl.rc_context(_FIXED):
        figure = Figure(figsize=SIZE)
        ax = figure.subplots()
        figure.subplots_adjust(**{**_MARGINS, "right": right})
    return figure, ax


def series_of(ax: Any, x: str, y: str) -> Series:
    """Return the numbers of what is drawn under a name: curves, points, straight lines and histograms."""
    found: Series = {}
    for line in ax.lines:
        at, values = (np.asarray(data, dtype=float) for data in line.get_data())
        if line.get_transform() != ax.transData:  # from one side of the axes to the other
            across = line.get_transform() == ax.get_yaxis_transform()
            at, values = (np.array(ax.get_xlim()), values) if across else (at, np.array(ax.get_ylim()))
        if at.size and not line.get_label().startswith("_"):
            found[_key(line.get_label())] = {x: at, y: values}
    for patch in ax.patches:
        if hasattr(patch, "get_data"):  # a histogram
            heights, edges, _ = patch.get_data()
            found[_key(patch.get_label())] = {f"{x}_from": edges[:-1], f"{x}_to": edges[1:], y: heights}
    return found


def _key(label: str) -> str:
    """Return the words of a label, without the numbers that follow them."""
    words = re.split(r"[,:$]| at | -?\d", label)[0]
    return re.sub(r"\W+", "_", words).strip("_")
