"""What measured times say, drawn: the mean against the reset rate, which runs are left, how fast they end."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from resetdyn._checks import FloatArray
from resetdyn.advice.advice import Advice
from resetdyn.advice.hazard import hazard_bins
from resetdyn.advice.samples import Samples, samples_of
from resetdyn.advice.survival import law_of
from resetdyn.advice.words import unit_of
from resetdyn.plotting.odds import advised_outcomes
from resetdyn.plotting.style import COLOURS, axes, logarithmic, style

_BEYOND = 4.0  # how far the picture goes beyond what the data tell


def advised_mean(advice: Advice, unit: str = "", ax: Any = None) -> Any:
    """Draw the predicted mean against the Poisson rate, with its 95 % band and the reach of the data.

    Parameters
    ----------
    advice : Advice
        From :func:`resetdyn.advise`.
    unit : str, optional
        Unit of the times.
    ax : matplotlib Axes, optional
        Where; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> from resetdyn.plotting.advice import advised_mean
    >>> advice = rd.advise(np.random.default_rng(1).lognormal(sigma=1.5, size=200))
    >>> advised_mean(advice, "ms").get_ylabel()
    'mean time (ms)'
    """
    ax = axes(ax)
    unit = unit_of(advice, unit)
    rates = _rates(advice)
    told = advice.mean_at(rates)
    end = _end(advice)
    with style():
        drawn = np.isfinite(told.high)
        ax.fill_between(
            rates[drawn], told.low[drawn], told.high[drawn], color=COLOURS["blue"], alpha=0.22, lw=0,
            label="95 % interval of each",
        )  # fmt: skip
        ax.plot(rates, told.mean, color=COLOURS["blue"], label="predicted mean")
        ax.axvspan(
            advice.reach, end, fc="none", ec=COLOURS["grey"], hatch="///", alpha=0.5, lw=0,
            label="not told by the data",
        )  # fmt: skip
        now, (low, high) = _now(advice)
        if np.isfinite(now):
            ax.axhline(now, color=COLOURS["black"], ls="--", lw=1.2, label=_as_it_is(advice))
        if advice.helps:
            _mark(ax, advice)
        _limits(ax, told.mean, now, advice)
        ax.set_xlim(rates[0], end)
        logarithmic(ax, "x")
        top = min(high, ax.get_ylim()[1])
        if low < top and np.isfinite(now):
            ax.axhspan(low, top, color=COLOURS["black"], alpha=0.08, lw=0)
        per = f"1 / {unit}" if unit else "1 / time"
        ax.set_xlabel("reset probability per step" if advice.steps else f"reset rate $r$ ({per})")
        ax.set_ylabel(f"mean time ({unit})" if unit else "mean time")
        ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2)
    return ax


def advised_survival(
    times: ArrayLike, censored: ArrayLike | None = None, unit: str = "", ax: Any = None
) -> Any:
    """Draw the probability that a run has not ended, by Kaplan and Meier, with its 95 % band.

    Parameters
    ----------
    times, censored : arrays
        As for :func:`resetdyn.advise`.
    unit : str, optional
        Unit of the times.
    ax : matplotlib Axes, optional
        Where; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import numpy as np
    >>> from resetdyn.plotting.advice import advised_survival
    >>> advised_survival(np.random.default_rng(1).lognormal(size=200), unit="ms").get_xlabel()
    'time $t$ (ms)'
    """
    ax = axes(ax)
    samples = samples_of(times, censored)
    law = law_of(samples)
    left = law.after > 0
    at, after = samples.high[left], law.after[left]
    log_log = np.sqrt(np.cumsum(law.terms[left])) / np.maximum(-np.log(after), 1e-300)
    with np.errstate(over="ignore"):
        low, high = (after ** np.exp(sign * 1.96 * np.minimum(log_log, 50.0)) for sign in (1, -1))
    with style():
        ax.fill_between(
            at, low, high, step="post", color=COLOURS["blue"], alpha=0.22, lw=0, label="95 % interval"
        )
        ax.step(
            np.r_[samples.high[0], samples.high], np.r_[1.0, law.after], where="post", color=COLOURS["blue"],
            label=f"{samples.n:,} runs",
        )  # fmt: skip
        if samples.any_censored:
            _given_up(ax, samples, law.after)
        ax.set(
            xlabel=_time_label(unit), ylabel="probability of no end yet $Q(t)$",
            xlim=_span(samples), ylim=(max(float(after[-1]) / 2, 0.3 / samples.n), 1.4),
        )  # fmt: skip
        logarithmic(ax, "x")
        logarithmic(ax, "y")
        ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2)
    return ax


def advised_hazard(
    times: ArrayLike, censored: ArrayLike | None = None, unit: str = "", ax: Any = None
) -> Any:
    """Draw how fast runs of a given age end, the hazard: where it falls with age, restarts help.

    Parameters
    ----------
    times, censored : arrays
        As for :func:`resetdyn.advise`.
    unit : str, optional
        Unit of the times.
    ax : matplotlib Axes, optional
        Where; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Notes
    -----
    In each bin, ends over the time that runs spent in it, with the exact 95 % interval of a Poisson number.

    Examples
    --------
    >>> import numpy as np
    >>> from resetdyn.plotting.advice import advised_hazard
    >>> advised_hazard(np.random.default_rng(1).lognormal(size=200), unit="ms").get_ylabel()
    'hazard $h(t)$ (1 / ms)'
    """
    ax = axes(ax)
    samples = samples_of(times, censored)
    edges, ends, spent = hazard_bins(samples)
    hazard = ends / spent
    low = stats.chi2.ppf(0.025, 2 * ends) / 2 / spent
    high = stats.chi2.ppf(0.975, 2 * ends + 2) / 2 / spent
    with style():
        for i in range(len(ends)):
            ax.fill_between(edges[i : i + 2], low[i], high[i], color=COLOURS["blue"], alpha=0.22, lw=0,
                            label="95 % interval" if i == 0 else None)  # fmt: skip
        ax.stairs(hazard, edges, baseline=None, color=COLOURS["blue"], lw=1.8, label="ends per time")
        total = samples.at @ (samples.ended + samples.censored)
        ax.axhline(
            samples.ended.sum() / total,
            color=COLOURS["black"],
            ls="--",
            lw=1.2,
            label="without memory",
        )
        ax.set(
            xlabel=f"age of the run {_time_label(unit).removeprefix('time ')}",
            ylabel=f"hazard $h(t)$ (1 / {unit or 'time'})", xlim=(edges[0], edges[-1]),
            ylim=(max(low[low > 0].min(), hazard.min() / 10) / 1.3, high.max() * 1.3),
        )  # fmt: skip
        logarithmic(ax, "x")
        logarithmic(ax, "y")
        ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2)
    return ax


def advice_figure(advice: Advice, times: ArrayLike, censored: ArrayLike | None = None, unit: str = "") -> Any:
    """Return a figure of all three, and of the outcomes where there are several.

    Parameters
    ----------
    advice : Advice
        From :func:`resetdyn.advise`.
    times, censored : arrays
        What it was given.
    unit : str, optional
        Unit of the times.

    Returns
    -------
    matplotlib Figure

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> from resetdyn.plotting.advice import advice_figure
    >>> times = np.random.default_rng(1).lognormal(sigma=1.5, size=200)
    >>> len(advice_figure(rd.advise(times), times, unit="ms").axes)
    3
    """
    from matplotlib.figure import Figure

    unit = unit_of(advice, unit)
    with style():
        number = 3 + (advice.outcomes is not None)
        figure = Figure(figsize=(4.2 * number, 4.3))
        mean, survival, hazard, *odds = figure.subplots(1, number)
        advised_mean(advice, unit, mean)
        advised_survival(times, censored, unit, survival)
        advised_hazard(times, censored, unit, hazard)
        for ax in odds:
            advised_outcomes(advice, unit, ax)
    return figure


def _rates(advice: Advice) -> FloatArray:
    """Return rates up to the highest that the data tell of."""
    reset = advice.poisson.reset
    best = float(reset.probability if advice.steps else reset.rate)
    low = max(min(best / 100, advice.reach / 1000), advice.at_rate)
    return np.geomspace(low, advice.reach, 160)


def _end(advice: Advice) -> float:
    end = advice.reach * _BEYOND
    return max(min(end, 1.0), advice.reach) if advice.steps else end


def _now(advice: Advice) -> tuple[float, tuple[float, float]]:
    if not advice.at_rate:
        return advice.free_mean, advice.free_mean_interval
    now = advice.mean_at(advice.at_rate)
    return float(now.mean), (float(now.low), float(now.high))


def _as_it_is(advice: Advice) -> str:
    if advice.at_rate:
        return f"as measured, at rate {advice.at_rate:.4g}"
    return "without resetting (at least)" if advice.lower_bound else "without resetting"


def _mark(ax: Any, advice: Advice) -> None:
    low, high = advice.mean_interval
    below = max(advice.mean - low, 0.0)
    above = max(high - advice.mean, 0.0) if np.isfinite(high) else 0.0
    ax.errorbar(
        advice.rate, advice.mean, [[below], [above]], fmt="none", capsize=4, color=COLOURS["red"], lw=1.4
    )
    ax.plot(advice.rate, advice.mean, "*", ms=13, color=COLOURS["orange"], mec=COLOURS["red"], mew=0.8,
            label=f"recommended, {advice.rate:.4g}")  # fmt: skip


def _limits(ax: Any, means: FloatArray, now: float, advice: Advice) -> None:
    """Set limits that the means decide, not the ends of wide intervals."""
    values = means[np.isfinite(means)]
    low, most = float(values.min()), 1.5 * float(values.max())
    low, top = (
        (min(low, now), min(most, 4 * max(low, now))) if np.isfinite(now) else (low, min(most, 30 * low))
    )
    top = max(top, 1.2 * now) if np.isfinite(now) else top
    floor = min(low, advice.mean_interval[0]) if advice.helps else low
    if top > 12 * low:
        ax.set_ylim(floor / 1.5, top)
        logarithmic(ax, "y")
    else:
        ax.set_ylim(max(floor - 0.15 * (top - floor), 0), top)


def _given_up(ax: Any, samples: Samples, after: FloatArray) -> None:
    which = np.flatnonzero(samples.censored)
    which = which[:: max(len(which) // 60, 1)]  # marks, not a cloud
    shown = np.maximum(after[which], np.min(after[after > 0]))
    ax.plot(samples.high[which], shown, "|", color=COLOURS["red"], ms=8, label="given up")


def _span(samples: Samples) -> tuple[float, float]:
    return float(samples.high[0]) / 1.2, float(samples.high[-1]) * 1.2


def _time_label(unit: str) -> str:
    return f"time $t$ ({unit})" if unit else "time $t$"
