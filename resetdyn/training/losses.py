"""Losses of a linear or last layer's scores, some of them made to forgive wrong labels.

With scores ``f`` of K classes, ``p = softmax(f)``, the label ``y`` and ``e_y`` its unit vector:

=================  ===========================================  ======================================
name               loss                                         slope, by the scores
=================  ===========================================  ======================================
"log_loss"         ``-log p_y``                                 ``p - e_y``
"label_smoothing"  ``-sum_k t_k log p_k``,                      ``p - t``
                   ``t = (1 - smoothing) e_y + smoothing / K``
"mae"              ``|e_y - p|_1 = 2 (1 - p_y)``                ``2 p_y (p - e_y)``
"gce"              ``(1 - p_y**q) / q``                         ``p_y**q (p - e_y)``
"sce"              ``-alpha log p_y - beta A (1 - p_y)``        ``(alpha - beta A p_y) (p - e_y)``
"squared_error"    ``|f - t|^2 / 2``                            ``f - t``
=================  ===========================================  ======================================

"mae", "gce" and "sce" differ from the cross-entropy by a weight that grows with ``p_y``, so that samples at
odds with the model pull less: that is their robustness, and why they learn slowly at first.  Sources: label
smoothing, Szegedy and others, CVPR 2016 (arXiv:1512.00567); mean absolute error, Ghosh, Kumar and Sastry,
AAAI 2017 (arXiv:1712.09482); generalised cross-entropy, Zhang and Sabuncu, NeurIPS 2018 (arXiv:1805.07836);
symmetric cross-entropy, Wang and others, ICCV 2019 (arXiv:1908.06112), with ``log 0 = A``.  Its `alpha` and
`beta` are the paper's for CIFAR-10, its `A` what the authors name for classification (their code clips labels
at 1e-4, which makes it -9.2).

Nothing overflows: exponentials are of differences from the largest score, and ``1 - p_y`` is a sum over the
other classes.  Scores that are not finite give slopes that are not numbers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from resetdyn import _checks

LOG_LOSS, SMOOTHED, MAE, GCE, SCE, SQUARED = range(6)
_CODES = {
    "log_loss": LOG_LOSS,
    "label_smoothing": SMOOTHED,
    "mae": MAE,
    "gce": GCE,
    "sce": SCE,
    "squared_error": SQUARED,
}
NAMES = tuple(_CODES)
_DEFAULTS: dict[str, dict[str, float]] = {
    "label_smoothing": {"smoothing": 0.1},
    "gce": {"q": 0.7},
    "sce": {"alpha": 0.1, "beta": 1.0, "A": -4.0},
}


class Loss(NamedTuple):
    """A loss as kernels take it: its code and its parameters, of which each loss reads its own."""

    code: int
    smoothing: float = 0.0
    q: float = 1.0
    alpha: float = 1.0
    beta: float = 0.0
    A: float = -4.0


def loss(name: str, **parameters: float) -> Loss:
    """Return a loss by its name.

    Parameters
    ----------
    name : {"log_loss", "label_smoothing", "mae", "gce", "sce", "squared_error"}
        Which loss; the formulas are at the top of this module.
    **parameters : float
        "label_smoothing" takes `smoothing` in [0, 1] (default 0.1); "gce" takes `q` in [0, 1] (0.7), of
        which 0 is the cross-entropy and 1 half of the mean absolute error; "sce" takes `alpha` and `beta` of
        at least 0 (0.1 and 1) and `A` below 0 (-4).

    Returns
    -------
    Loss
        What `slopes` and `values` take.

    Raises
    ------
    ValueError
        If there is no such loss, or a parameter is out of its range.
    TypeError
        If the loss has no such parameter, or it is not a number.

    Examples
    --------
    >>> from resetdyn.training import losses
    >>> losses.loss("gce", q=0.5).q
    0.5
    """
    _checks.choice("name", name, NAMES)
    known = _DEFAULTS.get(name, {})
    for unknown in parameters.keys() - known.keys():
        takes = f"it takes {', '.join(known)}" if known else "it takes none"
        raise TypeError(f"{unknown}={parameters[unknown]!r}: {name!r} has no such parameter; {takes}")
    checked = {key: _CHECKS[key](key, parameters.get(key, default)) for key, default in known.items()}
    return Loss(_CODES[name], **checked)


def _negative(name: str, value: Any) -> float:
    number = _checks.finite(name, value)
    if number >= 0:
        raise ValueError(f"{name}={number:g}: give a number below 0, which stands for log 0")
    return number


_CHECKS = {
    "smoothing": _checks.probability,
    "q": _checks.probability,
    "alpha": _checks.non_negative,
    "beta": _checks.non_negative,
    "A": _negative,
}


def slopes(scores: Any, labels: Any, loss: Loss) -> Any:
    """Return the slope of each sample's loss, by its scores.

    Parameters
    ----------
    scores : (B, K) array
        Of float32 or float64, one row for each sample.
    labels : (B,) array
        The classes, whole numbers from 0 to K - 1.  For "squared_error" they may also be what the scores aim
        at: numbers where K is 1, or an array of shape (B, K).
    loss : Loss
        From `loss`.

    Returns
    -------
    (B, K) array
        Of the kind of `scores`.

    Raises
    ------
    ValueError
        If shapes differ, a label is not a class, or there is one class only.
    TypeError
        If the labels of a loss for classes are not whole numbers, or the scores are of another kind.

    Examples
    --------
    >>> import numpy as np
    >>> from resetdyn.training import losses
    >>> losses.slopes(np.zeros((1, 4)), np.array([2]), losses.loss("log_loss"))
    array([[ 0.25,  0.25, -0.75,  0.25]])
    """
    if _are_targets(scores, labels, loss):
        return scores - _as_rows(scores, labels)
    return _class_slopes(scores, labels, loss)


def values(scores: Any, labels: Any, loss: Loss) -> Any:
    """Return the loss of each sample.

    Parameters
    ----------
    scores, labels, loss
        As in `slopes`.

    Returns
    -------
    (B,) array
        Of the kind of `scores`.

    Raises
    ------
    ValueError, TypeError
        As `slopes`.

    Examples
    --------
    >>> import numpy as np
    >>> from resetdyn.training import losses
    >>> losses.values(np.array([[1000.0, 0.0]]), np.array([1]), losses.loss("log_loss"))
    array([1000.])
    """
    if _are_targets(scores, labels, loss):
        return np.sum((scores - _as_rows(scores, labels)) ** 2, axis=1) / 2
    return _class_values(scores, labels, loss)


def _are_targets(scores: Any, labels: Any, loss: Loss) -> bool:
    """Return whether the labels are numbers that the scores aim at; raise if they are not classes either."""
    if scores.ndim != 2 or scores.dtype.char not in "fd":
        raise TypeError(f"scores of shape {scores.shape}, {scores.dtype}: give rows of float32 or float64")
    if loss.code == SQUARED and (scores.shape[1] == 1 or labels.ndim == 2):
        return True
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels of {labels.dtype}: number the classes, from 0 to {scores.shape[1] - 1}")
    if labels.shape != scores.shape[:1]:
        raise ValueError(f"labels have shape {labels.shape}, scores {scores.shape}: give one for each row")
    if scores.shape[1] < 2:
        raise ValueError("scores have one column: give one for each class, two at least")
    return False


def _as_rows(scores: Any, targets: Any) -> Any:
    rows = targets[:, None] if targets.ndim == 1 else targets
    if rows.shape != scores.shape:
        raise ValueError(f"labels have shape {targets.shape}, scores {scores.shape}: give one for each score")
    return rows.astype(scores.dtype, copy=False)


# Dividing by zero gives inf, as in NumPy; no other liberties, or scores that are not numbers would go unseen.
_kernel: Any = njit(cache=True, nogil=True, error_model="numpy")
_inlined: Any = njit(cache=True, nogil=True, error_model="numpy", forceinline=True)


@_inlined
def _exponentials(scores, b, y, out):  # type: ignore[no-untyped-def]
    """Write ``exp(f - max f)`` of row b, and return its sum, its sum without y, and ``log p_y``."""
    classes = scores.shape[1]
    if y < 0 or y >= classes:
        raise ValueError("a label is not a class: give whole numbers from 0 to the number of scores minus 1")
    top = scores[b, 0]
    for k in range(1, classes):
        top = max(top, scores[b, k])
    others = 0.0 * top  # an infinite score is a run that diverged, not a perfect one: not a number
    for k in range(classes):
        out[k] = np.exp(scores[b, k] - top)
        if k != y:
            others += out[k]
    total = others + out[y]
    log_p = -np.log1p(others) if scores[b, y] == top else (scores[b, y] - top) - np.log(total)
    return total, others, log_p


@_kernel
def _class_slopes(scores, labels, loss):  # type: ignore[no-untyped-def]
    slopes = np.empty(scores.shape, scores.dtype)
    classes = scores.shape[1]
    for b in range(len(scores)):
        y = np.int64(labels[b])
        row = slopes[b]
        if loss.code == SQUARED:
            if y < 0 or y >= classes:
                raise ValueError(
                    "a label is not a class: give whole numbers from 0 to the number of scores minus 1"
                )
            for k in range(classes):
                row[k] = scores[b, k]
            row[y] -= 1
            continue
        total, others, log_p = _exponentials(scores, b, y, row)
        weight = 1.0
        if loss.code == MAE:
            weight = 2 * row[y] / total
        elif loss.code == GCE:
            weight = np.exp(loss.q * log_p)
        elif loss.code == SCE:
            weight = loss.alpha - loss.beta * loss.A * row[y] / total
        for k in range(classes):
            row[k] *= weight / total
        row[y] = -weight * others / total
        if loss.code == SMOOTHED:
            for k in range(classes):
                row[k] -= loss.smoothing / classes
            row[y] += loss.smoothing
    return slopes


@_kernel
def _class_values(scores, labels, loss):  # type: ignore[no-untyped-def]
    values = np.empty(len(scores), scores.dtype)
    classes = scores.shape[1]
    row = np.empty(classes, scores.dtype)
    for b in range(len(scores)):
        y = np.int64(labels[b])
        total, others, log_p = _exponentials(scores, b, y, row)
        if loss.code == LOG_LOSS:
            values[b] = -log_p
        elif loss.code == MAE:
            values[b] = 2 * others / total
        elif loss.code == GCE:
            values[b] = -np.expm1(loss.q * log_p) / loss.q if loss.q > 0 else -log_p
        elif loss.code == SCE:
            values[b] = -loss.alpha * log_p - loss.beta * loss.A * others / total
        elif loss.code == SMOOTHED:
            away = 0.0  # log p_k = log p_y + (f_k - f_y)
            for k in range(classes):
                away += scores[b, k] - scores[b, y]
            values[b] = -log_p - loss.smoothing / classes * away
        else:
            values[b] = 0.5
            for k in range(classes):
                values[b] += scores[b, k] ** 2 / 2
            values[b] -= scores[b, y]
    return values
