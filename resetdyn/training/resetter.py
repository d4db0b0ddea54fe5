"""Resetting from a checkpoint as a component of any training loop (Bae, Song and Jeong, arXiv:2406.00396).

The resetter knows the next step at which something can happen: where resetting begins, where a reset is due.
Until then a step without a score is one comparison.  The first waiting time is drawn at the step in which
resetting begins, which may itself be the first reset.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from resetdyn import _checks
from resetdyn.training.checkpoint import Checkpoint
from resetdyn.training.parts import Choice
from resetdyn.training.reset_times import ResetTimes

__all__ = ["CheckpointResetter", "Reset"]

State = TypeVar("State")

_SETTINGS = ("probability", "patience", "warm_up", "checkpoint", "timing", "restore", "only")
_PROGRESS = ("steps_taken", "best_score", "best_step", "ignored_scores", "active")


class Reset(NamedTuple):
    """One reset that really happened, an entry of :attr:`CheckpointResetter.log`.

    Attributes
    ----------
    step : int
        The step at which it happened.
    checkpoint_step : int
        The step at which the checkpoint that it led to was taken.
    score : float or None
        The score of that checkpoint, if there was one.
    restored : tuple of str
        What it brought back: parts by their names, single parameters (where `only` picks some) as
        "weights.head.bias".
    """

    step: int
    checkpoint_step: int
    score: float | None
    restored: tuple[str, ...]


class CheckpointResetter:
    """Resets a training run to its checkpoint at random steps: two lines in any loop.

    Call :meth:`step` once after each training step.  It returns the state to go on from: the very object it
    was given where no reset happens, else the checkpoint's weights (and what else `restore` names) in
    containers of the same types.  Lower scores are better; give one whenever there is one.

    Parameters
    ----------
    probability : float
        Probability of a reset at each step once resetting is on; 0 is plain training.
    patience : int, optional
        Steps without a new best score, counted after the warm-up, before resetting begins.  Once it is on, it
        stays on, whatever new bests come.
    warm_up : int, optional
        First steps in which no reset happens.  Scores are followed from the first step.
    checkpoint : {"best", "onset", "fixed"}, optional
        Where resets lead: to the state with the best score so far, to the one that was best when resetting
        began, or to the first state after the warm-up, which needs no score.
    timing : {"geometric", "sharp"}, optional
        Geometric waiting times, or a reset at every ``round(1 / probability)``-th step.
    restore : sequence of str, optional
        Parts of the state that a reset brings back: some of "weights", "optimizer", "schedule", "buffers".
    only : str or sequence of str, optional
        Parameters that are reset, if not all: their names or shell patterns of them, dots between the keys
        (``"head"``, ``"layers.*.bias"``).  It picks from the weights and from the buffers; optimisers and
        schedules come back whole or not at all.
    steps : int, optional
        Planned length of the run, for a warning where that leaves no step to reset in.
    rng : None, int or numpy.random.Generator, optional
        Source of the reset times, used for nothing else.

    Attributes
    ----------
    log : list of Reset
        Every reset that happened: ``step``, ``checkpoint_step``, the checkpoint's ``score`` (None if there
        was none) and what was ``restored``.
    steps_taken, best_score, best_step
        Steps so far; the best score of them (`inf` before the first) and its step (None).
    checkpoint_step, checkpoint_score
        Step and score of the checkpoint, None where there is none.
    active, was_reset
        Whether resetting is on; whether the last step was one.
    ignored_scores
        Number of scores that were `nan` or infinite: they never make a checkpoint.

    Raises
    ------
    ValueError, TypeError
        If an argument is out of range; by :meth:`step`, if a score is no number, if a state holds what cannot
        be copied, lacks a part to restore or a parameter to pick, or is not built as the checkpoint is.  The
        log and the checkpoint are kept.

    Warns
    -----
    UserWarning
        If `patience` and `warm_up` leave no step of `steps` to reset in.

    Notes
    -----
    A state is a nest: dicts, lists, tuples and named tuples of arrays (NumPy, torch, JAX, CuPy, sparse ones),
    numbers, strings and None.  If it is a dict whose keys are all among the four parts, a reset restores the
    parts that are named; any other nest is all weights.  States are copied in and out, so that no later
    change of an array reaches the checkpoint; only what a reset restores is kept, and a new best is written
    into the old one's memory.  An array in two places stays one; other views of one memory become arrays of
    their own.  From the first checkpoint on, the paths, shapes and dtypes of what is restored must stay.
    A state is looked at in the first step, and when a checkpoint is taken or a reset is due, not in between.

    The checkpoint that a step makes is not reset to in that same step: where a reset is due, it is the state
    itself, and nothing happens nor is logged.  Before there is a checkpoint no reset can happen, and
    resetting is not on.  Sharp resets are timed from the step in which resetting begins, which counts as the
    first step of the first period.

    This is the algorithm of the paper with its switches apart.  There, resetting begins when the best
    validation score is a threshold number of iterations old (`patience`), then happens with a fixed
    probability in every iteration, and stays on; the checkpoint follows new bests (``"best"``), or in the
    published code, unless told to, stays what it was when resetting began (``"onset"``).  Three things
    differ.  That code draws the reset first and validates the state after it; here the score is that of the
    state before, so that no new best is thrown away unseen.  It does not tell which resets happened; here
    the log does.  And where it restores the optimiser's state, it restores by default the learning rate with
    it: under a decaying schedule that rewinds the rate, which turns the method into warm restarts, known to
    help by themselves.  So here weights and buffers alone come back unless more is named.

    References
    ----------
    Y. Bae, Y. Song and H. Jeong, "Stochastic resetting mitigates latent gradient bias of SGD from label
    noise", Mach. Learn.: Sci. Technol. 6, 015062 (2025), arXiv:2406.00396.

    Examples
    --------
    Gradient descent on a noisy slope, reset to the best of its places:

    >>> import numpy as np
    >>> import resetdyn as rd
    >>> noise = np.random.default_rng(1)
    >>> resetter = rd.CheckpointResetter(probability=0.1, patience=20, rng=0)
    >>> weights = np.array([3.0, -2.0])
    >>> for _ in range(500):
    ...     weights = weights - 0.2 * (weights - 1) + noise.normal(size=2)
    ...     weights = resetter.step(weights, score=np.sum(weights**2))
    >>> resetter.active, resetter.log[0].step > 20, resetter.best_score < 0.1
    (True, True, True)
    >>> bool(np.sum(resetter.restored(weights)**2) == resetter.best_score)
    True
    """

    def __init__(
        self,
        probability: float,
        patience: int = 0,
        *,
        warm_up: int = 0,
        checkpoint: str = "best",
        timing: str = "geometric",
        restore: str | Iterable[str] = ("weights", "buffers"),
        only: str | Iterable[str] | None = None,
        steps: int | None = None,
        rng: Any = None,
    ) -> None:
        self.probability = _checks.probability("probability", probability)
        self.patience = _checks.integer("patience", patience, at_least=0)
        self.warm_up = _checks.integer("warm_up", warm_up, at_least=0)
        self.checkpoint = _checks.choice("checkpoint", checkpoint, ("best", "onset", "fixed"))
        self.timing = _checks.choice("timing", timing, ("geometric", "sharp"))
        self._choice = Choice(restore, only)
        self._times = ResetTimes(self.probability, self.timing, rng)
        self.log: list[Reset] = []
        self.steps_taken = 0
        self.best_score = math.inf
        self.best_step: int | None = None
        self.ignored_scores = 0
        self.active = False
        self._checkpoint = Checkpoint()
        self._due: float = 1  # the next step at which a state is looked at, whether or not it has a score
        self._looked = False
        if steps is not None:
            self._warn(_checks.integer("steps", steps))

    @property
    def restore(self) -> tuple[str, ...]:
        """The parts of a state that a reset brings back."""
        return self._choice.restore

    @property
    def only(self) -> tuple[str, ...] | None:
        """The parameters that are reset, if not all."""
        return self._choice.only

    @property
    def checkpoint_step(self) -> int | None:
        """The step of the checkpoint."""
        return self._checkpoint.step

    @property
    def checkpoint_score(self) -> float | None:
        """The score of the checkpoint."""
        return self._checkpoint.score

    @property
    def was_reset(self) -> bool:
        """Whether the last step was a reset."""
        return bool(self.log) and self.log[-1].step == self.steps_taken

    def step(self, state: State, score: Any = None) -> State:
        """Return the state to go on from after a training step.

        Parameters
        ----------
        state : array, module, mapping or sequence of them
            The state after the step.
        score : float, optional
            Its score, lower is better, where there is one.

        Returns
        -------
        state
            The very object that was given, or after a reset fresh arrays in containers of its kind.

        Raises
        ------
        TypeError, ValueError
            If the state has other parts, shapes or types than the checkpoint.
        """
        step = self.steps_taken = self.steps_taken + 1
        if score is None and step < self._due:
            return state
        return self._looked_at(state, score)

    def restored(self, state: State) -> State:
        """Return the state as a reset would leave it, without a reset: the best one when training ends.

        Parameters
        ----------
        state : array, module, mapping or sequence of them
            The state as it is.

        Returns
        -------
        state
            Fresh arrays in containers of the same kind.

        Raises
        ------
        ValueError
            If there is no checkpoint yet.
        """
        if self._checkpoint.step is None:
            raise ValueError("there is no checkpoint yet: give a score to step() first")
        now = self._choice.leaves(state)
        self._checkpoint.check(now)
        copies = self._checkpoint.copies()
        for path, leaf in now.items():
            if getattr(leaf, "requires_grad", False):  # copies of tensors are made outside of torch's graph
                copies[path].requires_grad_()
        return self._choice.put(state, copies)

    def state_dict(self) -> dict[str, Any]:
        """Return all that a run needs to go on: a dict of plain values and copies of arrays, to be saved.

        A resetter made with the same arguments that is given it (:meth:`load_state_dict`) goes on bit for
        bit as this one would have, its random numbers included.
        """
        checkpoint = self._checkpoint
        return {
            "settings": self._settings(),
            **{name: getattr(self, name) for name in _PROGRESS},
            "due": self._due,
            "rng": self._times.state,
            "log": [tuple(reset) for reset in self.log],
            "checkpoint": {
                "step": checkpoint.step,
                "score": checkpoint.score,
                "leaves": checkpoint.copies(),
            },
        }

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Go on where another resetter was; its arrays are copied.

        Parameters
        ----------
        saved : dict
            What its :meth:`state_dict` returned.

        Raises
        ------
        ValueError
            If parts are missing, or that resetter was made with other arguments.
        """
        missing = {"settings", *_PROGRESS, "due", "rng", "log", "checkpoint"} - set(saved)
        if missing:
            raise ValueError(f"saved has no {sorted(missing)[0]!r}: give what state_dict() returned")
        for name, value in self._settings().items():
            if saved["settings"].get(name) != value:
                raise ValueError(
                    f"saved is of a resetter with {name}={saved['settings'].get(name)!r}, this one has "
                    f"{name}={value!r}: make it with the same arguments"
                )
        times = self._times.resumed(saved["rng"])
        kept = saved["checkpoint"]
        checkpoint = Checkpoint()
        if kept["step"] is not None:
            checkpoint.take(kept["leaves"], kept["step"], kept["score"])
        self._times, self._checkpoint, self._due = times, checkpoint, saved["due"]
        for name in _PROGRESS:
            setattr(self, name, saved[name])
        self.log = [Reset(*reset) for reset in saved["log"]]

    def _settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _SETTINGS}

    def _looked_at(self, state: State, score: Any) -> State:
        step = self.steps_taken
        if not self._looked:
            self._choice.check(state)
            self._looked = True
        value = self._scored(score)
        new_best = value is not None and value < self.best_score
        if self._is_to_take(step, new_best):
            self._checkpoint.take(self._choice.leaves(state), step, value)
        if new_best:
            assert value is not None
            self.best_score, self.best_step = value, step
        if not self.active:
            self._wait_for_patience(step)
        if self.active and step >= self._due:
            self._due = step + self._times.wait()
            if self._checkpoint.step != step:
                return self._reset(state)
        return state

    def _scored(self, score: Any) -> float | None:
        """Return a score as a float, or None where it is not finite."""
        if score is None:
            return None
        value = score if type(score) is float else _number(score)
        if math.isfinite(value):
            return value
        self.ignored_scores += 1
        return None

    def _is_to_take(self, step: int, new_best: bool) -> bool:
        if self.checkpoint == "fixed":
            return self._checkpoint.step is None and step > self.warm_up
        return new_best and not (self.active and self.checkpoint == "onset")

    def _wait_for_patience(self, step: int) -> None:
        """Switch resetting on if it is time, and else say when to look again."""
        if self._checkpoint.step is None:
            self._due = self.warm_up + 1 if self.checkpoint == "fixed" else math.inf
            return
        quiet_since = max(self.warm_up, self.best_step or 1)
        start = max(quiet_since + self.patience, self.warm_up + 1)
        self.active = step >= start
        self._due = step - 1 + self._times.wait() if self.active else start

    def _reset(self, state: State) -> State:
        fresh = self.restored(state)
        checkpoint = self._checkpoint
        assert checkpoint.step is not None
        restored = self._choice.described(checkpoint.leaves)
        self.log.append(Reset(self.steps_taken, checkpoint.step, checkpoint.score, restored))
        return fresh

    def _warn(self, steps: int) -> None:
        """Warn where no reset can happen within a run of this length."""
        taken = self.warm_up + 1 if self.checkpoint == "fixed" else 1  # the first checkpoint, at the earliest
        first: float = max(max(self.warm_up, 1) + self.patience, self.warm_up + 1)
        if self.timing == "sharp":
            first += self._times.period - 1
        if self.probability and steps < max(first, taken + 1):
            warnings.warn(
                f"patience={self.patience} and warm_up={self.warm_up}: resetting would never start in a run "
                f"of steps={steps}; lower them, or train for longer",
                stacklevel=3,
            )


def _number(score: Any) -> float:
    if not isinstance(score, str | bytes | bool) and getattr(score, "shape", ()) == ():
        try:
            return float(score)
        except (TypeError, ValueError):
            pass
    raise TypeError(f"score={score!r}: give one number, lower for better states, or None")
