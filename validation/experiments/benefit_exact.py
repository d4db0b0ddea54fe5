"""What exact theory says of a least-squares run that is reset to a fixed checkpoint.

Mean and covariance of minibatch SGD obey closed recursions at any learning rate, and the clean risk on the
test set is quadratic, so that its steady expectation is known for this split, these labels and this
checkpoint; only minibatches and reset times are averaged over.  A model with several outputs is one
least-squares problem for each, with the same inputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import resetdyn as rd
from resetdyn.theory.learning.training_risk import sgd_risk
from validation.runs import Setting
from validation.runs.methods import METHODS, targets
from validation.runs.models import MODELS
from validation.runs.train import advance, first_state, minibatches, stream


class ExactRun:
    """Exact expectations of the clean test risk of one setting.

    Parameters
    ----------
    setting : Setting
        Least squares without momentum, with independent minibatches.

    Raises
    ------
    ValueError
        If the setting trains in another way, for which there is no exact answer.
    """

    def __init__(self, setting: Setting) -> None:
        known = {"loss": "squared_error", "sampling": "independent", "momentum": 0.0, "schedule": "constant"}
        for name, value in known.items():
            if getattr(setting, name) != value:
                raise ValueError(f"{name}={getattr(setting, name)!r}: exact theory needs {value!r}")
        self.setting = setting
        self.split = setting.split()
        X, test = (part.astype(float) for part in (self.split.train, self.split.test))
        rate = setting.learning_rate / float(np.mean(np.sum(X**2, axis=1)))
        labels, aims = (
            targets(given, self.split.classes, np.dtype(float))
            for given in (self.split.train_labels, self.split.test_labels)
        )
        self.sgd = [rd.LinearSGD(X, y, rate, setting.batch_size) for y in labels.T]
        self.risks = [_mean_squares(test, aim) for aim in aims.T]

    def checkpoint(self) -> Any:
        """Return the weights that the run is reset to, one row an output: its first steps are taken again."""
        setting = self.setting
        method, model = METHODS[setting.method](setting, self.split), MODELS[setting.model]
        state = first_state(setting, self.split, method, model)
        rate = self.sgd[0].learning_rate
        order = minibatches(setting, len(self.split.train), stream(setting, "order"))
        for _ in range(setting.warm_up + 1):
            advance(state, method, model, self.split.train, next(order), rate, 0.0, 0.0)
        return state["weights"][0]["weights"].astype(float)

    def steady(self, probability: float, checkpoint: Any) -> float:
        """Return the steady clean risk as runs are looked at: after a step, before it may be reset.

        The theory's steady state is sampled after that decision: with this probability it is the checkpoint,
        else what is seen here. A probability of 0 never resets.
        """
        if probability == 0:
            return sum(_expected(sgd, rd.NoReset(), risk) for sgd, risk in self._outputs())
        if probability == 1:
            raise ValueError("probability=1: what is seen before a certain reset is no steady state")
        decided = sum(
            _expected(sgd, rd.Geometric(probability, to=to), risk)
            for (sgd, risk), to in zip(self._outputs(), checkpoint, strict=True)
        )
        return (decided - probability * self.at(checkpoint)) / (1 - probability)

    def at(self, state: Any) -> float:
        """Return the clean risk of these weights."""
        return float(sum(risk(row) for risk, row in zip(self.risks, state, strict=True)))

    def early_stop(self, steps: int) -> int:
        """Return after how many steps, up to so many, plain training from 0 has its lowest expected risk."""
        course = sum(
            sgd_risk(sgd, risk, np.zeros(sgd.dim), np.arange(steps + 1)) for sgd, risk in self._outputs()
        )
        return int(np.argmin(course))

    def _outputs(self) -> list[tuple[rd.LinearSGD, rd.Quadratic]]:
        return list(zip(self.sgd, self.risks, strict=True))


def _expected(sgd: rd.LinearSGD, reset: Any, risk: rd.Quadratic) -> float:
    return float(rd.solve(rd.SteadyState(sgd, reset)).expect(risk))


def _mean_squares(inputs: Any, aim: Any) -> rd.Quadratic:
    """Return half the mean squared error as a quadratic of the weights."""
    optimum = np.linalg.lstsq(inputs, aim)[0]
    floor = float(np.mean((inputs @ optimum - aim) ** 2) / 2)
    return rd.Quadratic(inputs.T @ inputs / len(inputs), optimum, floor)
