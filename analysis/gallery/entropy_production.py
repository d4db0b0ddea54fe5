"""The entropy that resetting takes, and what motion must produce to make up for it."""

from __future__ import annotations

from typing import Any

import numpy as np

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

RATE, DRIFT = 2.0, 1.0
PLACES = (0.0, 2.0)  # where resets lead in the trap, whose centre is 0
RATES = (0.2, 1.0, 4.0)


def _free(rate: float, drift: float = 0.0) -> Any:
    return rd.SteadyState(rd.Brownian(1.0, drift=drift), rd.Poisson(rate, to=0.0))


def _trap(rate: float, place: float) -> Any:
    return rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), rd.Poisson(rate, to=place))


def run(quick: bool, rng: Any) -> Outcome:
    """Hold the rates of free motion and of a trap against the formulas, and against samples."""
    n = 30_000 if quick else 300_000
    problem = _free(RATE)
    exact, x = rd.solve(problem), rd.simulate(problem, n=n, rng=rng).samples
    taken = mean(RATE * np.log(exact.pdf(x) / exact.pdf(0.0)))
    numbers = [
        Number(
            quantity="entropy produced by free diffusion, r = 2",
            published=reference("fuchs.entropy"),
            equation="D ∫ p′²/p dx = r",
            theory=exact.entropy_production.production,
        ),
        Number(
            quantity="entropy that resets take, r = 2",
            published=-float(reference("fuchs.entropy")),
            equation="r ⟨ln p(x)/p(y)⟩ = −r",
            theory=exact.entropy_production.resetting,
            **seen(taken),
        ),
        Number(
            quantity="entropy produced with a drift, r = 2, v = 1",
            published=RATE + DRIFT**2,
            equation="r + v²/D",
            theory=rd.solve(_free(RATE, DRIFT)).entropy_production.production,
            note="derived here",
        ),
    ]
    for place in PLACES:
        numbers += _in_the_trap(place, n, rng)
    return Outcome(
        _figure(n // 5, rng),
        numbers,
        "reproduced",
        caption="Rates of entropy in a harmonic trap with resets to its centre (left) and to a place up its "
        "slope (right): what motion produces (blue), what flows into the medium as heat (red, negative "
        "where the medium cools) and what resets take (green). Blue is red minus green. Lines are exact, "
        "circles averages over simulated states.",
    )


def _in_the_trap(place: float, n: int, rng: Any) -> list[Number]:
    """Return the production against a quadrature of the current, and the heat against samples."""
    problem = _trap(1.0, place)
    exact, x = rd.solve(problem), rd.simulate(problem, n=n, rng=rng).samples
    rates = exact.entropy_production
    heat = mean((place**2 - x**2) / 2)
    taken = mean(np.log(exact.pdf(x) / exact.pdf(place)))
    where = f"trap, resets to {place:g}"
    return [
        Number(
            quantity=f"entropy produced, {where}",
            published=_by_current(exact, place),
            equation="∫ j²/(D p) dx",
            theory=rates.production,
            theory_error=1e-6,
            note="r = k = D = 1; formula by quadrature of the current",
        ),
        Number(
            quantity=f"heat into the medium, {where}",
            published=(place**2 - exact.cov - exact.mean**2) / 2,
            equation="r (U(y) − ⟨U⟩) / D",
            theory=rates.medium,
            theory_error=1e-9,
            **seen(heat),
        ),
        Number(
            quantity=f"entropy that resets take, {where}",
            published=None,
            equation="r ⟨ln p(x)/p(y)⟩",
            theory=rates.resetting,
            theory_error=1e-9,
            **seen(taken),
        ),
    ]


def _by_current(exact: Any, place: float) -> float:
    """Return the integral of j^2 / (D p), by panels on either side of where resets lead.

    What is beyond x comes from the reset place and goes back there: |j(x)| is r times its probability.
    """
    nodes, weights = np.polynomial.legendre.leggauss(16)
    within = _from_each_node(nodes)
    total = 0.0
    for side in (-1.0, 1.0):
        edges = place + side * np.linspace(0, 9, 91)
        half = side * (edges[1:] - edges[:-1]) / 2
        x = (edges[1:, None] + edges[:-1, None]) / 2 + side * half[:, None] * nodes
        density = exact.pdf(x.ravel()).reshape(x.shape)
        panels = density @ weights * half
        after = np.append(np.cumsum(panels[::-1])[::-1][1:], 0.0)
        beyond = after[:, None] + (density @ within.T) * half[:, None]
        total += float(((beyond**2 / density) @ weights * half).sum())
    return total


def _from_each_node(nodes: Any) -> Any:
    """Return the weights that integrate a polynomial, known at the nodes, from each node to 1."""
    powers = np.polynomial.legendre.legvander(nodes, len(nodes) - 1)
    integrals = np.empty_like(powers)
    for degree in range(len(nodes)):
        whole = np.polynomial.legendre.legint([0.0] * degree + [1.0])
        integrals[:, degree] = np.polynomial.legendre.legval(1.0, whole) - np.polynomial.legendre.legval(
            nodes, whole
        )
    return integrals @ np.linalg.inv(powers)


def _figure(n: int, rng: Any) -> Any:
    figure, panels = figures.new(2, sharey=True)
    rates = np.geomspace(0.05, 10, 40)
    names = {
        "production": "produced by motion",
        "medium": "heat into the medium",
        "resetting": "taken by resets",
    }
    for axes, place in zip(panels, PLACES, strict=True):
        found = [rd.solve(_trap(rate, place)).entropy_production for rate in rates]
        for (part, name), colour in zip(
            names.items(), (figures.BLUE, figures.RED, figures.GREEN), strict=True
        ):
            axes.plot(rates, [getattr(one, part) for one in found], color=colour, label=name)
        for rate in RATES:
            problem = _trap(rate, place)
            exact, x = rd.solve(problem), rd.simulate(problem, n=n, rng=rng).samples
            heat = mean(rate * (place**2 - x**2) / 2)
            taken = mean(rate * np.log(exact.pdf(x) / exact.pdf(place)))
            figures.points(axes, [rate], [heat.value], [heat.error], color=figures.RED)
            figures.points(axes, [rate], [taken.value], [taken.error], color=figures.GREEN)
        axes.axhline(0, color=figures.GREY, lw=0.8)
        axes.set(
            xscale="log", xlabel=f"reset rate r to y = {place:g}  [k]", ylabel="rate of entropy  [k$_B$ k]"
        )
        figures.plain_log(axes.xaxis)
    panels[0].legend()
    return figure


RESULT = Result(
    name="entropy_production",
    title="The thermodynamics of resetting",
    paper=Paper(
        authors="J. Fuchs, S. Goldt, U. Seifert",
        year=2016,
        title="Stochastic thermodynamics of resetting",
        journal="EPL 113, 60009",
        doi="10.1209/0295-5075/113/60009",
    ),
    statement="Resetting erases where a particle was: it takes entropy from the system at the rate r⟨ln "
    "p(x)/p(y)⟩. In the steady state the motion must produce as much, less what it gives to the medium as "
    "heat. For free diffusion both are the reset rate itself.",
    run=run,
    formula=r"\int \frac{j^2}{D\,p}\,dx - \int \frac{j\,F}{D}\,dx"
    r" + r\left\langle \ln\frac{p(x)}{p(y)}\right\rangle = 0",
    code="""\
import resetdyn as rd

rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0))).entropy_production.production
""",
)
