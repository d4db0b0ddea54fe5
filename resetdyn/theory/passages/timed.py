r"""A survival probability from a Laplace transform, tabulated once.

The logarithm of the probability of having reached the target (while that is the smaller one), and of not
having reached it (later), are smooth in the logarithm of time: Chebyshev interpolants on short panels hold
them, and their slopes the density.  The panels reach to where the second is beneath the floats, or has become
a power of time; and down to where the first is negligible, or (only if so early a time alone is asked for,
for that is where a transform is hardest to invert) beneath the floats.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property, lru_cache
from math import inf, log
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics.inversion import ComplexArray, invert
from resetdyn.theory.passages.begun import Begun
from resetdyn.theory.passages.decay import decay_of
from resetdyn.theory.passages.passage import InvertiblePassage, Passage, TimedPassage
from resetdyn.theory.passages.rare import Early
from resetdyn.theory.resetting.waiting import Timed

_DEGREE = 16
# Beneath this logarithm a few times are looked at one by one.
_FAINT, _FEW = -300.0, 8
_X: Any = chebyshev.chebpts1(_DEGREE + 1)
_FIT: Any = np.linalg.inv(chebyshev.chebvander(_X, _DEGREE))
# From Chebyshev coefficients to those of the derivative, acting on rows.
_DERIVE: Any = chebyshev.chebder(np.eye(_DEGREE + 1)).T
# Logarithms beneath which a probability is nothing, and above which the other one is tabulated.
_NOTHING, _LEAST, _OFTEN = -320.0, 1e-280, log(0.3)
# The logarithm that is negligible beside those a while later, and how much later in log t.
_NEGLIGIBLE, _MARGIN = -38.0, 2.0
# The logarithm beneath which rare arrivals are told by the saddle point.
_RARE = -100.0
# Panels at the early end are halved down to this width.
_NARROWEST = 0.1
# Relative change of the slope on a panel beneath which the panels grow, and beneath which there is a power of
# time from there on; size of the last coefficients on a panel that is resolved; longest way in log t.
_FLAT, _STEADY, _RESOLVED, _FARTHEST = 0.1, 1e-8, 1e-13, 240.0


@lru_cache(maxsize=64)
def timed(passage: Passage) -> Timed | None:
    """Return the passage as a function of time: itself, tabulated, or None where it is not known.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> from resetdyn.theory.passages.passage import find_passage
    >>> passage = find_passage(rd.OrnsteinUhlenbeck(1.0, 0.5, 1.0), 1.0, rd.Level(0.0))
    >>> timed(passage).survival(np.array([1.0])).round(9)
    array([0.42472206])
    """
    if isinstance(passage, TimedPassage) and not passage.timed_method.startswith("inversion"):
        return passage
    if not isinstance(passage, InvertiblePassage):
        return None
    inside = getattr(passage, "inside", 0.0)
    return Begun(inside, timed(passage.outside())) if inside else Tabulated(passage)  # type: ignore[attr-defined]


class Tabulated:
    """The survival probability of a passage that can be inverted."""

    precision = 1e-12

    def __init__(self, passage: InvertiblePassage) -> None:
        self.passage = passage
        self._rare = False
        self.timed_method = f"inversion of the {passage.method}"

    def deepen(self) -> bool:
        """Go to the earliest times from now on, because they matter; return whether that is new."""
        new, self._rare = not self._rare, True
        return new

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the target has not been reached by `t`."""
        value, _, late = self._read(t)
        return np.where(late, np.exp(value), -np.expm1(value))

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that the target has been reached by `t`."""
        value, _, late = self._read(t)
        return np.where(late, -np.expm1(value), np.exp(value))

    def log_reached(self, t: FloatArray) -> FloatArray:
        """Return the logarithm of the probability that the target has been reached by `t`."""
        value, _, late = self._read(t)
        with np.errstate(divide="ignore"):
            logs = np.where(late, np.log(-np.expm1(np.where(late, value, -1.0))), value)
        if np.size(t) <= _FEW:
            with suppress(ValueError):  # rates out of the passage's reach
                return self._completed(t, logs)
        return logs

    def log_reached_early(self, t: FloatArray) -> FloatArray:
        """Return `log_reached`, beneath the floats as well; a ValueError where that is out of reach."""
        return self._completed(t, self.log_reached(t))

    def _completed(self, t: FloatArray, logs: FloatArray) -> FloatArray:
        faint = (logs < _FAINT) & (t > 0)
        out = logs.copy()
        if np.any(faint):
            out[faint] = self._earliest(t[faint])
        return out

    def density(self, t: FloatArray) -> FloatArray:
        """Return the density of the first-passage time."""
        value, slope, late = self._read(t)
        with np.errstate(invalid="ignore", divide="ignore"):
            density = np.where(late, -1.0, 1.0) * np.exp(value) * slope / t
        return np.where(np.asarray(t) > 0, density, 0.0)

    def _read(self, t: FloatArray) -> tuple[FloatArray, FloatArray, Any]:
        """Return the logarithm tabulated at `t`, its slope in log t, and whether it is the late one."""
        with np.errstate(divide="ignore"):
            log_t = np.log(np.asarray(t, dtype=float))
        edges, coefficients, late = self._shallow
        if self._rare or np.max(log_t) < edges[0] + _MARGIN:
            edges, coefficients, late = self._deep
        panel = np.clip(np.searchsorted(edges, log_t, side="right") - 1, 0, len(late) - 1)
        half = (edges[panel + 1] - edges[panel]) / 2
        x = (log_t - edges[panel]) / half - 1
        inside = np.clip(x, -1.0, 1.0)
        c = coefficients[panel]
        slope = np.sum(chebyshev.chebvander(inside, _DEGREE - 1) * (c @ _DERIVE), axis=-1)
        value = np.sum(chebyshev.chebvander(inside, _DEGREE) * c, axis=-1)
        # A power of time goes on beyond the panels; what has decayed is gone.
        gone = late[-1] and np.sum(coefficients[-1]) < _NOTHING
        beyond = np.where(x > 1, -inf if gone else slope * (x - 1), 0.0)
        value = np.where(x < -1, -inf, value + beyond)
        return value, np.where(np.isfinite(value), slope / half, 0.0), late[panel]

    @cached_property
    def _earliest(self) -> Early:
        return Early(self.passage)

    @cached_property
    def _shallow(self) -> tuple[FloatArray, FloatArray, Any]:
        return self._table(_NEGLIGIBLE)

    @cached_property
    def _deep(self) -> tuple[FloatArray, FloatArray, Any]:
        return self._table(_NOTHING)

    def _table(self, least: float) -> tuple[FloatArray, FloatArray, Any]:
        """Return the panels' edges in log t, Chebyshev coefficients, and which of them are late ones."""
        edges, late = self._late
        early = list(self._early)
        edges = [*(self._start + k for k in range(len(early))), *edges]
        width = 1.0
        while width > _NARROWEST and not (early and early[0][0] < least):
            rare = bool(early) and early[0][0] < _RARE
            start = edges[0] - width
            values = self._rare_panel(start, width) if rare else self._panel(start, width, late=False)
            if values[0] > _NOTHING or rare:
                early.insert(0, values)
                edges.insert(0, start)
            else:
                width /= 2
        values = np.array([*early, *late])
        return np.array(edges), values @ _FIT.T, np.arange(len(values)) >= len(early)

    @cached_property
    def _start(self) -> float:
        """A time (its logarithm) by which the target may have been reached, but not often."""
        start = -sum(map(log, self.passage.rates())) / 2
        while self._panel(start, 1.0, late=False)[-1] > _OFTEN:
            start -= 4.0
        return start

    @cached_property
    def _early(self) -> list[FloatArray]:
        """Panels from `_start` until the target has often been reached."""
        x, early = self._start, list[FloatArray]()
        while (values := self._panel(x, 1.0, late=False))[-1] < _OFTEN and x < self._start + _FARTHEST:
            early.append(values)
            x += 1.0
        return early

    @cached_property
    def _late(self) -> tuple[list[float], list[FloatArray]]:
        """Edges and panels from then on, wider and wider."""
        x = self._start + len(self._early)
        edges, late = [x], list[FloatArray]()
        width, bend = 1.0, inf
        while bend > _STEADY and x < self._start + _FARTHEST and (not late or late[-1][-1] > _NOTHING):
            values = self._panel(x, width, late=True)
            rest = np.max(np.abs(_FIT[-2:] @ values)) / (1 + np.max(np.abs(values)))
            if rest > _RESOLVED and width > 1.0:
                width /= 2
                continue
            late.append(values)
            x += width
            edges.append(x)
            slopes = np.diff(values) / np.diff(_X) / width
            bend = float(np.ptp(slopes)) / (1 + abs(float(slopes[0])))
            if bend < _FLAT:
                width *= 2
        return edges, late

    def _panel(self, x: float, width: float, *, late: bool) -> FloatArray:
        """Return the logarithm of one of the probabilities at the nodes of the panel from `x` on."""
        times = np.exp(x + width * (1 + _X) / 2)

        def transform(s: ComplexArray) -> ComplexArray:
            with np.errstate(all="ignore"):
                inverse = self.passage.inverse_mean(s)
                return (1 if late else inverse / s) / (inverse + s)

        values = np.asarray(invert(transform, times, self._decay if late else 0.0))
        return np.log(np.maximum(values, _LEAST))

    def _rare_panel(self, x: float, width: float) -> FloatArray:
        """Return that of having reached the target, where real rates tell it sooner than an inversion."""
        return np.asarray(self._earliest.direct(np.exp(x + width * (1 + _X) / 2)))

    @cached_property
    def _decay(self) -> float:
        return decay_of(self.passage)
