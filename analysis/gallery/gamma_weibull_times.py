"""Pal, Kundu and Evans 2016, Eule and Metzger 2016: times between resets with a memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.special import gamma as gamma_function
from scipy.stats import gamma, weibull_min

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean, of_means

PAPER = Paper(
    "A. Pal, A. Kundu, M. R. Evans",
    2016,
    "Diffusion under time-dependent resetting",
    "J. Phys. A 49, 225001",
    doi="10.1088/1751-8113/49/22/225001",
    arxiv="1512.08211",
)
OTHER = Paper(
    "S. Eule, J. J. Metzger",
    2016,
    "Non-equilibrium steady states of stochastic processes with intermittent resetting",
    "New J. Phys. 18, 033006",
    doi="10.1088/1367-2630/18/3/033006",
    arxiv="1510.07876",
)
FORMULA = "∫ P(R > t) Q dt / (1 − ∫ f_R Q dt)"


def of_gamma(shape: float, mean_wait: float) -> Any:
    """Return resets at gamma times of this mean."""
    return rd.Renewal(gamma(shape, scale=mean_wait / shape))


def of_weibull(shape: float, mean_wait: float) -> Any:
    """Return resets at Weibull times of this mean: at a rate of the time t since the last, t^(shape − 1)."""
    return rd.Renewal(weibull_min(shape, scale=mean_wait / gamma_function(1 + 1 / shape)))


def search(reset: Any) -> Any:
    """Return the diffusive search, D = x₀ = 1."""
    return rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), reset)


def best_of(law: Callable[[float, float], Any], shape: float) -> Any:
    """Return the best mean waiting time for laws of this shape."""
    return rd.optimal_reset(search(rd.NoReset()), family=lambda m: law(shape, m), bounds=(0.05, 5.0))


def run(quick: bool, rng: Generator) -> Outcome:
    """Hold means, the best gamma time and a steady state against theory and simulation."""
    n = 50_000 if quick else 500_000
    best = best_of(of_gamma, 2.0)
    poisson, sharp = (rd.optimal_reset(search(kind(1.0))) for kind in (rd.Poisson, rd.Sharp))
    steady = rd.SteadyState(rd.Brownian(1.0), rd.Renewal(weibull_min(2.0), to=0.0))
    samples = rd.simulate(steady, n=n, rng=rng).samples
    numbers = [
        Number(
            "mean time, gamma times of shape 2 and mean 0.5",
            reference("diffusion.gamma2.mean0.5"),
            FORMULA,
            rd.solve(search(of_gamma(2.0, 0.5))).mean,
            **seen(mean(rd.simulate(search(of_gamma(2.0, 0.5)), n=n, rng=rng).times)),
        ),
        Number(
            "best mean of gamma times of shape 2, in x₀²/D",
            reference("diffusion.gamma2.meanstar"),
            "d⟨T⟩/d⟨R⟩ = 0",
            best.parameter,
            best.error,
        ),
        Number(
            "mean time there",
            reference("diffusion.gamma2.min"),
            FORMULA,
            best.mean,
            **seen(mean(rd.simulate(search(best.reset), n=n, rng=rng).times)),
        ),
        Number(
            "mean time, resets at the rate 2t (Weibull of shape 2 and scale 1)",
            reference("diffusion.weibull2.b1"),
            FORMULA,
            rd.solve(search(rd.Renewal(weibull_min(2.0)))).mean,
            **seen(mean(rd.simulate(search(rd.Renewal(weibull_min(2.0))), n=n, rng=rng).times)),
        ),
        Number(
            "variance of the steady state under these resets",
            2 / np.sqrt(np.pi),
            "D ⟨R²⟩ / ⟨R⟩ = 2 / √π, derived here",
            rd.solve(steady).cov,
            1e-9,
            **seen(of_means(lambda m1, m2: m2 - m1**2, samples, samples**2)),
        ),
    ]
    return Outcome(
        _figure(poisson.mean, sharp.mean, best.mean, 6 if quick else 16),
        numbers,
        "reproduced",
        caption="The least mean search time under gamma and Weibull times between resets, against their "
        "shape: from a constant rate (shape 1, upper dashes) towards a fixed period (lower dashes). "
        "Diamond: the published gamma times of shape 2.",
    )


def _figure(constant: float, fixed: float, published: float, points: int) -> Any:
    figure, axes = figures.new()
    shapes = np.geomspace(0.5, 20, points)
    for (name, law), colour in zip(
        {"gamma times": of_gamma, "Weibull times": of_weibull}.items(), figures.COLOURS, strict=False
    ):
        least = [best_of(law, float(shape)).mean for shape in shapes]
        axes.plot(shapes, least, color=colour, marker="o", ms=3, label=name)
    axes.axhline(constant, color=figures.GREY, lw=1, ls="--")
    axes.axhline(fixed, color=figures.GREY, lw=1, ls="--")
    axes.plot(2.0, published, "D", color=figures.BLACK, ms=5, zorder=6)
    axes.set(
        xscale="log",
        xlabel="shape of the law of times between resets",
        ylabel=r"least mean search time  $\langle T\rangle^* D / x_0^2$",
        xlim=(0.5, 20),
        ylim=(1.3, 1.7),
    )
    figures.plain_log(axes.xaxis)
    axes.legend()
    return figure


RESULT = Result(
    "gamma_weibull_times",
    "Resets that remember the last one do better",
    PAPER,
    "The rate of resets depends on the time since the last one: r(t), or a law of waiting times. The "
    "steady state and the mean search time follow from that law; the more regular the resets, the faster "
    "the search.",
    run,
    formula=r"\langle T\rangle = \frac{\int_0^\infty P(R > t)\,Q(t)\,dt}{1 - \int_0^\infty f_R(t)\,Q(t)\,dt}",
    code="""\
import resetdyn as rd
from scipy.stats import gamma

search = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0))
best = rd.optimal_reset(search, family=lambda m: rd.Renewal(gamma(2, scale=m / 2)), bounds=(0.05, 5))
best.parameter, best.mean
""",
    also=(OTHER,),
)
