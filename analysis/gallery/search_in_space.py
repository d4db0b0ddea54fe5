"""Evans and Majumdar 2014: search for a sphere in d dimensions."""

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
    2014,
    "Diffusion with resetting in arbitrary spatial dimension",
    "J. Phys. A 47, 285001",
    doi="10.1088/1751-8113/47/28/285001",
    arxiv="1404.4574",
)
RADIUS, WIDE = 0.1, 0.5  # of the target; the wide one is cheap to hit in simulation
FORMULA = "[(a/R₀)^ν K_ν(αa) / K_ν(αR₀) − 1] / r, ν = 1 − d/2, α = √(r/D)"


def search(dim: int, rate: float, radius: float = RADIUS) -> Any:
    """Return the search for a ball at the origin from the distance 1, reset to the start."""
    start = [1.0] + [0.0] * (dim - 1)
    target = rd.Ball([0.0] * dim, radius)
    return rd.FirstPassage(rd.Brownian(1.0, dim=dim), start, target, rd.Poisson(rate))


def run(quick: bool, rng: Generator) -> Outcome:
    """Hold means and best rates in two and three dimensions against theory and simulation."""
    n = 3_000 if quick else 30_000
    best = {dim: rd.optimal_reset(search(dim, 1.0)) for dim in (2, 3)}
    numbers = [
        Number(
            f"mean time, d = {dim}, a = 0.1 R₀, r = 1",
            reference(f"em2014.mfpt.d{dim}.R1.a0.1.r1"),
            FORMULA,
            rd.solve(search(dim, 1.0)).mean,
        )
        for dim in (2, 3)
    ]
    numbers += [
        Number(
            f"best rate r* R₀²/D, d = {dim}, a = 0.1 R₀",
            reference(f"em2014.d{dim}.rstar.R1.a0.1"),
            "2 + W₀(−2a/(e² R₀)) = √(r*/D) (R₀ − a)" if dim == 3 else "derivative of the mean is 0",
            found.rate,
            found.error,
        )
        for dim, found in best.items()
    ]
    numbers.append(
        Number("least mean time, d = 3", reference("em2014.d3.Tstar.R1.a0.1"), FORMULA, best[3].mean)
    )
    drawn = {}
    for dim in (1, 2, 3):
        rates = (0.5, 2.0, 8.0)
        drawn[dim] = [
            mean(rd.simulate(search(dim, rate, WIDE), n=n, dt=1e-3, rng=rng).times) for rate in rates
        ]
        numbers.append(
            Number(
                f"mean time, d = {dim}, a = 0.5 R₀, r = 2",
                None,
                FORMULA,
                rd.solve(search(dim, 2.0, WIDE)).mean,
                **seen(drawn[dim][1]),
            )
        )
    return Outcome(
        _figure(drawn, (0.5, 2.0, 8.0)),
        numbers,
        "reproduced",
        caption="Mean time to find a ball of radius R₀/2 from a distance R₀, against the reset rate, by "
        "theory (lines) and simulation (circles). In three dimensions a walker is lost for ever with a "
        "finite probability, and resetting pays even more.",
    )


def _figure(drawn: dict[int, Any], at: tuple[float, ...]) -> Any:
    figure, axes = figures.new()
    rates = np.geomspace(0.2, 40, 60)
    for (dim, estimates), colour in zip(drawn.items(), figures.COLOURS, strict=False):
        means = [rd.solve(search(dim, float(rate), WIDE)).mean for rate in rates]
        axes.plot(rates, means, color=colour, label=f"$d = {dim}$")
        figures.points(axes, at, *np.transpose(estimates), color=colour)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="reset rate  $r R_0^2 / D$",
        ylabel=r"mean search time  $\langle T\rangle D / R_0^2$",
    )
    figures.plain_log(axes.yaxis)
    axes.legend()
    return figure


RESULT = Result(
    "search_in_space",
    "The best reset rate depends on the dimension",
    PAPER,
    "A walker searches for a ball of radius a from a distance R₀ in d dimensions, reset to where it started. "
    "The mean time is finite in every dimension, also where a walker that is never reset may never arrive.",
    run,
    formula=r"\langle T\rangle = \frac{1}{r}\left[\left(\frac{a}{R_0}\right)^{\nu}"
    r"\frac{K_\nu(a\sqrt{r/D})}{K_\nu(R_0\sqrt{r/D})} - 1\right],\quad \nu = 1 - \frac{d}{2}",
    code="""\
import resetdyn as rd

process, target = rd.Brownian(1.0, dim=3), rd.Ball([0.0, 0.0, 0.0], radius=0.1)
search = rd.FirstPassage(process, [1.0, 0.0, 0.0], target, rd.Poisson(1.0))
best = rd.optimal_reset(search)
best.rate, best.mean
""",
)
