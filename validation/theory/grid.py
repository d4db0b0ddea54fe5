"""The exact theory in many regimes: data, noise, learning rate, batch, resetting and checkpoint all vary.

For least squares the moments of minibatch SGD under resetting are exact at any learning rate.  Here the
steady clean risk is held to them over more than a hundred regimes at once, so that an error which hides in
one would show in another; and the limit of small learning rates, which most theory uses, is held against
both.
"""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import chi2, norm

import resetdyn as rd
from analysis import figures
from analysis.checks import against
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import mean
from validation.theory.paths import chain_risks
from validation.theory.regimes import TASKS, Regime

RUNS, FEWER = 4000, 600
CONTROL_RUNS = 4000
CHAINS, FEWER_CHAINS = 1500, 150
LEVELS: dict[str, tuple[Any, ...]] = {
    "noise": ("symmetric", "asymmetric", "instance"),
    "noise_rate": (0.0, 0.1, 0.2, 0.4, 0.6, 0.8),
    "pace": (0.02, 0.05, 0.1, 0.2, 0.4),
    "batch_size": (1, 2, 8, 32),
    "probability": (0.004, 0.01, 0.03, 0.1, 0.3),
    "stopped": (0.0, 0.1, 0.3, 1.0, 3.0),
}
EACH = 10  # regimes of each task
CONTROLLED = TASKS[0], TASKS[8]
SERIES = tuple(TASKS[i] for i in (0, 3, 5, 8))  # followed over the learning rate, at a fixed reset rate
PACES = (0.03, 0.07, 0.15, 0.3, 0.5)
RESETS_AT_LIMIT = 0.25  # reset probability of the series, extrapolated to the stability limit


def run(quick: bool, rng: np.random.Generator) -> Experiment:
    """Hold the steady clean risk against the exact moments in every regime."""
    runs = FEWER if quick else RUNS
    regimes = [*design(), *(regime for task in SERIES for regime in series(task))]
    claims = {regime: _risk(regime, runs, rng) for regime in regimes}
    chained = [_chain(regime, FEWER_CHAINS if quick else CHAINS, rng) for regime in followed()]
    scores = np.array([claim.z for claim in (*claims.values(), *chained)])
    return Experiment(
        "training_grid",
        "Training: the exact theory in many regimes",
        f"Steady clean risk of minibatch training under resetting, in {len(regimes)} regimes: digits, breast "
        "cancer, wine and diabetes; standardised inputs or random features; three kinds of noise from 0 to "
        "80 %; learning rates from 2 to 50 % of the stability limit; minibatches of 1 to 32; reset "
        "probabilities from 0.004 to 0.3; checkpoints from the start to three times the early-stopping time. "
        "Learning rates are written eta, batch sizes B, reset probabilities p; times of checkpoints are in "
        "units of the early-stopping time. Samples of a steady state are training runs from the checkpoint, "
        "as long as the last reset is ago; in some regimes training is also followed from reset to reset.",
        [*claims.values(), *chained, together(scores), *controls(rng)],
        [_figure(claims, scores)],
    )


def design() -> list[Regime]:
    """Return the regimes: for each task, every level of everything about equally often, combined at random.

    The design is the same in every run.
    """
    rng = np.random.default_rng(2025)
    found = []
    for task in TASKS:
        columns = {
            name: [values[i % len(values)] for i in rng.permutation(EACH * len(values))[:EACH]]
            for name, values in LEVELS.items()
        }
        found += [
            Regime(task, **dict(zip(columns, row, strict=True)))
            for row in zip(*columns.values(), strict=True)
        ]
    return found


def series(task: Any, paces: Any = PACES) -> list[Regime]:
    """Return regimes of one task that differ in the learning rate, at the same reset rate per unit time."""
    return [Regime(task, pace=pace, probability=RESETS_AT_LIMIT * pace, stopped=0.3) for pace in paces]


def followed() -> list[Regime]:
    """Return some regimes of the design, in which mean ages are short enough to follow many resets."""
    return [regime for regime in design() if regime.probability >= 0.03][::5]


def together(scores: Any) -> Claim:
    """Hold the sum of squares of all z-scores to what chance gives: many small errors would add up here."""
    n = len(scores)
    return Claim(
        f"chi-square of these {n} z-scores",
        n,
        np.sum(scores**2),
        np.sqrt(2 * n),
        note=f"exceeded by chance with probability {chi2.sf(np.sum(scores**2), n):.2g}",
    )


def _risk(regime: Regime, runs: int, rng: np.random.Generator) -> Claim:
    """Hold the risk in one regime.

    Where it is far below the checkpoint's, the few runs that were reset a moment ago decide the mean, and
    more are needed before its error is normal.
    """
    exact, at_checkpoint = regime.exact(), regime.model.clean_risk(regime.model.checkpoint)
    runs *= int(np.clip(round(at_checkpoint / exact), 1, 12))
    return against(str(regime), exact, measured(regime, runs, rng), group=str(regime.task))


