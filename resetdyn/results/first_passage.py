"""Exact first-passage statistics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isnan, log, nan
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks


@dataclass(frozen=True)
class FirstPassageResult:
    """Exact first-passage statistics.

    Attributes
    ----------
    problem : FirstPassage
        What was asked.
    method : str
        The route that was taken.
    mean : float
        Mean first-passage time; `inf` where it diverges.
    error : float
        Estimated absolute numerical error of `mean`.
    ends : (float, float) or None
        Probabilities that an interval is left at its low and at its high end.
    log_mean : float
        Logarithm of the mean, also where the mean itself overflows to `inf`; `inf` where it diverges.
    """

    problem: Any
    method: str
    mean: float
    error: float
    moments: Callable[[int], float] = field(repr=False)
    survival_function: Callable[[float], float] | None = field(default=None, repr=False)
    ends: tuple[float, float] | None = None
    log_mean: float = nan

    def __post_init__(self) -> None:
        if isnan(self.log_mean):
            object.__setattr__(self, "log_mean", log(self.mean) if self.mean > 0 else -inf)

    def moment(self, order: int) -> float:
        """Return the raw moment of this order (`inf` where it diverges)."""
        return self.moments(_checks.integer("order", order))

    @cached_property
    def std(self) -> float:
        """Standard deviation of the first-passage time."""
        second = self.moment(2)
        return float("inf") if np.isinf(second) else float(np.sqrt(max(second - self.mean**2, 0.0)))

    @property
    def cv(self) -> float:
        """Coefficient of variation, `std / mean`; `inf` where the moments diverge."""
        return self.std / self.mean if np.isfinite(self.std) else float("inf")

    def survival(self, t: ArrayLike) -> Any:
        """Return the probability that the target has not been reached by time `t`."""
        if self.survival_function is None:
            raise ValueError(
                f"method={self.method!r} has no exact survival probability; "
                "use rd.simulate(problem).survival(t), which estimates it"
            )
        times = _checks.finite_array("t", t)
        if np.any(times < 0):
            raise ValueError(f"t={t!r}: give times of at least 0")
        values = np.array([self.survival_function(float(x)) for x in times.ravel()])
        return _checks.unit_or_scalar(values.reshape(times.shape), times.size if times.ndim else 1)
