r"""First passage in any potential on the line, by the chain of :mod:`.passages.chain`.

To a level the chain gives ``M = Q / h`` itself.  Out of an interval one chain runs from either end to the
other: with ``T~_low`` and ``T~_high`` the transforms of leaving there and ``N_low = Q~ / T~_low``,

    1 / M = 1 / N_low + 1 / N_high,    T~ = 1 / (1 + s M),    T~_low = T~ M / N_low,

sums and products of positive numbers again (derived here).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, log, sqrt
from typing import Any

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import Langevin, OrnsteinUhlenbeck
from resetdyn.targets import Interval, Level
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.line import Line, Way, comes_home, line_of, way
from resetdyn.theory.passages.links import log_sum, logarithm, run, run_in_scale
from resetdyn.theory.passages.passage import InvertiblePassage, register

_EPS = float(np.finfo(float).eps)
_REMEMBERED = 60.0  # in units of D
_SETTLED, _DECADES = 3, 40
_BESIDE = 0.98  # a rate so close to another that the mean changes as a power between them
_FURTHER = 4.0  # how many times further out decay is looked for as well
_NEGLIGIBLE = 2e-2  # a change of the exponent of M that counts as none


class _ChainPassage(InvertiblePassage):
    """What passages by the chain share: many rates at once, and the range that matters."""

    line: Line
    wary = True

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`."""
        if s == 0 and order < len(self._at_rest) and np.isfinite(self._at_rest).all():
            return self._at_rest[: order + 1].tolist()
        column = self.log_mean_many(np.array([float(s)]), order)[:, 0]
        return [inf] if column[0] == inf else column.tolist()

    @cached_property
    def _at_rest(self) -> FloatArray:
        """The first terms of the series around 0, which all that asks about rates begins with."""
        with np.errstate(all="ignore"):
            return self.log_mean_many(np.zeros(1), 2)[:, 0]

    @abstractmethod
    def _scales(self) -> tuple[float, float]:
        """Return the least distance to a target, and the greatest force on the way."""

    @property
    def bend(self) -> float:  # type: ignore[override]
        """Greatest force on the way squared, over ``4 D``."""
        return self._scales()[1] ** 2 / (4 * self.line.diffusion)

    def rates(self) -> tuple[float, float]:
        """Return the range of rates from where ``log M`` begins to bend to where diffusion takes over."""
        near, force = self._scales()
        diffusion = self.line.diffusion
        v = force / (2 * diffusion)
        fast = diffusion * (near**-2 + v**2 + v / near)
        with np.errstate(all="ignore"):
            at_rest = np.abs(self._at_rest[1:])
            slowest = 1 / max(at_rest[0], sqrt(at_rest[1]))
        slow = slowest if 0 < slowest < inf else self._last_bend(fast)
        return 1e-2 * min(slow, fast), 1e4 * fast

    def _last_bend(self, fast: float) -> float:
        """Return the least rate at which the exponent of `M` still changes, by decades from a fast one."""
        tried = fast * 10.0 ** -np.arange(_DECADES)
        exponents: list[float] = []
        for rate in tried.tolist():
            try:  # two rates side by side take less time than a derivative
                here, near = self.log_mean_many(np.array([rate, _BESIDE * rate]), 0)[0]
                exponents.append((near - here) / log(_BESIDE))
            except ValueError:  # out of the chain's reach
                break
            # M is a falling power in the end; a plateau before is an escape to come.
            last = exponents[-_SETTLED:]
            if len(last) == _SETTLED and last[-1] < -_NEGLIGIBLE and np.ptp(last) < _NEGLIGIBLE:
                break
        bent = np.abs(np.array(exponents) - exponents[-1]) > _NEGLIGIBLE
        return float(tried[: len(bent)][bent][-1]) if bent.any() else fast


@dataclass(frozen=True, eq=False)
class LevelPassage(_ChainPassage):
    """Motion in a potential to a level."""

    line: Line
    way: Way
    returns: bool  # whether it reaches the level in finite mean time

    method = "chain of power series (motion in a potential)"

    @property
    def precision(self) -> float:  # type: ignore[override]
        """Relative error of ``M``."""
        return _precision(self.line, self.way, self.returns)

    def log_mean_many(self, rates: FloatArray, order: int) -> FloatArray:
        """Return the series of ``log M`` around each rate."""
        rates = np.asarray(rates, dtype=float)
        out = np.full((order + 1, len(rates)), np.nan)
        solvable = (rates > 0) | self.returns
        out[0, ~solvable] = inf
        if solvable.any():
            links, units = run_in_scale(
                self.way.mesh, rates[solvable], self.line.diffusion, np.array([self.way.start]), False, order
            )
            out[:, solvable] = _cleared(logarithm(links.ratio, links.ratio_exponent, units))
        return out

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        stops = np.array([self.way.start])
        links = run(self.way.mesh, np.asarray(s, dtype=complex), self.line.diffusion, stops, False)
        return 2.0**-links.ratio_exponent / links.ratio[:, 0]

    def elsewhere(self) -> tuple[LevelPassage, ...]:
        """Return the passage from further out."""
        start, reach = self.way.start, self.way.mesh.reach
        return (replace(self, way=self.way._replace(start=min(_FURTHER * start, (start + reach) / 2))),)

    def _scales(self) -> tuple[float, float]:
        return self.way.start, _greatest_force(self.way)


