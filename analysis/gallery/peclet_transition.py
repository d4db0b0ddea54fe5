"""Ray, Mondal and Reuveni 2019: a drift towards the target makes resetting useless from Pe = 1 on."""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.special import lambertw

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean, variation

PAPER = Paper(
    "S. Ray, D. Mondal, S. Reuveni",
    2019,
    "Péclet number governs transition to acceleratory restart in drift-diffusion",
    "J. Phys. A 52, 255002",
    page="https://cris.tau.ac.il/en/publications/"
    "p%C3%A9clet-number-governs-transition-to-acceleratory-restart-in-drift",
)
Z = 2 + float(lambertw(-2 * exp(-2)).real)
STEP = 0.01
REMARK = (
    "The paper sums up: the best rate is r* ≃ r₀* (1 − Pe), and it saves a factor of about 1/Pe. Both hold "
    "in outline only. The exact curve leaves Pe = 0 with the slope −4z*/(exp z* − 2) = −2.1819 and reaches "
    "Pe = 1 with the slope −3, where the line has −2.5396 throughout: at Pe = 0.5 the best rate is 1.372, "
    "not 1.270. The factor saved is 2.07 at Pe = 0.2, not 5, and 1.18 at Pe = 0.5, not 2: for small Pe it "
    "is c/Pe with c = 1/(2 ⟨T_r*⟩) = 0.3238, ⟨T_r*⟩ at Pe = 0, and at Pe = 1 it is 1."
)


def search(peclet: float, rate: float = 0.0) -> Any:
    """Return the search with a drift to the target, in units of L and L²/D: Pe = L V / 2D."""
    reset = rd.Poisson(rate) if rate else rd.NoReset()
    return rd.FirstPassage(rd.Brownian(1.0, drift=-2 * peclet), 1.0, rd.Level(0.0), reset)


def best_rate(peclet: float) -> float:
    """Return the best rate r* L²/D."""
    return float(rd.optimal_reset(search(peclet)).rate)


def run(quick: bool, rng: Generator) -> Outcome:
    """Hold means, best rates, their slopes and the gain against theory and simulation."""
    n = 50_000 if quick else 500_000
    numbers = [
        Number(
            f"mean time, Pe = {peclet:g}, ρ = rL²/D = 1",
            reference(f"peclet.mfpt.Pe{peclet}.rho1"),
            "(exp(√(Pe² + ρ) − Pe) − 1) / ρ",
            rd.solve(search(peclet, 1.0)).mean,
            **seen(mean(rd.simulate(search(peclet, 1.0), n=n, rng=rng).times)),
        )
        for peclet in (0.2, 0.8)
    ]
    critical = rd.transition(lambda pe: search(pe), "pe", 0.5, 1.5)
    numbers += [
        Number("critical Pe", reference("peclet.CV"), "CV² = 1/Pe", critical.value, critical.error),
        Number(
            "CV without resetting, Pe = 0.5",
            2**0.5,
            "1/√Pe",
            rd.solve(search(0.5)).cv,
            **seen(variation(rd.simulate(search(0.5), n=n, rng=rng).times)),
        ),
    ]
    gains = {}
    for peclet in (0.2, 0.5):
        best = rd.optimal_reset(search(peclet))
        drawn = mean(rd.simulate(search(peclet, best.rate), n=n, rng=rng).times)
        free = 1 / (2 * peclet)
        gains[peclet] = (free / drawn.value, free / drawn.value**2 * drawn.error)
        numbers += [
            Number(
                f"best rate ρ*, Pe = {peclet:g}",
                reference(f"peclet.rhostar.Pe{peclet}"),
                "ρ e^(u − Pe) / 2u = e^(u − Pe) − 1, u = √(Pe² + ρ)",
                best.rate,
                best.error,
            ),
            Number(
                f"the paper's line, Pe = {peclet:g}",
                Z**2 * (1 - peclet),
                "ρ₀* (1 − Pe)",
                best.rate,
                disputed=True,
            ),
            Number(
                f"gain ⟨T⟩ / ⟨T_r*⟩, Pe = {peclet:g}",
                reference(f"peclet.speedup.Pe{peclet}"),
                "1 / (2 Pe ⟨T_r*⟩)",
                best.speedup,
                simulated=gains[peclet][0],
                simulated_error=gains[peclet][1],
            ),
            Number(f"the paper's gain, Pe = {peclet:g}", 1 / peclet, "~ 1/Pe", best.speedup, disputed=True),
        ]
    at_zero, at_one = _slope_at_zero(), _slope_at_one()
    numbers += [
        Number("slope of ρ* at Pe = 0", -4 * Z / (exp(Z) - 2), "−4z*/(exp z* − 2), derived here", *at_zero),
        Number("the paper's line, slope at Pe = 0", -(Z**2), "−ρ₀*", *at_zero, disputed=True),
        Number("ρ* / (1 − Pe) as Pe → 1", reference("peclet.slope.at1"), "3, derived here", *at_one),
        Number("the paper's line, ρ* / (1 − Pe)", Z**2, "ρ₀*", *at_one, disputed=True),
    ]
    numbers += _away()
    return Outcome(
        _figure(gains),
        numbers,
        "corrected",
        REMARK,
        "Left: the best rate against the Péclet number, exact (line) and as the paper sums it up (dashed); "
        "dotted: the tangents at the two ends. Right: the factor that resetting at this rate saves, exact "
        "(line), simulated (circles) and as the paper sums it up (dashed).",
    )


