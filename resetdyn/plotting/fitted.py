"""The drift of a process fitted to recorded trajectories, drawn over the local estimates."""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn.plotting.style import COLOURS, axes, style


def fitted_drift(fitted: Any, ax: Any = None) -> Any:
    """Draw local drifts with their 95 % intervals and the drift of the process as a line.

    Parameters
    ----------
    fitted : FittedProcess
        What to draw.
    ax : matplotlib axes, optional
        Where; by default a new figure.

    Returns
    -------
    matplotlib axes

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> path = np.cumsum(np.random.default_rng(1).normal(0.1, 1.0, size=1_000))
    >>> rd.fit_process(path, dt=1.0).plot().get_ylabel()
    'drift $f(x)$ (length / time)'
    """
    ax = axes(ax)
    local = fitted.local
    low, high = fitted.reach
    x = np.linspace(low, high, 400)
    with style():
        ends = np.abs(local.drift_interval - local.drift[:, None]).T
        ax.errorbar(
            local.x, local.drift, ends, fmt="o", ms=4.5, capsize=2.5, color=COLOURS["blue"],
            label="local, 95 % interval",
        )  # fmt: skip
        ax.plot(x, fitted.drift(x), color=COLOURS["red"], label=f"fit of degree {fitted.fit.degree}")
        ax.axhline(0.0, color=COLOURS["grey"], lw=0.8, zorder=0)
        ax.set(xlabel="position $x$ (length)", ylabel="drift $f(x)$ (length / time)")
        ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2)
    return ax
