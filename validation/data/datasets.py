"""Where data come from: sets that scikit-learn ships, OpenML, and files of one's own.

A file may hold true labels beside those that people gave (as CIFAR-10N does); its corruption is then real
human noise, and none is added.
"""

from __future__ import annotations

import csv
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

SHIPPED = ("digits", "breast_cancer", "wine", "diabetes")
CLASSES = 100  # whole numbers with more different values than this are targets of a regression
_OPENML = "openml:"
_HUGE = 10_000_000  # numbers beyond which inputs are kept in single precision


@dataclass(frozen=True)
class Raw:
    """Inputs and labels as they come.

    Parameters
    ----------
    inputs : (n, p) array
        One sample a row, not scaled.
    labels : (n,) array
        True labels: classes 0, 1, ..., or the targets of a regression.
    task : {"classification", "regression"}
        What the labels are.
    given_labels : (n,) array, optional
        Labels that people gave, some of them wrong, where the file has both.
    """

    inputs: Any
    labels: Any
    task: str = "classification"
    given_labels: Any = None


def raw(name: str) -> Raw:
    """Return a data set.

    Whole numbers with at most 100 different values, and all that are not numbers, are labels of classes;
    other labels are targets of a regression.

    Parameters
    ----------
    name : str
        "digits", "breast_cancer", "wine" or "diabetes" (shipped with scikit-learn); ``openml:NAME``
        (downloaded once, then kept by scikit-learn), such as ``openml:mnist_784``,
        ``openml:Fashion-MNIST``, ``openml:CIFAR_10``; or a file. An ``.npz`` holds arrays `X` (samples
        along the first axis), `y` and, where the truth is known, `y_clean`. A ``.csv`` has a sample a line;
        labels are in the column ``label`` (else the last one), true labels in ``clean_label``, if there is
        one.

    Raises
    ------
    ValueError
        If there is no such data set, it cannot be read, or nothing can be learned from it.
    ConnectionError
        If it has to be downloaded and cannot be.

    Examples
    --------
    >>> wine = raw("wine")
    >>> wine.inputs.shape, wine.task, sorted(set(wine.labels.tolist()))
    ((178, 13), 'classification', [0, 1, 2])
    """
    name = str(name)
    if name in SHIPPED:
        found = _shipped(name)
    elif name.startswith(_OPENML):
        found = _from_openml(name)
    elif name.endswith(".npz"):
        found = _from_npz(name)
    elif name.endswith(".csv"):
        found = _from_csv(name)
    else:
        raise ValueError(
            f"dataset={name!r} is unknown: give {', '.join(SHIPPED)}, openml:NAME, or an .npz or .csv file"
        )
    return _checked(name, *found)


def _shipped(name: str) -> tuple[Any, Any, Any]:
    from sklearn import datasets

    return *getattr(datasets, f"load_{name}")(return_X_y=True), None


def _from_openml(name: str) -> tuple[Any, Any, Any]:
    from sklearn.datasets import fetch_openml

    parser = "auto" if find_spec("pandas") else "liac-arff"  # the one without pandas is slow
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of retries, and of older versions of the same set
            X, y = fetch_openml(
                name.removeprefix(_OPENML), return_X_y=True, as_frame=False, parser=parser, n_retries=1
            )
    except OSError as error:
        reason = " ".join(str(error).split())
        raise ConnectionError(
            f"dataset={name!r} cannot be downloaded ({reason}): connect to a network once, or give a local "
            ".npz file"
        ) from None
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"dataset={name!r} is not to be had: {reason}") from None
    if y is None:
        raise ValueError(f"dataset={name!r} has no labels: give one with a target")
    return X, y, None


def _from_npz(name: str) -> tuple[Any, Any, Any]:
    try:
        with Path(name).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            found = {key: file[key] for key in ("X", "y", "y_clean") if key in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, TypeError) as error:
        raise _unreadable(name, error) from None
    missing = [key for key in ("X", "y") if key not in found]
    if missing:
        raise ValueError(f"dataset={name!r} lacks the array {missing[0]}: save X, y and, if known, y_clean")
    X = found["X"]
    return X.reshape(len(X), -1) if X.ndim > 1 else X, found["y"], found.get("y_clean")


