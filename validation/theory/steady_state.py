"""The steady state of training under resetting: its mean, its clean risk, and the best reset probability.

Training is reset with probability `p` per step to a checkpoint taken well before the early-stopping point.
Between two resets the clean risk first falls and then rises again, so that a finite `p` is best: slow
resetting memorises, fast resetting does not learn.  Predictions are exact in discrete time (the recursion of
mean and covariance over all batches); the Langevin limit of small learning rates is drawn beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize_scalar

import resetdyn as rd
from analysis import figures
from analysis.checks import against
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import mean
from resetdyn import plotting
from validation.data import LEARNING_RATE, NOISE_RATES, binary_task
from validation.theory.estimates import lowest_point

RUNS, FEWER = 2000, 300
FREE_RUNS, FEWER_FREE = 200, 30  # without resetting a run takes tens of thousands of steps
CHECKPOINTS = {0.0: 20.0, 0.2: 60.0, 0.4: 20.0, 0.6: 0.0}  # times of gradient flow, before early stopping
SCANNED = 0.4  # the noise rate at which the best probability is measured
SPAN = 6.0  # factor around the best probability in which it is scanned
PROBABILITIES = (0.003, 0.03, 0.3)


class Setup(NamedTuple):
    """Training at one noise rate with its checkpoint, and the exact risk under resetting."""

    model: rd.LabelNoiseQuadratic
    sgd: rd.LinearSGD
    risk: Callable[[float], float]
    best: float | None  # where a probability between the ends is best


def run(quick: bool, rng: np.random.Generator) -> Experiment:
    """Hold the stationary mean and clean risk against the exact discrete moments."""
    runs = FEWER if quick else RUNS
    setups = {noise_rate: setup(noise_rate) for noise_rate in NOISE_RATES}
    risks = {
        noise_rate: {p: _risk(noise_rate, case, p, runs, rng) for p in PROBABILITIES}
        for noise_rate, case in setups.items()
    }
    scanned = setups[SCANNED]
    scan = scanned.best * np.geomspace(1 / SPAN, SPAN, 7)
    found = [_risk(SCANNED, scanned, p, runs, rng) for p in scan]
    risks[SCANNED] |= dict(zip(scan, found, strict=True))
    return Experiment(
        "training_steady_state",
        "Training: the steady state under resetting",
        "Reset now and then to a checkpoint taken before the early-stopping point, training settles in a "
        "steady state whose clean risk is lowest at a finite reset probability. With clean labels "
        "resetting only hurts; where the majority of the labels is wrong, the start is the best place to "
        "stay.",
        [
            *(claim for noise_rate in NOISE_RATES for claim in risks[noise_rate].values()),
            _optimum(scanned, scan, found),
            *_means(scanned, runs, rng),
            _without_resetting(scanned, FEWER_FREE if quick else FREE_RUNS, rng),
        ],
        [_figure(setups, risks)],
    )


def setup(noise_rate: float) -> Setup:
    """Return the training at this noise rate with its checkpoint, and the best reset probability."""
    task = binary_task(noise_rate)
    model = task.model(checkpoint=task.model().flow(CHECKPOINTS[noise_rate]))
    sgd = task.sgd()

    def risk(p: float) -> float:
        return rd.solve(_problem(model, sgd, p)).expect(model.clean_risk)

    # The risk may dip a second time towards p = 1, so the search begins at the lowest point of a grid.
    grid = np.linspace(np.log(1e-4), 0.0, 15)
    lowest = int(np.argmin([risk(np.exp(x)) for x in grid]))
    if lowest in (0, len(grid) - 1):
        return Setup(model, sgd, risk, None)
    found = minimize_scalar(
        lambda x: risk(np.exp(x)), bounds=(grid[lowest - 1], grid[lowest + 1]), method="bounded"
    )
    return Setup(model, sgd, risk, float(np.exp(found.x)))


def _problem(model: rd.LabelNoiseQuadratic, sgd: rd.LinearSGD, p: float) -> rd.SteadyState:
    return rd.SteadyState(sgd, rd.Geometric(p, to=model.checkpoint))


def _risk(noise_rate: float, case: Setup, p: float, runs: int, rng: np.random.Generator) -> Claim:
    samples = rd.simulate(_problem(case.model, case.sgd, p), n=runs, rng=rng).samples
    return against(
        f"steady clean risk at p = {p:.2g}, tau = {noise_rate}",
        case.risk(p),
        mean(case.model.clean_risk(samples)),
    )


def _optimum(case: Setup, scan: Any, claims: list[Claim]) -> Claim:
    """Hold the place of the minimum, found in the same way in the measured and in the exact risks."""
    errors = np.array([claim.error for claim in claims])
    exact, found = (
        lowest_point(np.log(scan), np.array([getattr(claim, which) for claim in claims]), errors)
        for which in ("predicted", "measured")
    )
    return Claim(
        f"optimal reset probability, tau = {SCANNED}",
        np.exp(exact.value),
        np.exp(found.value),
        np.exp(exact.value) * found.error,
        note=f"minimum of a cubic in log p through 7 risks, for both; exact minimum: {case.best:.4f}",
    )


def _means(case: Setup, runs: int, rng: np.random.Generator) -> list[Claim]:
    """Hold the stationary mean along the clean optimum and the effective one, seen from the checkpoint."""
    claims = []
    for p in (0.003, 0.03):
        problem = _problem(case.model, case.sgd, p)
        samples, exact = rd.simulate(problem, n=runs, rng=rng).samples, rd.solve(problem).mean
        for name, goal in (("clean", case.model.clean_optimum), ("effective", case.model.effective_optimum)):
            way = goal - case.model.checkpoint
            share = way / (way @ way)
            claims.append(
                against(
                    f"mean progress from the checkpoint to the {name} optimum at p = {p:g}, tau = {SCANNED}",
                    share @ (exact - case.model.checkpoint),
                    mean((samples - case.model.checkpoint) @ share),
                )
            )
    return claims


def _without_resetting(case: Setup, runs: int, rng: np.random.Generator) -> Claim:
    problem = rd.SteadyState(case.sgd)
    samples = rd.simulate(problem, n=runs, rng=rng).samples
    return against(
        f"steady clean risk without resetting, tau = {SCANNED}",
        rd.solve(problem).expect(case.model.clean_risk),
        mean(case.model.clean_risk(samples)),
    )


def _figure(setups: dict[float, Setup], risks: dict[float, dict[float, Claim]]) -> Illustration:
    with plotting.style():
        figure, axes = plt.subplots(2, 2, figsize=(9.6, 6.8), sharex=True)
    fine = np.geomspace(3e-4, 0.999, 60)
    for panel, (noise_rate, case), colour in zip(axes.flat, setups.items(), figures.COLOURS, strict=False):
        panel.plot(fine, [case.risk(p) for p in fine], color=colour, label="exact, discrete time")
        langevin = case.model.steady_risk(fine / LEARNING_RATE)
        panel.plot(fine, langevin, "--", lw=1.2, color=figures.GREY, label="Langevin limit")
        panel.axhline(
            case.model.clean_risk(case.model.checkpoint),
            ls=":",
            lw=1.2,
            color=figures.BLACK,
            label="checkpoint",
        )
        claims = risks[noise_rate]
        measured = np.array([(claim.measured, claim.error) for claim in claims.values()]).T
        figures.points(panel, [*claims], *measured, color=colour, label="training runs")
        if case.best is not None:
            panel.plot(
                case.best,
                case.risk(case.best),
                "*",
                ms=13,
                color=colour,
                mec=figures.BLACK,
                mew=0.6,
                zorder=6,
            )
        panel.set(xscale="log", title=f"noise rate {noise_rate}")
    for panel in axes[1]:
        panel.set_xlabel("reset probability p per step")
    for panel in axes[:, 0]:
        panel.set_ylabel("steady clean risk")
    axes[0, 0].legend(loc="best")
    return Illustration(
        "training_steady_state",
        "Clean risk of minibatch training in the steady state under resetting. Solid: exact moments in "
        "discrete time; dashed: the limit of small learning rates; circles: training runs with standard "
        "errors (mostly smaller than the symbol); star: the best probability; dotted: the risk at the "
        "checkpoint. A finite probability is best where labels are noisy but mostly right.",
        figure,
    )
