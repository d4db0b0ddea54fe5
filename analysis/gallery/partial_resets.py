"""Partial resets: each takes the walker part of the way home, and steady states go from Laplace to Gauss."""

from __future__ import annotations

from typing import Any

import numpy as np

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean, of_means

FACTORS = (0.0, 0.5, 0.9)


def _steady(factor: float) -> Any:
    """Return diffusion that resets take from x to ``factor x``; D = r = 1."""
    to = rd.Partial(factor) if factor else 0.0
    return rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=to))


def run(quick: bool, rng: Any) -> Outcome:
    """Hold density, variance and kurtosis against the formulas."""
    n = 40_000 if quick else 150_000
    samples = {factor: rd.simulate(_steady(factor), n=n, rng=rng).samples for factor in FACTORS}
    numbers = []
    for factor in FACTORS[1:]:
        exact, x = rd.solve(_steady(factor)), samples[factor]
        note = f"a = {factor:g}, r = D = 1"
        places = (0.0, 1.0) if factor == 0.5 else (0.0,)
        numbers += [
            Number(
                quantity=f"density at {place:g}, a = {factor:g}",
                published=reference(f"partial.ness.a{factor:g}.x{place:g}"),
                equation="p̂(k) = ∏ⱼ 1/(1 + a²ʲ D k²/r), inverted",
                theory=float(exact.pdf(place)),
            )
            for place in places
        ]
        spread = mean(x**2)
        tail = of_means(lambda m2, m4: m4 / m2**2, x**2, x**4)
        numbers += [
            Number(
                quantity=f"variance, a = {factor:g}",
                published=reference(f"partial.var.a{factor:g}"),
                equation="2D / (r (1 − a²))",
                theory=exact.cov,
                **seen(spread),
                note=note,
            ),
            Number(
                quantity=f"kurtosis, a = {factor:g}",
                published=reference("partial.kurt.a0.5") if factor == 0.5 else 6 / (1 + factor**2),
                equation="⟨x⁴⟩/⟨x²⟩² = 6 / (1 + a²)",
                theory=exact.moment(4) / exact.moment(2) ** 2,
                **seen(tail),
                note=note,
            ),
        ]
    return Outcome(
        _figure(samples),
        numbers,
        "reproduced",
        caption="Left: steady densities for three strengths of the reset; lines are exact, steps simulated. "
        "Right: the kurtosis falls from that of a Laplace law to that of a Gaussian as resets get weaker.",
    )


def _figure(samples: dict[float, Any]) -> Any:
    figure, (left, right) = figures.new(2)
    edges = np.linspace(-12, 12, 97)
    for (factor, places), colour in zip(samples.items(), figures.COLOURS, strict=False):
        figures.histogram(left, places, edges, color=colour, alpha=0.5, lw=1)
        x = np.linspace(-12, 12, 401)
        left.plot(x, rd.solve(_steady(factor)).pdf(x), color=colour, label=f"a = {factor:g}")
    left.set(yscale="log", ylim=(1e-4, 2), xlabel="position x  [√(D/r)]", ylabel="density  [√(r/D)]")
    left.legend(title="lines: exact, steps: simulated", ncols=3)
    factors = np.linspace(0, 1, 101)
    right.plot(factors, 6 / (1 + factors**2), color=figures.BLUE, label="6 / (1 + a²)")
    found = [of_means(lambda m2, m4: m4 / m2**2, x**2, x**4) for x in samples.values()]
    figures.points(
        right, list(samples), [f.value for f in found], [f.error for f in found], color=figures.BLUE,
        label="simulated",
    )  # fmt: skip
    for level, name in ((6, "Laplace"), (3, "Gauss")):
        right.axhline(level, color=figures.GREY, ls=":")
        right.annotate(name, (0.5, level), xytext=(0, 3), textcoords="offset points", color=figures.GREY)
    right.set(xlabel="part a of the distance that a reset leaves", ylabel="kurtosis ⟨x⁴⟩ / ⟨x²⟩²")
    right.set(ylim=(2.5, 7.5), xlim=(-0.03, 1.03))
    right.legend()
    return figure


RESULT = Result(
    name="partial_resets",
    title="Partial resets: from Laplace to Gauss",
    paper=Paper(
        authors="O. Tal-Friedman, Y. Roichman, S. Reuveni",
        year=2022,
        title="Diffusion with partial resetting",
        journal="Phys. Rev. E 106, 054116",
        doi="10.1103/PhysRevE.106.054116",
    ),
    statement="A reset takes the walker from x to a x. The steady state is a product of Laplace laws in "
    "Fourier space, an endless sum of ever smaller exponential displacements: a Laplace density at a = 0 "
    "that turns into a Gaussian as a goes to 1.",
    run=run,
    formula=r"\hat p(k) = \prod_{j=0}^{\infty} \frac{1}{1 + a^{2j} D k^2 / r}",
    code="""\
import resetdyn as rd

steady = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=rd.Partial(0.5))))
steady.moment(4) / steady.moment(2) ** 2
""",
)
