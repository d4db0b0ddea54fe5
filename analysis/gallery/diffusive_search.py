"""Evans and Majumdar 2011: resetting makes a diffusive search finite, and there is a best rate."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

PAPER = Paper(
    "M. R. Evans, S. N. Majumdar",
    2011,
    "Diffusion with stochastic resetting",
    "Phys. Rev. Lett. 106, 160601",
    doi="10.1103/PhysRevLett.106.160601",
    arxiv="1102.2704",
)
FORMULA = "(exp(√(r/D) x₀) − 1) / r"
MEANS = {  # by rate, diffusion and start
    (0.1, 1.0, 1.0): "em2011.mfpt.D1.x1.r0.1",
    (1.0, 1.0, 1.0): "em2011.mfpt.D1.x1.r1",
    (0.7, 0.5, 1.3): "em2011.mfpt.D0.5.x1.3.r0.7",
}


def search(rate: float, diffusion: float = 1.0, start: float = 1.0) -> Any:
    """Return the search for the origin from a distance, reset to the start."""
    return rd.FirstPassage(rd.Brownian(diffusion), start, rd.Level(0.0), rd.Poisson(rate))


def run(quick: bool, rng: Generator) -> Outcome:
    """Hold the mean, its minimum and the survival probability against theory and simulation."""
    n = 50_000 if quick else 500_000
    best = rd.optimal_reset(search(1.0))
    times = {rate: rd.simulate(search(rate), n=n, rng=rng).times for rate in (0.1, 0.4, 1.0, best.rate, 8.0)}
    numbers = []
    for (rate, diffusion, start), name in MEANS.items():
        problem = search(rate, diffusion, start)
        drawn = times[rate] if rate in times else rd.simulate(problem, n=n, rng=rng).times
        quantity = f"mean time, r = {rate:g}, D = {diffusion:g}, x₀ = {start:g}"
        numbers.append(
            Number(quantity, reference(name), FORMULA, rd.solve(problem).mean, **seen(mean(drawn)))
        )
    early = rd.solve(search(1.0)).survival([35.0, 40.0])
    numbers += [
        Number("best z = x₀ √(r/D)", "1.59362", "z/2 = 1 − exp(−z)", np.sqrt(best.rate)),
        Number("the same to all digits", reference("em2011.zstar"), "2 + W₀(−2/e²)", np.sqrt(best.rate)),
        Number("best rate r* x₀²/D", reference("em2011.rstar"), "z*²", best.rate, best.error),
        Number(
            "least mean time ⟨T⟩ D/x₀²",
            reference("em2011.Tstar"),
            "(exp(z*) − 1) / z*²",
            best.mean,
            **seen(mean(times[best.rate])),
        ),
        Number(
            "share still searching at t = 1, r = 1",
            reference("em2011.survival.t1"),
            "Laplace transform (1 − e) / (s + r e), e = exp(−√((r + s)/D) x₀)",
            rd.solve(search(1.0)).survival(1.0),
            1e-12,
            **seen(mean(times[1.0] > 1.0)),
        ),
        Number(
            "rate of decay at late times, r = 1",
            reference("em2011.decayrate"),
            "s + r exp(−√((r + s)/D) x₀) = 0",
            np.log(early[1] / early[0]) / 5,
            1e-9,
            note="from the survival probability at t = 35 and 40",
        ),
    ]
    return Outcome(
        _figure({rate: mean(drawn) for rate, drawn in times.items()}, best),
        numbers,
        "reproduced",
        caption="Mean search time against the reset rate: theory (line) and simulation (circles with "
        "standard errors). Without resetting the mean is infinite; at high rates the searcher never gets "
        "away. The diamond is the minimum.",
    )


def _figure(drawn: dict[float, Any], best: Any) -> Any:
    figure, axes = figures.new()
    rates = np.geomspace(0.03, 20, 200)
    axes.plot(
        rates, [rd.solve(search(float(rate))).mean for rate in rates], color=figures.BLUE, label="theory"
    )
    values = np.array(list(drawn.values()))
    figures.points(axes, list(drawn), values[:, 0], values[:, 1], color=figures.RED, label="simulation")
    label = f"$z^* = {np.sqrt(best.rate):.5f}$"
    axes.plot(best.rate, best.mean, "D", color=figures.BLACK, ms=5, label=label, zorder=6)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="reset rate  $r x_0^2 / D$",
        ylabel=r"mean search time  $\langle T\rangle D / x_0^2$",
        ylim=(1.2, 10),
    )
    figures.plain_log(axes.yaxis)
    axes.legend()
    return figure


RESULT = Result(
    "diffusive_search",
    "A diffusive search becomes finite, and has a best reset rate",
    PAPER,
    "A walker diffuses from a distance x₀ to a target and is put back to where it started at the rate r. "
    "Without resetting the mean search time is infinite; with it, it is finite at every rate, and least at "
    "one of them.",
    run,
    formula=r"\langle T\rangle = \frac{1}{r}\left[e^{\sqrt{r/D}\,x_0} - 1\right],\quad "
    r"\frac{z^*}{2} = 1 - e^{-z^*},\quad z = x_0\sqrt{r/D}",
    code="""\
import resetdyn as rd

search = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(1.0))
rd.optimal_reset(search).rate ** 0.5
""",
)