def _from_csv(name: str) -> tuple[Any, Any, Any]:
    try:
        with Path(name).open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(name, error) from None
    if not rows:
        raise ValueError(f"dataset={name!r} is empty: give a line for each sample")
    columns = [f"column {i + 1}" for i in range(len(rows[0]))]
    if any(_number(entry) is None for entry in rows[0]):
        columns = [entry.strip() for entry in rows.pop(0)]
    for line, row in enumerate(rows, 1):
        if len(row) != len(columns):
            raise ValueError(f"dataset={name!r}: sample {line} has {len(row)} entries, not {len(columns)}")
    clean = columns.index("clean_label") if "clean_label" in columns else None
    others = [i for i in range(len(columns)) if i != clean]
    label = columns.index("label") if "label" in columns else others[-1]
    inputs = [i for i in others if i != label]
    X = np.array([[_number(row[i]) for i in inputs] for row in rows], dtype=object)
    for line, i in np.argwhere(X == None):  # noqa: E711 - element by element
        entry, column = rows[line][inputs[i]], columns[inputs[i]]
        raise ValueError(f"dataset={name!r}: {entry!r} in {column!r} of sample {line + 1} is not a number")
    y_clean = None if clean is None else np.array([row[clean].strip() for row in rows])
    return X.astype(float), np.array([row[label].strip() for row in rows]), y_clean


def _number(entry: str) -> float | None:
    try:
        return float(entry) if entry.strip() else np.nan
    except ValueError:
        return None


def _unreadable(name: str, error: Exception) -> ValueError:
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())
    return ValueError(f"dataset={name!r} cannot be read ({reason}): give a readable .npz or .csv file")


def _checked(name: str, X: Any, y: Any, y_clean: Any) -> Raw:
    try:
        X = np.asarray(X.toarray() if hasattr(X, "toarray") else X)
        X = X.astype(np.float32 if X.size > _HUGE else np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"dataset={name!r}: the features are not numbers") from None
    given = {"y": np.asarray(y)} | ({} if y_clean is None else {"y_clean": np.asarray(y_clean)})
    if X.ndim != 2 or not X.size:
        raise ValueError(f"dataset={name!r}: X has shape {X.shape}: give an array (samples, features)")
    for key, labels in given.items():
        if labels.shape != X.shape[:1]:
            raise ValueError(
                f"dataset={name!r}: {key} has shape {labels.shape}: give one label for each of the {len(X)} "
                "samples"
            )
    bad = np.argwhere(~np.isfinite(X))
    if len(bad):
        raise ValueError(
            f"dataset={name!r}: feature {bad[0, 1] + 1} of sample {bad[0, 0] + 1} is not a finite number "
            f"({len(bad)} such entries): fill in or drop what is missing"
        )
    task, (noisy, *truth) = _understood(name, list(given.values()))
    labels = truth[0] if truth else noisy
    if len(np.unique(labels)) < 2:
        raise ValueError(f"dataset={name!r}: all labels are the same: give at least two classes")
    return Raw(X, labels, task, noisy if truth else None)


def _understood(name: str, given: Sequence[Any]) -> tuple[str, list[Any]]:
    """Return the task, and the labels as classes 0, 1, ... or as numbers."""
    together = np.concatenate(given)
    try:
        numbers = together.astype(float)
    except (TypeError, ValueError):
        numbers = None
    if numbers is not None and not np.all(np.isfinite(numbers)):
        raise ValueError(f"dataset={name!r}: a label is not a finite number: drop samples without a label")
    if numbers is not None:
        values = np.unique(numbers)
        if len(values) > CLASSES or np.any(values != np.round(values)):
            return "regression", np.split(numbers, len(given))
        together = numbers
    classes, codes = np.unique(together, return_inverse=True)
    codes = np.split(codes.astype(np.int64), len(given))
    never = set(range(len(classes))) - set(codes[-1].tolist())
    if never:  # only where there are true labels beside the given ones
        raise ValueError(
            f"dataset={name!r}: {classes[min(never)]!r} is given as a label but is never a true one: "
            "name classes in the same way in both"
        )
    return "classification", codes
