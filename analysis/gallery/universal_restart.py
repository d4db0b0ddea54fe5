"""Luby's universal sequence of restarts: no knowledge of the law, and a logarithm lost at most."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.stats import lognorm, norm

import resetdyn as rd
from analysis import figures
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

WIDTH = 2.0  # of the log-normal law, of median 1
CHANCE = 0.5  # of a search that takes a known time or for ever
NEEDED = (1, 4, 16, 64, 256, 1024)
UNITS = (0.01, 0.1, 1.0)


def luby(exponents: int) -> Any:
    """Return the exponents of the sequence 1, 1, 2, 1, 1, 2, 4, ... of powers of two."""
    sequence = np.zeros(0, dtype=int)
    for k in range(exponents):
        sequence = np.concatenate([sequence, sequence, [k]])
    return sequence


SEQUENCE = luby(17)


def exact_mean(failure: Any, limited: Any, unit: float) -> float:
    """Return the mean time under the sequence, for a law known by P(T > t) and the mean of min(T, t)."""
    lengths = unit * 2.0 ** np.arange(SEQUENCE.max() + 1)
    fails, spent = failure(lengths)[SEQUENCE], limited(lengths)[SEQUENCE]
    before = np.cumprod(np.concatenate([[1.0], fails[:-1]]))
    if before[-1] > 1e-14:
        raise ValueError(f"unit={unit:g}: the sequence is too short; a share of {before[-1]:.1g} is left")
    return float(before @ spent)


def _lognormal(t: Any) -> tuple[Any, Any]:
    z = np.log(t) / WIDTH
    tail = norm.sf(z)
    return tail, math.exp(WIDTH**2 / 2) * norm.cdf(z - WIDTH) + t * tail


def lognormal_mean(unit: float) -> float:
    """Return the exact mean for the log-normal law."""
    return exact_mean(lambda t: _lognormal(t)[0], lambda t: _lognormal(t)[1], unit)


def lucky_mean(needed: float) -> float:
    """Return the exact mean in units of 1 for the search that takes `needed` with its chance, or for ever."""
    return exact_mean(
        lambda t: 1 - CHANCE * (t >= needed),
        lambda t: np.where(t >= needed, CHANCE * needed + (1 - CHANCE) * t, t),
        1.0,
    )


def play(search: Any, unit: float, n: int) -> Any:
    """Play the game: run after run, each for as long as the sequence says, until one ends."""
    total, running = np.zeros(n), np.arange(n)
    for exponent in SEQUENCE:
        times, length = search(len(running)), unit * 2.0**exponent
        total[running] += np.minimum(times, length)
        running = running[times > length]
        if not len(running):
            return total
    raise ValueError(f"unit={unit:g}: {len(running)} games outlast the sequence")


def run(quick: bool, rng: Any) -> Outcome:
    """Hold the mean of the universal sequence against the game, and its loss against the theorem."""
    n = 10_000 if quick else 150_000
    best = rd.optimal_reset(lognorm(WIDTH), family=rd.Sharp)
    needed = 16.0
    known = rd.renewal_survival(lambda t: 1 - CHANCE * (np.asarray(t) >= needed), rd.Sharp(needed))
    numbers = [
        Number(
            quantity="search that takes 16 with chance 1/2: mean under the best fixed period",
            published=needed / CHANCE,
            equation="ℓ = min over t of ⟨min(T, t)⟩ / P(T ≤ t)",
            theory=known.mean,
            theory_error=1e-12,
        )
    ]
    found = mean(play(lambda size: np.where(rng.random(size) < CHANCE, needed, np.inf), 1.0, n))
    lucky, drawn = {needed: found}, {}
    numbers.append(
        Number(
            quantity="the same search: mean under the universal sequence",
            published=None,
            equation="Σᵢ ⟨min(T, uᵢ)⟩ Πⱼ₍ⱼ<ᵢ₎ P(T > uⱼ)",
            theory=lucky_mean(needed),
            theory_error=1e-9,
            **seen(found),
        )
    )
    for unit in UNITS:
        found = drawn[unit] = mean(play(lambda size: rng.lognormal(0.0, WIDTH, size), unit, n))
        numbers.append(
            Number(
                quantity=f"log-normal law, σ = 2: mean under the universal sequence of unit {unit:g}",
                published=None,
                equation="Σᵢ ⟨min(T, uᵢ)⟩ Πⱼ₍ⱼ<ᵢ₎ P(T > uⱼ)",
                theory=lognormal_mean(unit),
                theory_error=1e-9,
                **seen(found),
                note=f"the best fixed period, {best.parameter:.4g}, has {best.mean:.4g}; never restarting "
                "e² = 7.389",
            )
        )
    worst = max(lucky_mean(t) * CHANCE / t for t in NEEDED)
    limit = 192 * (math.log2(NEEDED[-1] / CHANCE) + 5)
    return Outcome(
        _figure(lucky, drawn),
        numbers,
        "reproduced",
        "The theorem promises at most 192 ℓ (log₂ ℓ + 5). What is lost here is far less: at most a factor "
        f"of {worst:.3g} where the theorem allows {limit:.3g}.",
        caption="Left: mean under the universal sequence over that under the best fixed period, for a "
        "search that takes a time t with chance 1/2, or for ever: it grows by a constant for each doubling "
        "of t. Right: a log-normal law, against the unit of the sequence; circles are simulated. The best "
        "fixed period needs to know the law.",
    )


def _figure(lucky: dict[float, Any], drawn: dict[float, Any]) -> Any:
    figure, (left, right) = figures.new(2)
    needed = 2.0 ** np.arange(0, 11)
    left.plot(needed, [lucky_mean(t) * CHANCE / t for t in needed], color=figures.BLUE)
    for t, found in lucky.items():
        figures.points(left, [t], [found.value * CHANCE / t], [found.error * CHANCE / t], color=figures.BLUE)
    left.set(xscale="log", xlabel="time t that the search takes  [unit of the sequence]")
    left.set(ylabel="mean / mean at the best period", ylim=(0, None))
    left.set_xscale("log", base=2)
    units = np.geomspace(1e-3, 30, 40)
    right.plot(units, [lognormal_mean(u) for u in units], color=figures.BLUE, label="universal sequence")
    found = list(drawn.values())
    figures.points(right, UNITS, [f.value for f in found], [f.error for f in found], color=figures.BLUE)
    best = rd.optimal_reset(lognorm(WIDTH), family=rd.Sharp)
    for level, style, name, colour in (
        (best.mean, "--", "best fixed period", figures.GREEN),
        (float(lognorm(WIDTH).mean()), ":", "never restarting", figures.BLACK),
    ):
        right.axhline(level, ls=style, color=colour, label=name)
    right.set(xscale="log", yscale="log", ylim=(0.3, 12))
    right.set(xlabel="unit of the sequence  [median]", ylabel="mean completion time  [median]")
    figures.plain_log(right.yaxis)
    right.legend(loc="upper left", bbox_to_anchor=(0.0, 0.8))
    return figure


RESULT = Result(
    name="universal_restart",
    title="A restart strategy for every law",
    paper=Paper(
        authors="M. Luby, A. Sinclair, D. Zuckerman",
        year=1993,
        title="Optimal speedup of Las Vegas algorithms",
        journal="Inf. Process. Lett. 47, 173",
        doi="10.1016/0020-0190(93)90029-9",
    ),
    statement="For a known law of run times, restarting at one fixed period is the best strategy; its mean "
    "is ℓ. For an unknown law, runs of the lengths 1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8, ... have a "
    "mean of the order of ℓ log ℓ at most, and no universal strategy does better than that.",
    run=run,
    formula=r"\ell = \min_t \frac{\langle\min(T, t)\rangle}{P(T \leq t)},\quad "
    r"\langle T_{\mathrm{univ}}\rangle \leq 192\,\ell\,(\log_2 \ell + 5)",
    code="""\
import resetdyn as rd
from scipy.stats import lognorm

times = lognorm(2.0).rvs(5000, random_state=7)
rd.advise(times).luby.mean
""",
)
