"""Pal 2015: steady states in a potential under resetting."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean, of_means

PAPER = Paper(
    "A. Pal",
    2015,
    "Diffusion in a potential landscape with stochastic resetting",
    "Phys. Rev. E 91, 012113",
    doi="10.1103/PhysRevE.91.012113",
    arxiv="1408.1230",
)
SLOPE = 0.6  # of the wedge |x|


def trap(rate: float, to: float = 0.0) -> Any:
    """Return the harmonic trap, k = D = 1, under resetting to a place."""
    return rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), rd.Poisson(rate, to=to))


def wedge(rate: float) -> Any:
    """Return the potential mu |x|, reset to its tip."""
    process = rd.Langevin("mu*Abs(x)", 1.0, parameters={"mu": SLOPE})
    return rd.SteadyState(process, rd.Poisson(rate, to=0.0))


def run(quick: bool, rng: Generator) -> Outcome:
    """Hold densities, variances and a characteristic function against theory and simulation."""
    n = 50_000 if quick else 500_000
    drawn = {(rate, to): rd.simulate(trap(rate, to), n=n, rng=rng).samples
             for rate, to in ((0.5, 0.0), (1.0, 0.0), (2.0, 1.5))}  # fmt: skip
    slid = rd.simulate(wedge(1.0), n=n // 10, dt=0.005, rng=rng).samples
    density = "C exp(−x²/4) D₋ₛ(|x|), s = r/k"
    decay = (SLOPE + np.sqrt(SLOPE**2 + 4)) / 2
    numbers = [
        Number(
            f"trap, r = k: density at x = {x}",
            reference(f"ou.ness.x{x}.s1.0"),
            density,
            rd.solve(trap(1.0)).pdf(float(x)),
        )
        for x in (0, 1)
    ]
    off = drawn[2.0, 1.5]
    numbers += [
        Number(
            "trap, r = 2k, reset to 1.5: variance",
            reference("ou.ness.var.k1.r2"),
            "(2D + r y²)/(r + 2k) − (r y/(r + k))²",
            rd.solve(trap(2.0, 1.5)).cov,
            **seen(of_means(lambda m1, m2: m2 - m1**2, off, off**2)),
        ),
        Number(
            "trap, r = k/2: ⟨cos x⟩",
            reference("ou.reset.cf1"),
            "₁F₁(1; 1 + r/2k; −D/2k)",
            rd.solve(trap(0.5)).expect(np.cos),
            1e-9,
            **seen(mean(np.cos(drawn[0.5, 0.0]))),
        ),
    ]
    numbers += [
        Number(
            f"wedge 0.6 |x|, r = 1: density at x = {x}",
            reference(f"linear.ness.x{x}.0"),
            "(λ/2) exp(−λ|x|), λ = (μ + √(μ² + 4Dr)) / 2D",
            rd.solve(wedge(1.0)).pdf(float(x)),
            1e-10,
        )
        for x in (0, 1)
    ]
    numbers.append(
        Number(
            "wedge: mean of |x|",
            1 / decay,
            "1/λ",
            rd.solve(wedge(1.0)).expect(np.abs),
            1e-9,
            **seen(mean(np.abs(slid))),
        )
    )
    return Outcome(
        _figure(drawn),
        numbers,
        "reproduced",
        caption="Steady densities in a harmonic trap under resetting (lines: theory, steps: simulation), "
        "from the Gaussian of equilibrium (dashed) to the cusped densities of faster resetting; the last "
        "is reset off the centre and lags behind on its way down.",
    )


def _figure(drawn: dict[tuple[float, float], Any]) -> Any:
    figure, axes = figures.new()
    x = np.linspace(-3.5, 3.5, 701)
    axes.plot(x, np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), color=figures.BLACK, ls="--", label="equilibrium")
    edges = np.linspace(-3.5, 3.5, 57)
    for ((rate, to), samples), colour in zip(drawn.items(), figures.COLOURS, strict=False):
        figures.histogram(axes, samples, edges, color=colour, fill=True, alpha=0.2)
        axes.plot(x, rd.solve(trap(rate, to)).pdf(x), color=colour, label=f"$r = {rate:g}\\,k$, to {to:g}")
    axes.set(
        xlabel=r"position  $x\,\sqrt{k / D}$",
        ylabel=r"steady density  $p\,\sqrt{D / k}$",
        xlim=(-3.5, 3.5),
        ylim=(0, None),
    )
    axes.legend(loc="upper left")
    return figure


RESULT = Result(
    "trap_steady_state",
    "A trap under resetting: between equilibrium and the cusp",
    PAPER,
    "A Brownian particle in a potential that is reset at a constant rate has a steady state that is not "
    "Boltzmann's: in a harmonic trap a parabolic-cylinder function, in a wedge μ|x| a Laplace density with a "
    "decay that mixes the slope and the rate.",
    run,
    formula=r"p(x) = \frac{s\,\Gamma(s/2)}{\sqrt{\pi}\,2^{(3-s)/2}}\; e^{-x^2/4}\, D_{-s}(|x|),\quad "
    r"s = r/k,\quad x \;\mathrm{in\ units\ of}\; \sqrt{D/k}",
    code="""\
import resetdyn as rd

trap = rd.OrnsteinUhlenbeck(stiffness=1.0, center=0.0, diffusion=1.0)
rd.solve(rd.SteadyState(trap, rd.Poisson(1.0, to=0.0))).pdf(1.0)
""",
)
