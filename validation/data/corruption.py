"""Wrong labels: which samples get them, and which ones they get.

All kinds are exact and nested.  Of `n` labels ``round(rate * n)`` are wrong, neither more nor less, and
with the same random numbers the samples that are wrong at one rate are wrong, in the same way, at every
higher rate.

- symmetric: any sample, any other class.
- asymmetric: any sample; each class is taken for the one class that it is most easily confused with.
- instance: the samples that are hard to tell are the likely ones, and are taken for the class they resemble.
- permutation (regression): a sample gets the target of another one.

What is easily confused is decided by a linear least-squares classifier of the clean training data: each
class is confused with the class that most often scores highest, besides the right one, on its samples; how
hard a sample is to tell is the margin between its own class and the best other one.  (Instance-dependent
noise is often drawn from parts of the inputs instead (Xia and others, NeurIPS 2020); the margin needs no
further choices.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

KINDS = ("symmetric", "asymmetric", "instance")
_RIDGE = 1e-3  # of the mean eigenvalue: the classifier only ranks classes, and has to exist with few samples


class Corruption(NamedTuple):
    """The order in which samples become wrong, and what each is then taken for."""

    order: Any
    wrong_labels: Any


class Judge(NamedTuple):
    """A linear classifier of clean data."""

    weights: Any
    centre: Any
    confused_with: Any

    def margins(self, inputs: Any, labels: Any) -> tuple[Any, Any]:
        """Return how far each sample's own class is ahead of the best other one, and which one that is."""
        scores = (inputs - self.centre) @ self.weights[1:] + self.weights[0]
        rows = np.arange(len(labels))
        own = scores[rows, labels].copy()
        scores[rows, labels] = -np.inf
        return own - scores.max(axis=1), scores.argmax(axis=1)


def corrupt(
    labels: Any,
    inputs: Any,
    kind: str,
    rate: float,
    rng: np.random.Generator,
    *,
    judge: Judge | None = None,
) -> Any:
    """Return the labels with this fraction of them wrong.

    Parameters
    ----------
    labels : (n,) array
        True classes 0, 1, ... (whole numbers), or targets of a regression (floats).
    inputs : (n, p) array
        Inputs, on comparable scales.
    kind : {"symmetric", "asymmetric", "instance"}
        See above. Targets of a regression are permuted, whatever the kind.
    rate : float
        Fraction that becomes wrong, rounded to whole samples.
    rng : Generator
        Source of chance; the same state gives nested corruption at all rates.
    judge : Judge, optional
        Decides what is confused; by default one made of these labels and inputs.

    Raises
    ------
    ValueError
        If the rate is outside [0, 1], the kind is unknown, or there is no second class or target.

    Examples
    --------
    >>> labels = np.repeat([0, 1, 2], 10)
    >>> noisy = corrupt(labels, labels[:, None] + 0.0, "symmetric", 0.4, np.random.default_rng(1))
    >>> int((noisy != labels).sum())
    12
    """
    if not 0 <= rate <= 1:  # false for NaN as well
        raise ValueError(f"noise_rate={rate}: give a fraction of labels between 0 and 1")
    if kind not in KINDS:
        raise ValueError(f"noise={kind!r} is unknown: give one of {', '.join(KINDS)}")
    labels = np.asarray(labels)
    if len(np.unique(labels)) < 2:
        raise ValueError("labels are all the same: a wrong label needs a second class")
    if labels.dtype.kind == "f":
        plan = _permutation(labels, rng)
    elif kind == "symmetric":
        plan = _symmetric(labels, rng, len(judge.confused_with) if judge else int(labels.max()) + 1)
    else:
        draw: Callable[..., Corruption] = _asymmetric if kind == "asymmetric" else _instance
        plan = draw(labels, inputs, judge or made_judge(inputs, labels), rng)
    wrong = plan.order[: round(rate * len(labels))]
    noisy = labels.copy()
    noisy[wrong] = plan.wrong_labels[wrong]
    return noisy


def made_judge(inputs: Any, labels: Any) -> Judge:
    """Return the least-squares classifier of these clean data, and what each class is confused with."""
    inputs, labels = np.asarray(inputs, dtype=float), np.asarray(labels)
    classes = int(labels.max()) + 1
    centre = inputs.mean(axis=0)
    X = np.column_stack([np.ones(len(inputs)), inputs - centre])
    gram = X.T @ X
    gram += _RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
    weights = np.linalg.solve(gram, X.T @ np.eye(classes)[labels])
    judge = Judge(weights, centre, np.zeros(classes, dtype=np.int64))
    runner_up = judge.margins(inputs, labels)[1]
    counts = np.zeros((classes, classes))
    np.add.at(counts, (labels, runner_up), 1)
    np.fill_diagonal(counts, -1)
    return judge._replace(confused_with=counts.argmax(axis=1))


def _symmetric(labels: Any, rng: np.random.Generator, classes: int) -> Corruption:
    order = rng.permutation(len(labels))
    return Corruption(order, (labels + rng.integers(1, classes, len(labels))) % classes)


def _asymmetric(labels: Any, inputs: Any, judge: Judge, rng: np.random.Generator) -> Corruption:
    return Corruption(rng.permutation(len(labels)), judge.confused_with[labels])


def _instance(labels: Any, inputs: Any, judge: Judge, rng: np.random.Generator) -> Corruption:
    """Draw without replacement, each sample in proportion to ``exp(-margin / scale)``.

    That is the order of exponential waiting times at these rates (Efraimidis and Spirakis, Information
    Processing Letters 97, 181 (2006)).
    """
    margins, resembles = judge.margins(inputs, labels)
    scale = margins.std() / 2
    with np.errstate(under="ignore"):
        waits = np.log(rng.exponential(size=len(labels))) + margins / (scale if scale > 0 else 1.0)
    return Corruption(np.argsort(waits, kind="stable"), resembles)


def _permutation(targets: Any, rng: np.random.Generator) -> Corruption:
    """Permute all targets so that none stays what it was.

    A target that did is swapped with one where the swap leaves both changed; if no value makes up more than
    half of the targets, there is always one.
    """
    n = len(targets)
    if 2 * np.unique(targets, return_counts=True)[1].max() > n:
        raise ValueError("more than half of the targets are the same: no permutation makes all of them wrong")
    place = rng.permutation(n)
    for i in range(n):
        if targets[place[i]] == targets[i]:
            j = rng.choice(np.flatnonzero((targets != targets[i]) & (targets[place] != targets[i])))
            place[i], place[j] = place[j], place[i]
    return Corruption(rng.permutation(n), targets[place])
