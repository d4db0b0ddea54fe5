r"""Where is a walk on the integers after a geometric number of steps?

With ``q = 1 - p``, steps of generating function `phi` and the ladders of :mod:`.passages.walk_kernel`, one
down (``g-``) and one up (``g+``), the law of the displacement has by the Wiener-Hopf factorisation

    p / (1 - q phi(z)) ~ 1 / ((1 - sum_i g-_i z^(-i)) (1 - sum_i g+_i z^i)),

so that (derived here), all terms being positive,

    pi_k = sum_i g+_i pi_(k - i) for k > 0,    pi_k = sum_i g-_i pi_(k + i) for k < 0,

and the few values that start the two recursions are ``pi_k ~ sum_j h+_(k + j) h-_j`` with the renewal
sequences `h` of the ladders: a matrix ``X = e e^T + A X B^T``, summed by doubling.  The total follows
without a sum over places,

    sum_(k > 0) pi_k = sum_i g+_i (pi_0 + ... + pi_(1 - i)) / (1 - sum_i g+_i).
"""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter, lfiltic

from resetdyn._checks import FloatArray
from resetdyn.theory.passages.walk_kernel import Kernel

_DOUBLINGS = 80
_SETTLED = 1e-17
# Places that are summed up to one by one; farther out the largest root is all that is left.
_MOST = 2**20
_ALIKE = 1e-9
_FIRST = 64
_GONE = 1e-18  # of an expectation, a block of places that is left out


class Side:
    """The recursion outwards, on one side of where resets lead.

    Attributes
    ----------
    g : (m,) array
        Chances of the heights of the next new record.
    theta : float
        Rate at which the probabilities fall in the end, from place to place.
    stays : float
        ``1 - sum g``.
    """

    def __init__(self, kernel: Kernel, p: float) -> None:
        self.g: FloatArray = np.zeros(1)
        self.theta, self.stays = np.inf, 1.0
        if kernel.down:
            ladder = kernel.ladder(p, 0)
            self.g, self.theta, self.stays = np.maximum(ladder.g[0], 0.0), ladder.theta[0], ladder.stays
        self._known: FloatArray = np.zeros(0)

    @property
    def companion(self) -> FloatArray:
        """The matrix that advances the recursion by a place."""
        out = np.eye(len(self.g), k=-1)
        out[0] = self.g
        return out

    def total(self, start: FloatArray) -> float:
        """Return the sum over this side, from the values at 0 and on the other side."""
        return float(self.g @ np.cumsum(start)) / self.stays

    def begin(self, start: FloatArray) -> None:
        """Set the values at 0 and on the other side."""
        self.start, self._known = start, np.zeros(0)

    def first(self, n: int) -> FloatArray:
        """Return the values at the places 1 ... n."""
        if len(self.g) == 1:
            with np.errstate(under="ignore"):
                return np.asarray(self.start[0] * np.exp(-self.theta * np.arange(1.0, n + 1)))
        if len(self._known) < n:
            recursion = np.append(1.0, -self.g)
            known = np.concatenate([self._known[::-1], self.start])
            state = lfiltic([1.0], recursion, known[: len(self.g)])
            longer = np.zeros(max(n, 2 * len(self._known)) - len(self._known))
            self._known = np.concatenate([self._known, lfilter([1.0], recursion, longer, zi=state)[0]])
        return self._known[:n]

    def at(self, k: FloatArray) -> FloatArray:
        """Return the values at places above 0."""
        with np.errstate(under="ignore"):
            if len(self.g) == 1:
                return np.asarray(self.start[0] * np.exp(-self.theta * k))
            if not k.size:
                return np.zeros(0)
            near = np.minimum(k, _MOST).astype(int)
            known = self.first(int(near.max()))
            if (
                np.any(k > _MOST)
                and not abs(known[-1] - known[-2] * np.exp(-self.theta)) <= _ALIKE * known[-1]
            ):
                raise ValueError(
                    f"x={k.max():g} places away: too far for this walk; use rd.simulate(problem)"
                )
            return np.asarray(known[near - 1] * np.exp(-self.theta * (k - near)))


class WalkLaw:
    """Displacement of a walk since its last reset, of probability `p` at every step.

    Parameters
    ----------
    kernel : Kernel
        Its steps, without a common divisor.
    p : float
        Above 0, below 1.
    """

    def __init__(self, kernel: Kernel, p: float) -> None:
        mirrored = Kernel(tuple(-k for k in kernel.steps[::-1]), kernel.chances[::-1])
        self.sides = up, down = Side(mirrored, p), Side(kernel, p)
        x = _doubled(up.companion, down.companion)
        total = float(x[0, 0]) + up.total(x[:, 0]) + down.total(x[0])
        self.middle = float(x[0, 0]) / total
        up.begin(x[:, 0] / total)
        down.begin(x[0] / total)

    def pmf(self, k: FloatArray) -> FloatArray:
        """Return the probabilities of whole displacements."""
        out = np.full(k.shape, self.middle)
        for side, sign in zip(self.sides, (1.0, -1.0), strict=True):
            mine = sign * k > 0
            out[mine] = side.at(sign * k[mine])
        return out

    def expect(self, function: object) -> float:
        """Return the expectation of a function of arrays of displacements."""
        total = self.middle * float(function(np.zeros(1))[0])  # type: ignore[operator]
        for side, sign in zip(self.sides, (1.0, -1.0), strict=True):
            if side.theta == np.inf:
                continue
            done, size, moved = 0, abs(total), int(2 / side.theta)
            while True:
                n = max(_FIRST, 2 * done)
                if n > 2 * _MOST:
                    raise ValueError(
                        "function: its expectation needs too many places one by one; use .moment(order) or "
                        "rd.simulate(problem)"
                    )
                k = np.arange(done + 1.0, n + 1)
                terms = side.first(n)[done:] * function(sign * k)  # type: ignore[operator]
                total, size, done = total + float(terms.sum()), size + float(np.abs(terms).sum()), n
                if float(np.abs(terms).sum()) <= _GONE * size and n > moved:
                    break
        return total


def _doubled(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the sum over j of ``A^j e e^T B^jT``."""
    x = np.zeros((len(a), len(b)))
    x[0, 0] = 1.0
    for _ in range(_DOUBLINGS):
        with np.errstate(under="ignore"):
            more = a @ x @ b.T
            x = x + more
            a, b = a @ a, b @ b
        if np.all(more <= _SETTLED * x):
            break
    return x
