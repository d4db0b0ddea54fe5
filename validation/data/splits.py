"""An honest split: training, validation carved from the training data, and a clean test set.

The labels trained on are noisy, those watched are as noisy (nobody tells the algorithm which are right) or,
by choice, clean, and those tested are clean.  The test data decide nothing: scales, kernel width and
confusable classes come from the training part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from validation.data.corruption import KINDS, corrupt, made_judge
from validation.data.datasets import Raw, raw
from validation.data.features import featurer, scaler

SHARES = (1 / 2, 1 / 6)  # of training and validation; the last third is for testing
VALIDATIONS = ("noisy", "clean")


@dataclass(frozen=True, eq=False)
class Split:
    """Data to train on, to watch and to test with.

    Parameters
    ----------
    train, validation, test : (n, d) array
        Features, C-contiguous.
    train_labels : (n,) array
        Labels trained on, some of them wrong: classes 0, 1, ... , or standardised targets of a regression.
    train_clean : (n,) array
        The same, all right.
    validation_labels : (n,) array
        Labels watched: as noisy as those trained on, or clean.
    test_labels : (n,) array
        Labels tested with: clean.
    classes : int
        Number of classes; 1 for a regression.
    task : {"classification", "regression"}
        What the labels are.
    noise : str
        Kind of corruption; "permutation" for a regression, "given" where the file had its own wrong labels.
    """

    train: Any
    validation: Any
    test: Any
    train_labels: Any
    train_clean: Any
    validation_labels: Any
    test_labels: Any
    classes: int
    task: str
    noise: str

    @property
    def wrong(self) -> Any:
        """Which training samples are labelled wrongly: ``(n,)`` of bool."""
        return self.train_labels != self.train_clean

    @property
    def noise_rate(self) -> float:
        """The fraction of training labels that is wrong."""
        return float(np.mean(self.wrong))


@lru_cache(maxsize=4)
def load(
    dataset: str,
    noise: str = "symmetric",
    noise_rate: float = 0.4,
    features: int = 500,
    validation: str = "noisy",
    seed: int = 0,
    dtype: Any = np.float32,
) -> Split:
    """Return the split of a data set; the same arguments give the same one (the last few are kept).

    Half of the samples is for training, a sixth for validation, a third for testing, each with all classes in
    about the same proportions. The same seed gives the same split and features whatever the noise, and
    corruption that is nested over noise rates.

    Parameters
    ----------
    dataset : str
        A name or file that :func:`raw` knows.
    noise, noise_rate : str, float
        Kind and fraction of wrong labels, in the training and in the validation part each; see
        `validation.data.corruption`. A file with true labels beside the given ones has its own.
    features : int
        Random Fourier features; 0 takes the standardised inputs themselves, and a constant.
    validation : {"noisy", "clean"}
        Labels of the validation part.
    seed : int
        Decides split, corruption and features.
    dtype : type, optional
        Of features, and of the targets of a regression.

    Raises
    ------
    ValueError
        If an argument is out of range, or the data are too few.

    Examples
    --------
    >>> split = load("wine", noise_rate=0.2, features=100)
    >>> split.train.shape, split.validation.shape, split.test.shape, int(split.wrong.sum())
    ((89, 100), (30, 100), (59, 100), 18)
    """
    if validation not in VALIDATIONS:
        raise ValueError(f"validation={validation!r} is unknown: give one of {', '.join(VALIDATIONS)}")
    if noise not in KINDS or not 0 <= noise_rate <= 1:  # before anything is downloaded
        corrupt(np.arange(2), np.zeros((2, 1)), noise, noise_rate, np.random.default_rng(0))
    data = raw(dataset)
    # A stream each, so that what one draws does not change the others.
    dealing, *corrupting, drawing = (np.random.default_rng([seed, i]) for i in range(4))
    parts = dealt(data, dealing)
    train, watched, _ = parts
    if data.task == "classification" and len(np.unique(data.labels[train])) <= data.labels.max():
        raise ValueError(
            f"dataset={dataset!r}: a class has too few samples to be in the training part: drop it"
        )

    scaled = scaler(data.inputs[train])
    given = _given(data, [train, watched], scaled, noise, noise_rate, corrupting)
    clean = [data.labels[part] for part in parts]
    if data.task == "regression":  # in units of what the learner sees
        centre, spread = given[0].mean(), given[0].std()
        given, clean = ([((y - centre) / spread).astype(dtype) for y in labels] for labels in (given, clean))
    made = featurer(scaled(data.inputs[train]), features, drawing)
    kind = "permutation" if data.task == "regression" else noise
    return Split(
        *(np.ascontiguousarray(made(scaled(data.inputs[part])), dtype=dtype) for part in parts),
        train_labels=given[0],
        train_clean=clean[0],
        validation_labels=given[1] if validation == "noisy" else clean[1],
        test_labels=clean[2],
        classes=int(data.labels.max()) + 1 if data.task == "classification" else 1,
        task=data.task,
        noise=kind if data.given_labels is None else "given",
    )


def dealt(data: Raw, rng: np.random.Generator) -> list[Any]:
    """Return the rows of the three parts; each class is spread over them in proportion.

    The samples of a class get equidistant places between 0 and 1, in random order and from a random start,
    and all samples are cut in the order of their places.
    """
    n = len(data.labels)
    sizes = np.round(np.cumsum(SHARES) * n).astype(int)
    groups = data.labels if data.task == "classification" else np.zeros(n, dtype=int)
    places = np.empty(n)
    for group in np.unique(groups):
        members = rng.permutation(np.flatnonzero(groups == group))
        places[members] = (np.arange(len(members)) + rng.random()) / len(members)
    parts = np.split(np.argsort(places, kind="stable"), sizes)
    if min(map(len, parts)) < 2:
        raise ValueError(f"{n} samples are too few to split in three: give at least 12")
    return [rng.permutation(part) for part in parts]


def _given(
    data: Raw, parts: list[Any], scaled: Any, noise: str, noise_rate: float, rngs: list[np.random.Generator]
) -> list[Any]:
    """Return the labels that training and validation part are given."""
    if data.given_labels is not None:
        return [data.given_labels[part] for part in parts]
    inputs = [scaled(data.inputs[part]) for part in parts]
    judge = made_judge(inputs[0], data.labels[parts[0]]) if data.task == "classification" else None
    return [
        corrupt(data.labels[part], x, noise, noise_rate, rng, judge=judge)
        for part, x, rng in zip(parts, inputs, rngs, strict=True)
    ]
