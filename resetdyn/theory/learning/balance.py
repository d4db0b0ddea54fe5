"""The moments of SGD that a step and a possible reset leave unchanged, in closed form up to one linear solve.

Take the step of :mod:`.learning.step` and the reset of :mod:`.learning.velocity`, happening
with probability `p`, and write ``a = eta h_i``, ``b = eta h_j``, ``k = 1 - p (1 - f)`` and
``l = 1 - p (1 - g)``.  The mean of `theta` balances at

    m = [k eta f_i + p (1 - l beta) y] / [k a + p (1 - f) (1 - l beta)],

which for a full reset is ridge regression that shrinks to `y`, with penalty ``p (1 - l beta) / (q eta)``.
With the survivals ``w_0 = 1 - p (1 - f^2)``, ``w_1 = 1 - p (1 - f g)`` and ``w_2 = 1 - p (1 - g^2)``,
``c_1 = 1 - w_1 beta``, ``c_2 = 1 - w_2 beta^2`` and ``T = c_1 c_2 + w_1 beta (a + b)``, eliminating the
velocity leaves

    decay_ij P_ij = w_0 eta^2 [N(m) + S(P)]_ij + source_ij,
    decay_ij = (1 - w_0) c_1 c_2 / u + (a + b) [(1 - w_0) w_1 beta + w_0 c_2] / u
               + w_0 w_1 beta (a - b)^2 / (c_1 u) - w_0 a b c_1 / u,      u = 1 + w_1 beta,

for the covariance `P` of `theta`.  Without momentum ``decay = 1 - w_0 (1 - a) (1 - b)``; without resetting
and for ``a = b`` the variance is the heavy ball's, ``eta^2 N (1 + beta) / ((1 - beta) a (2 + 2 beta - a))``.
Seen as operators on matrices `decay` and `S` are symmetric, and their difference is positive definite exactly
where the second moment stays finite (:mod:`.learning.stability`): conjugate gradients solve it.

Derived here; without resetting it contains Liu, Ziyin and Ueda (ICML 2021).
"""

from __future__ import annotations

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.learning.step import MomentStep
from resetdyn.theory.learning.velocity import MomentReset

_EPS = float(np.finfo(float).eps)
_ITERATIONS = 2000


