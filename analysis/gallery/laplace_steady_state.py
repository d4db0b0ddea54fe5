"""Evans and Majumdar 2011: the steady state of diffusion under resetting, and how it spreads."""

from __future__ import annotations

from math import exp, sqrt
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.integrate import quad
from scipy.optimize import brentq

import resetdyn as rd
from analysis import figures
from analysis.gallery.diffusive_search import PAPER
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean, of_means

RELAXATION = Paper(
    "S. N. Majumdar, S. Sabhapandit, G. Schehr",
    2015,
    "Dynamical transition in the temporal relaxation of stochastic processes under resetting",
    "Phys. Rev. E 91, 052131",
    doi="10.1103/PhysRevE.91.052131",
)
RATE = 2.0
DENSITY = "(α/2) exp(−α|x|), α = √(r/D)"


def run(quick: bool, rng: Generator) -> Outcome:
    """Hold density, variance, a transient and the speed of the front against theory and simulation."""
    n = 50_000 if quick else 500_000
    problem = rd.SteadyState(rd.Brownian(1.0), rd.Poisson(RATE, to=0.0))
    exact = rd.solve(problem)
    samples = rd.simulate(problem, n=n, rng=rng).samples
    half = exact.transient(0.5)
    young = rd.trajectories(problem, [0.5], n=n // 10, rng=rng).states[:, -1]
    places = [front(exact, time) for time in (10.0, 20.0, 40.0)]
    speeds = np.diff(places) / (10.0, 20.0)  # the place itself is off by a constant and terms of order 1 / t
    numbers = [
        Number("density at x = 0", reference("em2011.ness.x0"), DENSITY, exact.pdf(0.0)),
        Number("density at x = 0.5", reference("em2011.ness.x0.5"), DENSITY, exact.pdf(0.5)),
        Number(
            "variance",
            reference("em2011.ness.var"),
            "2D/r",
            exact.cov,
            **seen(of_means(lambda m1, m2: m2 - m1**2, samples, samples**2)),
        ),
        Number(
            "share beyond |x| = 1",
            exp(-sqrt(RATE)),
            "exp(−α)",
            2 * quad(exact.pdf, 1.0, np.inf)[0],
            1e-8,
            **seen(mean(np.abs(samples) > 1)),
        ),
        Number(
            "density at x = 1, t = 0.5, from x = 0",
            reference("em2011.transient.x1.t0.5"),
            "e^(−rt) G + (α/4) [e^(−αx) erfc(u − w) − e^(αx) erfc(u + w)], u = x/√(4Dt), w = √(rt)",
            half.pdf(1.0),
        ),
        Number(
            "share beyond |x| = 1 at t = 0.5",
            None,
            "the same density, integrated",
            2 * quad(half.pdf, 1.0, np.inf)[0],
            1e-8,
            **seen(mean(np.abs(young) > 1)),
        ),
        Number(
            "speed of the front of what has relaxed",
            sqrt(4 * RATE),
            "√(4Dr)",
            speeds[1],
            abs(speeds[1] - speeds[0]),
            note="of the place where the density is half the steady one, from t = 20 to 40",
        ),
    ]
    return Outcome(
        _figure(exact, samples),
        numbers,
        "reproduced",
        caption="Left: the density at three times (lines) closes in on the Laplace law (dashed; steps: "
        "simulated). Right: the large-deviation function, − ln p / t against x / t, tends to a line inside "
        "the front at √(4Dr), where the steady state has arrived, and to a parabola outside, where no path "
        "has been reset yet.",
    )


def front(exact: Any, time: float) -> float:
    """Return the place at which the density is half of what it will be."""
    law = exact.transient(time)
    near, far = sqrt(4 * RATE) * time, sqrt(4 * RATE) * time + 3.0
    return float(brentq(lambda x: law.pdf(x) / exact.pdf(x) - 0.5, near, far, xtol=1e-10))


def _figure(exact: Any, samples: Any) -> Any:
    figure, (left, right) = figures.new(2)
    x = np.linspace(0, 4, 401)
    edges = np.linspace(0, 4, 33)
    counts, _ = np.histogram(np.abs(samples), edges)
    left.stairs(counts / (2 * len(samples)) / np.diff(edges), edges, color=figures.GREY, fill=True, alpha=0.3)
    for time, colour in zip((0.1, 0.5, 1.5), figures.COLOURS, strict=False):
        left.plot(x, exact.transient(time).pdf(x), color=colour, label=f"$rt = {RATE * time:g}$")
    left.plot(x, exact.pdf(x), color=figures.BLACK, ls="--", label="steady state")
    left.set(
        yscale="log",
        ylim=(1e-4, 3),
        xlabel="position  $x$ (length)",
        ylabel="density  $p(x, t)$",
        xlim=(0, 4),
    )
    left.legend()
    y = np.linspace(0.01, 6, 241)
    for time, colour in zip((2.0, 5.0, 20.0), figures.COLOURS, strict=False):
        law = exact.transient(time)
        right.plot(y, -np.log(law.pdf(y * time)) / time, color=colour, label=f"$rt = {RATE * time:g}$")
    limit = np.where(y < sqrt(4 * RATE), sqrt(RATE) * y, RATE + y**2 / 4)
    right.plot(y, limit, color=figures.BLACK, ls="--", label=r"$t \to \infty$")
    right.axvline(sqrt(4 * RATE), color=figures.GREY, lw=1, ls=":")
    right.set(
        xlabel="$x / t$ (length / time)",
        ylabel=r"$-\ln p(x, t)\, /\, t$ (1 / time)",
        xlim=(0, 6),
        ylim=(0, 12),
    )
    right.legend()
    return figure


RESULT = Result(
    "laplace_steady_state",
    "A steady state that no equilibrium has, and the front behind which it forms",
    PAPER,
    "Diffusion that is reset to the origin at the rate r settles in a Laplace density with a cusp at the "
    "origin. It gets there from within: inside |x| < √(4Dr) t the density is the steady one already, outside "
    "it is that of paths that were never reset (Majumdar, Sabhapandit and Schehr).",
    run,
    formula=r"p(x) = \frac{\alpha}{2}\,e^{-\alpha |x|},\quad \alpha = \sqrt{r/D}",
    code="""\
import resetdyn as rd

steady = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0)))
steady.pdf(0.5), steady.transient(0.5).pdf(1.0)
""",
    also=(RELAXATION,),
)
