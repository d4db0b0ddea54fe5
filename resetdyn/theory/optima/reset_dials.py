"""Which parameter of a reset is turned, over which range, and what its ends mean.

Everything that :func:`resetdyn.optimal_reset` may be asked becomes a :class:`Dial` here: the curve of the
mean over the parameter, the candidates at its ends, and the way back from a parameter to a reset.  Where the
problem leads to and what its resets cost stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf, isfinite, nan
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn.problems import FirstPassage
from resetdyn.processes import is_discrete
from resetdyn.resets import Geometric, NoReset, Poisson, RateField, Renewal, Reset, Sharp
from resetdyn.theory.numerics.minimum import LOGARITHMIC, LOGISTIC, PLAIN
from resetdyn.theory.optima.reset_curves import PoissonCurve, SharpCurve, SolvedCurve
from resetdyn.theory.passages.law import LawPassage
from resetdyn.theory.passages.timed import timed
from resetdyn.theory.resetting.from_survival import renewal_survival
from resetdyn.theory.resetting.pair import passages
from resetdyn.theory.solver import solve

# Probabilities per step between which a walk's mean is scanned.
_PROBABILITIES = 1e-14, 1 - 1e-6


@dataclass
class Dial:
    """One parameter of a reset, and the mean over it."""

    name: str
    curve: Any
    reset: Callable[[float], Reset | None]
    method: str
    never: float = 0.0  # the parameter at which nothing is reset
    free: float = inf  # log of the mean there
    falls_at_once: bool = False  # slow resetting helps: `never` is no minimum
    ends: tuple[float, float] = (0.0, inf)
    ceaseless: float = nan  # log of the mean where resets never stop, if known
    fixed: tuple[float, ...] = field(default_factory=tuple)  # ends of the user's own range

    def rate(self, x: float) -> float:
        """Return the resets per unit time at a parameter."""
        if self.name in ("rate", "probability", "factor"):
            return x
        if self.name == "period":
            return 1 / x if x > 0 else inf
        match self.reset(x):
            case Poisson(rate=rate) | Geometric(probability=rate):
                return float(rate)
            case Sharp(period=period):
                return 1 / period
            case Renewal() as law:
                return 1 / law.mean_waiting_time
            case NoReset():
                return 0.0
        return nan


def dial_of(problem: Any, family: Any, bounds: tuple[float, float] | None) -> Dial:
    """Return the dial of a problem, of a law of completion times, or of a function of one parameter."""
    if isinstance(problem, FirstPassage):
        dial = _of_problem(problem, family, bounds)
    elif hasattr(problem, "cdf"):
        dial = _of_law(LawPassage(problem), family, bounds)
    elif callable(problem) and not isinstance(problem, type) and family is None:
        dial = _of_function(problem, bounds)
    else:
        raise TypeError(
            f"problem={problem!r}: give rd.FirstPassage, a frozen scipy.stats distribution of completion "
            "times, or a function of one parameter with bounds="
        )
    return _bounded(dial, bounds) if bounds is not None else dial


def free_passage(problem: FirstPassage) -> FirstPassage:
    """Return the problem without resetting."""
    return replace(problem, reset=NoReset(to=problem.reset.to))


def _of_problem(problem: FirstPassage, family: Any, bounds: tuple[float, float] | None) -> Dial:
    own = problem.reset
    shared = {"to": own.to, "refractory": own.refractory, "return_speed": own.return_speed}
    kind = type(own) if family is None else family
    if kind is NoReset:
        kind = Geometric if is_discrete(problem.process) else Poisson

    def solved(reset: Reset) -> Any:
        return solve(replace(problem, reset=reset))

    if kind is Poisson:
        return _rates(problem, shared)
    if kind is Sharp:
        return _periods(problem, shared)
    if kind is Geometric:
        ties = getattr(own, "ties", "reset")
        free = solve(free_passage(problem)).log_mean

        def geometric(p: float) -> Reset:
            return Geometric(p, ties=ties, **shared) if p > 0 else NoReset(**shared)

        curve = SolvedCurve(lambda p: solved(geometric(p)), *_PROBABILITIES, LOGISTIC)
        last = solved(geometric(1.0)).log_mean
        return Dial(
            "probability",
            curve,
            geometric,
            "scan of exact solutions",
            0.0,
            free,
            ends=(0.0, 1.0),
            ceaseless=last,
        )
    if kind is RateField and isinstance(own, RateField):
        scale = _field_scale(own, problem)
        low, high = _range(problem)

        def scaled(factor: float) -> Reset | None:
            if factor in (0.0, inf):
                return NoReset(**shared) if factor == 0 else None
            return replace(own, rate=factor * own.rate)

        curve = SolvedCurve(lambda f: solved(replace(own, rate=f * own.rate)), low / scale, high / scale)
        free = solve(free_passage(problem)).log_mean
        return Dial("factor", curve, scaled, "scan of exact solutions", 0.0, free)
    if family is None:
        raise ValueError(
            f"reset={own}: which of its parameters is to vary? Give family= (a function from the parameter "
            "to a reset) and bounds=, or rd.Poisson, rd.Sharp as the family"
        )

    def member(x: float) -> Reset:
        reset = family(x)
        if not isinstance(reset, Reset):
            raise TypeError(f"family({x:g}) returned {reset!r}: return a reset, such as rd.Sharp(x)")
        return replace(reset, **{k: v for k, v in shared.items() if getattr(reset, k) in (None, 0.0)})

    free = solve(free_passage(problem)).log_mean
    return _family(lambda x: solved(member(x)), member, bounds, free)


def _of_law(law: LawPassage, family: Any, bounds: tuple[float, float] | None) -> Dial:
    free = law.log_mean(0.0, 0)[0]
    ceaseless = -law.log_density_at_0() if law.dense else nan
    if family in (None, Poisson):
        rates = PoissonCurve(law, law)
        falls = rates.slope_at_0() < 0
        return Dial("rate", rates, _poisson({}), law.method, 0.0, free, falls, ceaseless=ceaseless)
    if family is Sharp:
        few, _, most = law.quantiles
        far = most if isfinite(most) else 1e6 * few
        curve: Any = SolvedCurve(lambda t: renewal_survival(law.survival, Sharp(t)), 1e-3 * few, 1e3 * far)
        if law.dense:
            curve = SharpCurve(law, law, (1e-4 * few, 1e4 * far))
        return Dial("period", curve, _sharp({}), law.method, inf, free, ceaseless=ceaseless)
    if not callable(family):
        raise TypeError(
            f"family={family!r}: give rd.Poisson, rd.Sharp, or a function from a number to a reset"
        )
    return _family(lambda x: renewal_survival(law.survival, family(x)), family, bounds, free)


def _of_function(function: Callable[[float], Any], bounds: tuple[float, float] | None) -> Dial:
    def solved(x: float) -> Any:
        value = function(x)
        return solve(value) if isinstance(value, FirstPassage) else value

    return _family(solved, lambda x: None, bounds, nan)


def _family(
    solved: Callable[[float], Any],
    member: Callable[[float], Any],
    bounds: tuple[float, float] | None,
    free: float,
) -> Dial:
    low, high = _checked(bounds)
    if not isfinite(high):
        raise ValueError(f"bounds={bounds}: give a finite upper end for a family of your own")
    curve = SolvedCurve(solved, low, high, LOGARITHMIC if low > 0 else PLAIN)
    return Dial("parameter", curve, member, "scan of exact solutions", nan, free, ends=(low, high))


def _rates(problem: FirstPassage, shared: dict[str, Any]) -> Dial:
    pair = passages(problem)
    reset = _poisson(shared)
    if pair is None:
        raise ValueError(
            f"no exact route for {type(problem.process).__name__} to a {type(problem.target).__name__}; "
            "use rd.simulate(problem) at several rates, or rd.renewal_samples"
        )
    start, to = pair
    own = problem.reset
    curve: Any = PoissonCurve(start, to, own.mean_refractory)
    free = curve.log_mean(0.0)
    if own.return_speed is not None:
        curve = SolvedCurve(
            lambda r: solve(replace(problem, reset=Poisson(r, **shared))), curve.low, curve.high
        )
        return Dial("rate", curve, reset, f"scan of exact solutions; {start.method}", 0.0, free)
    falls = curve.slope_at_0() < 0
    return Dial("rate", curve, reset, f"root of the slope; {start.method}", 0.0, free, falls)


def _periods(problem: FirstPassage, shared: dict[str, Any]) -> Dial:
    reset, own = _sharp(shared), problem.reset
    free = solve(free_passage(problem)).log_mean

    def solved(period: float) -> Any:
        return solve(replace(problem, reset=Sharp(period, **shared)))

    low, high = _range(problem)
    pair = passages(problem) if own.return_speed is None else None
    start, to = map(timed, pair) if pair else (None, None)
    if start is not None and to is not None:
        curve: Any = SharpCurve(start, to, (1 / high, 1 / low), own.mean_refractory)
        return Dial("period", curve, reset, f"root of the slope; {start.timed_method}", inf, free)
    curve = SolvedCurve(solved, 1 / high, 1 / low)
    return Dial("period", curve, reset, "scan of exact solutions", inf, free)


def _poisson(shared: dict[str, Any]) -> Callable[[float], Reset | None]:
    def reset(rate: float) -> Reset | None:
        return None if rate == inf else Poisson(rate, **shared) if rate > 0 else NoReset(**shared)

    return reset


def _sharp(shared: dict[str, Any]) -> Callable[[float], Reset | None]:
    def reset(period: float) -> Reset | None:
        return None if period == 0 else Sharp(period, **shared) if period < inf else NoReset(**shared)

    return reset


def _range(problem: FirstPassage) -> tuple[float, float]:
    """Return the range of rates in which the reset-free process has its features."""
    pair = passages(problem)
    if pair is None:
        raise ValueError(
            f"no exact route for {type(problem.process).__name__} to a {type(problem.target).__name__}; "
            "use rd.simulate(problem) at several parameters"
        )
    low, high = (f(a, b) for f, a, b in zip((min, max), pair[0].rates(), pair[1].rates(), strict=True))
    return low, high


def _field_scale(reset: RateField, problem: FirstPassage) -> float:
    """Return a typical rate of a field around the start."""
    places = problem.start + max(abs(problem.start), 1.0) * np.linspace(-2, 2, 17)
    rates = np.asarray(reset.field.value(places), dtype=float)
    return float(rates[np.isfinite(rates)].max(initial=0.0)) or 1.0


def _checked(bounds: Any) -> tuple[float, float]:
    try:
        low, high = map(float, bounds)
    except (TypeError, ValueError):
        raise TypeError(f"bounds={bounds!r}: give (low, high), the range of the parameter") from None
    if not 0 <= low < high:
        raise ValueError(f"bounds={bounds}: give two numbers of at least 0, the lower one first")
    return _checks.non_negative("bounds[0]", low), high


def _bounded(dial: Dial, bounds: tuple[float, float]) -> Dial:
    """Return the dial with its scan cut to the user's range, whose ends become candidates."""
    low, high = _checked(bounds)
    if not (dial.ends[0] <= low and high <= dial.ends[1]):
        raise ValueError(f"bounds={bounds}: the {dial.name} is between {dial.ends[0]:g} and {dial.ends[1]:g}")
    if dial.name != "parameter":
        scanned = dial.curve.low, dial.curve.high
        dial.curve.low, dial.curve.high = max(scanned[0], low), min(scanned[1], high)
        if dial.curve.low >= dial.curve.high:  # beyond all features
            dial.curve.low, dial.curve.high = (
                max(low, 1e-3 * min(high, 1e300)),
                min(high, 1e3 * max(low, 1e-300)),
            )
    dial.fixed = tuple(x for x in (low, high) if x not in (dial.never, 0.0, inf) or dial.name == "parameter")
    dial.ends = low, high
    dial.falls_at_once = dial.falls_at_once and low == 0
    return dial
