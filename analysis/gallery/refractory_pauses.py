"""A pause after every reset: the mean search time knows the pause by its mean alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import expon

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

RATE, PAUSE = 1.0, 0.5
PAUSES = (0.0, 0.5, 2.0)
RATES = (0.3, 0.8, 2.0, 5.0)


def _search(rate: float, pause: Any) -> Any:
    reset = rd.Poisson(rate, refractory=pause) if pause else rd.Poisson(rate)
    return rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), reset)


def run(quick: bool, rng: Any) -> Outcome:
    """Hold the mean with pauses, and the share of those who pause, against the formulas."""
    n = 50_000 if quick else 500_000
    laws = {"pauses of fixed length": PAUSE, "pauses exponential": expon(scale=PAUSE)}
    numbers = []
    for name, law in laws.items():
        problem = _search(RATE, law)
        found = mean(rd.simulate(problem, n=n, rng=rng).times)
        numbers.append(
            Number(
                quantity=f"mean search time, {name}",
                published=reference("refractory.mfpt"),
                equation="(exp(√(r/D) x₀) − 1)(1/r + ⟨W⟩)",
                theory=rd.solve(problem).mean,
                **seen(found),
                note="r = D = x₀ = 1, ⟨W⟩ = 0.5, no pause before the first start",
            )
        )
    numbers.append(
        Number(
            quantity="mean search time, with a pause before the first start too",
            published=reference("refractory.mfpt.initial"),
            equation="⟨W⟩/T̃(r) + (1 − T̃(r))/(r T̃(r))",
            theory=rd.solve(_search(RATE, PAUSE)).mean + PAUSE,
            note="the convention of Reuveni, PRL 116, 170601 (2016)",
        )
    )
    steady = rd.SteadyState(rd.Brownian(1.0), rd.Poisson(RATE, to=0.0, refractory=PAUSE))
    waiting = mean(rd.simulate(steady, n=n, rng=rng).samples == 0.0)
    numbers.append(
        Number(
            quantity="share of the time spent in pauses, no target",
            published=RATE * PAUSE / (1 + RATE * PAUSE),
            equation="r⟨W⟩ / (1 + r⟨W⟩)",
            theory=rd.solve(steady).atom,
            **seen(waiting),
        )
    )
    remark = (
        "Whether the first start has a pause too is a convention: it adds ⟨W⟩ to the mean and moves no "
        "optimum."
    )
    return Outcome(
        _figure(n // 5, rng),
        numbers,
        "reproduced",
        remark,
        caption="Left: mean search time against the reset rate for three mean pauses; lines are exact, "
        "circles simulated with pauses of fixed length, squares with exponential ones of the same mean. "
        "Right: the best rate and the mean there against the pause (arrows: without); the longer it is, the "
        "fewer resets pay.",
    )


def _figure(n: int, rng: Any) -> Any:
    figure, (left, right) = figures.new(2)
    rates = np.geomspace(0.1, 20, 80)
    for pause, colour in zip(PAUSES, figures.COLOURS, strict=False):
        left.plot(
            rates, [rd.solve(_search(r, pause)).mean for r in rates], color=colour, label=f"⟨W⟩ = {pause:g}"
        )
        for law, marker in ((pause, "o"), (expon(scale=pause) if pause else None, "s")):
            if law is not None:
                found = [mean(rd.simulate(_search(r, law), n=n, rng=rng).times) for r in RATES]
                values, errors = zip(*found, strict=True)
                figures.points(left, RATES, values, errors, color=colour, fmt=marker)
    left.set(xscale="log", yscale="log", ylim=(1, 200))
    left.set(xlabel="reset rate r  [D / x$_0^2$]", ylabel="mean search time  [x$_0^2$ / D]")
    figures.plain_log(left.xaxis)
    left.legend(title="circles: pauses fixed\nsquares: exponential")
    pauses = np.geomspace(0.01, 10, 50)
    best = [rd.optimal_reset(_search(1.0, pause)) for pause in pauses]
    right.plot(pauses, [b.rate for b in best], color=figures.BLUE, label="best rate r*  [D / x$_0^2$]")
    right.plot(pauses, [b.mean for b in best], "--", color=figures.RED, label="mean at r*  [x$_0^2$ / D]")
    at_once = rd.optimal_reset(_search(1.0, 0.0))
    for level, colour in ((at_once.rate, figures.BLUE), (at_once.mean, figures.RED)):
        right.plot(pauses[0], level, "<", color=colour, clip_on=False)
    right.set(xscale="log", yscale="log", xlabel="mean pause ⟨W⟩  [x$_0^2$ / D]", ylabel="optimum")
    right.set(xlim=(0.01, 10))
    figures.plain_log(right.xaxis)
    figures.plain_log(right.yaxis)
    right.legend()
    return figure


RESULT = Result(
    name="refractory_pauses",
    title="A pause after every reset",
    paper=Paper(
        authors="M. R. Evans, S. N. Majumdar",
        year=2019,
        title="Effects of refractory period on stochastic resetting",
        journal="J. Phys. A 52, 01LT01",
    ),
    statement="Each reset is followed by a random pause. The mean search time depends on the law of the "
    "pause through its mean only, the best rate falls as pauses grow longer, and without a target a finite "
    "share of the time is spent where resets lead.",
    run=run,
    formula=r"\langle T\rangle = \left[e^{\sqrt{r/D}\,x_0} - 1\right]"
    r"\left(\frac{1}{r} + \langle W\rangle\right)",
    code="""\
import resetdyn as rd

reset = rd.Poisson(1.0, refractory=0.5)
search = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=reset)
rd.solve(search).mean
""",
    also=(
        Paper(
            authors="S. Reuveni",
            year=2016,
            title="Optimal stochastic restart renders fluctuations in first passage times universal",
            journal="Phys. Rev. Lett. 116, 170601",
            doi="10.1103/PhysRevLett.116.170601",
            arxiv="1512.01600",
        ),
    ),
)
