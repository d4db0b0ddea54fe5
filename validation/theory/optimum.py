"""The best reset probability: never, always, or something between; predicted, and measured.

Resetting to a checkpoint taken before the early-stopping point is best at a finite probability: training
has to go on learning, and has to be stopped from memorising.  With clean labels it is best never to reset,
and from a checkpoint near the early-stopping point always to stay there.  All three are predicted by the
exact moments in discrete time and held to training runs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm
from scipy.optimize import minimize_scalar

from analysis import figures
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import mean
from resetdyn import plotting
from validation.theory.estimates import jackknife
from validation.theory.paths import reset_risks
from validation.theory.regimes import TASKS, Regime

STEPS, FEWER = 4_000_000, 250_000  # of training in each regime, over as many runs as that gives
LEAST = 60  # runs
SPAN = 4.0  # factor around the best probability in which it is measured
POINTS = 9
OLDEST = 9.0  # ages followed, in units of the longest mean age: what is left has a weight of 1e-4
GRID = (0.0, *np.geomspace(1e-4, 1.0, 17).tolist())
FINITE = (
    Regime(TASKS[0], noise_rate=0.4, stopped=0.1),
    Regime(TASKS[0], noise_rate=0.3, stopped=0.3, noise="instance"),
    Regime(TASKS[1], noise_rate=0.4, stopped=0.0),
    Regime(TASKS[1], noise_rate=0.2, stopped=0.1, pace=0.3, batch_size=4),
    Regime(TASKS[2], noise_rate=0.4, stopped=0.1, batch_size=32),
    Regime(TASKS[2], noise_rate=0.2, stopped=0.2, noise="asymmetric"),
    Regime(TASKS[3], noise_rate=0.4, stopped=0.0),
    Regime(TASKS[3], noise_rate=0.2, stopped=0.1, pace=0.1),
    Regime(TASKS[5], noise_rate=0.4, stopped=0.2),
    Regime(TASKS[6], noise_rate=0.4, stopped=0.1, pace=0.3),
    Regime(TASKS[6], noise_rate=0.3, stopped=0.2, noise="instance"),
    Regime(TASKS[8], noise_rate=0.6, stopped=0.0, pace=0.3, batch_size=32),
    Regime(TASKS[9], noise_rate=0.6, stopped=0.1, pace=0.3),
)
NEVER = tuple(Regime(TASKS[i], noise_rate=0.0, stopped=0.1) for i in (1, 5, 6))
ALWAYS = tuple(Regime(TASKS[i], noise_rate=0.4, stopped=1.0) for i in (0, 6, 9))
OFTEN, SELDOM = 0.1, 0.003  # compared where the best probability is at an end
MAPPED = tuple(TASKS[i] for i in (2, 3, 6, 9))


class Found(NamedTuple):
    """A finite best probability: where it was looked for, the mean risks there, and what is claimed."""

    scan: Any
    exact: Any
    measured: Any
    claim: Claim


def run(quick: bool, rng: np.random.Generator) -> Experiment:
    """Hold the best reset probability, and what resetting costs where it cannot help, to training runs."""
    steps = FEWER if quick else STEPS
    found = {regime: _measured(regime, steps, rng) for regime in FINITE}
    return Experiment(
        "training_optimum",
        "Training: the best reset probability",
        "The probability at which the steady clean risk is lowest, in regimes where it is neither 0 nor 1; "
        "and what resetting costs where it cannot help: at any probability if labels are right and the "
        "checkpoint early, at any but 1 if the checkpoint is the early-stopping point.",
        [*(one.claim for one in found.values()), *_costs(steps, rng)],
        [_figure(found), _map(quick)],
    )


def best_probability(regime: Regime) -> float:
    """Return the reset probability, 0 and 1 included, at which the exact steady clean risk is lowest.

    The risk may have two dips, so the search begins at the lowest point of a grid.
    """
    risks = [regime.exact(p) for p in GRID]
    lowest = int(np.argmin(risks))
    if lowest in (0, len(GRID) - 1):
        return GRID[lowest]
    low, high = np.log([max(GRID[lowest - 1], GRID[1] / 10), GRID[lowest + 1]])
    inside = minimize_scalar(lambda x: regime.exact(np.exp(x)), bounds=(low, high), method="bounded")
    return float(np.exp(inside.x))


def bottom(x: Any, y: Any) -> Any:
    """Return where the least-squares cubic through the last axis of `y` has its minimum; NaN without one."""
    origin = x.mean()
    _, slope, bend, twist = np.moveaxis(
        y @ np.linalg.pinv(np.vander(x - origin, 4, increasing=True)).T, -1, 0
    )
    inside = bend**2 - 3 * slope * twist
    with np.errstate(invalid="ignore"):
        return origin - slope / (bend + np.sqrt(inside))


def _measured(regime: Regime, steps: int, rng: np.random.Generator) -> Found:
    best = best_probability(regime)
    scan = best * np.geomspace(1 / SPAN, SPAN, POINTS)
    samples = _risks(regime, scan, steps, rng)
    exact = np.array([regime.exact(p) for p in scan])

    def lowest(means: Any) -> Any:
        return bottom(np.log(scan), means)

    predicted, (value, error) = np.exp(lowest(exact)), jackknife(lowest, samples)
    claim = Claim(
        f"best reset probability; {_named(regime)}",
        predicted,
        np.exp(value),
        predicted * error,
        group="best reset probability",
        note=f"minimum of a cubic in log p through {POINTS} risks, for both; exact minimum: {best:.4g}",
    )
    return Found(scan, exact, samples.mean(axis=0), claim)


def _costs(steps: int, rng: np.random.Generator) -> list[Claim]:
    """Hold what resetting adds to the risk where it cannot help; that it adds nothing is to be rejected."""
    claims = []
    for regimes, better in ((NEVER, SELDOM), (ALWAYS, 1.0)):
        for regime in regimes:
            samples = _risks(regime, np.array([OFTEN, better]), steps, rng)
            found = mean(samples[:, 0] - samples[:, 1])
            name = f"clean risk at p = {OFTEN:g} less that at {better:g}; {_named(regime)}"
            predicted = regime.exact(OFTEN) - regime.exact(better)
            claims.append(Claim(name, predicted, *found, group="where resetting cannot help"))
            if regime is regimes[0]:
                name = f"control: no change of the {name}"
                claims.append(Claim(name, 0.0, *found, should_hold=False, group="wrong predictions"))
    return claims


def _risks(regime: Regime, probabilities: Any, steps: int, rng: np.random.Generator) -> Any:
    model, length = regime.model, int(np.ceil(OLDEST / probabilities.min()))
    runs = max(steps // length, LEAST)
    return reset_risks(regime.sgd, model.checkpoint, model.clean_risk, probabilities, length, runs, rng)


def _named(regime: Regime) -> str:
    before, _, after = str(regime).partition("p = ")
    return before + after.partition(", ")[2]


def _figure(found: dict[Regime, Found]) -> Illustration:
    figure, axes = figures.new(columns=2, width=9.6, height=4.3)
    claims = [one.claim for one in found.values()]
    columns = np.array([(claim.predicted, claim.measured, claim.error) for claim in claims]).T
    ends = np.array([columns[0].min() / 1.5, columns[0].max() * 1.5])
    axes[0].plot(ends, ends, color=figures.BLACK, lw=0.8, zorder=0)
    figures.points(axes[0], *columns, color=figures.BLUE)
    axes[0].set(xscale="log", yscale="log", xlabel="best reset probability, exact")
    axes[0].set_ylabel("best reset probability, training runs")
    for (regime, one), colour in zip(list(found.items())[::3], figures.COLOURS, strict=False):
        exact, measured = (100 * (risk / risk.min() - 1) for risk in (one.exact, one.measured))
        axes[1].plot(one.scan, exact, color=colour, label=str(regime.task).replace("_", " "))
        axes[1].plot(one.scan, measured, "o", ms=4, mfc="white", color=colour)
    axes[1].set(xscale="log", xlabel="reset probability p per step", ylabel="clean risk above its lowest (%)")
    axes[1].set_ylim(top=5)  # room for the legend
    axes[1].legend(loc="upper center", ncols=2)
    return Illustration(
        "training_optimum",
        "Left: the reset probability of lowest clean risk, training runs against exact moments, in "
        f"{len(found)} regimes in which it is neither 0 nor 1. Right: the risk around it in some of them "
        "(lines: exact; circles: training runs, which share their randomness over p), each above its own "
        "lowest.",
        figure,
    )


def _map(quick: bool) -> Illustration:
    """Draw the best probability over noise rate and checkpoint: exact values, nothing is sampled here."""
    noise_rates = (0.0, 0.2, 0.4, 0.6) if quick else tuple(np.round(np.arange(0, 0.85, 0.1), 1).tolist())
    stopped = (0.0, 0.2, 0.5, 1.0, 2.0) if quick else (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0)
    tasks, grid = (MAPPED[:2], (0.0, *GRID[1::2])) if quick else (MAPPED, GRID)
    with plotting.style():
        figure, axes = plt.subplots(1, len(tasks), figsize=(13.5, 4.0), sharey=True, layout="constrained")
    for panel, task in zip(axes, tasks, strict=True):
        best = np.array([[_best_of(grid, task, tau, time) for time in stopped] for tau in noise_rates])
        finite = np.ma.masked_where((best == 0) | (best == 1), best)
        shown = panel.imshow(finite, origin="lower", aspect="auto", norm=LogNorm(GRID[1], 0.1))
        for i, j in np.ndindex(best.shape):
            if best[i, j] in (0, 1):
                panel.text(j, i, f"{best[i, j]:g}", ha="center", va="center", fontsize=8)
        panel.set_xticks(range(len(stopped)), [f"{time:g}" for time in stopped], fontsize=8)
        panel.set_yticks(range(len(noise_rates)), [f"{tau:g}" for tau in noise_rates])
        panel.set_title(str(task).replace("_", " "))
        panel.set_xlabel("checkpoint / early-stopping time")
    axes[0].set_ylabel("noise rate")
    figure.colorbar(shown, ax=axes, label="best reset probability")
    return Illustration(
        "training_optimum_map",
        "The exact best reset probability over noise rate and time of the checkpoint (colour; 0: never "
        "reset, 1: stay at the checkpoint), at a learning rate of 15 % of the stability limit and B = 8. "
        "Where learning never turns or turns at once (clean labels; a wrong majority) the unit of time is "
        "three relaxation times. Between never and always there is a finite best probability for early "
        "checkpoints only.",
        figure,
    )


def _best_of(grid: Any, task: Any, noise_rate: float, stopped: float) -> float:
    regime = Regime(task, noise_rate=noise_rate, stopped=stopped)
    return grid[int(np.argmin([regime.exact(p) for p in grid]))]
