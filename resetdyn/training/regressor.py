"""Least squares by minibatch SGD with resetting, as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn.training import losses
from resetdyn.training.estimators import DTYPES, ResettingSGD
from resetdyn.training.scikit_learn import RegressorMixin, check_is_fitted, validate_data


class ResettingSGDRegressor(RegressorMixin, ResettingSGD):
    """Linear least squares by minibatch SGD, reset to its checkpoint now and then.

    All is as in `ResettingSGDClassifier`, with the squared error ``(w . x - y)^2 / 2`` of one target.  Needs
    scikit-learn (``pip install 'resetdyn[learn]'``).

    Parameters
    ----------
    alpha, fit_intercept, batch_size, max_iter, learning_rate, eta0, power_t, momentum
        Of SGD, as in `ResettingSGDClassifier`.
    reset_probability, n_iter_no_change, patience, checkpoint, timing, restore
        Of resetting, as there.
    validation_fraction, score_every, return_best, shuffle, warm_start, random_state, verbose
        Of what is watched and of the run, as there.

    Attributes
    ----------
    coef_, intercept_ : (d,) and (1,) arrays
        Weights of the prediction.
    n_iter_, t_, resets_, validation_scores_, validation_steps_, best_score_
        As in `ResettingSGDClassifier`.

    Raises
    ------
    ValueError, TypeError
        By `fit`: if a parameter is out of its range, a feature or a target is not a number, or the run
        diverges.
    ImportError
        If scikit-learn is not installed.

    Warns
    -----
    UserWarning
        If `patience` is longer than the run, so that resetting would never start.

    References
    ----------
    Y. Bae, Y. Song and H. Jeong, "Stochastic resetting mitigates latent gradient bias of SGD from label
    noise", Mach. Learn.: Sci. Technol. 6, 015062 (2025), arXiv:2406.00396.

    Examples
    --------
    >>> import numpy as np
    >>> import resetdyn as rd
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 3))
    >>> y = X @ [1.0, 2.0, 0.0] + 3 + 0.1 * rng.normal(size=200)
    >>> model = rd.ResettingSGDRegressor(alpha=0, random_state=0).fit(X, y)
    >>> model.coef_.round(1), model.intercept_.round(1)
    (array([1., 2., 0.]), array([3.]))
    """

    def fit(self, X: Any, y: Any, *, X_val: Any = None, y_val: Any = None) -> ResettingSGDRegressor:
        """Train on these samples.

        Parameters
        ----------
        X, y : (n, d) array, (n,) array
            The samples and their targets.
        X_val, y_val : arrays, optional
            Samples to be watched; nothing is then held out of `X` and `y`.

        Returns
        -------
        ResettingSGDRegressor
            This estimator.
        """
        X, y = validate_data(self, X, y, dtype=DTYPES, y_numeric=True)
        given = self._given(X_val, y_val, X.dtype)
        streams, held_out = self._streams(), np.empty(0, dtype=np.int64)
        if given is None:
            if len(y) < 2:
                raise ValueError("n_samples=1: give two at least, one to learn from and one to watch")
            held_out = streams.split.permutation(len(y))[: self._held_out_number(len(y))]
        train, validation = self._parts(X, y, held_out, given)
        (weights,) = self._train(1, losses.loss("squared_error"), train, validation, streams)
        d = X.shape[1]
        self.coef_ = weights[:d].copy()
        self.intercept_ = weights[d:].copy() if self.fit_intercept else np.zeros(1, X.dtype)
        return self

    def predict(self, X: Any) -> Any:
        """Return the prediction for each sample."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=DTYPES, reset=False)
        return X @ self.coef_ + self.intercept_[0]
