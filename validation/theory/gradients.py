"""The gradient of noisy labels along training: what teaches, what misleads, and when the second one wins.

The gradient of the training loss is that of the clean part (the correctly labelled samples) plus the latent
bias.  On a quadratic loss the mean path of minibatch SGD is exactly that of full-batch descent,
``theta_t = c + (1 - eta H)^t (theta_0 - c)``, whatever the learning rate and the batch.  So every gradient
along it is known, and is held to the mean over training runs along its predicted direction: a projection is
linear and has no bias, while the norm of a noisy mean is always too long.

The clean direction is that of the gradient of the clean risk.  Where the net drift along it changes sign,
learning turns into memorising (Bae, Song and Jeong, MLST 6, 015062 (2025)), and the clean risk of the mean
path is lowest: the early-stopping point.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq

import resetdyn as rd
from analysis import figures
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import Estimate, mean, of_means
from validation.data import NOISE_RATES, BinaryTask, binary_task
from validation.theory.estimates import jackknife
from validation.theory.paths import trajectories

RUNS, FEWER = 600, 150
SHOWN = np.unique(np.geomspace(2, 2000, 13).astype(int))
HELD = 100  # steps after which the parts are held to their predictions
WINDOW = 40  # steps recorded around the reversal
NAMES = (
    "clean gradient",
    "latent bias",
    "cosine of clean gradient and bias",
    "drift along the clean direction",
)


class Parts(NamedTuple):
    """Norms of the clean gradient and the bias, their cosine, and the net drift along the clean direction."""

    clean: Any
    bias: Any
    cosine: Any
    drift: Any


class Course(NamedTuple):
    """The course of training at one noise rate: exact mean path, measured parts, and where they reverse."""

    model: rd.LabelNoiseQuadratic
    path: Callable[[Any], Any]
    measured: dict[int, Parts]
    reversal: float | None


def run(quick: bool, rng: np.random.Generator) -> Experiment:
    """Hold the gradient's parts along minibatch training to the exact mean path."""
    claims: list[Claim] = []
    courses = {}
    for noise_rate in NOISE_RATES:
        course, turning = _train(binary_task(noise_rate), FEWER if quick else RUNS, rng)
        courses[noise_rate] = course
        exact = parts(course.model, course.path([HELD]))
        claims += [
            Claim(f"{name} after {HELD} steps, tau = {noise_rate}", predicted[0], *estimate)
            for name, predicted, estimate in zip(NAMES, exact, course.measured[HELD], strict=True)
            if noise_rate > 0 or name == NAMES[0]
        ]
        claims += [
            Claim(
                f"step at which the drift along the clean direction reverses, tau = {noise_rate}",
                predicted,
                *measured,
                note="lowest point of a parabola through the clean risk of the mean path around it, for both",
            )
            for predicted, measured in turning
        ]
    return Experiment(
        "training_gradients",
        "Training: where the gradient of noisy labels points",
        "Two real digits, 60 random features, a fraction tau of the labels flipped. At first the clean "
        "gradient dominates and the latent bias only slows learning; then the two balance, and the drift "
        "along the clean direction reverses. With 60 % of the labels flipped the majority is wrong: the "
        "drift points away from the clean optimum almost from the first step on.",
        claims,
        [_figure(courses)],
    )


def mean_path(sgd: rd.LinearSGD, optimum: Any, start: Any, steps: Any) -> Any:
    """Return the exact mean of minibatch SGD after these steps (not necessarily whole): ``(m, d)``."""
    h, basis = np.linalg.eigh(sgd.X.T @ sgd.X / len(sgd.X))
    decay = (1 - sgd.learning_rate * h) ** np.asarray(steps, dtype=float)[:, None]
    return optimum + (decay * (basis.T @ (start - optimum))) @ basis.T


def gradients(model: rd.LabelNoiseQuadratic, states: Any) -> tuple[Any, Any, Any]:
    """Return the clean gradient, the latent bias, and the gradient of the clean risk, at every state."""
    bias = model.latent_bias(states)
    return model.gradient(states) - bias, bias, model.clean_risk.gradient(states)


def parts(model: rd.LabelNoiseQuadratic, states: Any) -> Parts:
    """Return the parts of the gradient at known states."""
    clean, bias, risk = gradients(model, states)
    sizes = np.linalg.norm(clean, axis=-1), np.linalg.norm(bias, axis=-1)
    return Parts(
        *sizes, np.sum(clean * _unit(bias), axis=-1) / sizes[0], np.sum((clean + bias) * _unit(risk), axis=-1)
    )


