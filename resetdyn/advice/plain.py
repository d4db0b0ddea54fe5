"""The advice for whoever has to act on it: what to do and why, in five lines at most."""

from __future__ import annotations

from math import inf
from typing import Any

from resetdyn.advice.studied import SURE
from resetdyn.advice.units import per_unit, with_unit
from resetdyn.advice.words import between, count, estimate, how, percent, ratio, share, unit_of

_SAID = "95 %: "  # of the first interval of a line
_SHOWN = 2  # outcomes in a line
_PERHAPS = 0.8


def plain(advice: Any, unit: str = "") -> list[str]:
    """Return what to do and why, in at most five lines."""
    unit = unit_of(advice, unit)
    fixed = _fixed_is_sure(advice)
    lines = [_verdict(advice, fixed), *_deeds(advice, unit, fixed)]
    if advice.outcomes is not None:
        lines = [*lines[:2], _outcomes(advice, unit, fixed)]
    return [
        *lines,
        _reason(advice, unit, advice.helps or fixed),
        *(f"Note: {note}." for note in advice.notes[:1]),
    ]


def before(advice: Any, unit: str, said: str = "") -> str:
    """Return the mean without (more) restarts."""
    a = advice
    if a.at_rate:
        now = a.mean_at(a.at_rate)
        return estimate(float(now.mean), (float(now.low), float(now.high)), unit, said)
    if a.free_mean == inf:
        return "infinite"
    if a.lower_bound:
        return f"{with_unit(a.free_mean, unit)} or more {between(a.free_mean_interval, said)}"
    return estimate(a.free_mean, a.free_mean_interval, unit, said)


def _fixed_is_sure(a: Any) -> bool:
    return a.sharp is not None and a.sharp.probability >= SURE and a.sharp.speedup > 1


def _perhaps(a: Any) -> bool:
    """Return whether a fixed time may help: below that chance it is as likely noise."""
    return a.sharp is not None and a.sharp.probability > _PERHAPS and a.sharp.speedup > 1


def _verdict(a: Any, fixed: bool) -> str:
    given_up = f", {a.censored:,} of them given up" if a.censored else ""
    runs = f"from {a.n:,} runs{given_up}"
    often = "restarting more often" if a.at_rate else "restarting"
    better = "cheaper" if a.poisson.spent > a.poisson.mean else "faster"
    if a.settled and a.helps:
        return f"Yes: {often} makes runs {better} ({percent(a.probability)} sure, {runs})."
    if fixed:
        random = "probably does too" if a.helps else "does not seem to"
        return (
            f"Yes, at a fixed time: giving up runs that have taken so long makes them {better} "
            f"({percent(a.sharp.probability)} sure, {runs}); restarting at random moments {random}."
        )
    if a.settled:
        often += " at random moments" * _perhaps(a)
        return f"No: {often} does not make runs {better} ({percent(a.probability)} sure, {runs})."
    seems = "seems to make" if a.helps else "does not seem to make"
    sure = f"{percent(a.probability)} sure, {runs}"
    return f"Not settled: {often} {seems} runs {better} ({sure}); {_remedy(a)}."


def _remedy(a: Any) -> str:
    """Return what would settle it."""
    if a.longer:
        return "the runs given up may hide what decides: let runs go on for longer"
    if a.more_samples == inf:
        return "it makes so little difference that more runs would not settle it"
    return f"some {count(a.more_samples)} more runs would settle it"


def _deeds(a: Any, unit: str, fixed: bool) -> list[str]:
    """Return what to do, the best first."""
    ways = [a.sharp] * fixed + [a.poisson] * a.helps
    if not ways:
        keep = f"keep restarting at {per_unit(a.at_rate, unit)}" if a.at_rate else "let runs end"
        first = "Do" if a.settled else "Until then"
        lines = [f"{first}: {keep}; the mean is {before(a, unit, _SAID)}."]
        if _perhaps(a):
            lines.append(
                f"Perhaps: {how(a.sharp.reset, unit)} ({percent(a.sharp.probability)} sure to help)."
            )
        return lines
    ways.sort(key=lambda option: option.spent)
    first = "Do" if a.settled or fixed else "Until then"
    return [
        f"{word}: {how(way.reset, unit)}: mean {estimate(way.mean, way.mean_interval, unit, _SAID)}, "
        f"{_gain(way)}."
        for word, way in zip((first, "Or"), ways, strict=False)
    ]


def _gain(way: Any) -> str:
    """Return what is gained: time, or time with the price of the restarts."""
    if way.speedup == inf:
        return "and without restarts there is none"
    gain = f"{ratio(way.speedup, way.speedup_interval)} times as"
    if way.spent == way.mean:
        return f"{gain} fast {between(way.speedup_interval)}"
    return f"{gain} cheap {between(way.speedup_interval)} with what restarts cost"


def _reason(a: Any, unit: str, way: bool) -> str:
    """Return the mean as it is (unless it was said where there is no `way`), and what the spread tells."""
    mean = "as it is the mean is" if a.at_rate else "without restarts the mean is"
    start = f"Why: {mean} {before(a, unit, _SAID)}; " if way else "Why: "
    if a.cv == inf:
        return f"{start}the spread of the times has no bound, and then even rare restarts help."
    of = "spread over mean of the times as they are" if a.at_rate else "spread over mean (CV)"
    cv = f"{start}{of} {ratio(a.cv, a.cv_interval)} {between(a.cv_interval, '' if way else _SAID)}"
    if way and a.cv > 1:
        return f"{cv}, and above 1 even rare restarts help."
    return f"{cv}; rare restarts that cost nothing help above 1, and do harm below."


def _outcomes(a: Any, unit: str, fixed: bool) -> str:
    """Return what becomes of the outcomes, first those for which most changes."""
    now, ways = a.outcomes, [a.sharp] * fixed + [a.poisson] * a.helps
    if not ways:
        shown = (
            f"{label} {share(now.probability[i, 0], now.low[i, 0], now.high[i, 0], _SAID * (i == 0))}"
            for i, label in enumerate(now.labels)
        )
        return f"Outcomes: {', '.join(shown)}; --details tells what restarts would make of them."
    then = min(ways, key=lambda option: option.spent).outcomes
    rarer = (then.high[:, 0] < now.low[:, 0]) & (then.time_per[:, 0] > now.time_per[:, 0])
    change = abs(then.probability[:, 0] - now.probability[:, 0])
    order = sorted(range(len(now.labels)), key=lambda i: -change[i])[:_SHOWN]
    parts = []
    for place, i in enumerate(order):
        p = share(then.probability[i, 0], then.low[i, 0], then.high[i, 0], "" if place else _SAID)
        per = with_unit(float(then.time_per[i, 0]), unit, 3)
        parts.append(
            f"{now.labels[i]} in {p}, not {100 * now.probability[i, 0]:.3g} %, "
            f"one in {per}, not {float(now.time_per[i, 0]):.3g}"
        )
    return f"{'Mind the outcomes' if rarer.any() else 'Outcomes then'}: {'; '.join(parts)}."
