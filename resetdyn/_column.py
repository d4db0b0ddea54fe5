"""One column of a phase diagram: all that is asked at one x, what does not depend on y only once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn._noun import same
from resetdyn.label_noise import LabelNoiseQuadratic
from resetdyn.problems import FirstPassage
from resetdyn.resets import NoReset, Poisson, never_resets
from resetdyn.theory import optimal_reset, solve
from resetdyn.theory.resetting.sweep import RateSweep, rate_sweep

RESET_RATE = "reset_rate"
_SHARED = ("to", "refractory", "return_speed")
_QUANTITIES = {FirstPassage: ("speedup", "mean"), LabelNoiseQuadratic: ("risk_ratio", "risk")}


class Solved(NamedTuple):
    """What a diagram holds of one column, besides the column's x."""

    quantity: str
    values: list[float]
    error: list[float]
    optimum: float
    boundary: float


class _Cells(NamedTuple):
    """Mean times (or risks) with their errors, without and with resetting: arrays, one entry for each y."""

    reference: Any
    reference_error: Any
    mean: Any
    error: Any
    resets: Any

    def ratio(self) -> tuple[FloatArray, FloatArray]:
        """Return the ratio, 1 where nothing resets, and its error."""
        with np.errstate(all="ignore"):  # inf / mean is inf, 0 / 0 is nan: both are answers
            ratio = np.divide(self.reference, self.mean)
            error = np.divide(self.reference_error + ratio * self.error, self.mean)
        exact = ~np.asarray(self.resets) | ~np.isfinite(ratio)
        return np.where(self.resets, ratio, 1.0), np.where(exact, 0.0, error)


