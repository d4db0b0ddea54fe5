r"""First passage of a random walk on the integers, whatever its steps, to a level or beyond it.

From `n` above the level the walk ends when it is at 0 or below.  The deepest point before the walk is killed
(with probability ``1 - u`` a step) is a renewal process of the ladder heights of
:mod:`.passages.walk_kernel` (derived here),

    h_0 = 1,    h_k = sum_i g_i h_(k - i),
    F = sum_(j < m) h_(n + j) (1 - g_1 - ... - g_(m - 1 - j)),    1 - F = (1 - sum_i g_i) sum_(k < n) h_k,

all of it positive.  Steps of -1, 0 and 1 alone give ``F = rho^n``, ``rho = (1 - sqrt(1 - 4 p_1 p_(-1) u^2)) /
(2 p_1 u)`` without rests.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, exp, gcd, inf, log, log1p

import numpy as np
from scipy.special import comb

from resetdyn._checks import FloatArray
from resetdyn.processes import RandomWalk
from resetdyn.targets import Level
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.discrete_passage import Around, DiscretePassage, SparreAndersen
from resetdyn.theory.passages.walk_kernel import Kernel, Ladder, averaged, times

# Below this `u` the first few probabilities are all that matters.
_SMALL_U = 0.05
_FIRST = 28
# n theta up to which 1 - F is worth a formula of its own.
_CLOSE = 20.0
# The kernel is a polynomial of this degree at most.
WIDEST = 300


@dataclass(frozen=True)
class LatticePassage(DiscretePassage):
    """A walk on the integers from `distance` above its level; its steps have no common divisor."""

    kernel: Kernel
    distance: int

    method = "roots of the kernel (random walk)"

    @property
    def precision(self) -> float:  # type: ignore[override]
        """Relative error of `S`; a long power of the roots loses more, but for a single one."""
        return 4e-15 + (4e-16 * self.distance if self.kernel.down > 1 else 0.0)

    def around(self, p: float, order: int) -> Around:
        """Return what is known around ``u = 1 - p``."""
        kernel = self.kernel
        if kernel.down == 0:  # never
            alive = [p ** -(n + 1.0) for n in range(order + 1)] if p > 0 else [inf]
            return Around(-inf, alive, alive)
        if p == 1:
            once = float(self._ended[0])
            return Around(
                log(once) if once > 0 else -inf, self._early(0.0, order, 0), self._early(0.0, order, 1)
            )
        diverges = p == 0 and kernel.drift >= 0
        ladder = kernel.ladder(p, 0 if diverges else order)
        log_hit, *relative = self._hit(ladder)
        log_win = log_hit - log1p(-p)
        if 1 - p < _SMALL_U:
            return Around(log_win, self._early(1 - p, order, 0), self._early(1 - p, order, 1))
        if diverges:
            return Around(log_win, [inf], [inf])
        if self.distance * ladder.theta[0] <= _CLOSE:
            total = self._powers(ladder) if kernel.down == 1 else self._renewals(ladder)[1]
            alive = series.multiply(ladder.ratio, total)
        else:
            scale = exp(log_hit) if log_hit > -745 else 0.0
            missed = [1 - scale, *(-scale * c for c in relative)]
            alive = series.divide(missed, [p, -1.0, *[0.0] * order])
        later = series.divide([alive[0] - 1, *alive[1:]], [1 - p, 1.0, *[0.0] * order])
        return Around(log_win, alive, later)

    def transform(self, u: ComplexArray) -> ComplexArray:
        """Return `S` inside the unit circle, by partial fractions in the roots."""
        m = self.kernel.down
        if m == 0:
            return 1 / (1 - u)
        rho = self.kernel.inner_roots(u)
        gaps = rho[:, :, None] - rho[:, None, :] + np.eye(m)
        ends = np.where(np.eye(m), 1.0, 1 - rho[:, None, :])
        hit = np.sum(np.prod(ends / gaps, axis=2) * rho ** (self.distance + m - 1), axis=1)
        return (1 - hit) / (1 - u)

    @cached_property
    def _ended(self) -> FloatArray:
        """Probabilities ``P(T <= n)`` for the first few steps."""
        kernel, out = self.kernel, np.zeros(_FIRST)
        if self.distance > _FIRST * kernel.down:
            return out
        at = np.zeros(self.distance + _FIRST * kernel.up + 1)  # at place i + 1
        at[self.distance - 1] = 1.0
        ended = 0.0
        for n in range(_FIRST):
            after = np.zeros_like(at)
            for k, p in zip(kernel.steps, kernel.chances, strict=True):
                if k < 0:
                    ended += p * float(at[:-k].sum())
                    after[: max(len(at) + k, 0)] += p * at[-k:]
                else:
                    after[k:] += p * at[: len(at) - k]
            at, out[n] = after, ended
        return out

    def _early(self, u: float, order: int, skipped: int) -> Series:
        """Return the series of ``sum_n u^n P(T > n + skipped)`` around a small `u`."""
        tail = np.concatenate([[1.0], 1 - self._ended])[skipped:]
        n = np.arange(len(tail))
        return [float(np.sum(comb(n, i) * u ** np.maximum(n - i, 0.0) * tail)) for i in range(order + 1)]

    def _hit(self, ladder: Ladder) -> Series:
        """Return ``log F``, and the higher terms of the series of `F` relative to it."""
        if self.kernel.down == 1:
            rest = series.exponential([0.0, *(-self.distance * c for c in ladder.theta[1:])])
            return [-self.distance * ladder.theta[0], *rest[1:]]
        theta = ladder.theta[0]
        tilt = theta if self.distance * theta > _CLOSE else 0.0
        hit, _ = self._renewals(ladder, tilt)
        log_hit = log(hit[0]) - self.distance * tilt
        return [log_hit, *(c / hit[0] for c in hit[1:])]

    def _powers(self, ladder: Ladder) -> Series:
        """Return the series of ``sum_(k < n) h_k`` where ``h_k = e^(-k theta)``."""
        whole = [self.distance * c for c in ladder.theta]
        above, below = averaged(whole[0], len(whole) - 1), averaged(ladder.theta[0], len(whole) - 1)
        total = series.divide(series.compose(above, whole), series.compose(below, ladder.theta))
        return [self.distance * c for c in total]

    def _renewals(self, ladder: Ladder, tilt: float = 0.0) -> tuple[Series, Series]:
        """Return the series of ``F e^(n tilt)``, and of ``sum_(k < n) h_k`` (without tilt)."""
        g, m = ladder.g, self.kernel.down
        matrix = np.zeros((len(g), m + 1, m + 1))  # advances h_k, ..., h_(k - m + 1) and the sum before h_k
        matrix[:, 0, :m] = g * np.exp(tilt * np.arange(1, m + 1))
        matrix[0, range(1, m), range(m - 1)] = 1.0
        matrix[0, m, [0, m]] = 0.0 if tilt else 1.0
        state = np.zeros((len(g), m + 1, 1))
        state[0, 0] = 1.0
        power, left = matrix, self.distance
        while True:
            if left & 1:
                state = _matmul(power, state)
            left >>= 1
            if not left:
                break
            power = _matmul(power, power)
        total = state[:, m, 0].tolist()
        beyond = np.cumsum(g[:, ::-1], axis=1)[:, ::-1]  # g_i + ... + g_m
        stays = np.concatenate([[ladder.stays], -beyond[1:, 0]])
        hit = np.zeros(len(g))
        for j in range(m):
            weight = stays + beyond[:, m - 1 - j]  # 1 - g_1 - ... - g_(m - 1 - j)
            hit += exp(-tilt * j) * times(weight, state[:, 0])[:, 0]
            state = _matmul(matrix, state)
        return hit.tolist(), total


def _matmul(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the product of two series of matrices."""
    out = np.zeros((len(a), a.shape[1], b.shape[2]))
    for n in range(len(a)):
        for i in range(n + 1):
            out[n] += a[i] @ b[n - i]
    return out


