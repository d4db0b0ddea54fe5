"""Discrete flights from the edge of their target: whatever the jumps, the best reset probability is 1/4."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import cauchy, laplace, norm

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

JUMPS = {"Cauchy": cauchy(), "Laplace": laplace(), "normal": norm()}
PROBABILITIES = (0.06, 0.12, 0.25, 0.45, 0.7)
MARKERS = ("o", "s", "^")


def _edge(jumps: Any, probability: float, ties: str = "reset") -> Any:
    """Return the flight that starts at the edge of the half line x >= 0 and looks for its inside."""
    target = rd.HalfSpace([1.0], 0.0)
    return rd.FirstPassage(rd.RandomWalk(jumps), 0.0, target, rd.Geometric(probability, ties=ties))


def run(quick: bool, rng: Any) -> Outcome:
    """Hold the optimum, and the mean of three jump laws, against the formulas."""
    n = 30_000 if quick else 200_000
    best = rd.optimal_reset(_edge(JUMPS["Laplace"], 0.1))
    numbers = [
        Number(
            quantity="best reset probability",
            published=reference("sparre.rstar"),
            equation="p* = 1/4",
            theory=best.parameter,
            theory_error=best.error,
        )
    ]
    for name, jumps in JUMPS.items():
        problem = _edge(jumps, 0.25)
        found = mean(rd.simulate(problem, n=n, rng=rng).times)
        numbers.append(
            Number(
                quantity=f"mean number of jumps at p = 1/4, {name} jumps",
                published=reference("sparre.Tstar"),
                equation="1 / (√p (1 − √p))",
                theory=rd.solve(problem).mean,
                **seen(found),
            )
        )
    problem = _edge(JUMPS["Cauchy"], 0.25, "process")
    found = mean(rd.simulate(problem, n=n, rng=rng).times)
    numbers.append(
        Number(
            quantity="the same where the process wins ties, Cauchy jumps",
            published=reference("sparre.processwins"),
            equation="1 + 1/√p",
            theory=rd.solve(problem).mean,
            **seen(found),
            note="derived here",
        )
    )
    return Outcome(
        _figure(n // 3, rng),
        numbers,
        "reproduced",
        "The optimum at 1/4 belongs to the convention that a reset takes the place of a jump. If a jump that "
        "arrives counts before its reset, the mean is 1 + 1/√p: it falls up to p = 1, to 2 jumps.",
        caption="Mean number of jumps against the reset probability, from the edge of the target: the exact "
        "lines hold for every symmetric continuous law of jumps, markers are simulations of three of them.",
    )


def _figure(n: int, rng: Any) -> Any:
    figure, axes = figures.new()
    p = np.geomspace(0.02, 0.98, 80)
    axes.plot(
        p,
        [rd.solve(_edge(JUMPS["normal"], q)).mean for q in p],
        color=figures.BLUE,
        label="reset wins ties, exact",
    )
    axes.plot(
        p,
        [rd.solve(_edge(JUMPS["normal"], q, "process")).mean for q in p],
        "--",
        color=figures.RED,
        label="process wins ties, exact",
    )
    for ties, colour in (("reset", figures.BLUE), ("process", figures.RED)):
        for (name, jumps), marker in zip(JUMPS.items(), MARKERS, strict=True):
            found = [mean(rd.simulate(_edge(jumps, q, ties), n=n, rng=rng).times) for q in PROBABILITIES]
            label = f"{name} jumps, simulated" if ties == "reset" else None
            figures.points(
                axes, PROBABILITIES, [f.value for f in found], [f.error for f in found],
                color=colour, fmt=marker, label=label,
            )  # fmt: skip
    axes.plot(0.25, 4, "*", ms=11, color=figures.ORANGE, zorder=6, label="best: p* = 1/4, 4 jumps")
    axes.set(xscale="log", yscale="log", ylim=(1.8, 60))
    axes.set(xlabel="reset probability p per jump", ylabel="mean number of jumps to the target")
    figures.plain_log(axes.xaxis)
    figures.plain_log(axes.yaxis)
    axes.legend(loc="upper center")
    return figure


RESULT = Result(
    name="levy_flights",
    title="From the edge of the target every flight has its best reset probability at 1/4",
    paper=Paper(
        authors="Ł. Kuśmierz, S. N. Majumdar, S. Sabhapandit, G. Schehr",
        year=2014,
        title="First order transition for the optimal search time of Lévy flights with resetting",
        journal="Phys. Rev. Lett. 113, 220602",
        doi="10.1103/PhysRevLett.113.220602",
        arxiv="1409.1733",
    ),
    statement="A walker jumps, with symmetric and continuous jumps of any law, Lévy flights included, and "
    "is taken back with the probability p instead of a jump. Started at the edge of the target, its mean "
    "number of jumps does not depend on the law (Sparre Andersen's theorem), and is least at p = 1/4: four "
    "jumps.",
    run=run,
    formula=r"\langle N\rangle = \frac{1}{\sqrt{p}\,(1 - \sqrt{p})},\quad p^* = \frac{1}{4},\quad "
    r"\langle N\rangle^* = 4",
    code="""\
import resetdyn as rd
from scipy.stats import cauchy

edge = rd.HalfSpace([1.0], 0.0)
flight = rd.FirstPassage(rd.RandomWalk(cauchy()), start=0.0, target=edge, reset=rd.Geometric(0.1))
rd.optimal_reset(flight).mean
""",
)
