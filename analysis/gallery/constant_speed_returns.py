"""Returns at constant speed: they delay a search, and leave the place where diffusion is found as it was."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

RATES = (0.3, 1.0, 3.0, 8.0)
SPEEDS = (0.5, 2.0, 10.0, math.inf)
SLOW, FAST = 0.5, 4.0


def _reset(rate: float, speed: float, **options: Any) -> Any:
    if speed < math.inf:
        options["return_speed"] = speed
    return rd.Poisson(rate, **options)


def _search(rate: float, speed: float) -> Any:
    return rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), _reset(rate, speed))


def _steady(speed: float) -> Any:
    return rd.SteadyState(rd.Brownian(1.0), _reset(1.0, speed, to=0.0))


def run(quick: bool, rng: Any) -> Outcome:
    """Hold the mean search time, the steady state and the share of returns against the formulas."""
    n = 40_000 if quick else 150_000
    problem = _search(1.0, 2.0)
    found = mean(rd.simulate(problem, n=n, rng=rng).times)
    numbers = [
        Number(
            quantity="mean search time, r = 1, v = 2",
            published=reference("return.constspeed.mfpt"),
            equation="(e^z − 1)/z² + (2 sinh z − z)/(v z),  z = x₀√(r/D)",
            theory=rd.solve(problem).mean,
            **seen(found),
            note="units x₀²/D; closed form derived here from the paper's general formula",
        )
    ]
    samples = {v: rd.simulate(_steady(v), n=n, rng=rng).samples for v in (SLOW, FAST)}
    for v, places in samples.items():
        spread = mean(places**2)
        numbers.append(
            Number(
                quantity=f"mean square distance in the steady state, v = {v:g}",
                published=reference("return.constspeed.ness"),
                equation="2D/r, whatever the speed",
                theory=rd.solve(_steady(v)).cov,
                **seen(spread),
                note="r = D = 1; Pal, Kuśmierz and Reuveni, New J. Phys. 21, 113024 (2019)",
            )
        )
    numbers.append(
        Number(
            quantity="share of the time spent on returns, v = 0.5",
            published=reference("return.constspeed.fraction"),
            equation="√(D/r)/v / (1/r + √(D/r)/v)",
            theory=rd.solve(_steady(SLOW)).returning,
        )
    )
    return Outcome(
        _figure(n // 5, samples, rng),
        numbers,
        "reproduced",
        caption="Left: mean search time against the reset rate for several return speeds; lines are exact, "
        "circles simulated. Right: steady densities of two walkers that return at very different speeds, on "
        "the one exact density that holds for both.",
    )


def _figure(n: int, samples: dict[float, Any], rng: Any) -> Any:
    figure, (left, right) = figures.new(2)
    rates = np.geomspace(0.1, 15, 60)
    for speed, colour in zip(SPEEDS, figures.COLOURS, strict=False):
        name = f"v = {speed:g}" if speed < math.inf else "at once"
        left.plot(rates, [rd.solve(_search(r, speed)).mean for r in rates], color=colour, label=name)
        values, errors = zip(
            *(mean(rd.simulate(_search(r, speed), n=n, rng=rng).times) for r in RATES), strict=True
        )
        figures.points(left, RATES, values, errors, color=colour)
    left.set(xscale="log", yscale="log", ylim=(1, 60))
    left.set(xlabel="reset rate r  [D / x$_0^2$]", ylabel="mean search time  [x$_0^2$ / D]")
    figures.plain_log(left.xaxis)
    figures.plain_log(left.yaxis)
    left.legend(title="return speed  [D / x$_0$]", ncols=2)
    x = np.linspace(-7, 7, 401)
    right.plot(x, rd.solve(_steady(SLOW)).pdf(x), color=figures.BLACK, label="exact, every speed")
    edges = np.linspace(-7, 7, 57)
    for (speed, places), colour in zip(samples.items(), figures.COLOURS, strict=False):
        figures.histogram(right, places, edges, color=colour, label=f"simulated, v = {speed:g}")
    right.set(yscale="log", ylim=(3e-4, 1), xlabel="position x  [√(D/r)]", ylabel="density  [√(r/D)]")
    right.legend()
    return figure


RESULT = Result(
    name="constant_speed_returns",
    title="Coming home at constant speed",
    paper=Paper(
        authors="A. Pal, Ł. Kuśmierz, S. Reuveni",
        year=2020,
        title="Search with home returns provides advantage under high uncertainty",
        journal="Phys. Rev. Research 2, 043174",
        doi="10.1103/PhysRevResearch.2.043174",
        arxiv="1906.06987",
    ),
    statement="A reset searcher walks home at the speed v and finds nothing on its way. The mean search time "
    "grows by a term in 1/v. The steady state of diffusion does not change at all: it is the same Laplace "
    "density at every speed, though slow walkers spend most of their time on the way home.",
    run=run,
    formula=r"\langle T\rangle = \frac{e^z - 1}{r} + \frac{x_0}{v}\,\frac{2\sinh z - z}{z},"
    r"\quad z = x_0\sqrt{r/D}",
    code="""\
import resetdyn as rd

reset = rd.Poisson(1.0, return_speed=2.0)
search = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=reset)
rd.solve(search).mean
""",
    also=(
        Paper(
            authors="A. Pal, Ł. Kuśmierz, S. Reuveni",
            year=2019,
            title="Invariants of motion with stochastic resetting and space-time coupled returns",
            journal="New J. Phys. 21, 113024",
            arxiv="1907.13453",
        ),
        Paper(
            authors="A. S. Bodrova, I. M. Sokolov",
            year=2020,
            title="Resetting processes with noninstantaneous return",
            journal="Phys. Rev. E 101, 052130",
            doi="10.1103/PhysRevE.101.052130",
        ),
    ),
)