class Balance:
    """The balance of a step and of a reset with a fixed probability.

    Attributes
    ----------
    ridge : float
        What resetting adds to the eigenvalues of the Hessian in the mean (`inf` if every step resets).
    decay : (d, d) array
        How fast the covariance of `theta` would decay without the noise that depends on the state.
    terms : tuple of arrays
        Its parts of the orders 0, 1 and 2 in the learning rate.
    survival : float
        `w_0`, the share of that covariance which a reset leaves.
    pole : float
        The ``eta h`` at which `decay` vanishes, the end of stability if the noise is additive.
    """

    def __init__(self, step: MomentStep, reset: MomentReset) -> None:
        self.step, self.reset = step, reset
        p, beta, a = reset.probability, step.momentum, step.rate * step.h
        f, g = (*reset.kept, 0.0)[:2]
        self.lost = p * (1 - f), p * (1 - g)  # of the means of theta and of v
        lost_0, lost_1, lost_2 = p * (1 - f**2), p * (1 - f * g), p * (1 - g**2)
        self.survival, self.w1, self.w2 = 1 - lost_0, 1 - lost_1, 1 - lost_2
        # 1 - l beta, 1 - w_1 beta and 1 - w_2 beta^2, without their cancellation as beta nears 1
        self.c0, self.c1 = 1 - beta + self.lost[1] * beta, 1 - beta + lost_1 * beta
        self.c2 = (1 - beta) * (1 + beta) + lost_2 * beta**2
        k, mixed = 1 - self.lost[0], self.w1 * beta
        self.ridge = self.lost[0] * self.c0 / (k * step.rate) if k > 0 else np.inf
        constant, slope = lost_0 * self.c1 * self.c2, lost_0 * mixed + self.survival * self.c2
        bend = self.survival * self.c1
        self.terms = (
            np.full((step.dim, step.dim), constant / (1 + mixed)),
            slope * np.add.outer(a, a) / (1 + mixed),
            (self.survival * mixed * np.subtract.outer(a, a) ** 2 / self.c1 - bend * np.outer(a, a))
            / (1 + mixed),
        )
        self.decay = sum(self.terms)
        self.pole = (slope + np.sqrt(slope**2 + constant * bend)) / bend if bend > 0 else np.inf

    def mean(self) -> tuple[FloatArray, FloatArray]:
        """Return the mean after the reset decision, and by how much a reset moves it."""
        step, p, to = self.step, self.reset.probability, self.reset.to[0]
        k, f = 1 - self.lost[0], self.reset.kept[0]
        scale = self.lost[0] * self.c0 + k * step.rate * step.h
        theta = (k * step.rate * step.force + self.c0 * p * to) / scale
        # The jump is small where resets are frequent: not the difference of `to` and the mean after a step.
        jump = step.rate * (step.h * to - (1 - f) * step.force) / scale
        blocks = len(self.reset.kept)
        mean = np.array([theta, -(1 - self.lost[1]) * p * jump])[:blocks]
        return mean, np.array([jump, self.lost[1] * jump])[:blocks]

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """Return mean and covariance after the reset decision; the second moment must be finite."""
        step, p, beta = self.step, self.reset.probability, self.step.momentum
        mean, jump = self.mean()
        source = p * (1 - p) * np.einsum("ai,bj->abij", jump, jump)
        source[0, 0] += p * self.reset.spread
        noise = step.rate**2 * step.noise.at(mean[0])
        if not beta:
            cov = self._solve(self.survival * noise + source[0, 0])
            return mean, cov[None, None]

        a, c1, u = step.rate * step.h, self.c1, 1 + self.w1 * beta
        both, product = np.add.outer(a, a), np.outer(a, a)
        crossed = source[0, 1] + source[1, 0]
        total = c1 * self.c2 + self.w1 * beta * both
        pull = a[:, None] * source[0, 1] + a * source[1, 0]
        cov = self._solve(
            self.survival * (noise + beta**2 * source[1, 1] - beta * pull / c1)
            + total * (self.survival * beta * crossed / c1 + source[0, 0]) / u
        )
        noise = noise + step.rate**2 * step.noise.spread(cov)
        moves = (u * product * cov + c1 * (noise + beta**2 * source[1, 1]) - beta * pull) / total
        cross = (self.w1 * (moves - a * cov) + source[0, 1]) / c1
        return mean, np.array([[cov, cross], [cross.T, self.w2 * moves + source[1, 1]]])

    def spread(self, cov: FloatArray) -> FloatArray:
        """Return the variance that the noise feeds back, ``w_0 eta^2 S(cov)``."""
        return self.survival * self.step.rate**2 * self.step.noise.spread(cov)

    def _solve(self, source: FloatArray) -> FloatArray:
        """Solve ``decay P - w_0 eta^2 S(P) = source`` by preconditioned conjugate gradients.

        Every entry is found to the rounding of its own scale, ``sqrt(P_ii P_jj)``.
        """
        # The solution is the source over the decay plus what the noise feeds back, which is positive.
        scale = np.sqrt(np.abs(np.diag(source / self.decay)))
        scale = np.maximum(scale, _EPS * scale.max())
        solution = np.zeros_like(source)
        residual = source
        direction = scaled = residual / self.decay
        norm = float(np.sum(residual * scaled))
        for _ in range(_ITERATIONS):
            if np.all(np.abs(scaled) <= _EPS * np.outer(scale, scale)):
                return solution
            image = self.decay * direction - self.spread(direction)
            size = norm / float(np.sum(direction * image))
            solution = solution + size * direction
            residual = residual - size * image
            scaled = residual / self.decay
            norm, before = float(np.sum(residual * scaled)), norm
            direction = scaled + norm / before * direction
        raise ArithmeticError  # so near the edge of stability that rounding decides
