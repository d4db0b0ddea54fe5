"""Run-and-tumble motion under resetting of position and direction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

TUMBLES = (0.3, 1.0, 4.0)
RATES = (0.2, 0.6, 2.0)


def _search(tumble_rate: float, rate: float) -> Any:
    walker = rd.RunAndTumble(speed=1.0, tumble_rate=tumble_rate)
    return rd.FirstPassage(walker, 1.0, rd.Level(0.0), rd.Poisson(rate))


def _steady(tumble_rate: float, rate: float = 1.0) -> Any:
    return rd.SteadyState(rd.RunAndTumble(1.0, tumble_rate), rd.Poisson(rate, to=0.0))


def _decay(tumble_rate: float, rate: float = 1.0) -> float:
    return math.sqrt(rate * (rate + 2 * tumble_rate))


def run(quick: bool, rng: Any) -> Outcome:
    """Hold the mean search time and the steady state against the formulas."""
    n = 40_000 if quick else 300_000
    problem = _search(1.0, 0.5)
    found = mean(rd.simulate(problem, n=n, rng=rng).times)
    numbers = [
        Number(
            quantity="mean search time, γ = v = x₀ = 1, r = 0.5",
            published=reference("rtp.mfpt"),
            equation="−1/r + (2γ/r) exp(x₀√(r(r+2γ))/v) / (r + 2γ − √(r(r+2γ)))",
            theory=rd.solve(problem).mean,
            **seen(found),
        )
    ]
    places = {tumble: rd.simulate(_steady(tumble), n=n, rng=rng).samples for tumble in TUMBLES}
    for tumble, x in places.items():
        exact, spread = rd.solve(_steady(tumble)), mean(x**2)
        numbers.append(
            Number(
                quantity=f"mean square distance in the steady state, γ = {tumble:g}, r = 1",
                published=2 / _decay(tumble) ** 2,
                equation="2v² / (r(r + 2γ))",
                theory=exact.cov,
                **seen(spread),
            )
        )
    exact = rd.solve(_steady(1.0))
    numbers.append(
        Number(
            quantity="steady density at 0.5, γ = r = 1",
            published=_decay(1.0) / 2 * math.exp(-_decay(1.0) / 2),
            equation="(λ/2) exp(−λ|x|),  λ = √(r(r+2γ))/v",
            theory=float(exact.pdf(0.5)),
            theory_error=1e-14,
        )
    )
    return Outcome(
        _figure(n // 5, places, rng),
        numbers,
        "reproduced",
        caption="Left: mean search time against the reset rate for three tumble rates; lines are exact, "
        "circles simulated. Right: steady densities, Laplace laws like those of diffusion though walkers "
        "have a finite speed; lines are exact, steps simulated.",
    )


def _figure(n: int, places: dict[float, Any], rng: Any) -> Any:
    figure, (left, right) = figures.new(2)
    rates = np.geomspace(0.03, 6, 80)
    edges = np.linspace(-4, 4, 65)
    x = np.linspace(-4, 4, 321)
    for tumble, colour in zip(TUMBLES, figures.COLOURS, strict=False):
        means = [rd.solve(_search(tumble, r)).mean for r in rates]
        left.plot(rates, means, color=colour, label=f"γ = {tumble:g}")
        found = [mean(rd.simulate(_search(tumble, r), n=n, rng=rng).times) for r in RATES]
        figures.points(left, RATES, [f.value for f in found], [f.error for f in found], color=colour)
        figures.histogram(right, places[tumble], edges, color=colour, alpha=0.5, lw=1)
        right.plot(x, rd.solve(_steady(tumble)).pdf(x), color=colour, label=f"γ = {tumble:g}")
    left.set(xscale="log", yscale="log", ylim=(2, 60))
    left.set(xlabel="reset rate r  [v / x$_0$]", ylabel="mean search time  [x$_0$ / v]")
    figures.plain_log(left.xaxis)
    figures.plain_log(left.yaxis)
    left.legend(title="tumble rate  [v / x$_0$]")
    right.set(yscale="log", ylim=(1e-4, 4), xlabel="position x  [v / r]", ylabel="steady density  [r / v]")
    right.legend(title="tumble rate  [r]")
    return figure


RESULT = Result(
    name="run_and_tumble",
    title="A swimmer that runs and tumbles, reset in place and direction",
    paper=Paper(
        authors="M. R. Evans, S. N. Majumdar",
        year=2018,
        title="Run and tumble particle under resetting: a renewal approach",
        journal="J. Phys. A 51, 475003",
    ),
    statement="A particle runs at the speed v and flips its direction at the rate γ. Resets put it back to "
    "the start with a direction drawn anew. The steady state is a Laplace law, and the mean search time is "
    "finite with a best reset rate, as for diffusion.",
    run=run,
    formula=r"\langle T\rangle = -\frac{1}{r} + \frac{2\gamma}{r}\,"
    r"\frac{e^{\lambda x_0}}{r + 2\gamma - v\lambda},\quad \lambda = \frac{\sqrt{r(r+2\gamma)}}{v}",
    code="""\
import resetdyn as rd

swimmer = rd.RunAndTumble(speed=1.0, tumble_rate=1.0)
rd.solve(rd.FirstPassage(swimmer, start=1.0, target=rd.Level(0.0), reset=rd.Poisson(0.5))).mean
""",
)
