"""Random walks on the line in discrete time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn._noun import Noun

_SUM = 1e-12  # by how much probabilities may miss 1


@dataclass(frozen=True, eq=False, repr=False)
class RandomWalk(Noun):
    """Random walk: the position changes by an independent random step at every tick.

    Parameters
    ----------
    steps : mapping of int to float, sequence of int, or frozen scipy.stats distribution
        Probability of each step on the integers, ``{-1: 0.5, 1: 0.5}`` being the simple symmetric walk; or
        the steps alone, ``[-1, 1]``, if they are equally likely; or a continuous law of the steps.

    Raises
    ------
    ValueError
        If a probability is negative, they do not add up to 1, or nothing ever moves.
    TypeError
        If a step is not a whole number.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.RandomWalk({-1: 0.5, 1: 0.5}).steps[1]
    0.5
    """

    steps: Any

    def __post_init__(self) -> None:
        if hasattr(self.steps, "cdf"):
            self._set(steps=_checks.distribution("steps", self.steps))
        else:
            self._set(steps=MappingProxyType(_lattice(_probabilities(self.steps))))

    def __reduce__(self) -> tuple[Any, ...]:
        steps = dict(self.steps) if isinstance(self.steps, Mapping) else self.steps
        return RandomWalk, (steps,)

    @property
    def dim(self) -> int:
        """Dimension of the position."""
        return 1

    @property
    def lattice(self) -> bool:
        """Whether the walk stays on the integers."""
        return isinstance(self.steps, Mapping)


def _probabilities(steps: Any) -> Mapping[Any, Any]:
    if isinstance(steps, Mapping):
        return steps
    likely = list(steps) if np.iterable(steps) and not isinstance(steps, str) else []
    if not likely:
        raise TypeError(f"steps={steps!r}: give whole numbers, with their probabilities if they differ")
    return {step: n / len(likely) for step, n in Counter(likely).items()}


def _lattice(steps: Mapping[Any, Any]) -> dict[int, float]:
    out = {}
    for step in sorted(steps):
        whole = _checks.integer("steps", step, at_least=-(2**31))
        out[whole] = _checks.probability(f"steps[{whole}]", steps[step])
    out = {step: p for step, p in out.items() if p > 0}
    total = float(np.sum(list(out.values())))
    if abs(total - 1) > _SUM:
        raise ValueError(f"steps={dict(steps)}: the probabilities add up to {total:g}; make it 1")
    if set(out) == {0}:
        raise ValueError(f"steps={dict(steps)}: nothing ever moves; give a step other than 0")
    return out
