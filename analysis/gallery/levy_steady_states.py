"""Levy flights under resetting: a Linnik law with a cusp, and tails that resetting cannot cut."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.special import hyp1f1

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

ALPHAS = (1.2, 1.5, 1.8)
WINDOW = 1.0  # P(|x| < WINDOW) is what simulation answers best
TRAP = {"alpha": 1.5, "rate": 0.5}


def _steady(alpha: float, stiffness: float = 0.0, rate: float = 1.0) -> Any:
    process = rd.LevyOrnsteinUhlenbeck(stiffness, 0.0, 1.0, alpha)
    return rd.SteadyState(process, rd.Poisson(rate, to=0.0))


def density(alpha: float, x: float) -> float:
    """Return the density for r = 1 by Fourier inversion of r / (r + |k|^alpha)."""
    if x == 0:  # the tail beyond k = 1 in 1/k, where it is smooth
        low = quad(lambda k: 1 / (1 + k**alpha), 0, 1, epsabs=1e-13)[0]
        high = quad(lambda u: u ** (alpha - 2) / (1 + u**alpha), 0, 1, epsabs=1e-13)[0]
        return (low + high) / math.pi
    return quad(lambda k: 1 / (1 + k**alpha), 0, np.inf, weight="cos", wvar=x, limlst=400)[0] / math.pi


def linnik(alpha: float, x: float) -> float:
    """Return the same density as the mixture of exponentials by which it is known."""
    turn = math.cos(math.pi * alpha / 2)

    def part(y: float) -> float:
        return y**alpha * math.exp(-abs(x) * y) / (1 + 2 * y**alpha * turn + y ** (2 * alpha))

    return math.sin(math.pi * alpha / 2) / math.pi * quad(part, 0, np.inf, limit=300, epsabs=1e-13)[0]


def inside(alpha: float, reach: float) -> float:
    """Return the probability of being nearer than this, the exponentials integrated."""
    turn = math.cos(math.pi * alpha / 2)

    def part(y: float) -> float:
        return y ** (alpha - 1) * -math.expm1(-reach * y) / (1 + 2 * y**alpha * turn + y ** (2 * alpha))

    return 2 * math.sin(math.pi * alpha / 2) / math.pi * quad(part, 0, np.inf, limit=300, epsabs=1e-12)[0]


def _wave_in_a_trap(k: float) -> float:
    """Return <cos(k x)> in a trap of stiffness 1, averaged over the age of the last reset."""
    alpha, rate = TRAP["alpha"], TRAP["rate"]

    def at_age(share: float) -> float:  # share = exp(-r age), uniform
        return math.exp(-(k**alpha) * -math.expm1(alpha * math.log(share) / rate) / alpha)

    return quad(at_age, 0, 1, epsabs=1e-13, limit=200)[0]


def run(quick: bool, rng: Any) -> Outcome:
    """Hold densities and characteristic functions against the formulas."""
    n = 100_000 if quick else 600_000
    samples = {alpha: rd.simulate(_steady(alpha), n=n, rng=rng).samples for alpha in ALPHAS}
    numbers = [
        Number(
            quantity=f"density at {x:g}, α = {alpha:g}",
            published=reference(f"levy.ness.p{x:g}.al{alpha:g}"),
            equation="(r/D)^(1/α) / (α sin(π/α))" if x == 0 else "Linnik's mixture of exponentials",
            theory=density(alpha, x),
            theory_error=1e-9,
            note="r = D = 1; theory by Fourier inversion",
        )
        for alpha, x in ((1.2, 0.0), (1.5, 0.0), (1.5, 1.0))
    ]
    for alpha, places in samples.items():
        near, waves = mean(np.abs(places) < WINDOW), mean(np.cos(places))
        numbers += [
            Number(
                quantity=f"probability of |x| < 1, α = {alpha:g}",
                published=None,
                equation="Linnik's mixture, integrated",
                theory=inside(alpha, WINDOW),
                theory_error=1e-9,
                **seen(near),
            ),
            Number(
                quantity=f"⟨cos x⟩, α = {alpha:g}",
                published=0.5,
                equation="r / (r + D|k|^α) at k = 1",
                theory=2 * quad(lambda y, a=alpha: _cosine_part(a, y), 0, np.inf, limit=300)[0],
                theory_error=1e-8,
                **seen(waves),
                note="theory: the cosine averaged over Linnik's exponentials",
            ),
        ]
    in_trap = rd.simulate(_steady(TRAP["alpha"], 1.0, TRAP["rate"]), n=n, rng=rng).samples
    waves = mean(np.cos(in_trap))
    numbers.append(
        Number(
            quantity="⟨cos x⟩ in a trap, α = 1.5, r = 0.5",
            published=reference("levyou.reset.cf1"),
            equation="₁F₁(1; 1 + r/(αh); −|k|^α/(αh)) at k = h = 1",
            theory=_wave_in_a_trap(1.0),
            theory_error=1e-10,
            **seen(waves),
            note="derived here; theory by quadrature over the age",
        )
    )
    gaussian = rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), rd.Poisson(TRAP["rate"], to=0.0))
    waves = mean(np.cos(rd.simulate(gaussian, n=n, rng=rng).samples))
    numbers.append(
        Number(
            quantity="⟨cos x⟩ in a trap, α = 2, r = 0.5",
            published=reference("ou.reset.cf1"),
            equation="₁F₁(1; 1 + r/(2h); −Dk²/(2h)) at k = h = D = 1",
            theory=rd.solve(gaussian).expect(np.cos),
            theory_error=1e-11,
            **seen(waves),
            note="the Gaussian limit, by the exact density",
        )
    )
    return Outcome(
        _figure(samples, in_trap),
        numbers,
        "reproduced",
        "Second moments diverge at every reset rate: resetting makes a steady state, but no finite variance.",
        caption="Left: steady densities on logarithmic scales, exact lines and simulated points, with the "
        "tails of the single flights, |x|^(−1−α). Right: characteristic functions of the free flight and of "
        "one in a harmonic trap, both reset; lines are exact, circles simulated.",
    )


def _cosine_part(alpha: float, y: float) -> float:
    """Return Linnik's weight of the exponential with the decay y, times its mean cosine."""
    turn = math.cos(math.pi * alpha / 2)
    weight = y**alpha / (1 + 2 * y**alpha * turn + y ** (2 * alpha))
    return math.sin(math.pi * alpha / 2) / math.pi * weight * y / (1 + y * y)


