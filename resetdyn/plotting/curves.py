"""Curves: mean and risk against the reset rate, survival, and steady-state density."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn._checks import FloatArray
from resetdyn.label_noise import LabelNoiseQuadratic
from resetdyn.plotting.style import COLOURS, axes, label, logarithmic, style
from resetdyn.problems import FirstPassage
from resetdyn.resets import NoReset, Poisson
from resetdyn.results import (
    FirstPassageResult,
    FirstPassageSamples,
    FirstPassageSummary,
    SteadyStateResult,
    SteadyStateSamples,
    SteadyStateSummary,
)
from resetdyn.theory import optimal_reset, solve

_FAR_OFF = 100.0  # relative to the curve


def mean_against_rate(
    problem: FirstPassage,
    rates: ArrayLike | None = None,
    samples: Iterable[FirstPassageSamples] = (),
    ax: Any = None,
) -> Any:
    """Draw the exact mean first-passage time against the reset rate, with its optimum.

    Parameters
    ----------
    problem : FirstPassage
        What to solve, under Poisson resets or none; its own rate is marked by a point.
    rates : sequence of float, optional
        Rates above 0; by default around the optimum.
    samples : iterable of FirstPassageSamples, optional
        Simulations at Poisson rates, drawn with two standard errors.
    ax : matplotlib Axes, optional
        Where; by default a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the problem has resets of another law, which no curve over Poisson rates is about.
    """
    own = problem.reset
    if not isinstance(own, Poisson | NoReset):
        raise ValueError(f"reset={own}: the curve is over Poisson rates; give rd.Poisson or rd.NoReset")
    ax = axes(ax)
    optimum = optimal_reset(problem)
    shared = {"to": own.to, "refractory": own.refractory, "return_speed": own.return_speed}

    def mean(rate: float) -> float:
        return solve(replace(problem, reset=Poisson(rate, **shared))).mean

    without = solve(replace(problem, reset=NoReset())).mean
    grid = _rates(optimum.rate, 1 / without) if rates is None else np.asarray(rates, dtype=float)
    _against_rate(ax, grid, mean, without, optimum.rate, optimum.mean, "mean")
    with style():
        for run in samples:
            at, spread = run.problem.reset.rate, 2 * run.error
            ax.errorbar(at, run.mean, spread, fmt="o", ms=4.5, mfc="white", capsize=2.5, color=COLOURS["red"])
        if isinstance(own, Poisson) and own.rate > 0:
            mark = f"this problem, $r = {own.rate:.4g}$"
            ax.plot(own.rate, mean(own.rate), "s", color=COLOURS["blue"], label=mark)
        _legend_above(ax)
    return ax


def risk_against_rate(model: LabelNoiseQuadratic, rates: ArrayLike | None = None, ax: Any = None) -> Any:
    """Draw the steady clean risk of a label-noise model against the reset rate, with its optimum.

    Parameters
    ----------
    model : LabelNoiseQuadratic
        SGD on noisy labels.
    rates : sequence of float, optional
        Rates above 0; by default around the optimum.
    ax : matplotlib Axes, optional
        Where; by default a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes(ax)
    optimum = optimal_reset(model)
    relaxation = float(np.trace(np.atleast_2d(model.training_hessian))) / model.dim
    grid = _rates(optimum.rate, relaxation) if rates is None else np.asarray(rates, dtype=float)
    _against_rate(ax, grid, model.steady_risk, model.steady_risk(0.0), optimum.rate, optimum.risk, "risk")
    with style():
        ax.axhline(
            model.steady_risk(np.inf), color=COLOURS["grey"], ls=":", lw=1.2, label="at the checkpoint"
        )
        _legend_above(ax)
    return ax


def survival(
    samples: FirstPassageSamples | FirstPassageSummary,
    exact: FirstPassageResult | None = None,
    ax: Any = None,
) -> Any:
    """Draw the probability that the target has not been reached, logarithmic unless many paths are left.

    Parameters
    ----------
    samples : FirstPassageSamples or FirstPassageSummary
        Simulated times, or their summary.
    exact : FirstPassageResult, optional
        The same by theory.
    ax : matplotlib Axes, optional
        Where; by default a new figure.

    Returns
    -------
    matplotlib Axes
    """
    ax = axes(ax)
    times, alive = _counted(samples) if isinstance(samples, FirstPassageSummary) else _sorted(samples)
    left = float(alive[-1])
    with style():
        ax.step(times, alive, where="post", color=COLOURS["blue"], label=f"simulation, {samples.n:,} paths")
        if exact is not None:
            grid = np.linspace(0, times[-1], 200)
            ax.plot(grid, exact.survival(grid), color=COLOURS["red"], ls="--", label="theory")
        ax.set(xlabel="time $t$", ylabel="survival probability $Q(t)$", xlim=(0, None), ylim=(0, 1.05))
        if left < 0.05:
            ax.set_ylim(max(left, 1 / samples.n) / 2, 1.5)
            logarithmic(ax, "y")
        ax.legend()
    return ax