class Column:
    """The problems at one x.

    Parameters
    ----------
    build : callable
        Returns the problem or model at a point of the diagram.
    names : (str, str)
        Names of x and y.
    x : float
        Where on the diagram.
    top : float
        Largest y: a reset rate at which resets happen.
    """

    def __init__(self, build: Callable[..., Any], names: tuple[str, str], x: float, top: float) -> None:
        self.build, self.names, self.x, self.top = build, names, x, top
        self.subject = self.built(top)
        self.references: dict[FirstPassage, Any] = {}
        if not isinstance(self.subject, tuple(_QUANTITIES)):
            raise TypeError(f"build returned {self.subject!r}: give a FirstPassage or a LabelNoiseQuadratic")
        if isinstance(self.subject, LabelNoiseQuadratic) and names[1] != RESET_RATE:
            raise ValueError(
                f"y={names[1]!r}, but a LabelNoiseQuadratic knows no reset: vary "
                f"{RESET_RATE!r} on y, or build a FirstPassage"
            )

    def solve(self, ys: list[float], quantity: str | None) -> Solved:
        """Return the quantity at each y (by default the first that fits), and the column's curves."""
        options = next(names for kind, names in _QUANTITIES.items() if isinstance(self.subject, kind))
        quantity = options[0] if quantity is None else _checks.choice("quantity", quantity, options)
        sweep = self.whole(ys)
        cells = self.cells(ys) if sweep is None else _swept(sweep, np.array(ys, dtype=float))
        ratio, error = cells.ratio()
        values, spread = (ratio, error) if quantity == options[0] else (cells.mean, cells.error)
        optimum = self.optimum()
        return Solved(
            quantity=quantity,
            values=np.asarray(values).tolist(),
            error=np.asarray(spread).tolist(),
            optimum=optimum,
            boundary=self.boundary(ys, ratio.tolist(), optimum, sweep),
        )

    def whole(self, ys: list[float]) -> RateSweep | None:
        """Return the sweep over the rates of the whole column, if y is the rate of its Poisson reset.

        The user's function is called once with all of y; that it means the same one by one is checked at
        both ends.
        """
        if isinstance(self.subject, LabelNoiseQuadratic) or self.names[1] != RESET_RATE:
            return None
        axis = np.array(ys, dtype=float).view(_checks.Axis)
        try:
            problem = self.build(**{self.names[0]: self.x, self.names[1]: axis})
            rate = problem.reset.rate
        except Exception:  # whatever the function does with numbers, it cannot do with an axis
            return None
        if not isinstance(rate, _checks.Axis) or not np.array_equal(rate, axis):
            return None
        for one, y in ((self.subject, ys[-1]), (self.built(ys[0]), ys[0])):
            if not _but_for_rate(problem, one) or one.reset.rate != y:
                return None
        return rate_sweep(self.subject)

    def built(self, y: float) -> Any:
        """Return the problem or model at one y."""
        with self.at(y):
            return self.build(**{self.names[0]: self.x, self.names[1]: y})

    @contextmanager
    def at(self, y: float) -> Iterator[None]:
        """Say in any error which cell it belongs to."""
        place = f"{self.names[0]}={self.x:g}, {self.names[1]}={y:g}"
        try:
            yield
        except (ValueError, TypeError) as error:
            kind = ValueError if isinstance(error, ValueError) else TypeError
            raise kind(f"at {place}: {error}") from error
        except Exception as error:
            error.add_note(f"at {place}")
            raise

    def cells(self, ys: list[float]) -> _Cells:
        """Solve cell by cell, reset-free references from memory where they are known."""
        return _Cells(*map(np.array, zip(*(self.cell(y) for y in ys), strict=True)))

    def cell(self, y: float) -> _Cells:
        """Solve one cell."""
        if isinstance(self.subject, LabelNoiseQuadratic):
            reference, risk = self.subject.steady_risk([0.0, y]).tolist()
            return _Cells(reference, np.spacing(reference), risk, np.spacing(risk), y > 0)
        problem = self.built(y)
        with self.at(y):
            alone = replace(problem, reset=NoReset())
            if alone not in self.references:
                self.references[alone] = solve(alone)
            reference, result = self.references[alone], solve(problem)
        resets = not never_resets(problem.reset)
        return _Cells(reference.mean, reference.error, result.mean, result.error, resets)

    def optimum(self) -> float:
        """Return the optimal rate; it depends on everything but the rate."""
        poisson = isinstance(getattr(self.subject, "reset", Poisson(0.0)), Poisson)
        if self.names[1] != RESET_RATE or not poisson:
            return np.nan
        with self.at(self.top):
            return optimal_reset(self.subject).rate

    def boundary(
        self, ys: list[float], ratios: list[float], optimum: float, sweep: RateSweep | None
    ) -> float:
        """Return the highest y at which the ratio is still 1."""
        if optimum == 0:
            return 0.0
        crossings = [
            i for i in range(len(ys) - 1) if ys[i] > 0 and ratios[i] >= 1 > ratios[i + 1]
        ]  # never true next to nan, as at rates so high that a mean overflows
        if self.names[1] != RESET_RATE or not crossings:
            return np.nan
        if sweep is not None:
            free = float(sweep.log_means(np.zeros(1))[0])

        def excess(y: float) -> float:  # bounded, for the ratio may be infinite
            if sweep is not None:
                return min(sweep.log_ratio(y, free), 1.0)
            return min(float(self.cell(y).ratio()[0]), 2.0) - 1.0

        last = crossings[-1]
        return float(brentq(excess, ys[last], ys[last + 1], rtol=1e-12))


def grid(columns: list[Column], ys: Any) -> list[list[Any]]:
    """Return what is asked in every cell, row by row; a model does not depend on the rate."""
    return [
        [c.subject if isinstance(c.subject, LabelNoiseQuadratic) else c.built(y) for c in columns]
        for y in ys.tolist()
    ]


def _but_for_rate(whole: FirstPassage, one: FirstPassage) -> bool:
    """Return whether two problems with Poisson resets agree in all but the rate."""
    if not isinstance(one, FirstPassage) or type(one.reset) is not type(whole.reset):
        return False
    pairs = [(getattr(whole, name), getattr(one, name)) for name in ("process", "start", "target")]
    pairs += [(getattr(whole.reset, name), getattr(one.reset, name)) for name in _SHARED]
    return all(same(a, b) for a, b in pairs)


def _swept(sweep: RateSweep, rates: FloatArray) -> _Cells:
    """Return the cells of a whole column."""
    logs = sweep.log_means(np.concatenate([[0.0], rates]))
    with np.errstate(over="ignore"):
        means = np.exp(logs)
    with np.errstate(invalid="ignore"):
        errors = np.where(np.isfinite(means), sweep.precision * (1 + np.abs(logs)) * means, 0.0)
    return _Cells(means[0], errors[0], means[1:], errors[1:], rates > 0)
