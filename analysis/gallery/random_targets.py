"""A target at an unknown distance: Poisson resets find it, resets at a fixed period never do on average."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import Estimate

NODES, WEIGHTS = np.polynomial.laguerre.laggauss(12)  # of exp(-x); exact to 1e-11 for all rates here
RATES = (0.03, 0.1, 0.25, 0.4)
PERIOD = 4.0


def _search(distance: float, reset: Any) -> Any:
    return rd.FirstPassage(rd.Brownian(1.0), float(distance), rd.Level(0.0), reset)


def _exact(rate: float) -> float:
    """Return the mean over distances that are exponential with mean 1."""
    return float(WEIGHTS @ [rd.solve(_search(x, rd.Poisson(rate))).mean for x in NODES])


def _simulated(rate: float, n: int, rng: Any) -> Estimate:
    """Return the same, each distance of the quadrature simulated; fewer paths where the weight is small.

    Distances that take more than 20,000 resets on average are left to exact means: some 1e-4 of the whole.
    """
    value = variance = 0.0
    for x, weight in zip(NODES, WEIGHTS, strict=True):
        if x * math.sqrt(rate) > math.log(20_000):
            value += weight * rd.solve(_search(x, rd.Poisson(rate))).mean
            continue
        paths = max(200, int(n * math.sqrt(weight) * math.exp(-x * math.sqrt(rate) / 2)))
        found = rd.simulate(_search(x, rd.Poisson(rate)), n=paths, rng=rng)
        value += weight * found.mean
        variance += (weight * found.error) ** 2
    return Estimate(value, math.sqrt(variance))


def run(quick: bool, rng: Any) -> Outcome:
    """Hold the mean at the best rate against the formulas, and follow both protocols to far targets."""
    n = 20_000 if quick else 200_000
    best = float(minimize_scalar(_exact, bounds=(0.05, 0.8), method="bounded", options={"xatol": 1e-9}).x)
    found = {rate: _simulated(rate, n, rng) for rate in RATES}
    numbers = [
        Number(
            quantity="best reset rate",
            published=reference("randomtarget.exp.rstar"),
            equation="r* = D / (4 l²)",
            theory=best,
            theory_error=1e-6,
            note="minimum of the averaged means",
        )
    ]
    for rate, drawn in found.items():
        is_best = rate == 0.25
        numbers.append(
            Number(
                quantity=f"mean search time, r = {rate:g}",
                published=reference("randomtarget.exp.Tstar") if is_best else 1 / _fraction(rate),
                equation="l² / (D y (1 − y)),  y = l √(r/D)",
                theory=_exact(rate),
                theory_error=1e-6,
                **seen(drawn),
                note="D = l = 1; exact and simulated means averaged over distances by Gauss-Laguerre",
            )
        )
    return Outcome(
        _figure(found),
        numbers,
        "reproduced",
        "The mean is infinite from r = D/l² on, and under resets at any fixed period: there far targets cost "
        "exp(L²/(4Dτ)), which outgrows every exponential tail.",
        caption="Left: mean search time against the rate; the line is exact, circles are simulated. Right: "
        "what targets at the distance L contribute to the mean, under Poisson resets at the best rate and "
        "under resets at a fixed period of the same mean: the latter has no finite area.",
    )


def _fraction(rate: float) -> float:
    y = math.sqrt(rate)
    return y * (1 - y)


def _figure(found: dict[float, Estimate]) -> Any:
    figure, (left, right) = figures.new(2)
    rates = np.geomspace(0.003, 0.97, 200)
    left.plot(rates, [1 / _fraction(rate) for rate in rates], color=figures.BLUE, label="l²/(D y(1 − y))")
    figures.points(
        left, list(found), [f.value for f in found.values()], [f.error for f in found.values()],
        color=figures.BLUE, label="simulated",
    )  # fmt: skip
    left.axvline(1, color=figures.GREY, ls=":")
    left.annotate("infinite\nfrom here", (0.93, 30), ha="right", color=figures.GREY)
    left.plot(0.25, 4, "*", ms=11, color=figures.ORANGE, zorder=6, label="r* = D/4l²")
    left.set(xscale="log", yscale="log", ylim=(3, 60))
    left.set(xlabel="reset rate r  [D / l$^2$]", ylabel="mean search time  [l$^2$ / D]")
    figures.plain_log(left.yaxis)
    left.legend()
    distances = np.linspace(0.02, 24, 240)
    for reset, colour, name in (
        (rd.Poisson(1 / PERIOD), figures.BLUE, "Poisson, r = 1/4"),
        (rd.Sharp(PERIOD), figures.RED, "fixed period, 1/r = 4"),
    ):
        cost = [rd.solve(_search(x, reset)).mean * math.exp(-x) for x in distances]
        right.plot(distances, cost, color=colour, label=name)
    right.set(yscale="log", ylim=(1e-5, 1e3))
    right.set(xlabel="distance L of the target  [l]", ylabel="its part of the mean  [l / D]")
    right.legend()
    return figure


RESULT = Result(
    name="random_targets",
    title="Targets at random distances",
    paper=Paper(
        authors="M. R. Evans, S. Ray",
        year=2025,
        title="Stochastic resetting prevails over sharp restart for broad target distributions",
        journal="preprint",
        arxiv="2410.01941",
    ),
    statement="The distance of the target is exponential with the mean l, and stays as it is in each "
    "search. Resets at a constant rate r below D/l² give a finite mean search time, least at D/(4l²), where "
    "it is 4l²/D. Resets at a fixed period, the best protocol for every known distance, give an infinite "
    "one.",
    run=run,
    formula=r"\langle T\rangle = \frac{l^2}{D\,y(1 - y)},\quad y = l\sqrt{r/D} < 1",
    code="""\
import resetdyn as rd

rd.conditions.random_target.value("optimal_mean", D=1.0, l=1.0)
""",
)
