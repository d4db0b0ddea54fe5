"""Ray and Reuveni 2020: in a logarithmic potential resetting helps up to a strength of 5 kT."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.stats import invgamma

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import Estimate, mean

PAPER = Paper(
    "S. Ray, S. Reuveni",
    2020,
    "Diffusion with resetting in a logarithmic potential",
    "J. Chem. Phys. 152, 234110",
    doi="10.1063/5.0010549",
    arxiv="2004.01898",
)
FORMULA = "[Γ(ν) 2^(ν−1) / (q^ν K_ν(q)) − 1] / r, q = x₀ √(r/D), ν = (1 + βU₀)/2"
SHORT = 0.3  # a target off the singularity, for paths that advance in steps


def search(strength: float, rate: float = 0.0, target: float = 0.0) -> Any:
    """Return the search in the potential U₀ ln|x|, in units of x₀, x₀²/D and the thermal energy."""
    process = rd.Langevin("U0*log(x)", 1.0, parameters={"U0": strength})
    reset = rd.Poisson(rate) if rate else rd.NoReset()
    return rd.FirstPassage(process, 1.0, rd.Level(target), reset)


def run(quick: bool, rng: Generator) -> Outcome:
    """Hold means, best rates and the transition against theory and simulation."""
    n = 100_000 if quick else 400_000
    means = []
    for strength, rate in ((1.0, 1.0), (3.0, 0.5)):
        means.append(
            Number(
                f"mean time, βU₀ = {strength:g}, r = {rate:g}",
                reference(f"log.mfpt.U{strength:g}.r{rate:g}"),
                FORMULA,
                rd.solve(search(strength, rate)).mean,
                **seen(restarted(strength, rate, n, rng)),
                note="simulated: restarts of the closed law of arrival, an inverse gamma",
            )
        )
    optima, drawn = [], {}
    for strength in (2.0, 4.0):
        best = rd.optimal_reset(search(strength))
        drawn[strength] = (best.rate, restarted(strength, best.rate, n, rng))
        optima += [
            Number(
                f"best rate r* x₀²/D, βU₀ = {strength:g}",
                reference(f"log.rstar.U{strength:g}"),
                "derivative of the mean is 0",
                best.rate,
                best.error,
            ),
            Number(
                f"least mean time, βU₀ = {strength:g}",
                reference(f"log.Tstar.U{strength:g}"),
                FORMULA,
                best.mean,
                **seen(drawn[strength][1]),
            ),
        ]
    turn = rd.transition(lambda U: search(U), "U", 4.0, 6.0)
    paths = rd.simulate(search(2.0, 2.0, SHORT), n=n // 20, dt=1e-3, rng=rng).times
    numbers = [
        *means,
        Number(
            "strength βU₀ at which resetting ceases to help",
            reference("log.CV"),
            "ν = 3, CV² = 1/(ν − 2)",
            turn.value,
            turn.error,
        ),
        *optima,
        Number(
            f"mean time to x₀ × {SHORT:g}, βU₀ = 2, r = 2",
            None,
            "the transfer of the equation from x₀ to there",
            rd.solve(search(2.0, 2.0, SHORT)).mean,
            **seen(mean(paths)),
            note="simulated: paths, which cannot step up to the singularity itself",
        ),
    ]
    return Outcome(
        _figure(drawn),
        numbers,
        "reproduced",
        caption="Mean search time against the reset rate, over that without resetting, for potentials of "
        "four strengths: theory (lines) and simulation (circles, at the best rates). From βU₀ = 5 on no "
        "rate helps.",
    )


def restarted(strength: float, rate: float, n: int, rng: Generator) -> Estimate:
    """Return the mean under restarts of times of arrival drawn from their law, x₀²/(4D) over a gamma."""
    times = invgamma((1 + strength) / 2, scale=0.25).rvs(n, random_state=rng)
    found = rd.renewal_samples(times, rd.Poisson(rate))
    return Estimate(found.mean, found.error)


def _figure(drawn: dict[float, tuple[float, Estimate]]) -> Any:
    figure, axes = figures.new()
    rates = np.geomspace(0.02, 20, 80)
    for strength, colour in zip((2.0, 4.0, 5.0, 6.0), figures.COLOURS, strict=False):
        free = rd.solve(search(strength)).mean
        means = [rd.solve(search(strength, float(rate))).mean / free for rate in rates]
        axes.plot(rates, means, color=colour, label=rf"$\beta U_0 = {strength:g}$")
        if strength in drawn:
            rate, estimate = drawn[strength]
            figures.points(axes, [rate], [estimate.value / free], [estimate.error / free], color=colour)
    axes.axhline(1, color=figures.GREY, lw=1, ls=":")
    axes.set(
        xscale="log",
        xlabel="reset rate  $r x_0^2 / D$",
        ylabel="mean time, over that at $r = 0$",
        ylim=(0.6, 1.5),
        xlim=(0.02, 20),
    )
    axes.legend()
    return figure


RESULT = Result(
    "logarithmic_potential",
    "In a logarithmic potential resetting helps up to βU₀ = 5",
    PAPER,
    "A particle diffuses in the potential U₀ ln|x| to its singularity at 0, reset to where it started. "
    "Resetting helps for −1 < βU₀ < 5 and not beyond. Without resetting the time of arrival is an inverse "
    "gamma.",
    run,
    formula=r"\langle T\rangle = \frac{1}{r}\left[\frac{\Gamma(\nu)\,2^{\nu - 1}}{q^\nu K_\nu(q)} - 1\right],"
    r"\quad q = x_0\sqrt{r/D},\quad \nu = \frac{1 + \beta U_0}{2}",
    code="""\
import resetdyn as rd

def sliding(U):
    process = rd.Langevin("U*log(x)", 1.0, parameters={"U": U})
    return rd.FirstPassage(process, start=1.0, target=rd.Level(0.0))

rd.transition(sliding, "U", 4.0, 6.0).value
""",
)
