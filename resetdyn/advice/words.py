"""Numbers, and ways to restart, in words."""

from __future__ import annotations

from math import ceil, floor, inf, log10
from typing import Any

from resetdyn.advice.units import per_unit, with_unit


def unit_of(advice: Any, unit: str) -> str:
    """Return the unit of the times: steps, where they are and nothing else was said."""
    return unit or ("steps" if advice.steps else "")


def how(reset: Any, unit: str) -> str:
    """Return a way to restart."""
    kind = type(reset).__name__
    if kind == "Sharp":
        return f"restart each run that has taken {with_unit(reset.period, unit)}"
    if kind == "Poisson":
        every = f", every {with_unit(1 / reset.rate, unit)} on average" if reset.rate else ""
        return f"restart at random moments{every} (rate {per_unit(reset.rate, unit)})"
    if kind == "Geometric":
        return f"restart with probability {reset.probability:.4g} after each step"
    shape = float(reset.law.args[0])
    return f"after waits of {with_unit(float(reset.law.mean()), unit)} on average, shape {shape:.3g}"


def estimate(value: float, interval: tuple[float, float], unit: str, said: str = "") -> str:
    """Return a number and its interval, with as many digits as the interval asks for."""
    digits = max(digits_of(interval), 4)
    return f"{with_unit(value, unit, digits)} {between(interval, said)}"


def between(interval: tuple[float, float], said: str = "") -> str:
    """Return an interval in brackets, after what is `said` of it."""
    low, high = interval
    digits = digits_of(interval)
    if high == inf:
        return f"({said}above {low:.{digits}g})"
    return f"({said}{low:.{digits}g} to {high:.{digits}g})"


def digits_of(interval: tuple[float, float]) -> int:
    """Return how many digits show where an interval ends: two of its width."""
    low, high = interval
    if not 0 < low < high < inf:
        return 3
    return min(max(3, ceil(log10(high / (high - low))) + 1), 9)


def ratio(value: float, interval: tuple[float, float]) -> str:
    """Return a number without unit, with as many digits as its interval asks for."""
    return f"{value:.{digits_of(interval)}g}"


def percent(p: float) -> str:
    """Return a probability."""
    return "over 99.9 %" if p > 0.999 else "under 0.1 %" if p < 0.001 else f"{100 * p:.3g} %"


def share(p: float, low: float, high: float, said: str = "") -> str:
    """Return a share of runs with its interval, in per cent."""
    digits = 0 if high - low > 0.02 else 1 if high - low > 0.002 else 2
    return f"{100 * p:.{digits}f} % ({said}{100 * low:.{digits}f} to {100 * high:.{digits}f})"


def count(number: float) -> str:
    """Return a number of runs: two digits that count, and no powers of ten."""
    if number < 10:
        return f"{number:.2g}"
    unit = 10 ** (floor(log10(number)) - 1)
    return f"{round(number / unit) * unit:,.0f}"
