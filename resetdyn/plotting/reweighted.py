"""What one run says about many reset rates, drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn.plotting.style import COLOURS, axes, label, logarithmic, style


def reweighted(answer: Any, ax: Any = None) -> Any:
    """Draw mean times against the reset rate with two standard errors, hollow where they are not trusted.

    Parameters
    ----------
    answer : Reweighted
        What to draw.
    ax : matplotlib Axes, optional
        Where; by default a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes(ax)
    known = np.isfinite(answer.mean) & np.isfinite(answer.error)
    with style():
        for trusted, fill, name in ((True, COLOURS["blue"], "trusted"), (False, "white", "not trusted")):
            some = known & (answer.trusted == trusted)
            if np.any(some):
                ax.errorbar(
                    answer.rates[some], answer.mean[some], 2 * answer.error[some], fmt="o", ms=4.5, mfc=fill,
                    capsize=2.5, color=COLOURS["blue"], label=name,
                )  # fmt: skip
        if answer.optimum is not None:
            best = answer.optimum
            ax.axvspan(*best.interval, color=COLOURS["grey"], alpha=0.3, lw=0)
            ax.axvline(best.rate, color=COLOURS["black"], lw=1.2, label=f"optimum, $r^* = {best.rate:.4g}$")
        if np.all(answer.rates > 0):
            logarithmic(ax, "x")
        means = answer.mean[known]
        if means.size and means.max() > 20 * means.min() > 0:
            logarithmic(ax, "y")
        ax.set(xlabel=label("reset_rate"), ylabel=label("mean"))
        ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3)
    return ax
