"""The look of all figures, what parameters are called on an axis, and how a figure becomes a file."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import patheffects, pyplot
from matplotlib.rcsetup import cycler
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from resetdyn import _checks, storage

COLOURS = {
    "blue": "#0072B2", "red": "#D55E00", "green": "#009E73", "orange": "#E69F00", "purple": "#CC79A7",
    "black": "#222222", "grey": "#808080",
}  # fmt: skip
FORMATS = ("svg", "png", "pdf")
HALO = [patheffects.withStroke(linewidth=3.4, foreground="white")]  # keeps a line apart from a map below it

_SHORT_LOG_RANGE = 40.0  # up to here a logarithmic axis needs more ticks than its decades

_STYLE: Any = {
    "figure.figsize": (5.4, 3.9),
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
    "font.size": 10.5,
    "axes.titlesize": 11,
    "axes.edgecolor": COLOURS["black"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=list(COLOURS.values())[:5]),
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "lines.linewidth": 1.8,
    "svg.fonttype": "none",  # text stays text: it can be searched and read aloud
    "svg.hashsalt": "resetdyn",  # the same figure is the same file
}

_LABELS = {
    "reset_rate": "reset rate $r$ (1 / time)",
    "noise_rate": r"label-noise rate $\tau$",
    "diffusion": "diffusion $D$ (length² / time)",
    "drift": "drift $v$ (length / time)",
    "stiffness": "stiffness $k$ (1 / time)",
    "center": "centre $c$ (length)",
    "start": "start $x_0$ (length)",
    "distance": "distance to the target $x_0$ (length)",
    "batch_size": "batch size $B$ (samples)",
    "learning_rate": r"learning rate $\eta$",
    "checkpoint": r"checkpoint $\theta_c$",
    "mean": r"mean first-passage time $\langle T\rangle$",
    "speedup": r"speed-up $\langle T_0\rangle\,/\,\langle T_r\rangle$",
    "risk": "steady clean risk $R$",
    "risk_ratio": r"clean risk without / with resetting $R_0\,/\,R_r$",
}


@contextmanager
def style() -> Iterator[None]:
    """Return a context in which figures have the project's look.

    Examples
    --------
    >>> from matplotlib import pyplot
    >>> from resetdyn import plotting
    >>> with plotting.style():
    ...     figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.9))
    >>> pyplot.close(figure)
    """
    with mpl.rc_context(_STYLE):
        try:
            yield
        finally:
            woken = mpl.is_interactive()
    mpl.interactive(woken)  # a notebook's backend wakes at its first figure, perhaps in here: let it


def label(name: str) -> str:
    """Return how a parameter or quantity is written on an axis: words, symbol, unit.

    Examples
    --------
    >>> from resetdyn import plotting
    >>> plotting.label("batch_size"), plotting.label("my_own")
    ('batch size $B$ (samples)', 'my own')
    """
    return _LABELS.get(name, name.replace("_", " "))


def save(figure: Any, path: str | os.PathLike[str]) -> None:
    """Write a figure, whole or not at all; the suffix of `path` (.svg, .png, .pdf) says as what."""
    kind = picture_format(path)
    dateless = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": None}
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format=kind, metadata=dateless[kind])
    storage.write_atomically(path, buffer.getvalue())


def picture_format(path: str | os.PathLike[str]) -> str:
    """Return the format that the suffix of `path` stands for, or raise."""
    return _checks.choice(f"suffix of {path}", Path(path).suffix.lower().lstrip("."), FORMATS)


def logarithmic(ax: Any, which: str) -> None:
    """Make the axis `which` ("x" or "y") logarithmic once its limits are set, with ticks that have room."""
    ax.set(**{f"{which}scale": "log"})
    axis = getattr(ax, f"{which}axis")
    low, high = sorted(axis.get_view_interval())
    short = high < _SHORT_LOG_RANGE * low
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if short else (1.0,)))
    axis.set_minor_formatter(NullFormatter())
    if low >= 1e-3 and high <= 2e4:
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))


def axes(ax: Any) -> Any:
    """Return `ax`, or the axes of a new figure."""
    if ax is not None:
        return ax
    with style():
        return pyplot.subplots()[1]
