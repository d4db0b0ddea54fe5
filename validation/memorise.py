"""The paper's picture: a classifier memorises wrong labels, and resetting holds it back.

Softmax regression on random features learns ten digits from noisy labels by minibatch SGD.  Bae, Song and
Jeong (MLST 6, 015062 (2025)) watch the validation loss: once it has not improved for `PATIENCE` steps,
training is reset to its best state with probability `PROBABILITY` at every step (and a better state becomes
the new checkpoint).  The validation labels are as noisy as the training labels; only the test labels are
clean.

There is no exact prediction here.  What is held to a z-score is the null hypothesis that resetting changes
nothing in the test accuracy at the end of training: it should hold where all labels are right, and be
rejected where many are wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from analysis import figures
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import mean
from validation.data import NOISE_RATES, DigitSplit, digit_split

RUNS, FEWER = 16, 10
STEPS, FEWER_STEPS = 3000, 1000
EVERY = 25  # steps between two looks at the validation loss
BATCH_SIZE = 32
LEARNING_RATE = 0.01
PATIENCE = 200
PROBABILITY = 0.01
LAST = 10  # looks at the end of training over which the accuracy is averaged
CLEAR = (0.0, 0.4, 0.6)  # noise rates at which the answer is clear after few steps already


@dataclass(frozen=True)
class History:
    """What was seen along training, one row a run: validation loss and test accuracy."""

    loss: Any
    accuracy: Any


def run(quick: bool, rng: np.random.Generator) -> Experiment:
    """Train with and without resetting, and compare the ends."""
    steps, runs = (FEWER_STEPS, FEWER) if quick else (STEPS, RUNS)
    histories = {
        noise_rate: {p: train(digit_split(noise_rate), p, steps, runs, rng) for p in (0.0, PROBABILITY)}
        for noise_rate in NOISE_RATES
    }
    return Experiment(
        "training_memorise",
        "Training: a classifier that memorises, and resetting",
        "Ten digits, softmax regression on 500 random features, as many labels wrong as said. Without "
        "resetting the validation loss turns upwards and the test accuracy is lost again; resetting to "
        "the best state so far, from when the validation loss has stopped improving, keeps both.",
        [_null_hypothesis(noise_rate, histories[noise_rate]) for noise_rate in CLEAR],
        [_figure(histories, steps)],
    )


def train(split: DigitSplit, p: float, steps: int, runs: int, rng: np.random.Generator) -> History:
    """Train independent runs side by side, resetting with probability `p` as the paper does."""
    inputs, labels = split.train
    classes = np.eye(10, dtype=inputs.dtype)
    weights = np.zeros((runs, inputs.shape[1], 10), inputs.dtype)
    best, lowest, since = weights.copy(), np.full(runs, np.inf), np.zeros(runs, int)
    losses, accuracies = [], []
    for step in range(steps + 1):
        if step % EVERY == 0:
            loss = cross_entropy(weights, *split.validation)
            better = loss < lowest
            best[better], lowest[better], since[better] = weights[better], loss[better], step
            losses.append(loss)
            accuracies.append(np.mean((split.test[0] @ weights).argmax(axis=-1) == split.test[1], axis=-1))
        batch = rng.integers(len(labels), size=(runs, BATCH_SIZE))
        x = inputs[batch]
        surprise = softmax(x @ weights) - classes[labels[batch]]
        weights -= inputs.dtype.type(LEARNING_RATE / BATCH_SIZE) * (x.transpose(0, 2, 1) @ surprise)
        back = (rng.random(runs) < p) & (step - since >= PATIENCE)
        weights[back] = best[back]
    return History(np.array(losses).T, np.array(accuracies).T)


def softmax(scores: Any) -> Any:
    """Return class probabilities, without overflow."""
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def cross_entropy(weights: Any, inputs: Any, labels: Any) -> Any:
    """Return the mean loss of every run: ``(runs,)``."""
    scores = inputs @ weights
    top = scores.max(axis=-1, keepdims=True)
    normaliser = np.log(np.exp(scores - top).sum(axis=-1)) + top[..., 0]
    return np.mean(normaliser - scores[:, np.arange(len(labels)), labels], axis=-1)


def _null_hypothesis(noise_rate: float, pair: dict[float, History]) -> Claim:
    free, reset = (mean(pair[p].accuracy[:, -LAST:].mean(axis=1)) for p in (0.0, PROBABILITY))
    kind = "" if noise_rate == 0 else "control: "
    return Claim(
        f"{kind}resetting changes nothing in the final test accuracy, tau = {noise_rate}",
        0.0,
        reset.value - free.value,
        np.hypot(reset.error, free.error),
        should_hold=noise_rate == 0,
    )


def _figure(histories: dict[float, dict[float, History]], steps: int) -> Illustration:
    figure, axes = plt.subplots(2, 4, figsize=(12.6, 5.6), sharex=True, sharey="row")
    seen = np.arange(0, steps + 1, EVERY)
    for column, (noise_rate, pair) in zip(axes.T, histories.items(), strict=True):
        for (p, history), colour, dash in zip(
            pair.items(), (figures.RED, figures.BLUE), ("--", "-"), strict=True
        ):
            for panel, rows in zip(column, (history.loss, 100 * history.accuracy), strict=True):
                middle = rows.mean(axis=0)
                spread = rows.std(axis=0, ddof=1)
                panel.plot(seen, middle, dash, color=colour, label=f"p = {p:g}" if p else "no resetting")
                panel.fill_between(seen, middle - spread, middle + spread, color=colour, alpha=0.2, lw=0)
        column[0].set_title(f"noise rate {noise_rate}")
        column[1].set_xlabel("training steps")
    axes[0, 0].set_ylabel("validation loss (nats)")
    axes[1, 0].set_ylabel("test accuracy (%)")
    axes[1, 0].legend(loc="lower right")
    return Illustration(
        "training_memorise",
        "Softmax regression on noisy digits, mean and standard deviation over seeds. Resetting (solid) "
        f"starts when the validation loss has not improved for {PATIENCE} steps, and then sends training "
        f"back to its best state with probability {PROBABILITY:g} per step. Validation labels are noisy "
        "too; test labels are clean.",
        figure,
    )
