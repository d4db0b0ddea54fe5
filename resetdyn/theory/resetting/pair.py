"""The two reset-free passages that a search under resetting is made of."""

from __future__ import annotations

import numpy as np

from resetdyn.problems import FirstPassage
from resetdyn.resets import BestSoFar
from resetdyn.theory.passages.passage import Passage, find_passage
from resetdyn.theory.resetting.mixture import average_passage


def passages(problem: FirstPassage) -> tuple[Passage, Passage] | None:
    """Return the passages from the start and from where resets lead (the same object where they agree)."""
    if isinstance(problem.reset.to, BestSoFar):
        return None  # a path that remembers its best state is not renewed
    start = find_passage(problem.process, problem.start, problem.target)
    to: Passage | None
    if start is None:
        return None
    if problem.reset.random_to:
        to = average_passage(problem.process, problem.reset.to, problem.target)
    elif np.array_equal(problem.start, problem.reset_to):
        to = start
    else:
        to = find_passage(problem.process, problem.reset_to, problem.target)
    return None if to is None else (start, to)
