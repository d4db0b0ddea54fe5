"""Resetting is ridge regression: the stationary mean against scikit-learn's `Ridge`.

Setting the mean of the recursion ``m = (1 - p) (m - eta (H m - b)) + p y`` to rest gives
``(H + lambda) (m - y) = b - H y`` with ``lambda = p / ((1 - p) eta)``: ridge regression on the training
labels, with penalty `lambda` and shrinking to the checkpoint `y` (in continuous time: Jolakoski,
arXiv:2605.30059).  For the loss ``|X theta - y|^2 / (2 n)`` scikit-learn's `alpha` is `n` times the penalty.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import norm
from sklearn.linear_model import Ridge

import resetdyn as rd
from analysis import figures
from analysis.checks import against
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import mean
from validation.data import LEARNING_RATE, NOISE_RATES, BinaryTask, binary_task

RUNS, FEWER = 4000, 600
PROBABILITY = 0.01
CHECKPOINT = 10.0  # time of gradient flow, early in training
HELD = (1, 4, 9)  # eigen-directions of the Hessian; the stiffest (0) has settled by the checkpoint


def run(quick: bool, rng: np.random.Generator) -> Experiment:
    """Hold the mean of training under resetting against ridge regression."""
    claims: list[Claim] = []
    pairs, scores = {}, []
    for noise_rate in NOISE_RATES:
        task = binary_task(noise_rate)
        checkpoint = task.model().flow(CHECKPOINT)
        problem = rd.SteadyState(task.sgd(), rd.Geometric(PROBABILITY, to=checkpoint))
        samples = rd.simulate(problem, n=FEWER if quick else RUNS, rng=rng).samples
        ridge = shrunk_to(checkpoint, task, PROBABILITY)

        way = (ridge - checkpoint) / np.linalg.norm(ridge - checkpoint)
        named = {f"along eigen-direction {i + 1}": task.directions[i] for i in HELD} | {"towards ridge": way}
        claims += [
            against(
                f"stationary mean from the checkpoint, {name}, tau = {noise_rate}",
                direction @ (ridge - checkpoint),
                mean((samples - checkpoint) @ direction),
            )
            for name, direction in named.items()
        ]
        estimates = [mean(column) for column in ((samples - checkpoint) @ task.directions.T).T]
        pairs[noise_rate] = task.directions @ (ridge - checkpoint), np.array(estimates).T
        # The components of a sample share its age; independent combinations make comparable z-scores.
        root = np.linalg.cholesky(np.cov(samples, rowvar=False) / len(samples))
        scores.extend(np.linalg.solve(root, samples.mean(axis=0) - ridge))
    return Experiment(
        "training_ridge",
        "Training: resetting is ridge regression",
        "In the mean, training that is reset to a checkpoint with probability p per step is ridge "
        "regression that shrinks to the checkpoint, with penalty p / ((1 - p) eta), whatever the batch "
        "size. The two sides share no code: minibatch runs on one, scikit-learn's solver on the other.",
        claims,
        [_figure(pairs, scores)],
    )


def shrunk_to(checkpoint: Any, task: BinaryTask, p: float) -> Any:
    """Return scikit-learn's ridge regression for this reset probability, shrinking to the checkpoint."""
    penalty = p / ((1 - p) * LEARNING_RATE)
    ridge = Ridge(alpha=len(task.X) * penalty, fit_intercept=False, tol=1e-10)
    return checkpoint + ridge.fit(task.X, task.y_noisy - task.X @ checkpoint).coef_


def _figure(pairs: dict[float, Any], scores: list[float]) -> Illustration:
    figure, axes = figures.new(columns=2, width=9.6, height=4.2)
    for (noise_rate, (ridge, (value, error))), colour in zip(pairs.items(), figures.COLOURS, strict=False):
        figures.points(axes[0], ridge, value, error, color=colour, ms=3.5, label=f"{noise_rate}")
    ends = np.array([min(r.min() for r, _ in pairs.values()), max(r.max() for r, _ in pairs.values())])
    axes[0].plot(ends, ends, color=figures.BLACK, lw=0.8, zorder=0)
    axes[0].set(xlabel="ridge regression: component minus checkpoint's")
    axes[0].set(ylabel="training under resetting: the same, stationary mean")
    axes[0].legend(title="noise rate", loc="upper left")
    quantiles = norm.ppf((np.arange(len(scores)) + 0.5) / len(scores))
    axes[1].plot(quantiles, quantiles, color=figures.BLACK, lw=0.8)
    axes[1].plot(quantiles, np.sort(scores), "o", ms=3.5, mfc="white", color=figures.BLUE)
    axes[1].set(
        xlabel="quantile of a normal variable",
        ylabel="z-score of the mean",
        title="independent combinations of all components",
    )
    axes[0].set_title(f"p = {PROBABILITY:g} per step")
    return Illustration(
        "training_ridge",
        "Left: every component of the stationary mean of minibatch training under resetting against that "
        "of ridge regression (eigen-directions of the Hessian; line: equality). Right: z-scores of "
        "independent combinations of all these components against what chance alone would give.",
        figure,
    )
