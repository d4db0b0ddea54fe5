"""The advice in words."""

from __future__ import annotations

from math import inf, isfinite
from typing import Any


def told(advice: Any, details: bool) -> str:
    """Return the advice as text."""
    a = advice
    per = "probability per step" if a.steps else "rate"
    lines = [_verdict(a)]
    if a.helps:
        lines.append(
            f"Reset at {per} {a.rate:.4g}: mean {a.mean:.4g} {_range(a.mean_interval)}, "
            f"{a.speedup:.3g} times as {_good(a.poisson)} {_range(a.speedup_interval)}."
        )
    else:
        stay = f"Stay at {per} {a.at_rate:.4g}" if a.at_rate else "Do not reset"
        lines.append(f"{stay}: mean {a.mean:.4g} {_range(a.mean_interval)}.")
    lines.append(f"Mean without: {_mean(a)}; CV {a.cv:.3g} {_range(a.cv_interval)}.")
    if a.sharp is not None and a.any_helps and a.sharp.spent < min(a.poisson.spent, a.free_mean):
        lines.append(
            f"Best of all: every {a.sharp.reset.period:.4g}, mean {a.sharp.mean:.4g} "
            f"{_range(a.sharp.mean_interval)}."
        )
    elif a.any_helps is not None:
        lines.append(f"No fixed period seems to help either ({_percent(a.any_probability)} sure).")
    lines += [f"Note: {note}" for note in (a.notes if details else a.notes[:1])]
    if details:
        lines += _details(a)
    return "\n".join(lines)


def _verdict(a: Any) -> str:
    subject = "A higher reset rate" if a.at_rate else "Resetting"
    says = "helps" if a.helps else "does not help"
    if a.settled:
        return f"{subject} {says} ({_percent(a.probability)} sure, {a.n} runs)."
    more = (
        "more runs would not settle it"
        if a.more_samples == inf
        else f"some {a.more_samples:.2g} more runs would"
    )
    if a.more_samples < inf:
        more += " settle it"
    sure = f"{_percent(a.probability)} sure, {a.n} runs"
    return f"{subject} probably {says}, but that is not settled ({sure}); {more}."


def _details(a: Any) -> list[str]:
    lines = [f"Runs: {a.n}, of which {a.censored} given up. Data reach to rate {a.reach:.4g}."]
    if a.steps:
        lines.append(f"Times are steps; when a step that ends the run is also a reset, the {a.ties} wins.")
    names = {
        "poisson": "Poisson",
        "robust": "robust Poisson",
        "sharp": "fixed period",
        "gamma": "gamma waits",
        "weibull": "Weibull waits",
    }
    for name, label in names.items():
        option = getattr(a, name)
        if option is not None:
            end = ", at the end of what the data tell" if option.at_reach else ""
            tail = "95 and 99 % of searches end within {:.4g} and {:.4g}".format(*option.tail)
            lines.append(
                f"{label}: {option.reset}, mean {option.mean:.4g} {_range(option.mean_interval)}, "
                f"{option.speedup:.3g} times as fast ({_percent(option.probability)} sure to be faster); "
                f"{tail}{end}"
            )
    if a.luby is not None:
        lines.append(f"Luby's sequence, unit {a.luby.unit:.4g}: mean {a.luby.mean:.4g}")
    if a.bounds is not None:
        lines.append(
            f"No protocol is faster than {a.bounds.harmonic:.4g}; rate {a.bounds.median_rate:.4g} keeps the "
            f"mean below {a.bounds.median:.4g} whatever the law"
        )
    return lines


def _mean(a: Any) -> str:
    if a.free_mean != a.free_mean:
        return "not told by these times"
    if not isfinite(a.free_mean):
        return "infinite"
    sign = "at least " if a.lower_bound else ""
    return f"{sign}{a.free_mean:.4g} {_range(a.free_mean_interval)}"


def _good(option: Any) -> str:
    """Return in which respect: what is made small is the time, or the time with the price of the resets."""
    return "fast" if option.spent == option.mean else f"cheap (with the resets' price {option.spent:.4g})"


def _range(interval: tuple[float, float]) -> str:
    if interval[1] == inf:
        return f"(95 %: above {interval[0]:.3g})"
    return f"(95 %: {interval[0]:.4g} to {interval[1]:.4g})"


def _percent(p: float) -> str:
    return "over 99.9 %" if p > 0.999 else f"{100 * p:.3g} %"
