"""All that the advice knows: the ways to restart and the odds of outcomes in tables, and what to know."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, isnan
from typing import Any, NamedTuple

from resetdyn.advice.plain import before, plain
from resetdyn.advice.units import per_unit, with_unit
from resetdyn.advice.words import between, estimate, how, percent, ratio, share, unit_of


class Row(NamedTuple):
    """A way to restart in a table: all in words."""

    name: str
    how: str
    mean: str
    speedup: str
    most: str
    nearly_all: str
    sure: str


HEADINGS = Row("", "restart", "mean (95 %)", "times as fast (95 %)", "95 % end by", "99 % end by", "faster?")


def detailed(advice: Any, unit: str = "") -> list[str]:
    """Return all that is known."""
    unit = unit_of(advice, unit)
    lines = [*plain(advice, unit), "", *_aligned([HEADINGS, *rows(advice, unit)])]
    if advice.outcomes is not None:
        lines += ["", *_aligned([odds_headings(advice), *odds_rows(advice, unit)])]
    return [*lines, "", *remarks(advice, unit)]


def rows(advice: Any, unit: str) -> list[Row]:
    """Return the ways to restart, and none for comparison."""
    unit = unit_of(advice, unit)
    found = [Row("as it is", _now(advice, unit), before(advice, unit), "1", "", "", "")]
    names = {"poisson": "random, best", "robust": "random, robust", "sharp": "fixed, best",
             "gamma": "gamma waits", "weibull": "Weibull waits"}  # fmt: skip
    for name, label in names.items():
        option = getattr(advice, name)
        if option is not None:
            found.append(_row(label, option, unit))
    if advice.luby is not None:
        sequence = f"Luby's sequence of {with_unit(advice.luby.unit, unit)}"
        found.append(Row("universal", sequence, with_unit(advice.luby.mean, unit), "", "", "", ""))
    return found


def odds_headings(advice: Any) -> list[str]:
    """Return the headings of the table of outcomes."""
    return ["probability of a restart" if advice.steps else "rate of random restarts",
            *(f"{label} (95 %), one in" for label in advice.outcomes.labels)]  # fmt: skip


def odds_rows(advice: Any, unit: str) -> list[list[str]]:
    """Return the probability of each outcome at each rate, and the time until it."""
    unit, odds = unit_of(advice, unit), advice.outcomes
    table = []
    for j, rate in enumerate(odds.rates):
        cells = [
            f"{share(odds.probability[i, j], odds.low[i, j], odds.high[i, j])}, "
            f"{with_unit(float(odds.time_per[i, j]), unit, 3)}"
            for i in range(len(odds.labels))
        ]
        table.append([f"{rate:.4g}" if advice.steps else per_unit(float(rate), unit), *cells])
    return table


def remarks(advice: Any, unit: str) -> list[str]:
    """Return what to know before relying on it."""
    unit = unit_of(advice, unit)
    reach = f"{advice.reach:.4g}" if advice.steps else f"{per_unit(advice.reach, unit)}"
    tell = "probabilities up to" if advice.steps else "rates up to"
    lines = [f"Runs: {advice.n:,}, of which {advice.censored:,} given up; they tell of {tell} {reach}."]
    if advice.steps:
        lines.append(
            f"Times are whole steps; when a step that ends a run is also a restart, the {advice.ties} wins. "
            "Gamma and Weibull waits are for times."
        )
    if advice.at_rate:
        lines.append(
            "Times under random restarts tell of higher rates of these alone; "
            "for a fixed time, measure runs without restarts."
        )
    options = [option for option in (advice.poisson, advice.sharp) if option is not None]
    lost = options[0].reset.refractory
    if lost:
        lines.append(f"Each restart takes {with_unit(float(lost), unit)}, which is included.")
    if any(option.at_reach for option in options):
        lines.append(
            "The best restart is at the end of what these runs tell; more frequent ones may be better."
        )
    if advice.outcomes is not None:
        lines += [_soonest(advice, unit, i) for i in range(len(advice.outcomes.labels))]
    if advice.tail is not None:
        lines.append(f"{str(advice.tail).capitalize()}.")
    if advice.bounds is not None:
        if advice.bounds.harmonic > 0:
            lines.append(f"No way to restart is faster than {with_unit(advice.bounds.harmonic, unit)}.")
        lines.append(
            f"Restarted at random with rate {per_unit(advice.bounds.median_rate, unit)} the mean stays below "
            f"{with_unit(advice.bounds.median, unit)}, however times are distributed."
        )
    lines.append(
        "Robust: the random restart whose mean has the least upper limit. "
        "All means are corrected for having been chosen as the best."
    )
    return [*lines, *(f"Note: {note}." for note in advice.notes[1:])]


def _soonest(advice: Any, unit: str, i: int) -> str:
    """Return at which of the rates in the table an outcome comes soonest, where others begin anew."""
    odds = advice.outcomes
    j = int(odds.time_per[i].argmin())
    rate = float(odds.rates[j])
    at = f"probability {rate:.4g}" if advice.steps else f"rate {per_unit(rate, unit)}"
    interval = float(odds.time_per_low[i, j]), float(odds.time_per_high[i, j])
    per = estimate(float(odds.time_per[i, j]), interval, unit)
    return f"If runs with another outcome begin anew, {odds.labels[i]} comes soonest at {at}: one in {per}."


def _aligned(table: Iterable[Any]) -> list[str]:
    table = list(table)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in table)
    return [line.rstrip() for line in lines]


def _row(label: str, option: Any, unit: str) -> Row:
    words = how(option.reset, unit).removeprefix("restart ").split(" (rate")[0]
    most, nearly_all = (
        estimate(value, interval, unit)
        for value, interval in zip(option.tail, option.tail_intervals, strict=True)
    )
    return Row(
        label, words, estimate(option.mean, option.mean_interval, unit),
        _gain(option),
        most,
        nearly_all,
        "" if isnan(option.probability) else percent(option.probability),
    )  # fmt: skip


def _gain(option: Any) -> str:
    if option.speedup == inf:
        return "(no mean as it is)"
    return f"{ratio(option.speedup, option.speedup_interval)} {between(option.speedup_interval)}"


def _now(a: Any, unit: str) -> str:
    return f"at random, rate {per_unit(a.at_rate, unit)}" if a.at_rate else "never"
