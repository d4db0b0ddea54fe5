"""The search for a state that beats the checkpoint: many continuations of one training run.

A plain run gives the checkpoint: the state of its best validation score.  From there independent minibatches
lead on, and the validation score is looked at after every few steps, which is one *stride*.  The hunt ends at
the first look at which the score is lower than the checkpoint's; resets come after a look that did not end
it, with some probability, and lead back to the checkpoint (the process wins ties).  Strides start anew at the
checkpoint each time and minibatches are independent, so that renewal is exact.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import numpy as np

import resetdyn as rd
from validation.runs.methods import METHODS
from validation.runs.models import MODELS
from validation.runs.setting import Setting
from validation.runs.train import advance, first_state, minibatches, stream, unit_rate, watched
from validation.runs.watch import View

STRIDE = 5  # steps
MOVES = 400  # single strides from the checkpoint, for their drift and diffusion


class Times(NamedTuple):
    """How many strides each hunt took, and which were given up at the horizon."""

    strides: Any
    censored: Any


class Hunt(NamedTuple):
    """All hunts from one checkpoint: changes of the score in a first stride, and times by probability."""

    setting: Setting
    moves: Any
    times: dict[float, Times]


class Trail:
    """Training that goes on from the checkpoint, stride by stride, and can be put back there."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        split = self.split = setting.split()
        self.method, self.model = METHODS[setting.method](setting, split), MODELS[setting.model]
        self.rate = unit_rate(setting, split)
        self.rng = stream(setting, "hunts")
        self.state, self.checkpoint, self.best = None, *self._best()

    def _best(self) -> tuple[Any, float]:
        """Return the best state of a plain run and its score."""
        keeper = rd.CheckpointResetter(0.0)
        state = first_state(self.setting, self.split, self.method, self.model)
        batches = minibatches(self.setting, len(self.split.train), stream(self.setting, "order"))
        for done, rows in enumerate(batches, start=1):
            self._step(state, rows)
            state = keeper.step(state, self.score(state) if done % self.setting.every == 0 else None)
        return keeper.restored(state), keeper.best_score

    def back(self) -> None:
        """Go back to the checkpoint."""
        self.state = copy.deepcopy(self.checkpoint)

    def stride(self) -> float:
        """Train for a stride and return by how much the score is then above the checkpoint's."""
        n = len(self.split.train)
        for rows in self.rng.integers(n, size=(STRIDE, min(self.setting.batch_size, n))):
            self._step(self.state, rows)
        return self.score(self.state) - self.best

    def score(self, state: Any) -> float:
        """Return the validation score of a state."""
        seen = self.model.all_scores(state["weights"][0], self.split.validation)
        return watched(self.setting, self.method, View(self.setting, self.split, self.model, {}, seen, None))

    def _step(self, state: Any, rows: Any) -> None:
        advance(state, self.method, self.model, self.split.train, rows, self.rate, self.setting.momentum, 1.0)


def hunt(setting: Setting, probabilities: tuple[float, ...], runs: int, free: int, horizon: int) -> Hunt:
    """Hunt from the checkpoint of this setting without resets (probability 0) and with each probability.

    Parameters
    ----------
    setting : Setting
        The plain run that gives the checkpoint, and how training goes on from it.
    probabilities : tuple of float
        Of a reset after each look.
    runs, free : int
        Hunts for each of them, and without resets.
    horizon : int
        Strides after which a hunt without resets is given up; with resets, after twenty times as many.
    """
    trail = Trail(setting)
    moves = np.empty(MOVES)
    for i in range(MOVES):
        trail.back()
        moves[i] = trail.stride()
    times = {0.0: _times(trail, 0.0, free, horizon)}
    times |= {p: _times(trail, p, runs, 20 * horizon) for p in probabilities}
    return Hunt(setting, moves, times)


def _times(trail: Trail, probability: float, runs: int, horizon: int) -> Times:
    strides, censored = np.empty(runs), np.zeros(runs, dtype=bool)
    for i in range(runs):
        trail.back()
        strides[i], censored[i] = horizon, True
        for taken in range(1, horizon + 1):
            if trail.stride() < 0:
                strides[i], censored[i] = taken, False
                break
            if probability and trail.rng.random() < probability:
                trail.back()
    return Times(strides, censored)
