"""Reuveni 2016: at the best restart rate the completion time fluctuates as much as its mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.stats import lognorm

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import Estimate, mean, slope_at_zero, variation

PAPER = Paper(
    "S. Reuveni",
    2016,
    "Optimal stochastic restart renders fluctuations in first passage times universal",
    "Phys. Rev. Lett. 116, 170601",
    doi="10.1103/PhysRevLett.116.170601",
    arxiv="1512.01600",
)
LAW = lognorm(1.5)
MULTIPLES = (0.3, 1.0, 4.0)  # of the best rate
SEARCHES = {
    "diffusion to a point": rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0)),
    "trap, to its centre": rd.FirstPassage(
        rd.OrnsteinUhlenbeck(0.3, 0.0, 1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0)
    ),
    "interval, near its end": rd.FirstPassage(rd.Brownian(1.0), 0.1, rd.Interval(0.0, 1.0), rd.Poisson(1.0)),
    "drift away": rd.FirstPassage(rd.Brownian(1.0, drift=1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0)),
}


def run(quick: bool, rng: Generator) -> Outcome:
    """Hold the fluctuations at the best rate, and best rates of given laws, against theory and simulation."""
    n = 40_000 if quick else 200_000
    drawn = {name: _drawn(problem, n, rng) for name, problem in SEARCHES.items()}
    numbers = []
    for name, (best, estimates) in drawn.items():
        cv = rd.solve(_with(SEARCHES[name], best.rate)).cv
        error = best.error / best.rate  # the CV changes by less than the rate, relatively
        published = reference("reuveni.cv.at.opt.bm") if name == "diffusion to a point" else 1.0
        numbers.append(
            Number(f"CV at the best rate, {name}", published, "1", cv, error, **seen(estimates[1]))
        )
    at_one = SEARCHES["diffusion to a point"]
    times = rd.simulate(at_one, n=n, rng=rng).times
    best = rd.optimal_reset(LAW)
    completed = LAW.rvs(n, random_state=rng)
    restarted = rd.renewal_samples(completed, rd.Poisson(best.rate))
    numbers += [
        Number(
            "⟨T²⟩ of diffusion, D = x₀ = r = 1",
            reference("reuveni.secondmoment.bm"),
            "2 (r T̃′ − T̃ + 1) / (r T̃)²",
            rd.solve(at_one).moment(2),
            **seen(mean(times**2)),
        ),
        Number("lognormal law, σ = 1.5: mean", reference("lognormal.s1.5.mean"), "exp(σ²/2)", LAW.mean()),
        Number("best rate", reference("lognormal.s1.5.rstar"), "d⟨T⟩/dr = 0", best.rate, best.error),
        Number(
            "mean at the best rate",
            reference("lognormal.s1.5.Tstar"),
            "(1 − T̃(r)) / (r T̃(r))",
            best.mean,
            **seen(Estimate(restarted.mean, restarted.error)),
        ),
        _slope(n, rng),
    ]
    return Outcome(
        _figure(drawn),
        numbers,
        "reproduced",
        caption="Coefficient of variation of the search time against the reset rate, in units of the best "
        "one, for four searches: theory (lines) and simulation (circles). Whatever the search, the lines "
        "meet where the mean is least, at CV = 1.",
    )


def _drawn(problem: Any, n: int, rng: Generator) -> tuple[Any, list[Estimate]]:
    """Return the best rate, as it was found, and the simulated CV at multiples of it."""
    best = rd.optimal_reset(problem)
    dt = 0.01 if isinstance(problem.process, rd.OrnsteinUhlenbeck) else None
    samples = [rd.simulate(_with(problem, best.rate * m), n=n, rng=rng, dt=dt) for m in MULTIPLES]
    return best, [variation(found.times) for found in samples]


def _with(problem: Any, rate: float) -> Any:
    return rd.FirstPassage(problem.process, problem.start, problem.target, rd.Poisson(rate))


def _slope(n: int, rng: Generator) -> Number:
    """Hold the slope of the mean at rate 0 of two exponential laws, mixed."""
    rates, weights = np.array([5.0, 0.2]), np.array([0.3, 0.7])
    scales = rng.choice(1 / rates, n, p=weights)
    mixed = rd.renewal_survival(lambda t: weights @ np.exp(-np.multiply.outer(rates, t)), rd.Poisson(1e-11))
    return Number(
        "two exponential laws, mixed: slope of the mean at r = 0",
        reference("pr2017.slope"),
        "−⟨T⟩² (CV² − 1) / 2",
        mixed.mean**2 - mixed.moment(2) / 2,
        1e-9,
        **seen(slope_at_zero(rng.exponential(scales))),
    )


def _figure(drawn: dict[str, Any]) -> Any:
    figure, axes = figures.new()
    ratios = np.geomspace(0.1, 10, 81)
    for (name, (best, estimates)), colour in zip(drawn.items(), figures.COLOURS, strict=False):
        cv = [rd.solve(_with(SEARCHES[name], float(best.rate * ratio))).cv for ratio in ratios]
        axes.plot(ratios, cv, color=colour, label=name)
        figures.points(axes, MULTIPLES, *np.transpose(estimates), color=colour)
    axes.axhline(1, color=figures.GREY, lw=1, ls=":")
    axes.axvline(1, color=figures.GREY, lw=1, ls=":")
    axes.set(
        xscale="log",
        xlabel="reset rate over the best one  $r / r^*$",
        ylabel=r"fluctuation  $\mathrm{CV} = \sigma(T_r) / \langle T_r\rangle$",
        xlim=(0.1, 10),
    )
    axes.legend()
    return figure


RESULT = Result(
    "fluctuations_at_optimum",
    "At the best restart rate the fluctuations equal the mean",
    PAPER,
    "Restart a process at the rate, above 0, at which its mean completion time is least: whatever the "
    "process, the standard deviation of that time then equals its mean. And slow restart helps where the "
    "coefficient of variation without restart exceeds 1.",
    run,
    formula=r"\frac{\sigma(T_{r^*})}{\langle T_{r^*}\rangle} = 1,\quad \left.\frac{d\langle T_r\rangle}{dr}"
    r"\right|_{r=0} = -\frac{\langle T\rangle^2}{2}\left(\mathrm{CV}^2 - 1\right)",
    code="""\
import resetdyn as rd
from scipy.stats import lognorm

best = rd.optimal_reset(lognorm(1.5))
rd.renewal_survival(lognorm(1.5).sf, rd.Poisson(best.rate)).cv
""",
)
