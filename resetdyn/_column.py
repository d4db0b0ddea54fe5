"""One column of a phase diagram: all that is asked at one x, what does not depend on y only once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq

from resetdyn import _checks
from resetdyn.label_noise import LabelNoiseQuadratic
from resetdyn.problems import FirstPassage
from resetdyn.resets import NoReset, Poisson, never_resets
from resetdyn.theory import optimal_reset, solve

RESET_RATE = "reset_rate"
_QUANTITIES = {FirstPassage: ("speedup", "mean"), LabelNoiseQuadratic: ("risk_ratio", "risk")}


class Solved(NamedTuple):
    """What a diagram holds of one column, besides the column's x."""

    quantity: str
    problem: str
    values: list[float]
    error: list[float]
    optimum: float
    boundary: float


class _Cell(NamedTuple):
    """A mean time (or risk) with its error, without and with resetting."""

    reference: float
    reference_error: float
    mean: float
    error: float
    resets: bool

    def ratio(self) -> tuple[float, float]:
        if not self.resets:
            return 1.0, 0.0
        with np.errstate(all="ignore"):  # inf / mean is inf, 0 / 0 is nan: both are answers
            ratio = np.float64(self.reference) / self.mean
            error = (self.reference_error + ratio * self.error) / self.mean
        return float(ratio), float(error) if np.isfinite(ratio) else 0.0


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
        cells = [self.cell(y) for y in ys]
        ratios = [cell.ratio() for cell in cells]
        shown = ratios if quantity == options[0] else [(cell.mean, cell.error) for cell in cells]
        optimum = self.optimum()
        return Solved(
            quantity=quantity,
            problem=repr(self.subject),
            values=[value for value, _ in shown],
            error=[error for _, error in shown],
            optimum=optimum,
            boundary=self.boundary(ys, [ratio for ratio, _ in ratios], optimum),
        )

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

    def cell(self, y: float) -> _Cell:
        """Solve one cell, its reset-free reference from memory where it is known."""
        if isinstance(self.subject, LabelNoiseQuadratic):
            reference, risk = self.subject.steady_risk([0.0, y]).tolist()
            return _Cell(reference, np.spacing(reference), risk, np.spacing(risk), y > 0)
        problem = self.built(y)
        with self.at(y):
            alone = replace(problem, reset=NoReset())
            if alone not in self.references:
                self.references[alone] = solve(alone)
            reference, result = self.references[alone], solve(problem)
        resets = not never_resets(problem.reset)
        return _Cell(reference.mean, reference.error, result.mean, result.error, resets)

    def optimum(self) -> float:
        """Return the optimal rate; it depends on everything but the rate."""
        poisson = isinstance(getattr(self.subject, "reset", Poisson(0.0)), Poisson)
        if self.names[1] != RESET_RATE or not poisson:
            return np.nan
        with self.at(self.top):
            return optimal_reset(self.subject).rate

    def boundary(self, ys: list[float], ratios: list[float], optimum: float) -> float:
        """Return the highest y at which the ratio is still 1."""
        if optimum == 0:
            return 0.0
        crossings = [
            i for i in range(len(ys) - 1) if ys[i] > 0 and ratios[i] >= 1 > ratios[i + 1]
        ]  # never true next to nan, as at rates so high that a mean overflows
        if self.names[1] != RESET_RATE or not crossings:
            return np.nan

        def excess(y: float) -> float:  # bounded, for the ratio may be infinite
            return min(self.cell(y).ratio()[0], 2.0) - 1.0

        last = crossings[-1]
        return float(brentq(excess, ys[last], ys[last + 1], rtol=1e-12))