def _figure(samples: dict[float, Any], in_trap: Any) -> Any:
    figure, (left, right) = figures.new(2)
    x = np.geomspace(0.02, 200, 60)
    edges = np.geomspace(0.02, 200, 25)
    middle = np.sqrt(edges[1:] * edges[:-1])
    for (alpha, places), colour in zip(samples.items(), figures.COLOURS, strict=False):
        left.plot(x, [linnik(alpha, at) for at in x], color=colour, label=f"α = {alpha:g}")
        counts, _ = np.histogram(np.abs(places), edges)
        scale = 2 * len(places) * np.diff(edges)
        seen = counts > 4
        figures.points(
            left, middle[seen], (counts / scale)[seen], (np.sqrt(counts) / scale)[seen], color=colour, ms=3.5
        )
    left.set(xscale="log", yscale="log", ylim=(1e-8, 3))
    left.set(xlabel="distance |x|  [(D/r)$^{1/α}$]", ylabel="density  [(r/D)$^{1/α}$]")
    far = np.array([10.0, 200.0])
    tail = math.gamma(1 + ALPHAS[0]) * math.sin(math.pi * ALPHAS[0] / 2) / math.pi
    left.plot(far, 2.5 * tail * far ** (-1 - ALPHAS[0]), ":", color=figures.GREY)
    left.annotate("$|x|^{-1-α}$", (40, 4 * tail * 40 ** (-1 - ALPHAS[0])), color=figures.GREY)
    left.legend(loc="lower left")
    waves = np.linspace(0, 6, 120)
    alpha, rate = TRAP["alpha"], TRAP["rate"]
    for name, law, places, colour in (
        ("free, r = 1", 1 / (1 + waves**alpha), samples[1.5], figures.BLUE),
        (
            "in a trap, r = 0.5",
            hyp1f1(1, 1 + rate / alpha, -(waves**alpha) / alpha),
            in_trap,
            figures.RED,
        ),
    ):
        right.plot(waves, law, color=colour, label=name)
        asked = np.arange(0.5, 6, 0.75)
        found = [mean(np.cos(k * places[:50_000])) for k in asked]
        figures.points(right, asked, [f.value for f in found], [f.error for f in found], color=colour)
    right.set(xlabel="wave number k  [D = h = 1]", ylabel="characteristic function ⟨cos kx⟩", ylim=(0, 1.02))
    right.legend(title="α = 1.5")
    return figure


RESULT = Result(
    name="levy_steady_states",
    title="Lévy flights settle to a Linnik law",
    paper=Paper(
        authors="Ł. Kuśmierz, E. Gudowska-Nowak",
        year=2015,
        title="Optimal first-arrival times in Lévy flights with resetting",
        journal="Phys. Rev. E 92, 052127",
        doi="10.1103/PhysRevE.92.052127",
        arxiv="1508.03184",
    ),
    statement="A symmetric Lévy flight of index α that is reset at the rate r settles to a Linnik law, a "
    "mixture of Laplace laws for α below 2: finite at the place that resets lead to for α above 1, and with "
    "the power-law tail of the flight itself.",
    run=run,
    formula=r"\hat p(k) = \frac{r}{r + D|k|^\alpha},\quad "
    r"p(0) = \frac{(r/D)^{1/\alpha}}{\alpha \sin(\pi/\alpha)}",
    code="""\
import resetdyn as rd

flight = rd.LevyOrnsteinUhlenbeck(stiffness=0.0, center=0.0, diffusion=1.0, alpha=1.5)
samples = rd.simulate(rd.SteadyState(flight, rd.Poisson(1.0, to=0.0)), n=10_000, rng=7).samples
(abs(samples) < 1.0).mean()
""",
)
