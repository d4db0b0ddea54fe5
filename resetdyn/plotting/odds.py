"""What restarts do to the odds, drawn: the probability of each outcome against the reset rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn.advice.advice import Advice
from resetdyn.advice.words import unit_of
from resetdyn.plotting.style import COLOURS, axes, logarithmic, style

_COLOURS = ("blue", "red", "green", "orange", "purple", "black")
_LINES = ("-", "--", "-.", ":")


def advised_outcomes(advice: Advice, unit: str = "", ax: Any = None) -> Any:
    """Draw the probability of each outcome against the Poisson rate, with its 95 % interval.

    Parameters
    ----------
    advice : Advice
        From :func:`resetdyn.advise`, with ``outcomes=``.
    unit : str, optional
        Unit of the times.
    ax : matplotlib Axes, optional
        Where; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the advice knows of no outcomes.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> from resetdyn.plotting.odds import advised_outcomes
    >>> times = np.random.default_rng(1).lognormal(sigma=1.5, size=200)
    >>> advice = rd.advise(times, outcomes=np.where(times < 1, "solved", "failed"))
    >>> advised_outcomes(advice, "ms").get_xlabel()
    'reset rate $r$ (1 / ms)'
    """
    odds = advice.outcomes
    if odds is None:
        raise ValueError("advice: it knows of no outcomes; give rd.advise outcomes=")
    ax = axes(ax)
    unit = unit_of(advice, unit)
    with style():
        for i, label in enumerate(odds.labels):
            colour = COLOURS[_COLOURS[i % len(_COLOURS)]]
            line = _LINES[i // len(_COLOURS) % len(_LINES)]
            rates, ends = odds.rates[1:], (odds.low[i, 1:], odds.high[i, 1:])
            ax.fill_between(
                rates, *ends, color=colour, alpha=0.18, lw=0, label=None if i else "95 % interval"
            )
            ax.plot(rates, odds.probability[i, 1:], line, color=colour, label=str(label))
            ax.axhline(odds.probability[i, 0], color=colour, lw=1, ls=(0, (1, 2)))
        if advice.helps:
            ax.axvline(advice.rate, color=COLOURS["black"], lw=1, ls="--", label="recommended rate")
        ax.plot([], [], color=COLOURS["grey"], lw=1, ls=(0, (1, 2)), label="as it is")
        ax.set_xlim(odds.rates[1], np.max(odds.rates))
        ax.set_ylim(0, 1)
        logarithmic(ax, "x")
        per = f"1 / {unit}" if unit else "1 / time"
        ax.set_xlabel("reset probability per step" if advice.steps else f"reset rate $r$ ({per})")
        ax.set_ylabel("probability of the outcome")
        ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2)
    return ax
