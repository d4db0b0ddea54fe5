"""Resets to random places: the mean search time averages the chances of the places, not their times."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm, uniform

import resetdyn as rd
from analysis import figures
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

LOW, HIGH = 0.5, 2.0
PLACES = {
    "to x₀ = 1": None,
    "uniform, 0.5 to 1.5": uniform(0.5, 1.0),
    "uniform, 0.5 to 2": uniform(LOW, HIGH - LOW),
}
RATES = (0.4, 1.5, 5.0)
SPREADS = (0.3, 1.5)


def _search(rate: float, places: Any) -> Any:
    return rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(rate, to=places))


def _steady(spread: float) -> Any:
    return rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=norm(0.0, spread)))


def _formula(rate: float) -> float:
    """Return (1 - q(x0)) / (r <q(z)>) with q(x) = exp(-x sqrt(r / D)) and z uniform."""
    root = math.sqrt(rate)
    average = (math.exp(-root * LOW) - math.exp(-root * HIGH)) / (root * (HIGH - LOW))
    return (1 - math.exp(-root)) / (rate * average)


def run(quick: bool, rng: Any) -> Outcome:
    """Hold means and steady states with random places against the formulas."""
    n = 40_000 if quick else 400_000
    numbers = []
    for rate in RATES:
        problem = _search(rate, PLACES["uniform, 0.5 to 2"])
        found = mean(rd.simulate(problem, n=n, rng=rng).times)
        numbers.append(
            Number(
                quantity=f"mean search time, resets to a place uniform on [0.5, 2], r = {rate:g}",
                published=_formula(rate),
                equation="(1 − q(x₀)) / (r ⟨q(z)⟩),  q(x) = exp(−x√(r/D))",
                theory=rd.solve(problem).mean,
                theory_error=1e-12,
                **seen(found),
                note="D = x₀ = 1",
            )
        )
    places = {spread: rd.simulate(_steady(spread), n=n, rng=rng).samples for spread in SPREADS}
    for spread, x in places.items():
        exact, found = rd.solve(_steady(spread)), mean(x**2)
        numbers.append(
            Number(
                quantity="mean square distance in the steady state, resets to a normal place, σ = "
                f"{spread:g}",
                published=2.0 + spread**2,
                equation="2D/r + σ²",
                theory=exact.cov,
                theory_error=1e-12,
                **seen(found),
            )
        )
    spread = SPREADS[1]
    there = quad(lambda z: norm(0, spread).pdf(z) * math.exp(-abs(z)) / 2, -20, 20, points=[0], epsabs=1e-12)[
        0
    ]
    numbers.append(
        Number(
            quantity=f"steady density at 0, σ = {spread:g}",
            published=there,
            equation="∫ P(z) (α/2) exp(−α|x − z|) dz,  α = √(r/D)",
            theory=float(rd.solve(_steady(spread)).pdf(0.0)),
            theory_error=1e-9,
        )
    )
    return Outcome(
        _figure(n // 4, places, rng),
        numbers,
        "reproduced",
        caption="Left: mean search time from x₀ = 1 with resets to x₀ and to random places; lines are "
        "exact, circles simulated. Places near the target make up for those far away. Right: steady "
        "densities with resets to normally distributed places, which smooth the cusp away; lines are exact, "
        "steps simulated, and the dotted line is the density for resets to 0.",
    )


def _figure(n: int, places: dict[float, Any], rng: Any) -> Any:
    figure, (left, right) = figures.new(2)
    rates = np.geomspace(0.1, 15, 60)
    for (name, law), colour in zip(PLACES.items(), figures.COLOURS, strict=False):
        left.plot(rates, [rd.solve(_search(r, law)).mean for r in rates], color=colour, label=name)
        found = [mean(rd.simulate(_search(r, law), n=n, rng=rng).times) for r in RATES]
        figures.points(left, RATES, [f.value for f in found], [f.error for f in found], color=colour)
    left.set(xscale="log", yscale="log", ylim=(1, 6))
    left.set(xlabel="reset rate r  [D / x$_0^2$]", ylabel="mean search time  [x$_0^2$ / D]")
    figures.plain_log(left.xaxis)
    figures.plain_log(left.yaxis)
    left.legend(title="resets lead", loc="upper center")
    x, edges = np.linspace(-5, 5, 301), np.linspace(-5, 5, 61)
    right.plot(x, np.exp(-np.abs(x)) / 2, ":", color=figures.BLACK)
    for (spread, found), colour in zip(places.items(), figures.COLOURS, strict=False):
        figures.histogram(right, found, edges, color=colour, alpha=0.5, lw=1)
        right.plot(x, rd.solve(_steady(spread)).pdf(x), color=colour, label=f"σ = {spread:g}")
    right.set(yscale="log", ylim=(2e-3, 1), xlabel="position x  [√(D/r)]", ylabel="steady density  [√(r/D)]")
    right.legend(title="spread of the places", loc="upper right")
    return figure


RESULT = Result(
    name="random_places",
    title="Resets to random places",
    paper=Paper(
        authors="M. R. Evans, S. N. Majumdar",
        year=2011,
        title="Diffusion with optimal resetting",
        journal="J. Phys. A 44, 435001",
        doi="10.1088/1751-8113/44/43/435001",
        arxiv="1107.4225",
    ),
    statement="Resets lead to a place z drawn anew each time. The mean search time is that of the first "
    "trial, divided by the chance that a trial from a random place finds the target before its reset. The "
    "steady state is the Laplace law of each place, averaged over the places.",
    run=run,
    formula=r"\langle T\rangle = \frac{1 - e^{-\alpha x_0}}{r\,\langle e^{-\alpha z}\rangle},"
    r"\quad \alpha = \sqrt{r/D}",
    code="""\
import resetdyn as rd
from scipy.stats import uniform

reset = rd.Poisson(1.5, to=uniform(0.5, 1.5))
rd.solve(rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=reset)).mean
""",
)