def walk_passage(process: RandomWalk, start: float, target: Level) -> DiscretePassage | None:
    """Return the passage of a walk to a level or beyond it; None where no exact one is known.

    Examples
    --------
    >>> import resetdyn as rd
    >>> passage = walk_passage(rd.RandomWalk({-1: 0.5, 1: 0.5}), 1.0, rd.Level(0.0))
    >>> round(passage.around(0.1, 0).alive[0], 9)  # (1 - F) / (1 - u)
    3.732109937
    """
    gap = start - target.x
    if not process.lattice:
        return SparreAndersen() if gap == 0 and _symmetric(process) else None
    side = 1 if gap > 0 else -1
    steps = {side * k: p for k, p in sorted(process.steps.items())}
    unit = gcd(*steps)
    span = (max(*steps, 0) - min(*steps, 0)) // unit
    if gap == 0 or span > WIDEST:
        return None
    kernel = Kernel(tuple(k // unit for k in steps), tuple(steps.values()))
    return LatticePassage(kernel, ceil(abs(gap) / unit))


def _symmetric(process: RandomWalk) -> bool:
    """Return whether a continuous law of the steps looks the same from both sides."""
    law = process.steps
    levels = np.array([0.01, 0.1, 0.25, 0.4])
    low, high = law.ppf(levels), law.isf(levels)
    scale = float(np.abs(high).max())
    return bool(np.all(np.abs(low + high) <= 1e-9 * scale) and np.all(np.abs(law.cdf(low) - levels) < 1e-9))
