"""The training algorithm's adaptive checkpoint: back to the best state found so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from resetdyn import _checks
from resetdyn._noun import Noun


@dataclass(frozen=True, eq=False)
class BestSoFar(Noun):
    """A reset to the state with the lowest score that this path has been seen in (Bae, Song and Jeong, 2025).

    The start counts as seen.  Where the checkpoint follows the best state, a path is not renewed by a reset,
    and there is no exact theory: problems with it are for :func:`resetdyn.simulate`.

    Parameters
    ----------
    score : Quadratic or callable
        What is to be low, such as a validation loss: an :class:`~resetdyn.Quadratic`, or a function of the
        state that numba can compile. It is compiled once: what it reads besides its argument is kept as it
        was then.
    every : float, optional
        How often the state is scored: every so many steps of a discrete process, or so much time.

    Raises
    ------
    TypeError
        If the score is not callable.
    ValueError
        If `every` is not above 0.

    Examples
    --------
    >>> import resetdyn as rd
    >>> ratchet = rd.Poisson(1.0, to=rd.BestSoFar(rd.Quadratic(1.0, 0.0), every=0.1))
    >>> walk = rd.FirstPassage(rd.Brownian(1.0), start=2.0, target=rd.Level(0.0), reset=ratchet)
    >>> fixed = rd.FirstPassage(rd.Brownian(1.0), start=2.0, target=rd.Level(0.0), reset=rd.Poisson(1.0))
    >>> rd.simulate(walk, n=2000, rng=7).mean < rd.solve(fixed).mean
    True
    """

    score: Callable[[Any], Any]
    every: float = 1.0

    def __post_init__(self) -> None:
        if not callable(self.score):
            raise TypeError(f"score={self.score!r}: give an rd.Quadratic or a function of the state")
        self._set(every=_checks.positive("every", self.every))
