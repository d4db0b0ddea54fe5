"""What no restart protocol can beat, and what a simple one is sure to reach, whatever the process."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import lognorm

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

WIDTH = 1.5
CHANCE, NEEDED = 0.3, 2.0  # a search that takes one time with some chance, or for ever


def restarted(search: Any, reset: Any, n: int) -> Any:
    """Play the game: draw a time and a reset, count the shorter, go on where the reset came first."""
    total, running = np.zeros(n), np.arange(n)
    while len(running):
        times, resets = search(len(running)), reset(len(running))
        total[running] += np.minimum(times, resets)
        running = running[resets < times]
    return total


def run(quick: bool, rng: Any) -> Outcome:
    """Hold both bounds where they are tight, and the best period of a log-normal law, against the game."""
    n = 50_000 if quick else 500_000
    law = lognorm(WIDTH)
    bounds = rd.reset_bounds(law)
    x = bounds.median_rate * law.median()

    def half(size: int) -> Any:
        return np.where(rng.random(size) < 0.5, 1.0, np.inf)

    def lucky(size: int) -> Any:
        return np.where(rng.random(size) < CHANCE, NEEDED, np.inf)

    tight = rd.renewal_laplace(lambda s: np.exp(-s) / 2, rd.Poisson(x))
    worst = mean(restarted(half, lambda size: rng.exponential(1 / x, size), n))
    one_time = rd.renewal_survival(lambda t: 1 - CHANCE * (np.asarray(t) >= NEEDED), rd.Sharp(NEEDED))
    just = np.nextafter(NEEDED, np.inf)  # the search ends at its time, not a moment before
    least = mean(restarted(lucky, lambda size: np.full(size, just), n))
    best = mean(
        restarted(
            lambda size: rng.lognormal(0.0, WIDTH, size), lambda size: np.full(size, bounds.best_period), n
        )
    )
    numbers = [
        Number(
            quantity="rate that is sure to work, times the median m",
            published=reference("bound.median.poisson"),
            equation="1 + W₀(−1/(2e))",
            theory=x,
            note="derived here",
        ),
        Number(
            quantity="largest possible mean at that rate, over m",
            published=reference("bound.median.poisson.val"),
            equation="2 e^x",
            theory=tight.mean,
            **seen(worst),
            note="attained if the search takes m or for ever, with even chances",
        ),
        Number(
            quantity="least possible mean, over the harmonic mean",
            published=reference("bound.harmonic"),
            equation="⟨T_R⟩ ≥ 1/⟨1/T⟩",
            theory=one_time.mean * CHANCE / NEEDED,
            simulated=least.value * CHANCE / NEEDED,
            simulated_error=least.error * CHANCE / NEEDED,
            note="attained if the search takes 2 with chance 0.3, or for ever, and is restarted at 2",
        ),
        Number(
            quantity="harmonic mean of a log-normal law, σ = 1.5",
            published=float(np.exp(-(WIDTH**2) / 2)),
            equation="exp(−σ²/2)",
            theory=bounds.harmonic,
            theory_error=1e-12,
        ),
        Number(
            quantity="the best any protocol does for it: a fixed period",
            published=None,
            equation="min over τ of ∫₀^τ P(T > t) dt / P(T ≤ τ)",
            theory=bounds.best,
            **seen(best),
            note=f"τ* = {bounds.best_period:.6g}; Pal and Reuveni, PRL 118, 030603 (2017)",
        ),
    ]
    return Outcome(
        _figure(13 if quick else 25),
        numbers,
        "reproduced",
        caption="Mean completion times of a log-normal law of unit median against its width: without "
        "restart, at the best rate, at the best fixed period (which no protocol beats) and at the rate "
        "0.768/m that needs to know the median only. No protocol brings the mean into the grey, and that "
        "rate keeps it out of the orange.",
    )


def _figure(count: int) -> Any:
    figure, axes = figures.new(width=6.6, height=4.3)
    widths = np.linspace(0.25, 2.6, count)
    found = [rd.reset_bounds(lognorm(width)) for width in widths]
    axes.plot(widths, [b.mean for b in found], color=figures.BLACK, ls="--", label="no restart")
    sure = [_at(width, b.median_rate) for width, b in zip(widths, found, strict=True)]
    axes.plot(widths, sure, color=figures.ORANGE, label="rate 0.768/m")
    axes.plot(widths, [b.poisson for b in found], color=figures.BLUE, label="best rate")
    axes.plot(widths, [b.best for b in found], color=figures.GREEN, label="best period: best of all")
    low, high = [b.harmonic for b in found], found[0].median
    axes.fill_between(widths, 0.01, low, color=figures.GREY, alpha=0.25, lw=0)
    axes.fill_between(widths, high, 100, color=figures.ORANGE, alpha=0.15, lw=0)
    axes.annotate("harmonic mean: beaten by no protocol", (0.4, 0.05))
    axes.annotate("4.311 m: never reached at the rate 0.768/m", (0.4, 6))
    axes.set(yscale="log", ylim=(0.03, 30), xlim=(widths[0], widths[-1]))
    axes.set(xlabel="width σ of the log-normal law", ylabel="mean completion time  [median m]")
    figures.plain_log(axes.yaxis)
    axes.legend(loc="lower left", bbox_to_anchor=(0.02, 0.16))
    return figure


def _at(width: float, rate: float) -> float:
    """Return the mean of a log-normal law under restart at this rate, by quadrature over the law."""
    u, weight = np.polynomial.hermite_e.hermegauss(120)
    survived = weight @ np.exp(-rate * np.exp(width * u)) / weight.sum()
    return float((1 - survived) / (rate * survived))


RESULT = Result(
    name="universal_bounds",
    title="What restart can reach, whatever the process",
    paper=Paper(
        authors="D. Starkov, S. Belan",
        year=2022,
        title="Universal performance bounds of restart",
        journal="preprint",
        arxiv="2209.06611",
    ),
    statement="Two numbers of an undisturbed process bound what restart can do. No protocol brings the mean "
    "below the harmonic mean 1/⟨1/T⟩. And whoever knows the median m alone can bring it below a fixed "
    "multiple of m, even where the mean is infinite.",
    run=run,
    formula=r"\frac{1}{\langle 1/T\rangle} \leq \langle T_R\rangle,\quad "
    r"\langle T_{x/m}\rangle \leq 2 e^x m = 4.311\,m,\quad x = 1 + W_0(-1/2e)",
    code="""\
import resetdyn as rd
from scipy.stats import lognorm

bounds = rd.reset_bounds(lognorm(1.5))
bounds.harmonic
""",
    also=(
        Paper(
            authors="A. Pal, S. Reuveni",
            year=2017,
            title="First passage under restart",
            journal="Phys. Rev. Lett. 118, 030603",
            doi="10.1103/PhysRevLett.118.030603",
            arxiv="1607.06048",
        ),
    ),
)
