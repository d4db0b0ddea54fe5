"""What classifier and regressor share: scikit-learn's conventions around one run of SGD with resetting."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from resetdyn import _checks
from resetdyn.training import losses
from resetdyn.training.resetter import CheckpointResetter
from resetdyn.training.run import Course, Run, Samples, run
from resetdyn.training.scikit_learn import BaseEstimator, check_random_state, validate_data

DTYPES = [np.float64, np.float32]


class Streams(NamedTuple):
    """Sources of random numbers, one for each use: runs that differ in their resets share the others."""

    split: np.random.Generator
    order: np.random.Generator
    resets: np.random.Generator


class ResettingSGD(BaseEstimator):
    """Minibatch SGD with resetting, for any linear model; the subclasses say what is learned."""

    def __init__(
        self,
        *,
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
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.power_t = power_t
        self.momentum = momentum
        self.reset_probability = reset_probability
        self.n_iter_no_change = n_iter_no_change
        self.patience = patience
        self.checkpoint = checkpoint
        self.timing = timing
        self.restore = restore
        self.validation_fraction = validation_fraction
        self.score_every = score_every
        self.return_best = return_best
        self.shuffle = shuffle
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _streams(self) -> Streams:
        drawn = check_random_state(self.random_state).randint(2**31 - 1, size=3)
        return Streams(*(np.random.default_rng(int(seed)) for seed in drawn))

    def _extended(self, X: Any) -> Any:
        """Return the inputs as the kernels take them, with a column of ones if there is an intercept."""
        if not self.fit_intercept:
            return np.ascontiguousarray(X)
        inputs = np.ones((X.shape[0], X.shape[1] + 1), X.dtype)
        inputs[:, :-1] = X
        return inputs

    def _parts(self, X: Any, y: Any, held_out: Any, given: Any) -> tuple[Samples, Samples]:
        """Return the training and the validation part: rows that are held out, or samples that are given."""
        inputs = self._extended(X)
        if given is not None:
            return Samples(inputs, y), Samples(self._extended(given[0]), given[1])
        kept = np.setdiff1d(np.arange(len(y)), held_out)
        return Samples(inputs[kept], y[kept]), Samples(inputs[held_out], y[held_out])

    def _given(self, X_val: Any, y_val: Any, dtype: Any) -> Any:
        """Return validation samples that were given, checked against the training data, or None."""
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val go together: give both or neither")
        if X_val is None:
            return None
        return validate_data(self, X_val, y_val, dtype=dtype, reset=False)

    def _first_weights(self, outputs: int, dim: int, dtype: Any) -> Any:
        before = getattr(self, "_weights", None) if self.warm_start else None
        if before is None or before.shape != (outputs, dim):
            return np.zeros((outputs, dim), dtype)
        return before.astype(dtype)

    def _train(
        self, outputs: int, loss: losses.Loss, train: Samples, validation: Samples, streams: Streams
    ) -> Any:
        """Run, set what both kinds of estimator show, and return the weights that are kept."""
        dim = train.inputs.shape[1]
        course = self._course(loss, train)
        steps_per_epoch = course.steps_per_epoch(len(train.inputs))
        steps = course.epochs * steps_per_epoch
        weights = self._first_weights(outputs, dim, train.inputs.dtype)
        resetter = self._resetter(steps_per_epoch, steps, streams.resets)
        result: Run = run(weights, train, validation, course, resetter, streams.order)
        self.n_iter_ = course.epochs
        self.t_ = steps
        self.resets_ = resetter.log
        self.validation_scores_ = result.scores
        self.validation_steps_ = result.steps
        self.best_score_ = float(result.scores.min())
        self._weights = result.best if self.return_best else result.last
        return self._weights

    def _resetter(self, steps_per_epoch: int, steps: int, rng: np.random.Generator) -> CheckpointResetter:
        epochs = _checks.integer("n_iter_no_change", self.n_iter_no_change)
        patience = epochs * steps_per_epoch
        if self.patience is not None:
            patience = _checks.integer("patience", self.patience, at_least=0)
        return CheckpointResetter(
            _checks.probability("reset_probability", self.reset_probability),
            patience,
            checkpoint=self.checkpoint,
            timing=self.timing,
            restore=self.restore,
            steps=steps,
            rng=rng,
        )

    def _course(self, loss: losses.Loss, train: Samples) -> Course:
        """Check what the run needs, by the words of this package."""
        schedule = _checks.choice("learning_rate", self.learning_rate, ("constant", "cosine", "invscaling"))
        momentum = _checks.probability("momentum", self.momentum)
        if momentum == 1:
            raise ValueError("momentum=1: give a number below 1, or no step is ever forgotten")
        every = self.score_every
        return Course(
            loss=loss,
            epochs=_checks.integer("max_iter", self.max_iter),
            batch_size=_checks.integer("batch_size", self.batch_size),
            eta0=self._first_rate(train.inputs),
            schedule=schedule,
            power=_checks.non_negative("power_t", self.power_t),
            momentum=momentum,
            alpha=_checks.non_negative("alpha", self.alpha),
            penalised=train.inputs.shape[1] - bool(self.fit_intercept),
            shuffle=bool(self.shuffle),
            score_every=None if every is None else _checks.integer("score_every", every),
            verbose=self.verbose,
        )

    def _first_rate(self, inputs: Any) -> float:
        if isinstance(self.eta0, str):
            _checks.choice("eta0", self.eta0, ("auto",))
            size = float(np.mean(np.sum(inputs.astype(np.float64) ** 2, axis=1)))
            return 1 / size if size > 0 else 1.0
        return _checks.positive("eta0", self.eta0)

    def _held_out_number(self, n: int) -> int:
        """Return how many of n samples are held out for validation, one at least."""
        fraction = _checks.positive("validation_fraction", self.validation_fraction)
        if fraction >= 1:
            raise ValueError(f"validation_fraction={fraction:g}: give a number between 0 and 1")
        return min(max(1, round(fraction * n)), n - 1)
