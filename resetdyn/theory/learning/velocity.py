"""What a reset does to the moments of SGD.

A reset sends ``theta -> f theta + y`` and ``v -> g v``: `f` is 0 unless it is partial, `y` the checkpoint (of
covariance `Y` if it is random), `g` is 0 where the velocity starts afresh and 1 where it is kept.  If it
happens with probability ``p = 1 - q``, the moments ``m', C'`` after a step become (law of total covariance)

    m = m' + p d,     C = survival * C' + p q d d^T + p Y,     d = ((f - 1) m'_theta + y, (g - 1) m'_v),

with ``survival = q + p f^2`` for the covariance of `theta`, ``q + p f g`` for that of `theta` and `v`,
``q + p g^2`` for that of `v`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import SGD
from resetdyn.resets import Geometric, Partial, Reset, Sharp, destination
from resetdyn.theory.learning.step import MomentStep


@dataclass(frozen=True)
class MomentReset:
    """What a reset does: the factors `f` and `g`, and where it leads in the eigenbasis."""

    kept: FloatArray
    to: FloatArray
    spread: float
    probability: float = 0.0
    period: int = 0

    @classmethod
    def of(cls, reset: Reset, process: SGD, step: MomentStep, start: object = None) -> MomentReset:
        """Return what this reset does to this process (`start` is where it leads by default)."""
        if not reset.free:
            raise ValueError(f"reset={reset}: steps of SGD take no pauses and no journeys; leave them out")
        to: Any = destination(reset, start)
        factor = spread = 0.0
        if isinstance(to, Partial):
            to, factor = np.zeros(process.dim), to.factor
        elif hasattr(to, "cdf"):
            to, spread = float(to.mean()), float(to.var())
            if not np.isfinite(spread):
                raise ValueError(f"to of {reset}: its variance is infinite; give one with finite moments")
        velocity = float(getattr(process, "reset_velocity", "zero") == "keep")
        mean, _ = step.at_rest(np.zeros(process.dim) if to is None else to)
        kept = np.array([factor, velocity])[: len(mean)]
        p = reset.probability if isinstance(reset, Geometric) else 0.0
        period = int(reset.period) if isinstance(reset, Sharp) else 0
        return cls(kept, mean, spread, p, period)

    def chance(self, step: int) -> float:
        """Return the probability of a reset after a step, counted from 1."""
        return float(step % self.period == 0) if self.period else self.probability

    def __call__(self, p: float, mean: FloatArray, cov: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the moments after a reset with probability `p`."""
        jump = self.jump(mean)
        cov = (1 - p * (1 - np.outer(self.kept, self.kept)))[:, :, None, None] * cov
        cov = cov + p * (1 - p) * np.einsum("ai,bj->abij", jump, jump)
        cov[0, 0] += p * self.spread
        return mean + p * jump, cov

    def jump(self, mean: FloatArray) -> FloatArray:
        """Return by how much a reset moves the mean."""
        return self.to - (1 - self.kept)[:, None] * mean
