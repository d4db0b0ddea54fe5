"""Nagar and Gupta 2016: resets at power-law times, and when there is a best exponent."""

from __future__ import annotations

from math import erf, exp, pi, sqrt
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.stats import pareto

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean, of_means

PAPER = Paper(
    "A. Nagar, S. Gupta",
    2016,
    "Diffusion with stochastic resetting at power-law times",
    "Phys. Rev. E 93, 060102",
    doi="10.1103/PhysRevE.93.060102",
    arxiv="1512.02092",
)
REMARK = (
    "The paper says that there is an exponent α which minimises the mean search time. That depends on the "
    "shortest time t₀ between resets (derived here). Under any law of resets the mean is an average of "
    "f(τ), that at a fixed period τ, over the law's times, and f falls up to the best period τ* = 0.4585 "
    "x₀²/D and rises from there. For t₀ > τ* no time is better than t₀ itself, so that the mean falls "
    "towards f(t₀) for all α and no exponent is best. For t₀ < τ* it comes to f(t₀) from below, as t₀ "
    "f′(t₀)/α < 0, so that a finite α is best."
)


def search(exponent: float, shortest: float) -> Any:
    """Return the diffusive search, D = x₀ = 1, reset at times with the tail (t₀/t)^α."""
    reset = rd.Renewal(pareto(exponent, scale=shortest))
    return rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), reset)


def mean_time(exponent: float, shortest: float) -> float:
    """Return the exact mean."""
    return float(rd.solve(search(exponent, shortest)).mean)


def best_exponent(shortest: float) -> Any:
    """Return the best of all power laws that begin at this time."""
    free = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0))
    return rd.optimal_reset(free, family=lambda a: rd.Renewal(pareto(a, scale=shortest)), bounds=(0.6, 200.0))


def run(quick: bool, rng: Generator) -> Outcome:
    """Hold the mean, the spread and the best exponent against theory and simulation."""
    n = 50_000 if quick else 500_000
    times = rd.simulate(search(1.5, 0.3), n=n, rng=rng).times
    steady = rd.SteadyState(rd.Brownian(1.0), rd.Renewal(pareto(4.0, scale=0.3), to=0.0))
    samples = rd.simulate(steady, n=n, rng=rng).samples
    best = best_exponent(0.1)
    at_best = mean(rd.simulate(search(best.parameter, 0.1), n=n, rng=rng).times)
    period = rd.optimal_reset(search(1.0, 0.1), family=rd.Sharp)
    numbers = [
        Number(
            "mean time, α = 1.5, t₀ = 0.3 x₀²/D",
            reference("powerlaw.al1.5.t00.3"),
            "∫ P(R > t) Q dt / (1 − ∫ f_R Q dt)",
            mean_time(1.5, 0.3),
            **seen(mean(times)),
        ),
        Number("mean time, α = 1/2", "inf", "finite for α > 1/2 only", mean_time(0.5, 0.3)),
        Number(
            "variance of the steady state, α = 4, t₀ = 0.3",
            0.3 * 3 / 2,
            "D t₀ (α − 1)/(α − 2)",
            rd.solve(steady).cov,
            1e-9,
            **seen(of_means(lambda m1, m2: m2 - m1**2, samples, samples**2)),
        ),
        Number(
            f"least mean time for t₀ = 0.1, at α = {best.parameter:.4g}",
            None,
            "",
            best.mean,
            **seen(at_best),
        ),
        Number(
            "longest t₀ with a best exponent, in x₀²/D",
            reference("diffusion.sharp.taustar"),
            "the best fixed period τ*",
            period.parameter,
            period.error,
        ),
        *map(_approach, (0.1, 0.5)),
    ]
    return Outcome(
        _figure(at_best, best),
        numbers,
        "corrected",
        REMARK,
        "Mean search time against the exponent of the time between resets, for four shortest times t₀ "
        "(lines: theory, circle: simulation). The two with t₀ < 0.4585 have a minimum; the others fall for "
        "ever.",
    )


def _approach(shortest: float) -> Number:
    """Hold how the mean approaches that at a fixed period, whose slope says on which side a minimum lies."""
    fixed = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Sharp(shortest))
    limit = rd.solve(fixed).mean
    alive = erf(1 / sqrt(4 * shortest))
    fall = -exp(-1 / (4 * shortest)) / sqrt(4 * pi * shortest**3)
    coarse, fine = (a * (mean_time(a, shortest) - limit) for a in (1e3, 2e3))
    slope = 2 * fine - coarse
    rises = "a minimum at finite α" if slope < 0 else "falls for all large α"
    return Number(
        f"α (⟨T⟩ − ⟨T⟩_∞) for large α, t₀ = {shortest:g}: {rises}",
        shortest * (alive + fall * limit) / (1 - alive),
        "t₀ d⟨T⟩/dτ of the fixed period at τ = t₀, derived here",
        slope,
        abs(slope - fine),
    )


def _figure(at_best: Any, best: Any) -> Any:
    figure, axes = figures.new()
    exponents = np.geomspace(0.6, 200, 70)
    for shortest, colour in zip((0.1, 0.3, 0.5, 0.8), figures.COLOURS, strict=False):
        means = [mean_time(float(a), shortest) for a in exponents]
        axes.plot(exponents, means, color=colour, label=f"$t_0 = {shortest:g}\\,x_0^2/D$")
    figures.points(axes, [best.parameter], [at_best.value], [at_best.error], color=figures.BLUE)
    axes.set(
        xscale="log",
        xlabel=r"exponent  $\alpha$ of the time between resets",
        ylabel=r"mean search time  $\langle T\rangle D / x_0^2$",
        xlim=(0.6, 200),
        ylim=(1.2, 3.2),
    )
    figures.plain_log(axes.xaxis)
    axes.legend()
    return figure


RESULT = Result(
    "power_law_times",
    "Power-law times between resets, and when an exponent is best",
    PAPER,
    "Diffusion is reset at times whose distribution falls as a power law, τ^−(1 + α) beyond a shortest "
    "time t₀. For α < 1 it spreads for ever, for α > 1 it becomes steady. The mean time to reach a target "
    "is finite for α > 1/2, and the paper finds an α that makes it least.",
    run,
    formula=r"\langle T\rangle = \frac{\int_0^\infty P(R > t)\,Q(t)\,dt}{1 - \int_0^\infty f_R(t)\,Q(t)\,dt},"
    r"\quad P(R > t) = \left(\frac{t_0}{t}\right)^{\alpha}",
    code="""\
import resetdyn as rd
from scipy.stats import pareto

reset = rd.Renewal(pareto(1.5, scale=0.3))
rd.solve(rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), reset)).mean
""",
)
