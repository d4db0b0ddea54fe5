"""A linear classifier trained by minibatch SGD with resetting, as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn.training import losses
from resetdyn.training.estimators import DTYPES, ResettingSGD
from resetdyn.training.scikit_learn import (
    ClassifierMixin,
    available_if,
    check_classification_targets,
    check_is_fitted,
    validate_data,
)


def _has_probabilities(estimator: Any) -> bool:
    if estimator.loss == "squared_error":
        raise AttributeError("loss='squared_error' has no probabilities: use another, or decision_function")
    return True


class ResettingSGDClassifier(ClassifierMixin, ResettingSGD):
    """Linear classifier that learns from noisy labels: minibatch SGD, reset to its checkpoint now and then.

    A part of the training data is held out and the loss on it is watched.  Where early stopping would stop,
    resetting begins: with a small probability at each step, training goes back to its best state so far
    (Bae, Song and Jeong, 2025), until `max_iter` epochs are over.  Needs scikit-learn
    (``pip install 'resetdyn[learn]'``), and works in its pipelines and searches.

    Parameters
    ----------
    loss : {"log_loss", "label_smoothing", "mae", "gce", "sce", "squared_error"}, optional
        Loss of the scores of the classes, two or more; the formulas are in `resetdyn.training.losses`.
    loss_parameters : dict, optional
        Parameters of the loss, such as ``{"q": 0.7}`` of "gce".
    alpha : float, optional
        L2 penalty ``alpha |coef|^2 / 2``; the intercept is free of it, and so is the watched loss.
    fit_intercept : bool, optional
        Whether there is an intercept.
    batch_size : int, optional
        Samples in a minibatch; the last one of an epoch may be smaller.
    max_iter : int, optional
        Epochs; all of them are run.
    learning_rate : {"constant", "cosine", "invscaling"}, optional
        ``eta0``; ``eta0 (1 + cos(pi t / T)) / 2`` in a run of T steps; ``eta0 / (t + 1)**power_t``.
    eta0 : float or "auto", optional
        Learning rate at first, for the mean gradient of a minibatch; "auto" is one over the mean squared norm
        of an input, the intercept's 1 included, which is stable whatever the scale of the features.  Features
        of unlike scales are learned at unlike speeds: scale them.
    power_t : float, optional
        The exponent of "invscaling".
    momentum : float, optional
        Share of its last move that each step adds, in [0, 1).
    reset_probability : float, optional
        Probability of a reset at each step once resetting is on; 0 is plain SGD.
    n_iter_no_change : int, optional
        Epochs without a new best score after which resetting begins.
    patience : int, optional
        The same in steps, instead of `n_iter_no_change`.
    checkpoint, timing, restore : optional
        Which state is gone back to, when, and what of it comes back, as in `CheckpointResetter`; "optimizer"
        is the velocity of momentum, "schedule" the course of the learning rate.
    validation_fraction : float, optional
        Share of the training data that is held out to be watched, each class with its share; noisy as it is.
    score_every : int, optional
        Steps between two looks at the watched loss; one epoch if not given.
    return_best : bool, optional
        Whether the model is the state with the best watched loss, as with early stopping, or the last one.
    shuffle : bool, optional
        Whether each epoch has an order of its own.
    warm_start : bool, optional
        Whether `fit` goes on from the last fit's weights, if they fit.
    random_state : int, RandomState or None, optional
        Source of the split, the order and the resets; for one seed, settings that differ in resets alone
        share split and order.
    verbose : int, optional
        Whether to print a line at each look.

    Attributes
    ----------
    classes_ : (K,) array
        The classes.
    coef_, intercept_ : (K, d) and (K,) arrays
        Weights of the scores; of two classes, one row: the second's score minus the first's.
    n_iter_, t_ : int
        Epochs and steps that were run.
    resets_ : list
        Every reset that happened: its step, its checkpoint's step and score, what came back.
    validation_scores_, validation_steps_ : (m,) arrays
        The watched loss (lower is better), and the steps after which it was looked at.
    best_score_ : float
        The lowest of them.  As the lowest of many it is lower than the loss on new data: judge a model on
        data that `fit` has not seen.

    Raises
    ------
    ValueError, TypeError
        By `fit`: if a parameter is out of its range, the labels have one class, a feature is not a number, or
        the run diverges.
    ImportError
        If scikit-learn is not installed.

    Warns
    -----
    UserWarning
        If `patience` is longer than the run, so that resetting would never start.

    Notes
    -----
    There are no sample weights: with minibatches and a validation part, a weight of two is not the same as
    two samples.

    References
    ----------
    Y. Bae, Y. Song and H. Jeong, "Stochastic resetting mitigates latent gradient bias of SGD from label
    noise", Mach. Learn.: Sci. Technol. 6, 015062 (2025), arXiv:2406.00396.

    Examples
    --------
    Digits of which 40 % are called by a wrong name, at a high learning rate: the last state of plain SGD has
    learned more of the noise.

    >>> import numpy as np
    >>> import resetdyn as rd
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> X = X / 16
    >>> rng = np.random.default_rng(0)
    >>> noisy = np.where(rng.random(1000) < 0.4, (y[:1000] + rng.integers(1, 10, 1000)) % 10, y[:1000])
    >>> def accuracy(p):
    ...     model = rd.ResettingSGDClassifier(
    ...         eta0=0.3, reset_probability=p, return_best=False, random_state=0
    ...     )
    ...     return model.fit(X[:1000], noisy).score(X[1000:], y[1000:])
    >>> accuracy(0.01) > accuracy(0.0)
    True
    """

    def __init__(
        self,
        loss: str = "log_loss",
        *,
        loss_parameters: dict[str, float] | None = None,
        alpha: float = 0.0001,
        fit_intercept: bool = True,
        batch_size: int = 32,
        max_iter: int = 100,
        learning_rate: str = "constant",
        eta0: float | str = "auto",
        power_t: float = 0.5,
        momentum: float = 0.0,
        reset_probability: float = 0.01,
        n_iter_no_change: int = 5,
        patience: int | None = None,
        checkpoint: str = "best",
        timing: str = "geometric",
        restore: tuple[str, ...] = ("weights",),
        validation_fraction: float = 0.1,
        score_every: int | None = None,
        return_best: bool = True,
        shuffle: bool = True,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            alpha=alpha,
            fit_intercept=fit_intercept,
            batch_size=batch_size,
            max_iter=max_iter,
            learning_rate=learning_rate,
            eta0=eta0,
            power_t=power_t,
            momentum=momentum,
            reset_probability=reset_probability,
            n_iter_no_change=n_iter_no_change,
            patience=patience,
            checkpoint=checkpoint,
            timing=timing,
            restore=restore,
            validation_fraction=validation_fraction,
            score_every=score_every,
            return_best=return_best,
            shuffle=shuffle,
            warm_start=warm_start,
            random_state=random_state,
            verbose=verbose,
        )
        self.loss = loss
        self.loss_parameters = loss_parameters

    def fit(self, X: Any, y: Any, *, X_val: Any = None, y_val: Any = None) -> ResettingSGDClassifier:
        """Train on these samples.

        Parameters
        ----------
        X, y : (n, d) array, (n,) array
            The samples and their labels, of which some may be wrong.
        X_val, y_val : arrays, optional
            Samples to be watched, such as some with clean labels; nothing is then held out of `X` and `y`.

        Returns
        -------
        ResettingSGDClassifier
            This estimator.
        """
        _checks.choice("loss", self.loss, losses.NAMES)
        loss = losses.loss(self.loss, **(self.loss_parameters or {}))
        X, y = validate_data(self, X, y, dtype=DTYPES)
        given = self._given(X_val, y_val, X.dtype)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y has one class only, {self.classes_.tolist()[0]!r}: give labels of two classes or more"
            )
        streams, held_out = self._streams(), np.empty(0, dtype=np.int64)
        if given is None:
            held_out = stratified_rows(codes, self._held_out_number(len(codes)), streams.split)
        else:
            given = given[0], self._codes(given[1])
        train, validation = self._parts(X, codes, held_out, given)
        weights = self._train(len(self.classes_), loss, train, validation, streams)
        if len(self.classes_) == 2:
            weights = weights[1:] - weights[:1]
        d = X.shape[1]
        self.coef_ = weights[:, :d].copy()
        self.intercept_ = weights[:, d].copy() if self.fit_intercept else np.zeros(len(weights), X.dtype)
        return self

    def _codes(self, y: Any) -> Any:
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            first = unknown.tolist()[0]
            raise ValueError(f"y_val has the class {first!r}, which y has not: give classes of y alone")
        return np.searchsorted(self.classes_, y)

    def decision_function(self, X: Any) -> Any:
        """Return the score of each class; of two classes, the second's minus the first's."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=DTYPES, reset=False)
        scores = X @ self.coef_.T + self.intercept_
        return scores.ravel() if len(self.classes_) == 2 else scores

    def predict(self, X: Any) -> Any:
        """Return the class with the largest score, for each sample."""
        scores = self.decision_function(X)
        best = (scores > 0).astype(np.int64) if scores.ndim == 1 else np.argmax(scores, axis=1)
        return self.classes_[best]

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> Any:
        """Return the softmax of the scores; only "log_loss" makes it aim at probabilities of the labels."""
        scores = self.decision_function(X)
        if scores.ndim == 1:
            scores = np.column_stack([np.zeros_like(scores), scores])
        grown = np.exp(scores - scores.max(axis=1, keepdims=True))
        return grown / grown.sum(axis=1, keepdims=True)


def stratified_rows(codes: Any, number: int, rng: np.random.Generator) -> Any:
    """Return about `number` random rows, each class with its share; every class keeps one row at least."""
    counts = np.bincount(codes)
    share = number * counts / len(codes)
    taken = np.floor(share).astype(int)
    fractions = share - taken + 1e-9 * rng.random(len(counts))  # classes of one size take turns at random
    for k in np.argsort(-fractions)[: number - taken.sum()]:
        taken[k] += 1
    taken = np.minimum(taken, counts - 1)
    if not taken.any():
        raise ValueError(
            "there is no class with a sample to spare for validation: give more samples, a larger "
            "validation_fraction, or X_val and y_val"
        )
    rows = [rng.permutation(np.flatnonzero(codes == k))[:m] for k, m in enumerate(taken)]
    return np.sort(np.concatenate(rows))
