"""The advice for whoever has to act on it: five lines at most in the unit of the times, or all in a table."""

from __future__ import annotations

from math import ceil, inf, isnan, log10
from typing import Any, NamedTuple

from resetdyn.advice.studied import SURE
from resetdyn.advice.units import per_unit, with_unit


class Row(NamedTuple):
    """A way to restart in a table: all in words."""

    name: str
    how: str
    mean: str
    speedup: str
    tail: str
    sure: str


HEADINGS = Row("", "restart", "mean (95 %)", "times as fast (95 %)", "95 / 99 % end by", "faster?")


def unit_of(advice: Any, unit: str) -> str:
    """Return the unit of the times: steps, where they are and nothing else was said."""
    return unit or ("steps" if advice.steps else "")


def plain(advice: Any, unit: str = "") -> list[str]:
    """Return what to do and why, in at most five lines."""
    unit = unit_of(advice, unit)
    fixed = _fixed_is_sure(advice)
    deeds = _deeds(advice, unit, fixed)
    reason = [_reason(advice, unit)] if advice.helps or fixed or advice.cv == advice.cv else []
    return [_verdict(advice, fixed), *deeds, *reason, *(f"Note: {note}." for note in advice.notes[:1])]


def detailed(advice: Any, unit: str = "") -> list[str]:
    """Return all that is known."""
    unit = unit_of(advice, unit)
    table = [HEADINGS, *rows(advice, unit)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    return [*plain(advice, unit), "", *(line.rstrip() for line in lines), "", *remarks(advice, unit)]


def rows(advice: Any, unit: str) -> list[Row]:
    """Return the ways to restart, and none for comparison."""
    unit = unit_of(advice, unit)
    found = [Row("as it is", _now(advice, unit), _before(advice, unit), "1", "", "")]
    names = {"poisson": "random, best", "robust": "random, robust", "sharp": "fixed, best",
             "gamma": "gamma waits", "weibull": "Weibull waits"}  # fmt: skip
    for name, label in names.items():
        option = getattr(advice, name)
        if option is not None:
            found.append(_row(label, option, unit))
    if advice.luby is not None:
        how = f"Luby's sequence of {with_unit(advice.luby.unit, unit)}"
        found.append(Row("universal", how, with_unit(advice.luby.mean, unit), "", "", ""))
    return found


def remarks(advice: Any, unit: str) -> list[str]:
    """Return what to know before relying on it."""
    unit = unit_of(advice, unit)
    lines = [f"Runs: {advice.n}, of which {advice.censored} given up; they tell of rates up to "
             f"{per_unit(advice.reach, unit)}."]  # fmt: skip
    if advice.steps:
        lines.append(
            f"Times are whole steps; when a step that ends a run is also a restart, the {advice.ties} wins."
        )
    options = [option for option in (advice.poisson, advice.sharp) if option is not None]
    lost = options[0].reset.refractory
    if lost:
        lines.append(f"Each restart takes {with_unit(float(lost), unit)}, which is included.")
    if any(option.at_reach for option in options):
        lines.append(
            "The best restart is at the end of what these runs tell; more frequent ones may be better."
        )
    if advice.bounds is not None:
        low = f"No way to restart is faster than {with_unit(advice.bounds.harmonic, unit)}; "
        lines.append(
            f"{low if advice.bounds.harmonic > 0 else ''}at random with rate "
            f"{per_unit(advice.bounds.median_rate, unit)} the mean stays below "
            f"{with_unit(advice.bounds.median, unit)}, whatever the law."
        )
    lines.append(
        "Robust: the random restart whose mean has the least upper limit. "
        "All means are corrected for having been chosen as the best."
    )
    return [*lines, *(f"Note: {note}." for note in advice.notes[1:])]


def _fixed_is_sure(a: Any) -> bool:
    return a.sharp is not None and a.sharp.probability >= SURE and a.sharp.speedup > 1


def _verdict(a: Any, fixed: bool) -> str:
    given_up = f", {a.censored} of them given up" if a.censored else ""
    runs = f"from {a.n} runs{given_up}; in brackets: 95 %"
    often = "restarting more often" if a.at_rate else "restarting"
    if a.settled and a.helps:
        return f"Yes: {often} makes runs faster ({percent(a.probability)} sure, {runs})."
    if fixed:
        random = "probably too" if a.helps else "does not seem to"
        return (
            "Yes, at a fixed time: giving runs up then makes them faster "
            f"({percent(a.sharp.probability)} sure, {runs}), restarting at random moments {random}."
        )
    if a.settled:
        return f"No: {often} does not make runs faster ({percent(a.probability)} sure, {runs})."
    seems = "seems to make" if a.helps else "does not seem to make"
    more = (
        "more runs would not settle it"
        if a.more_samples == inf
        else f"some {a.more_samples:,.2g} more runs would settle it"
        if a.more_samples < 1000
        else f"some {float(f'{a.more_samples:.2g}'):,.0f} more runs would settle it"
    )
    return f"Not settled: {often} {seems} runs faster ({percent(a.probability)} sure, {runs}); {more}."


def _deeds(a: Any, unit: str, fixed: bool) -> list[str]:
    """Return what to do, the best first."""
    ways = [a.sharp] * fixed + [a.poisson] * a.helps
    if not ways:
        keep = f"keep restarting at {per_unit(a.at_rate, unit)}" if a.at_rate else "let runs end"
        lines = [
            f"{'Do' if a.settled else 'Until then'}: {keep}; the mean is {_mean(a, a.mean_interval, unit)}."
        ]
        if a.sharp is not None and a.sharp.probability > 0.5 and a.sharp.speedup > 1:
            lines.append(
                f"Perhaps: {_how(a.sharp.reset, unit)} helps ({percent(a.sharp.probability)} sure); "
                "that is not settled."
            )
        return lines
    ways.sort(key=lambda option: -option.speedup)
    first = "Do" if a.settled or fixed else "Until then"
    return [
        f"{word}: {_how(way.reset, unit)}: mean {_estimate(way.mean, way.mean_interval, unit)}, "
        f"{_speedup(way)}."
        for word, way in zip((first, "Or"), ways, strict=False)
    ]


def _speedup(way: Any) -> str:
    if way.speedup == inf:
        return "faster without limit"
    return f"{_ratio(way)} times as fast {_range(way.speedup_interval)}"


def _ratio(way: Any) -> str:
    return f"{way.speedup:.{_digits(way.speedup_interval)}g}"


def _how(reset: Any, unit: str) -> str:
    """Return a way to restart in words."""
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


def _row(label: str, option: Any, unit: str) -> Row:
    how = _how(option.reset, unit).removeprefix("restart ").split(" (rate")[0]
    low, high = option.tail
    return Row(
        label, how, _estimate(option.mean, option.mean_interval, unit),
        f"{_ratio(option)} {_range(option.speedup_interval)}",
        f"{with_unit(low, '')} / {with_unit(high, unit)}",
        "" if isnan(option.probability) else percent(option.probability),
    )  # fmt: skip


def _now(a: Any, unit: str) -> str:
    return f"at random, rate {per_unit(a.at_rate, unit)}" if a.at_rate else "never"


def _reason(a: Any, unit: str) -> str:
    mean = "as it is the mean is" if a.at_rate else "without restarts the mean is"
    if a.cv != a.cv:
        return f"Why: {mean} {_before(a, unit)}."
    cv = f"{a.cv:.{_digits(a.cv_interval)}g} {_range(a.cv_interval)}"
    return (
        f"Why: {mean} {_before(a, unit)}; CV {'without any ' if a.at_rate else ''}{cv}, "
        "and above 1 even rare restarts help."
    )


def _before(a: Any, unit: str) -> str:
    """Return the mean without (more) restarts."""
    if a.at_rate:
        now = a.mean_at(a.at_rate)
        return _estimate(float(now.mean), (float(now.low), float(now.high)), unit)
    if a.free_mean == inf:
        return "infinite"
    return _mean(a, a.free_mean_interval, unit)


def _mean(a: Any, interval: tuple[float, float], unit: str) -> str:
    if a.at_rate:
        return _estimate(a.mean, interval, unit)
    least = "at least " if a.lower_bound else ""
    return f"{least}{_estimate(a.free_mean, interval, unit)}"


def _estimate(value: float, interval: tuple[float, float], unit: str) -> str:
    """Return a number and its interval, with as many digits as the interval asks for."""
    digits = max(_digits(interval), 4)
    shown = with_unit(value, unit, digits)
    return f"{shown} {_range(interval)}"


def _range(interval: tuple[float, float]) -> str:
    low, high = interval
    digits = _digits(interval)
    return f"(above {low:.{digits}g})" if high == inf else f"({low:.{digits}g} to {high:.{digits}g})"


def _digits(interval: tuple[float, float]) -> int:
    """Return how many digits show where an interval ends: two of its width."""
    low, high = interval
    if not 0 < low < high < inf:
        return 3
    return min(max(3, ceil(log10(high / (high - low))) + 1), 9)


def percent(p: float) -> str:
    """Return a probability in words."""
    return "over 99.9 %" if p > 0.999 else "under 0.1 %" if p < 0.001 else f"{100 * p:.3g} %"
