"""Means over seeds with their intervals, paired differences, slopes, and how a table says them.

A seed is one repetition of everything random: split, corruption, features, first weights and minibatches.
Two trainings of the same seed share all of that, so that their difference is taken seed by seed; intervals
are those of Student's t over seeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from validation.runs.setting import Setting
from validation.runs.train import Record

LEVEL = 0.95  # of intervals


@dataclass(frozen=True)
class Mean:
    """A mean over seeds.

    Parameters
    ----------
    value, error : float
        The mean and its standard error.
    n : int
        Number of seeds.

    Examples
    --------
    >>> gain = Mean.of([1.0, 2.0, 3.0])
    >>> gain.value, gain.n
    (2.0, 3)
    >>> gain.sign
    0
    """

    value: float
    error: float
    n: int

    @classmethod
    def of(cls, samples: ArrayLike) -> Mean:
        """Return the mean of samples, one of each seed.

        Raises
        ------
        ValueError
            If there are fewer than two, or one is not a number.
        """
        found = np.asarray(samples, dtype=float)
        if found.ndim != 1 or len(found) < 2:
            raise ValueError(
                f"samples have shape {found.shape}: an error needs one number of each of >= 2 seeds"
            )
        if not np.all(np.isfinite(found)):
            raise ValueError("samples hold a number that is not finite: a seed has nothing to average")
        return cls(float(found.mean()), float(found.std(ddof=1) / np.sqrt(len(found))), len(found))

    @property
    def t(self) -> float:
        """The mean in standard errors; infinite, or 0, where all seeds agree to the last digit."""
        if self.error > 0:
            return self.value / self.error
        return float(np.copysign(np.inf, self.value)) if self.value else 0.0

    @property
    def p_value(self) -> float:
        """Probability of a mean as far from 0 as this, were the truth 0 (two-sided)."""
        return float(2 * student.sf(abs(self.t), self.n - 1))

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return the interval that holds the true mean with this probability."""
        half = float(student.ppf((1 + level) / 2, self.n - 1)) * self.error
        return self.value - half, self.value + half

    @property
    def sign(self) -> int:
        """1 or -1 where the 95 % interval lies on one side of 0; else 0."""
        low, high = self.interval()
        return int(low > 0) - int(high < 0)

    def text(self, scale: float = 1.0, decimals: int = 1) -> str:
        """Return a cell of a table: the mean with its sign, and its interval.

        Examples
        --------
        >>> Mean.of([0.02, 0.03, 0.04, 0.03]).text(100)
        '+3.0 [1.7, 4.3]'
        """
        low, high = (_plain(scale * end, decimals) for end in self.interval())
        value = _plain(scale * self.value, decimals)
        return f"{'' if value.startswith('−') else '+'}{value} [{low}, {high}]"

    def plain(self, scale: float = 1.0, decimals: int = 1) -> str:
        """Return the mean and its standard error."""
        return f"{_plain(scale * self.value, decimals)} ± {scale * self.error:.{decimals}f}"


def over_seeds(records: Mapping[Setting, Record], setting: Setting, seeds: Iterable[int], what: Any) -> Any:
    """Return ``what(record)`` of this setting's record at every seed: ``(n, ...)``."""
    return np.array([what(records[setting.but(seed=seed)]) for seed in seeds])


def gain(
    records: Mapping[Setting, Record], method: Setting, plain: Setting, seeds: Iterable[int], what: Any
) -> Mean:
    """Return the mean paired difference of ``what(record)``: method minus plain, seed by seed."""
    seeds = list(seeds)
    one, other = (over_seeds(records, setting, seeds, what) for setting in (method, plain))
    return Mean.of(one - other)


def slope(x: ArrayLike, samples: ArrayLike) -> Mean:
    """Return the mean slope of `samples` over `x`: a straight line is fitted to each seed by itself.

    Points of the same seed share their data, so that they are no independent replicates; the slopes of
    different seeds are.

    Parameters
    ----------
    x : (m,) array
        Where.
    samples : (n, m) array
        One row a seed.

    Examples
    --------
    >>> slope([0.0, 1.0, 2.0], [[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]).value
    2.0
    """
    x = np.asarray(x, dtype=float)
    away = x - x.mean()
    return Mean.of(np.asarray(samples, dtype=float) @ away / (away @ away))


def holm(p_values: Sequence[float], level: float = 1 - LEVEL) -> Any:
    """Return which of many hypotheses are rejected, so that any false rejection has a chance below `level`.

    The smallest of `m` is held to ``level / m``, the next to ``level / (m - 1)``, and so on, until one is not
    rejected (Holm, Scandinavian Journal of Statistics 6, 65 (1979)).

    Examples
    --------
    >>> holm([0.04, 0.001, 0.03]).tolist()
    [False, True, False]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    passed = np.logical_and.accumulate(p[order] <= level / np.arange(len(p), 0, -1))
    rejected = np.zeros(len(p), dtype=bool)
    rejected[order] = passed
    return rejected


def _plain(number: float, decimals: int) -> str:
    """Return the number with a true minus sign, and without one before zero."""
    text = f"{number:.{decimals}f}"
    return text.removeprefix("-") if not float(text) else text.replace("-", "−")
