r"""The renewal equation in time, panel by panel.

With ``a = Q S`` (alive, not yet reset), ``b = Q f`` (alive and reset just now) and the pause with density
`p`, the survival probabilities `V` from a fresh trial and `U` from the reset before its pause obey

    V(t) = a(t) + int_0^t b(u) U(t - u) du,        U(t) = P(pause > t) + int_0^t p(u) V(t - u) du,

and so do the densities of the first-passage time, with ``S(t)`` times the reset-free density and 0 in place
of the first terms (derived here; the renewal argument of Eule and Metzger, New J. Phys. 18, 033006 (2016)).
All terms are positive: what decays keeps its relative accuracy.  On panels of one width `h` the unknowns are
values at Gauss's nodes, and the kernels become matrices that depend on the number of panels between (product
integration).  A waiting time or a pause of fixed length is a shift by whole panels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from resetdyn._checks import FloatArray

Function = Callable[[FloatArray], FloatArray]

_ORDER = 14
_X, _ = np.polynomial.legendre.leggauss(_ORDER)
NODES: Any = (1 + _X) / 2
# From values at the nodes to Legendre coefficients.
FIT: Any = np.linalg.inv(np.polynomial.legendre.legvander(_X, _ORDER - 1))
_FIT_SLOPE: Any = np.vstack([np.polynomial.legendre.legder(FIT), np.zeros(_ORDER)])
# What is below this part of the largest matrix is left out.
_FAINT = 1e-80
# The decay has settled when what it was lately and before differ so little at the latest time; it is
# looked at every so many panels, and neighbouring ones must be alike to this.
_SETTLED = 1e-10
_LOOK, _ALIKE = 16, 1e-8
# Before the front of what moves at a finite speed nothing happens, and nothing has settled.
_NOTHING = 1e-13
# Quadrature over a piece of a kernel: Gauss's, and the double-exponential rule next to where it is singular.
GAUSS_X, GAUSS_W = np.polynomial.legendre.leggauss(20)
_U = np.pi / 2 * np.sinh(np.arange(-40, 41) / 10)
DE_X: FloatArray = 1 / (1 + np.exp(-2 * _U))
DE_W: FloatArray = 0.1 * np.pi / 4 * np.cosh(np.arange(-40, 41) / 10) / np.cosh(_U) ** 2


class History:
    """Values on the panels so far, the latest first, so that kernels act on a stretch of memory."""

    def __init__(self, count: int) -> None:
        self._values = np.zeros((count, _ORDER))
        self.length = 0

    def add(self, values: FloatArray) -> None:
        """Add the next panel."""
        self.length += 1
        self._values[-self.length] = values

    def latest(self, panels: int) -> FloatArray:
        """Return the values on the latest panels, the last one first."""
        at = len(self._values) - self.length
        return self._values[at : at + panels]


class Kernel(Protocol):
    """What a waiting time does to a function given on panels; `now` acts on the current one."""

    now: FloatArray

    def past(self, history: History) -> FloatArray:
        """Return what the panels so far contribute to the next one."""


class Shifts:
    """Waiting times of whole numbers of panels (0 included), with weights."""

    def __init__(self, panels: list[int], weights: list[float]) -> None:
        self._shifts = [(k, w) for k, w in zip(panels, weights, strict=True) if k > 0]
        self.now: FloatArray = (sum(weights) - sum(w for _, w in self._shifts)) * np.eye(_ORDER)
        if len(self._shifts) == len(panels):
            self.now = 0 * self.now

    def past(self, history: History) -> FloatArray:
        """Return what the panels so far contribute to the next one."""
        out = np.zeros(_ORDER)
        for k, weight in self._shifts:
            if k <= history.length:
                out += weight * history.latest(k)[-1]
        return out


class Smooth:
    """Waiting times with a density, which need not be smooth at the `edges`."""

    def __init__(self, density: Function, h: float, count: int, edges: tuple[float, ...]) -> None:
        # What is waited for, in panels, to reach one that is so many earlier: [low, low + 1].
        low = np.arange(-1, count)[:, None] + NODES
        split = np.arange(count + 1)[:, None] + 0 * NODES
        near = {0, 1, *(round(e / h) + k for e in edges if np.isfinite(e) for k in (-1, 0, 1, 2))}
        special = np.isin(np.arange(count + 1), list(near))
        matrices = np.zeros((count + 1, _ORDER, _ORDER))
        for first, last in ((np.maximum(low, 0.0), split), (split, low + 1)):
            for rows, x, w in ((special, DE_X, DE_W), (~special, (1 + GAUSS_X) / 2, GAUSS_W / 2)):
                _add(matrices, density, h, rows, (first[rows], last[rows]), x, w)
        self.now: FloatArray = matrices[0]
        sizes = np.max(np.abs(matrices), axis=(1, 2))
        kept = int(np.max(np.nonzero(sizes > _FAINT * np.max(sizes))[0], initial=0))
        self._past: FloatArray = np.ascontiguousarray(
            matrices[1 : kept + 1].transpose(1, 0, 2).reshape(_ORDER, -1)
        )
        self._kept = kept

    def past(self, history: History) -> FloatArray:
        """Return what the panels so far contribute to the next one."""
        panels = min(history.length, self._kept)
        return self._past[:, : panels * _ORDER] @ history.latest(panels).ravel()


def _add(
    matrices: FloatArray, density: Function, h: float, rows: Any, ends: tuple[FloatArray, FloatArray],
    x: FloatArray, w: FloatArray,
) -> None:  # fmt: skip
    """Add the integrals over a stretch of waiting times to those matrices."""
    first, length = ends[0], ends[1] - ends[0]
    if not len(first):
        return
    wait = first[..., None] + length[..., None] * x
    weight = h * density((h * wait).ravel()).reshape(wait.shape) * w * length[..., None]
    # Where that leads to in the earlier panel, between -1 and 1.
    earlier = np.arange(len(matrices))[rows][:, None, None]
    place = 2 * (NODES[None, :, None] + earlier - wait) - 1
    basis = np.polynomial.legendre.legvander(place, _ORDER - 1)
    matrices[rows] += np.einsum("dik,dikj->dij", weight, basis) @ FIT


class Curves(NamedTuple):
    """Values at the nodes of the panels, and the rate at which the last ones fall, once that has settled."""

    h: float
    first: FloatArray
    decay: float | None

    def __call__(self, t: FloatArray) -> FloatArray:
        """Return the values at times; beyond the panels the decay must have settled."""
        return self._at(t, FIT)

    def slope(self, t: FloatArray) -> FloatArray:
        """Return the derivative at times."""
        return self._at(t, _FIT_SLOPE) * 2 / self.h

    def _at(self, t: FloatArray, fit: FloatArray) -> FloatArray:
        panel = np.floor(t / self.h)
        last = len(self.first) - 1
        beyond = np.maximum(panel - last, 0.0)
        inside = np.minimum(panel, last).astype(int)
        basis = np.polynomial.legendre.legvander(2 * (t / self.h - panel) - 1, _ORDER - 1)
        values = np.einsum("ij,ij->i", basis, self.first[inside] @ fit.T)
        return np.asarray(values * np.exp(-(self.decay or 0.0) * self.h * beyond))


class Terms(NamedTuple):
    """The terms of the equation: inhomogeneous ones as functions of time, and the kernels."""

    first: Function
    again: Function
    paused: Function
    first_kernel: Kernel
    again_kernel: Kernel
    pause_kernel: Kernel


def march(terms: Terms, h: float, count: int, latest: float) -> Curves:
    """Solve the equation on so many panels, or until its decay has settled for the latest time."""
    times = h * (np.arange(count)[:, None] + NODES)
    first, again, paused = (f(times.ravel()).reshape(times.shape) for f in terms[:3])
    x = np.zeros(times.shape)
    inverse = np.linalg.inv(np.eye(_ORDER) - terms.again_kernel.now @ terms.pause_kernel.now)
    histories = v_history, u_history = History(count), History(count)
    for p in range(count):
        waiting = paused[p] + terms.pause_kernel.past(v_history)
        past = terms.again_kernel.past(u_history)
        v = inverse @ (again[p] + past + terms.again_kernel.now @ waiting)
        u = waiting + terms.pause_kernel.now @ v
        if terms.first_kernel is not terms.again_kernel:
            past = terms.first_kernel.past(u_history)
        x[p] = first[p] + past + terms.first_kernel.now @ u
        for history, values in zip(histories, (v, u), strict=True):
            history.add(values)
        if p and p % _LOOK == 0:
            decay = _decay(x[: p + 1], h, latest)
            if decay is not None:
                return Curves(h, x[: p + 1], decay)
    return Curves(h, x, None)


def _decay(x: FloatArray, h: float, latest: float) -> float | None:
    """Return the rate at which the last panels fall; None where it has not settled."""
    p = len(x) - 1
    quarter = p // 4
    if not np.all(x[p - 2 * quarter :] > 0) or np.ptp(x) < _NOTHING:
        return None
    lately, before = np.log(x[[p, p - quarter], 0] / x[[p - quarter, p - 2 * quarter], 0]) / (quarter * h)
    left = max(latest - p * h, h)
    alike = np.abs(x[p] / x[p - 1] * np.exp(-lately * h) - 1) < _ALIKE
    return -float(lately) if abs(lately - before) * left < _SETTLED and np.all(alike) else None
