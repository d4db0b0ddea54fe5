"""Particles that are reset together: independent in between, and strongly correlated for ever."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.stats import laplace, norm

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean, of_means

CROWD = 64
SIZES = (2, 4, 8, 16, 32, 64)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)


def _together(number: int) -> Any:
    """Return so many particles on the line, as one in so many dimensions; D = r = 1."""
    return rd.SteadyState(rd.Brownian(1.0, dim=number), rd.Poisson(1.0, to=[0.0] * number))


def foremost(law: Any, number: int) -> float:
    """Return the mean of the largest of so many independent numbers of a symmetric law."""
    x, weights = 20 * (NODES + 1), 20 * WEIGHTS  # from 0 to 40: nothing of any law here is beyond
    above, below = -np.expm1(number * law.logcdf(x)), np.exp(number * law.logcdf(-x))
    return float(weights @ (above - below))


def run(quick: bool, rng: Any) -> Outcome:
    """Hold the correlation of two particles, and the foremost of many, against the formulas."""
    n = 30_000 if quick else 200_000
    pair = rd.simulate(_together(2), n=n, rng=rng).samples
    crowd = rd.simulate(_together(CROWD), n=n // 5, rng=rng).samples
    one = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=0.0)))
    a, b = pair[:, 0] ** 2, pair[:, 1] ** 2
    together = of_means(lambda ab, ma, mb: ab - ma * mb, a * b, a, b)
    numbers = [
        Number(
            quantity="⟨x₁²x₂²⟩ − ⟨x²⟩², two particles reset together",
            published=reference("biroli.corr"),
            equation="4D²/r²",
            theory=one.moment(4) / 3 - one.moment(2) ** 2,
            **seen(together),
            note="theory: given the age of the reset they are independent and Gaussian",
        )
    ]
    for size in (8, CROWD):
        found = mean(crowd[:, :size].max(axis=1))
        numbers.append(
            Number(
                quantity=f"mean place of the foremost of {size} particles",
                published=None,
                equation="√(πD/(2r)) ⟨largest of N standard normal numbers⟩",
                theory=math.sqrt(math.pi / 2) * foremost(norm(), size),
                theory_error=1e-9,
                **seen(found),
                note="derived here",
            )
        )
    return Outcome(
        _figure(pair, crowd, rng),
        numbers,
        "reproduced",
        caption="Left: mean square distance of one particle, given the distance of another: if they are "
        "reset together, who is far says that all are, for the last reset was long ago. Right: mean place "
        "of the foremost of N; lines are exact, circles simulated. Together it grows as √ln N, apart as ln "
        "N.",
    )


def _figure(pair: Any, crowd: Any, rng: Any) -> Any:
    figure, (left, right) = figures.new(2)
    edges = np.array([0, 0.25, 0.5, 0.8, 1.2, 1.7, 2.3, 3.0, 4.0])
    distance, apart = np.abs(pair[:, 0]), rng.permutation(pair[:, 1])
    x = np.linspace(0, 4, 50)
    for name, line, other, colour in (
        ("together: 1 + |x₁|", 1 + x, pair[:, 1], figures.BLUE),
        ("each by itself: 2", np.full_like(x, 2.0), apart, figures.RED),
    ):
        left.plot(x, line, color=colour, label=name)
        bins = [(distance > a) & (distance <= b) for a, b in pairwise(edges)]
        found = [mean(other[inside] ** 2) for inside in bins]
        at = [distance[inside].mean() for inside in bins]
        figures.points(left, at, [f.value for f in found], [f.error for f in found], color=colour)
    left.set(xlabel="distance of the first, |x₁|  [√(D/r)]", ylabel="mean square of the second  [D/r]")
    left.set(xlim=(0, 4), ylim=(0, 6))
    left.legend()
    sizes = np.unique(np.geomspace(1, 1000, 40).astype(int))
    for name, means, colour in (
        ("together", [math.sqrt(math.pi / 2) * foremost(norm(), s) for s in sizes], figures.BLUE),
        ("each by itself", [foremost(laplace(), s) for s in sizes], figures.RED),
    ):
        right.plot(sizes, means, color=colour, label=name)
    shuffled = rng.permuted(crowd, axis=0)
    for places, colour in ((crowd, figures.BLUE), (shuffled, figures.RED)):
        found = [mean(places[:, :size].max(axis=1)) for size in SIZES]
        figures.points(right, SIZES, [f.value for f in found], [f.error for f in found], color=colour)
    right.set(xscale="log", xlim=(1, 1000), ylim=(0, None))
    right.set(xlabel="number of particles N", ylabel="mean place of the foremost  [√(D/r)]")
    right.legend()
    return figure


RESULT = Result(
    name="reset_together",
    title="Particles that are reset together",
    paper=Paper(
        authors="M. Biroli, H. Larralde, S. N. Majumdar, G. Schehr",
        year=2023,
        title="Extreme statistics and spacing distribution in a Brownian gas correlated by resetting",
        journal="Phys. Rev. Lett. 130, 207101",
        doi="10.1103/PhysRevLett.130.207101",
        arxiv="2211.00563",
    ),
    statement="N Brownian particles do not interact, but are reset at the same moments. Their steady state "
    "is strongly correlated: given the age of the last reset they are independent, and that age is common "
    "to all.",
    run=run,
    formula=r"\langle x_1^2 x_2^2\rangle - \langle x^2\rangle^2 = \frac{4D^2}{r^2}",
    code="""\
import resetdyn as rd

one = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=0.0)))
one.moment(4) / 3 - one.moment(2) ** 2
""",
)