def _sorted(samples: FirstPassageSamples) -> tuple[FloatArray, FloatArray]:
    """Return the times of arrivals, and that up to which was looked, with the share left after each."""
    finite = samples.times[np.isfinite(samples.times)]
    arrived = np.sort(samples.times[np.isfinite(samples.times) & ~samples.censored])
    times = np.concatenate([[0.0], arrived, [finite.max(initial=0.0)]])
    alive = 1 - np.append(np.arange(len(arrived) + 1), len(arrived)) / samples.n
    return times, alive


def _counted(summary: FirstPassageSummary) -> tuple[FloatArray, FloatArray]:
    """Return the same at the edges of a summary's bins."""
    times = np.concatenate([[0.0], summary.sketch.edges if summary.sketch.n else []])
    if np.isfinite(summary.given_up_at):
        times = np.append(times, max(times[-1], summary.given_up_at))
    return times, np.asarray(summary.survival(times))


def steady_density(
    exact: SteadyStateResult | None = None,
    samples: SteadyStateSamples | SteadyStateSummary | None = None,
    ax: Any = None,
) -> Any:
    """Draw a steady-state density in one dimension: a curve from theory, a histogram from simulation.

    Parameters
    ----------
    exact : SteadyStateResult, optional
        From :func:`resetdyn.solve`.
    samples : SteadyStateSamples or SteadyStateSummary, optional
        From :func:`resetdyn.simulate`; at least one of the two.
    ax : matplotlib Axes, optional
        Where; by default a new figure.

    Returns
    -------
    matplotlib Axes
    """
    source = exact if exact is not None else samples
    if source is None:
        raise ValueError("exact=None, samples=None: give at least one of them")
    if np.ndim(source.mean):
        raise ValueError(
            f"a steady state in {np.size(source.mean)} dimensions: a density needs one dimension"
        )
    ax = axes(ax)
    spread = 4 * np.sqrt(source.cov)
    limits = source.mean - spread, source.mean + spread
    with style():
        if samples is not None:
            bins = np.linspace(*limits, 81)
            if isinstance(samples, SteadyStateSummary):
                counts = samples.histogram(bins)[0]
            else:
                counts = np.histogram(samples.samples, bins)[0]
            look = {"fill": True, "color": COLOURS["blue"], "alpha": 0.35}
            text = f"simulation, {samples.n:,} samples"
            ax.stairs(counts / (samples.n * np.diff(bins)), bins, label=text, **look)
        if exact is not None:
            places = np.unique(np.append(np.linspace(*limits, 400), _cusp(exact)))
            ax.plot(places, exact.pdf(places), color=COLOURS["red"], label="theory")
        to = source.problem.reset.to
        if isinstance(to, float):  # not a law of places, nor some way to the origin
            ax.axvline(to, color=COLOURS["grey"], ls=":", lw=1.2, label=f"reset to {to:.4g}")
        ax.set(xlabel="position $x$", ylabel="steady-state density $p(x)$", xlim=limits, ylim=(0, None))
        ax.legend()
    return ax


def _cusp(exact: SteadyStateResult) -> Any:
    """Return where the density has a kink, which an even grid would cut off."""
    to = exact.problem.reset.to
    return to if isinstance(to, float) else []


def _rates(optimum: float, scale: float) -> FloatArray:
    middle = optimum if 0 < optimum < np.inf else scale
    if not middle > 0:
        raise ValueError("rates=None: neither the optimum nor the mean at rate 0 gives a scale; give rates")
    return np.geomspace(middle / 30, 10 * middle, 161)


def _legend_above(ax: Any) -> None:
    ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2)


def _against_rate(
    ax: Any, rates: FloatArray, value: Callable[[float], float], without: float, best: float, at_best: float,
    quantity: str,
) -> None:  # fmt: skip
    values = np.array([value(rate) for rate in rates])
    with style():
        ax.plot(rates, values, color=COLOURS["blue"], label="with resetting")
        if without > _FAR_OFF * values.max():  # a line there would leave the curve no room
            ax.plot([], [], " ", label=f"without resetting: {without:.2g}")
        elif np.isfinite(without):
            ax.axhline(without, color=COLOURS["grey"], ls="--", lw=1.2, label="without resetting")
        if 0 < best < np.inf:
            ax.plot(best, at_best, "*", ms=13, color=COLOURS["orange"], label=f"optimum, $r^* = {best:.4g}$")
        ax.set(xlabel=label("reset_rate"), ylabel=label(quantity), xlim=(rates[0], rates[-1]))
        logarithmic(ax, "x")
        if values.max() > 20 * values.min():
            logarithmic(ax, "y")