def _slope_at_zero() -> tuple[float, float]:
    """Return the slope, extrapolated from central differences, and how far that moved it."""
    coarse, fine = ((best_rate(h) - best_rate(-h)) / (2 * h) for h in (2 * STEP, STEP))
    slope = fine + (fine - coarse) / 3
    return slope, abs(slope - fine)


def _slope_at_one() -> tuple[float, float]:
    """Return the limit of ρ*/(1 − Pe), extrapolated from three places, and how far that moved it."""
    first, second, third = (best_rate(1 - h) / h for h in (4 * STEP, 2 * STEP, STEP))
    coarse, fine = 2 * second - first, 2 * third - second
    slope = fine + (fine - coarse) / 3
    return slope, abs(slope - fine)


def _away() -> list[Number]:
    """Continue the formula to a drift away from the target."""
    numbers = []
    for peclet in (-0.5, -1):
        best = rd.optimal_reset(search(peclet))
        numbers += [
            Number(
                f"best rate, drift away, Pe = {peclet:g}",
                reference(f"driftaway.rhostar.Pe{peclet}"),
                "the same equation",
                best.rate,
                best.error,
            ),
            Number(
                f"least mean time, Pe = {peclet:g}",
                reference(f"driftaway.Tstar.Pe{peclet}"),
                "the same formula",
                best.mean,
            ),
        ]
    return numbers


def _figure(gains: dict[float, tuple[float, float]]) -> Any:
    figure, (left, right) = figures.new(2)
    peclet = np.linspace(0, 1, 81)
    best = [rd.optimal_reset(search(float(pe))) for pe in peclet]
    left.plot(peclet, [found.rate for found in best], color=figures.BLUE, label="exact")
    left.plot(peclet, Z**2 * (1 - peclet), color=figures.RED, ls="--", label=r"$\rho_0^*\,(1 - Pe)$")
    left.plot(peclet[:45], Z**2 - 2.18189 * peclet[:45], color=figures.GREY, ls=":", label="tangents")
    left.plot(peclet[45:], 3 * (1 - peclet[45:]), color=figures.GREY, ls=":")
    left.set(
        xlabel="Péclet number  $Pe = LV / 2D$",
        ylabel=r"best reset rate  $\rho^* = r^* L^2 / D$",
        xlim=(0, 1),
        ylim=(0, 2.7),
    )
    left.legend()
    right.plot(peclet[4:], [found.speedup for found in best[4:]], color=figures.BLUE, label="exact")
    right.plot(peclet[4:], 1 / peclet[4:], color=figures.RED, ls="--", label="$1 / Pe$")
    values = np.array(list(gains.values()))
    figures.points(right, list(gains), values[:, 0], values[:, 1], color=figures.BLUE, label="simulation")
    right.set(
        yscale="log",
        xlabel="Péclet number  $Pe = LV / 2D$",
        ylabel=r"gain  $\langle T\rangle / \langle T_{r^*}\rangle$",
        xlim=(0, 1),
        ylim=(0.9, 22),
    )
    figures.plain_log(right.yaxis)
    right.legend()
    return figure


RESULT = Result(
    "peclet_transition",
    "A drift to the target makes resetting useless from Pe = 1 on",
    PAPER,
    "A walker drifts with the velocity V to a target at the distance L while it diffuses. Resetting helps "
    "where the Péclet number L V / 2D is below 1, and not beyond. The best rate falls continuously to 0.",
    run,
    formula=r"\langle T\rangle = \frac{L^2}{D}\,\frac{e^{\sqrt{Pe^2 + \rho} - Pe} - 1}{\rho},\quad "
    r"Pe = \frac{LV}{2D},\quad \rho = \frac{rL^2}{D}",
    code="""\
import resetdyn as rd

search = rd.FirstPassage(rd.Brownian(1.0, drift=-1.0), start=1.0, target=rd.Level(0.0))  # Pe = 0.5
best = rd.optimal_reset(search)
best.rate, best.speedup
""",
)
