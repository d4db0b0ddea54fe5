"""Restart in discrete time: who wins a tie decides the mean, the criterion, and sometimes the verdict."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean, of_means

TIES = ("reset", "process")
PROBABILITIES = (0.01, 0.03, 0.1, 0.2)
DISTANCE, NEAR = 5, 3
BETWEEN = 0.3  # a drift at which the two conventions disagree, at distance 3


def _walk(distance: int, probability: float, ties: str, drift: float = 0.0) -> Any:
    """Return the walk on the integers to a target at this distance; the drift is towards it."""
    steps = rd.RandomWalk({-1: (1 + drift) / 2, 1: (1 - drift) / 2})
    reset = rd.Geometric(probability, ties=ties) if probability else rd.NoReset()
    return rd.FirstPassage(steps, float(distance), rd.Level(0.0), reset)


def run(quick: bool, rng: Any) -> Outcome:
    """Hold means, the optimum and both criteria against the formulas."""
    n = 100_000 if quick else 400_000
    p = 0.1
    numbers = []
    for ties, published, equation in (
        ("reset", reference("rw.restartwins.L1.r0.1"), "(1 − F(1−p)) / (p F(1−p))"),
        ("process", reference("rw.processwins.L1.r0.1"), "(1 − p)(1 − F(1−p)) / (p F(1−p))"),
    ):
        problem = _walk(1, p, ties)
        found = mean(rd.simulate(problem, n=n, rng=rng).times)
        numbers.append(
            Number(
                quantity=f"mean number of steps from distance 1, p = 0.1, {ties} wins ties",
                published=published,
                equation=equation,
                theory=rd.solve(problem).mean,
                **seen(found),
                note="F(z) = ((1 − √(1 − z²))/z)^L",
            )
        )
    best = rd.optimal_reset(_walk(DISTANCE, p, "reset"))
    at_best = _walk(DISTANCE, best.parameter, "reset")
    exact, times = rd.solve(at_best), rd.simulate(at_best, n=n // 3, rng=rng).times
    spread = of_means(lambda m1, m2: m2 / m1**2 - 1, times, times**2)
    numbers.append(
        Number(
            quantity="best probability, distance 5, reset wins ties",
            published=reference("rw.rstar.L5"),
            equation="root of d⟨T⟩/dp",
            theory=best.parameter,
            theory_error=best.error,
        )
    )
    numbers.append(
        Number(
            quantity="CV² at the best probability, distance 5, reset wins ties",
            published=reference("rw.CV2opt.L5"),
            equation="CV² = 1 + 1/⟨T⟩ at the optimum",
            theory=exact.cv**2,
            **seen(spread),
        )
    )
    numbers += _criteria(n, rng)
    low, high = _edges()
    remark = (
        "Neither convention has the criterion CV > 1 of continuous time: a small restart probability helps "
        "if CV² > 1 + 1/⟨T⟩ where the reset wins ties and if CV² > 1 − 1/⟨T⟩ where the process does. "
        f"Between the two the verdicts differ: at distance 3, for drifts from {low:.4f} to {high:.4f} per "
        "step."
    )
    return Outcome(
        _figure(n // 10, rng),
        numbers,
        "reproduced",
        remark,
        caption="Left: mean number of steps against the restart probability under both conventions; lines "
        "are exact, circles simulated. Right: the slope of the mean at p = 0 against a drift towards the "
        "target. Restart helps where it is negative; in the shaded range that depends on who wins ties.",
    )


def _criteria(n: int, rng: Any) -> list[Number]:
    """Return the slopes at p = 0 where the conventions disagree."""
    free = _walk(NEAR, 0.0, "reset", BETWEEN)
    exact = rd.solve(free)
    times = rd.simulate(free, n=n, rng=rng).times
    numbers = []
    for ties, sign in (("reset", 1), ("process", -1)):
        found = of_means(lambda m1, m2, sign=sign: m1**2 + (sign * m1 - m2) / 2, times, times**2)
        numbers.append(
            Number(
                quantity=f"slope of the mean at p = 0, drift {BETWEEN:g}, {ties} wins ties",
                published=exact.mean**2 / 2 * (1 + sign / exact.mean - exact.cv**2),
                equation=f"(⟨T⟩²/2)(1 {'+' if sign > 0 else '−'} 1/⟨T⟩ − CV²)",
                theory=_slope(ties),
                theory_error=1e-3,
                **seen(found),
                note="theory: differences of exact means at small p; positive is no help",
            )
        )
    return numbers


def _slope(ties: str, step: float = 1e-4) -> float:
    """Return d mean / d p at 0 by one-sided differences of second order."""
    zero, one, two = (rd.solve(_walk(NEAR, p, ties, BETWEEN)).mean for p in (0.0, step, 2 * step))
    return (-3 * zero + 4 * one - two) / (2 * step)


def _edges() -> tuple[float, float]:
    """Return the drifts at which CV² = 1 ± 1/<T>: roots of 2 v² + L v = 1 and of L v = 1."""
    return (math.sqrt(NEAR**2 + 8) - NEAR) / 4, 1 / NEAR


def _figure(n: int, rng: Any) -> Any:
    figure, (left, right) = figures.new(2)
    probabilities = np.geomspace(0.003, 0.4, 80)
    for ties, colour in zip(TIES, figures.COLOURS, strict=False):
        left.plot(
            probabilities,
            [rd.solve(_walk(DISTANCE, p, ties)).mean for p in probabilities],
            color=colour,
            label=f"{ties} wins ties",
        )
        values, errors = zip(
            *(mean(rd.simulate(_walk(DISTANCE, p, ties), n=n, rng=rng).times) for p in PROBABILITIES),
            strict=True,
        )
        figures.points(left, PROBABILITIES, values, errors, color=colour)
    left.set(xscale="log", yscale="log")
    left.set(xlabel="restart probability p per step", ylabel="mean number of steps")
    figures.plain_log(left.xaxis)
    figures.plain_log(left.yaxis)
    left.legend(title="lines: exact, circles: simulated\ndistance 5, no drift")
    drifts = np.linspace(0.2, 0.45, 60)
    free = [rd.solve(_walk(NEAR, 0.0, "reset", drift)) for drift in drifts]
    for sign, ties, colour in zip((1, -1), TIES, figures.COLOURS, strict=False):
        slopes = [f.mean**2 / 2 * (1 + sign / f.mean - f.cv**2) for f in free]
        right.plot(drifts, slopes, color=colour, label=f"{ties} wins ties")
    right.axhline(0, color=figures.GREY, lw=0.8)
    right.axvspan(*_edges(), color=figures.YELLOW, alpha=0.35, lw=0)
    right.annotate("verdicts\ndiffer", (sum(_edges()) / 2, -30), ha="center")
    right.set(xlabel="drift to the target  [1 / step]", ylabel="slope of the mean at p = 0  [steps]")
    right.legend(title="restart helps below 0; distance 3", loc="lower right")
    return figure


RESULT = Result(
    name="discrete_restart",
    title="Restart in discrete time, and who wins a tie",
    paper=Paper(
        authors="O. L. Bonomo, A. Pal",
        year=2021,
        title="First passage under restart for discrete space and time: Application to one-dimensional "
        "confined lattice random walks",
        journal="Phys. Rev. E 103, 052129",
        doi="10.1103/PhysRevE.103.052129",
        arxiv="2102.00895",
    ),
    statement="A walk on the integers is restarted with the probability p at each step. When arrival and "
    "restart fall on the same step one of them must win, and mean, optimum and criterion depend on which.",
    run=run,
    formula=r"\langle T\rangle = \frac{1 - F(1-p)}{p\,F(1-p)}\ \mathrm{(reset\ wins)},\quad "
    r"F(z) = \left[\frac{1 - \sqrt{1 - z^2}}{z}\right]^L",
    code="""\
import resetdyn as rd

reset = rd.Geometric(0.1, ties="process")
walk = rd.FirstPassage(rd.RandomWalk({-1: 0.5, 1: 0.5}), start=1.0, target=rd.Level(0.0), reset=reset)
rd.solve(walk).mean
""",
    also=(
        Paper(
            authors="J. M. Flynn, S. S. Pilyugin",
            year=2022,
            title="Using restart sequences to determine beneficial first passage under restart",
            journal="preprint",
            arxiv="2204.07422",
        ),
        Paper(
            authors="A. P. Riascos, D. Boyer, J. L. Mateos",
            year=2021,
            title="Discrete-time random walks and Lévy flights on arbitrary networks: when resetting becomes "
            "advantageous?",
            journal="preprint",
            arxiv="2110.15437",
        ),
    ),
)