def reversal(model: rd.LabelNoiseQuadratic, path: Callable[[Any], Any], until: float = 1e4) -> float | None:
    """Return the step at which the drift along the clean direction first turns negative, if it is past 10."""
    steps = np.geomspace(10, until, 2000)
    turned = np.flatnonzero(parts(model, path(steps)).drift < 0)
    if not len(turned) or turned[0] == 0:
        return None
    return float(
        brentq(lambda step: parts(model, path([step])).drift[0], *steps[turned[0] - 1 : turned[0] + 1])
    )


def _train(
    task: BinaryTask, runs: int, rng: np.random.Generator
) -> tuple[Course, list[tuple[float, Estimate]]]:
    """Return the course of training, and the step of its reversal (if any): predicted and measured."""
    model, sgd = task.model(), task.sgd()

    def path(steps: Any) -> Any:
        return mean_path(sgd, model.effective_optimum, model.initial, steps)

    turn = reversal(model, path)
    window = [] if turn is None else np.unique(np.geomspace(0.5 * turn, 1.7 * turn, WINDOW).astype(int))
    steps = np.unique([*SHOWN, HELD, *window]).astype(int)
    states = trajectories(sgd, model.initial, steps, runs, rng)
    predicted = path(steps)
    directions = [_unit(gradient) for gradient in gradients(model, predicted)]
    clean, bias, _ = gradients(model, states)

    def along(vectors: Any, i: int) -> Any:
        return np.einsum("rsd,sd->sr", vectors, directions[i])

    columns = zip(along(clean, 0), along(bias, 1), along(clean, 1), along(clean + bias, 2), strict=True)
    measured = {
        step: Parts(mean(c), mean(b), of_means(lambda cb, c: cb / c, cb, c), mean(drift))
        for step, (c, b, cb, drift) in zip(steps.tolist(), columns, strict=True)
    }
    course = Course(model, path, measured, turn)
    if turn is None:
        return course, []
    inside = np.isin(steps, window)

    def lowest(means: Any) -> Any:
        return vertex(np.log(steps[inside]), model.clean_risk(means))

    exact, (value, error) = np.exp(lowest(predicted[inside])), jackknife(lowest, states[:, inside])
    return course, [(exact, Estimate(np.exp(value), np.exp(value) * error))]


def vertex(x: Any, y: Any) -> Any:
    """Return where the least-squares parabola through the last axis of `y` turns."""
    origin = x.mean()
    _, slope, curvature = np.moveaxis(y @ np.linalg.pinv(np.vander(x - origin, 3, increasing=True)).T, -1, 0)
    return origin - slope / (2 * curvature)


def _unit(vectors: Any) -> Any:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), np.finfo(float).tiny)


def _figure(courses: dict[float, Course]) -> Illustration:
    figure, axes = figures.new(columns=3, width=13.5, height=4.2)
    fine = np.geomspace(1.5, 2500, 200)
    for (noise_rate, course), colour in zip(courses.items(), figures.COLOURS, strict=False):
        exact = parts(course.model, course.path(fine))
        for name, panel, dash in (
            ("clean", 0, "-"),
            ("bias", 0, "--"),
            ("cosine", 1, "-"),
            ("drift", 2, "-"),
        ):
            if noise_rate == 0 and name in ("bias", "cosine"):
                continue  # without wrong labels there is no bias
            label = f"{noise_rate}" if name == "clean" else None
            axes[panel].plot(fine, getattr(exact, name), dash, color=colour, label=label)
            values, errors = np.array([getattr(course.measured[step], name) for step in SHOWN]).T
            figures.points(axes[panel], SHOWN, values, errors, color=colour, ms=3.5)
        if course.reversal is not None:
            axes[2].plot(course.reversal, 0, "v", ms=9, color=colour, mec=figures.BLACK, mew=0.6, zorder=6)
    for panel in axes:
        panel.set(xscale="log", xlabel="training steps")
    axes[0].set(yscale="log", ylabel="norm (loss per unit of parameter)")
    axes[0].set_title("clean gradient (solid), latent bias (dashed)")
    axes[1].set(ylabel="cosine", title="clean gradient against latent bias")
    axes[2].set_title("drift along the clean direction")
    axes[2].set_ylabel("gradient component (loss per unit of parameter)")
    axes[2].set_yscale("symlog", linthresh=1e-2)
    axes[2].axhline(0, color=figures.GREY, lw=0.8, zorder=0)
    axes[0].legend(title="noise rate", loc="lower left")
    return Illustration(
        "training_gradients",
        "Lines: the exact mean path; circles: means over minibatch training runs, with standard errors. "
        "The latent bias opposes the clean gradient (cosine near -1) and stays while the clean gradient "
        "fades; where the drift along the clean direction reverses (triangles) learning turns into "
        "memorising.",
        figure,
    )
