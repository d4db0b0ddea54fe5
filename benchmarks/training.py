"""How fast is training?  Against scikit-learn's SGD for the same linear model, and what a resetter adds.

    python -m benchmarks.training [--main-table]

- Epochs of minibatch softmax training (scores, slopes, descent; batches of 32) against those of
  `SGDClassifier(loss="log_loss")`, which trains one model for each class: per sample and class, on the same
  shuffled data.  The time of one epoch is that of eleven minus that of one, over ten, so that neither side's
  preparations count.
- The same by `rd.ResettingSGDClassifier`, whole fits of both, with what each prepares and watches.
- What `rd.CheckpointResetter.step` takes where no reset happens, without a score and with one.

All these run in this process, in one thread, the sides in turn; the median processor time of some repeats
counts.  With `--main-table` the main table of `python -m validation benefit` is timed as well, in all
processes of the machine and by the clock.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.linear_model import SGDClassifier

import resetdyn as rd
from benchmarks.theory import Limit
from resetdyn.training import linear, losses
from validation.experiments.benefit_gains import RATES
from validation.runs import Study
from validation.runs.defaults import base, with_resetting

BATCH, CLASSES, EPOCHS = 32, 10, 10
LOSS = losses.loss("log_loss")


def data(n: int, dim: int, dtype: Any) -> tuple[Any, Any]:
    """Return inputs and labels of ten overlapping classes."""
    rng = np.random.default_rng(0)
    y = rng.integers(CLASSES, size=n)
    return (rng.normal(size=(CLASSES, dim))[y] + 2 * rng.normal(size=(n, dim))).astype(dtype), y


def train(X: Any, y: Any, epochs: int) -> Any:
    """Train a softmax model by the kernels, and return its weights."""
    rng, weights = np.random.default_rng(0), np.zeros((CLASSES, X.shape[1]), X.dtype)
    rate = 1 / float(np.mean(np.sum(X**2, axis=1)))
    for _ in range(epochs):
        order = rng.permutation(len(y))
        for begin in range(0, len(y), BATCH):
            rows = order[begin : begin + BATCH]
            slopes = losses.slopes(linear.scores(weights, X, rows), y[rows], LOSS)
            linear.descend(weights, X, rows, slopes, rate / len(rows))
    return weights


def train_by_scikit_learn(X: Any, y: Any, epochs: int) -> Any:
    """Train scikit-learn's linear model, one against the rest."""
    return SGDClassifier(loss="log_loss", penalty=None, max_iter=epochs, tol=None, random_state=0).fit(X, y)


def seconds(run: Callable[[], Any]) -> float:
    """Return the processor time of a call: all here is one thread, and others may use the machine."""
    began = time.process_time()
    run()
    return time.process_time() - began


def an_epoch(trains: list[Callable[[int], Any]], repeats: int) -> list[float]:
    """Return the median seconds of an epoch of each side; the sides take turns."""
    for run in trains:
        run(1)
    taken = [
        [(seconds(lambda: run(EPOCHS + 1)) - seconds(lambda: run(1))) / EPOCHS for run in trains]  # noqa: B023
        for _ in range(repeats)
    ]
    return [float(t) for t in np.median(taken, axis=0)]


def accuracies(X: Any, y: Any) -> tuple[float, float]:
    """Return what both sides have learned after some epochs: speed alone would prove nothing."""
    ours = np.mean(np.argmax(X @ train(X, y, EPOCHS).T, axis=1) == y)
    return float(ours), float(train_by_scikit_learn(X, y, EPOCHS).score(X, y))


def a_step_of_the_resetter(dim: int, steps: int, score: float | None) -> float:
    """Return the seconds that one call takes where no reset happens and no score is a new best."""
    resetter = rd.CheckpointResetter(1e-12, patience=1, rng=0)
    state = {"weights": np.zeros((CLASSES, dim))}
    state = resetter.step(state, 0.0)

    def run() -> None:
        for _ in range(steps):
            resetter.step(state, score)

    return seconds(run) / steps


def the_main_table() -> Limit:
    """Time 10 seeds x 4 data sets x 4 noise rates, with and without resetting."""
    with TemporaryDirectory() as folder:
        study = Study(Path(folder), seeds=10, workers=os.cpu_count() or 1)
        settings = [
            each.but(noise_rate=rate, seed=seed)
            for dataset in study.datasets
            for each in (base(dataset), with_resetting(base(dataset)))
            for rate in RATES
            for seed in study.each_seed
        ]
        began = time.perf_counter()
        study.collect(settings)
        taken = time.perf_counter() - began
    return Limit("the main table of the training experiments (s)", taken, 900, False)


def main(n: int = 4000, repeats: int = 7) -> list[Limit]:
    """Time both sides and the resetter, and return the figures with their limits."""
    figures = []
    for dtype in (np.float64, np.float32):
        for dim in (64, 500):
            X, y = data(n, dim, dtype)
            sides = [lambda e: train(X, y, e), lambda e: train_by_scikit_learn(X, y, e)]  # noqa: B023
            ours, theirs = an_epoch(sides, repeats)
            unit = 1e9 / (n * CLASSES)
            good, theirs_good = accuracies(X, y)
            name = f"{dim} features, {np.dtype(dtype)}"
            print(
                f"{name}: {ours * unit:.0f} ns a sample and class, scikit-learn {theirs * unit:.0f} ns; "
                f"accuracy after {EPOCHS} epochs {good:.2f}, scikit-learn {theirs_good:.2f}"
            )
            figures.append(Limit(f"{name}: times as fast as scikit-learn", theirs / ours, 1, True))
    X, y = data(n, 64, np.float64)
    whole = rd.ResettingSGDClassifier(max_iter=EPOCHS, random_state=0)
    fits = [lambda: whole.fit(X, y), lambda: train_by_scikit_learn(X, y, EPOCHS)]
    ours, theirs = np.median([[seconds(fit) for fit in fits] for _ in range(repeats)], axis=0)
    figures.append(Limit("whole fit of 64 features: times as fast", theirs / ours, 1, True))
    for name, score in (("without a score", None), ("with a score", 1.0)):
        step = np.median([a_step_of_the_resetter(500, 20_000, score) for _ in range(repeats)])
        figures.append(Limit(f"a step of the resetter {name} (us)", step * 1e6, 10, False))
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=4000, help="training samples (default: 4000)")
    parser.add_argument("--main-table", action="store_true", help="time that of the experiments too")
    options = parser.parse_args()
    figures = main(options.samples)
    if options.main_table:
        figures.append(the_main_table())
    print("\n".join(map(str, figures)))
    raise SystemExit(not all(figure.holds for figure in figures))
