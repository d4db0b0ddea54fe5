"""The gradient of noisy labels, taken apart: what the right labels ask for, and what the wrong ones add.

The gradient of the training loss is ``(1 - tau) g_clean + tau g_wrong``, with the mean gradients of the
correctly and the wrongly labelled training samples and the exact fraction `tau` of the latter: the clean
gradient ``g_clean`` plus the latent bias ``tau (g_wrong - g_clean)`` (Bae, Song and Jeong, MLST 6, 015062
(2025)).  The clean risk has a gradient of its own, ``g_risk``: that of all training inputs with their true
labels.  Training goes against the whole gradient, and away from the clean solution where that points against
``g_risk``.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from validation.runs.methods import METHODS

DECADES = (1e-1, 1e-2, 1e-3)  # eigenvalues over their sum, where one group of directions ends
GROUPS = len(DECADES) + 1


class Parts(NamedTuple):
    """Gradients with respect to all parameters, one after the other; the last one is of the clean risk."""

    clean: Any
    wrong: Any
    bias: Any
    total: Any
    risk: Any


class Directions(NamedTuple):
    """Eigen-directions of the features' second moments, the stiffest first, and where their groups end."""

    stiffness: Any  # (m,)
    axes: Any  # (m, d)
    group: Any  # (m,) of int


def gradients(view: Any) -> dict[str, Any]:
    """Norms of the gradient's parts, and the cosines between them."""
    p = parts(view)
    sizes = {name: float(np.linalg.norm(part)) for name, part in p._asdict().items()}
    found = {f"norm_{name}": sizes[name] for name in ("clean", "wrong", "bias", "total")}
    for one, other in PAIRS:
        size = sizes[one] * sizes[other]
        product = float(np.vdot(getattr(p, one), getattr(p, other)))
        found[f"cosine_{one}_{other}"] = product / size if size > 0 else np.nan
    return found


PAIRS = (("clean", "wrong"), ("clean", "bias"), ("clean", "total"), ("wrong", "total"), ("risk", "total"))


def directions(view: Any) -> dict[str, Any]:
    """Clean gradient and latent bias in each group of eigen-directions, for a linear model.

    In each group both are projected on the directions that they have at zero weights (``clean_group``,
    ``bias_group``), and the clean gradient on that of the bias as well (``against_group``): projections are
    linear in the gradient, so that their means are those of the mean path, while the norm of a noisy gradient
    is longer than that of its mean.  All are in units of loss over parameter.
    """
    found, start = parts(view), at_zero(view.setting, view.split, view.model)
    along = eigen_directions(view.split)
    clean, bias = (in_groups(part, along) for part in (found.clean, found.bias))
    clean_unit, bias_unit = (
        [unit(block) for block in in_groups(part, along)] for part in (start.clean, start.bias)
    )
    return {
        "clean_group": products(clean, clean_unit),
        "bias_group": products(bias, bias_unit),
        "against_group": products(clean, bias_unit),
    }


def parts(view: Any) -> Parts:
    """Return the parts of the gradient at the view's parameters.

    Raises
    ------
    ValueError
        If no label is right: there is no clean part then.
    """
    split = view.split
    return _parts(view.setting, split, view.model, view.parameters)


@lru_cache(maxsize=8)
def at_zero(setting: Any, split: Any, model: Any) -> Parts:
    """Return the parts at zero weights of a linear model, in double precision."""
    shape = max(split.classes, 1), split.train.shape[1]
    return _parts(setting, split, model, {"weights": np.zeros(shape, split.train.dtype)})


@lru_cache(maxsize=4)
def eigen_directions(split: Any) -> Directions:
    """Return the eigen-directions of the second moments of the training inputs, grouped by decades.

    The first group relaxes within some ten steps at a learning rate of one over the mean squared norm of an
    input, the next within a hundred, and so on; directions in which no input points are left out.
    """
    stiffness, axes = spectrum(split.train)
    return Directions(stiffness, axes, np.sum(stiffness[:, None] < stiffness.sum() * np.array(DECADES), 1))


def spectrum(inputs: Any) -> tuple[Any, Any]:
    """Return the eigenvalues of ``X^T X / n`` that are not 0, from the largest, and their directions."""
    X = np.asarray(inputs, dtype=float)
    n, d = X.shape
    squares, basis = np.linalg.eigh((X.T @ X if d <= n else X @ X.T) / n)  # the smaller one has them all
    seen = squares > np.finfo(float).eps * len(squares) * squares[-1]
    squares, basis = squares[seen][::-1], basis[:, seen][:, ::-1]
    return squares, basis.T if d <= n else (basis / np.sqrt(n * squares)).T @ X


def in_groups(gradient: Any, along: Directions) -> list[Any]:
    """Return the gradient's components on the eigen-directions, one block (outputs, directions) a group."""
    components = gradient.reshape(-1, along.axes.shape[1]) @ along.axes.T
    return [components[..., along.group == group] for group in range(GROUPS)]


def products(blocks: list[Any], others: list[Any]) -> Any:
    """Return the inner product of each block with its other; a group without directions has none."""
    return np.array(
        [np.vdot(a, b) if a.size else np.nan for a, b in zip(blocks, others, strict=True)], dtype=float
    )


def unit(block: Any) -> Any:
    """Return the block with norm 1; nothing stays nothing."""
    return block / max(np.linalg.norm(block), np.finfo(float).tiny) if block.size else block


def _parts(setting: Any, split: Any, model: Any, parameters: Any) -> Parts:
    wrong = split.wrong
    if wrong.all():
        raise ValueError("all training labels are wrong: there is no clean gradient to compare with")
    scores = model.all_scores(parameters, split.train)
    method, truth = _judges(setting, split)
    tau = np.mean(wrong)
    clean, mistaken, risk = (
        _gradient(model, parameters, split.train, judge.slope(scores[chosen], chosen), chosen)
        for judge, chosen in (
            (method, np.flatnonzero(~wrong)),
            (method, np.flatnonzero(wrong)),
            (truth, np.arange(len(wrong))),
        )
    )
    bias = tau * (mistaken - clean)
    return Parts(clean, mistaken, bias, clean + bias, risk)


@lru_cache(maxsize=8)
def _judges(setting: Any, split: Any) -> tuple[Any, Any]:
    """Return who knows the slopes of the run's own loss for the given labels, and for the true ones."""
    make = METHODS[setting.method]
    return make(setting, split), make(setting, dataclasses.replace(split, train_labels=split.train_clean))


def _gradient(model: Any, parameters: Any, inputs: Any, slopes: Any, rows: Any) -> Any:
    """Return the mean gradient of these rows with respect to all parameters, one after the other."""
    ascended = {name: np.zeros_like(part) for name, part in parameters.items()}
    if len(rows):
        model.descend(ascended, parameters, inputs, rows, np.ascontiguousarray(slopes), -1 / len(rows))
    return np.concatenate([part.ravel() for part in ascended.values()]).astype(float)