def _chain(regime: Regime, runs: int, rng: np.random.Generator) -> Claim:
    model, steps = regime.model, int(np.ceil(20 / regime.probability))
    found = chain_risks(regime.sgd, model.checkpoint, model.clean_risk, regime.probability, steps, runs, rng)
    group = "from reset to reset"
    return against(f"{group}: {regime}", regime.exact(), mean(found), group=group)


def measured(regime: Regime, runs: int, rng: np.random.Generator) -> Any:
    """Return the clean risk of training runs in their steady state, and its standard error."""
    samples = rd.simulate(regime.problem, n=runs, rng=rng).samples
    return mean(regime.model.clean_risk(samples))


def controls(rng: np.random.Generator) -> list[Claim]:
    """Predict wrongly in three ways, each of which has to be rejected."""
    claims = []
    for task in CONTROLLED:
        fast = Regime(task, pace=0.5, probability=0.3, stopped=0.3)
        found = measured(fast, CONTROL_RUNS, rng)
        p, model = fast.probability, fast.model
        at_checkpoint = model.clean_risk(model.checkpoint)
        reset, free = (rd.solve(problem) for problem in (fast.problem, rd.SteadyState(fast.sgd)))
        wrong = {
            "the Langevin limit": fast.langevin(),
            "the risk before the reset decision": (fast.exact() - p * at_checkpoint) / (1 - p),
            "the covariance without resetting": model.clean_risk.expect(reset.mean, free.cov),
        }
        claims += [
            Claim(f"control: {name}; {fast}", predicted, *found, should_hold=False, group="wrong predictions")
            for name, predicted in wrong.items()
        ]
    return claims


def _figure(claims: dict[Regime, Claim], scores: Any) -> Illustration:
    figure, axes = figures.new(columns=3, width=13.5, height=4.3)
    _agreement(axes[0], claims)
    _chance(axes[1], scores)
    _excess(axes[2], claims)
    return Illustration(
        "training_grid",
        f"Left: steady clean risk in {len(claims)} regimes, training runs against exact moments (line: "
        "equality; standard errors are mostly smaller than the symbols). Middle: z-scores of these, and of "
        "training followed from reset to reset, against what chance alone would give. Right: what the limit "
        "of small learning rates misses, at a "
        "fixed reset rate per unit time: of first order while the learning rate is tiny, and soon of second "
        "order. Lines are exact, circles training runs (where they exceed two standard errors). Noise rate "
        "0.4, B = 8.",
        figure,
    )


def _agreement(panel: plt.Axes, claims: dict[Regime, Claim]) -> None:
    sets = dict.fromkeys(regime.task.dataset for regime in claims)
    for name, colour in zip(sets, figures.COLOURS, strict=False):
        here = [claim for regime, claim in claims.items() if regime.task.dataset == name]
        columns = np.array([(claim.predicted, claim.measured, claim.error) for claim in here]).T
        figures.points(panel, *columns, color=colour, ms=3.5, label=name.replace("_", " "))
    ends = np.array([min(c.predicted for c in claims.values()), max(c.predicted for c in claims.values())])
    panel.plot(ends, ends, color=figures.BLACK, lw=0.8, zorder=0)
    panel.set(
        xscale="log",
        yscale="log",
        xlabel="steady clean risk, exact",
        ylabel="steady clean risk, training runs",
    )
    panel.legend(loc="upper left")


def _chance(panel: plt.Axes, scores: Any) -> None:
    n = len(scores)
    quantiles = norm.ppf((np.arange(n) + 0.5) / n)
    panel.plot(quantiles, quantiles, color=figures.BLACK, lw=0.8)
    panel.plot(quantiles, np.sort(scores), "o", ms=3.5, mfc="white", color=figures.BLUE)
    panel.set(xlabel="quantile of a normal variable", ylabel="z-score of the clean risk")
    panel.set_title(f"chi-square {np.sum(scores**2):.0f} on {n}")


def _excess(panel: plt.Axes, claims: dict[Regime, Claim]) -> None:
    fine = np.geomspace(0.005, 0.6, 15)
    for task, colour in zip(SERIES, figures.COLOURS, strict=False):
        exact = np.array([100 * (regime.exact() / regime.langevin() - 1) for regime in series(task, fine)])
        panel.plot(fine, exact, color=colour, label=str(task).replace("_", " "))
        limits = np.array([regime.langevin() for regime in series(task)])
        found = np.array([(claims[regime].measured, claims[regime].error) for regime in series(task)]).T
        value, error = 100 * (found[0] / limits - 1), 100 * found[1] / limits
        seen = value > 2 * error
        figures.points(panel, np.array(PACES)[seen], value[seen], error[seen], color=colour)
        if task is SERIES[-1]:
            for order, dash, at, part in ((1, ":", 0, fine < 0.08), (2, "--", -1, fine > 0.05)):
                guide = exact[at] / 5 * (fine[part] / fine[at]) ** order
                panel.plot(fine[part], guide, dash, color=figures.BLACK, lw=1, label=f"slope {order}")
    panel.set(xscale="log", yscale="log", ylim=(1e-3, 30), xlabel="learning rate / stability limit")
    panel.set_ylabel("excess over the Langevin limit (%)")
    figures.plain_log(panel.xaxis)
    panel.legend(loc="upper left")