@dataclass(frozen=True, eq=False)
class ExitPassage(_ChainPassage):
    """Motion in a potential out of an interval."""

    line: Line
    low: Way
    high: Way

    method = "chain of power series (motion in a potential, out of an interval)"

    @property
    def precision(self) -> float:  # type: ignore[override]
        """Relative error of ``M``."""
        return max(_precision(self.line, self.low), _precision(self.line, self.high))

    def log_mean_many(self, rates: FloatArray, order: int) -> FloatArray:
        """Return the series of ``log M`` around each rate."""
        return _cleared(-self._inverses(np.asarray(rates, dtype=float), order)[2])

    def log_odds(self, s: float) -> tuple[float, float]:
        """Return ``log(T~_low / T~_high)`` and its derivative."""
        low, high, _ = self._inverses(np.array([float(s)]), 1)
        return float(low[0, 0] - high[0, 0]), float(low[1, 0] - high[1, 0])

    def end_transform(self, s: ComplexArray, end: int) -> ComplexArray:
        """Return ``T~_low`` (end 0) or ``T~_high`` (end 1) at complex `s`."""
        way = (self.low, self.high)[end]
        stops = np.array([way.start])
        links = run(way.mesh, np.asarray(s, dtype=complex), self.line.diffusion, stops, True)
        return np.asarray(2.0 ** -links.hit_exponents[:, 0] / links.hit[:, 0, 0])

    def log_ends(self, s: float, order: int) -> tuple[Series, Series]:
        """Return the series of ``log T~_low`` and ``log T~_high`` around `s`."""
        low, high, both = (part[:, 0].tolist() for part in self._inverses(np.array([float(s)]), order))
        rate = [s, 1.0, *[0.0] * order][: order + 1]
        # T~ = 1 / (1 + s M) = (1 / M) / (1 / M + s)
        inverse = series.exponential(both)
        left = series.logarithm(series.add(inverse, rate))
        return series.subtract(low, left), series.subtract(high, left)

    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""
        total = 0
        for end in (self.low, self.high):
            stops = np.array([end.start])
            links = run(end.mesh, np.asarray(s, dtype=complex), self.line.diffusion, stops, True)
            total = total + 2.0**-links.ratio_exponent / links.ratio[:, 0]
        return np.asarray(total)

    def end_transforms(self, starts: Sequence[ExitPassage], s: ComplexArray, end: int) -> ComplexArray:
        """Return those from many starts in the interval, a row each, by one chain through all of them."""
        stops, rows = np.unique([(p.low, p.high)[end].start for p in starts], return_inverse=True)
        mesh = (self.low, self.high)[end].mesh
        links = run(mesh, np.asarray(s, dtype=complex), self.line.diffusion, stops, True)
        with np.errstate(under="ignore"):
            return np.cumprod(2.0**-links.hit_exponents / links.hit[:, :, 0], axis=1).T[rows]

    def elsewhere(self) -> tuple[ExitPassage, ...]:
        """Return the passage from the middle."""
        middle = (self.low.start + self.high.start) / 2
        return (replace(self, low=self.low._replace(start=middle), high=self.high._replace(start=middle)),)

    def _inverses(self, rates: FloatArray, order: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the series of the logarithms of ``1 / N_low``, ``1 / N_high`` and their sum."""
        logs = []
        for end in (self.low, self.high):
            stops = np.array([end.start])
            links, units = run_in_scale(end.mesh, rates, self.line.diffusion, stops, True, order)
            logs.append(-logarithm(links.ratio, links.ratio_exponent, units))
        low, high = logs
        both = np.array([log_sum(a, b) for a, b in zip(low.T.tolist(), high.T.tolist(), strict=True)]).T
        return low, high, both

    def _scales(self) -> tuple[float, float]:
        return min(self.low.start, self.high.start), max(
            _greatest_force(self.low), _greatest_force(self.high)
        )


@register(Langevin, Level)
def _to_level(process: Langevin, start: float, target: Level) -> LevelPassage | None:
    if process.dim != 1:
        return None
    line = line_of(process)
    outwards = way(line.field, line.walls, None, target.x, start)
    return LevelPassage(line, outwards, comes_home(line, None, target.x, start))


@register(Langevin, Interval)
@register(OrnsteinUhlenbeck, Interval)
def _out_of_interval(process: Any, start: float, target: Interval) -> ExitPassage | None:
    if process.dim != 1:
        return None
    line = line_of(process)
    low = way(line.field, line.walls, None, target.low, start, target.high)
    return ExitPassage(line, low, way(line.field, line.walls, None, target.high, start, target.low))


def _cleared(logs: FloatArray) -> FloatArray:
    """Return the series with what is beyond the floats, or diverges, as infinities of the right sign."""
    for n in range(1, len(logs)):
        lost = ~np.isfinite(logs[: n + 1]).all(axis=0)
        logs[n, lost] = inf if n % 2 == 0 else -inf
    return logs


def _greatest_force(outwards: Way) -> float:
    force = outwards.mesh.force(np.linspace(0.0, outwards.start, 66)[1:-1])
    return float(np.max(np.abs(force[np.isfinite(force)]), initial=0.0))


def _precision(line: Line, outwards: Way, returns: bool = True) -> float:
    """Return the rounding of the elements, which is that of their tilts in the end."""
    beyond = outwards.mesh.descent / line.diffusion if outwards.natural else 0.0
    # Of an endless descent only what is not forgotten counts.
    beyond = beyond if returns else min(beyond, _REMEMBERED)
    return _EPS * (10 + 2 * outwards.mesh.variation / line.diffusion + 2 * beyond)
