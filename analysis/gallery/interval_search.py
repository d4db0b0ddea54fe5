"""Pal and Prasad 2019: diffusion out of an interval, where resetting helps near the ends only."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numpy.random import Generator

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

PAPER = Paper(
    "A. Pal, V. V. Prasad",
    2019,
    "First passage under stochastic resetting in an interval",
    "Phys. Rev. E 99, 032123",
    doi="10.1103/PhysRevE.99.032123",
    arxiv="1812.03009",
)
FORMULA = "[cosh(q/2) / cosh((1/2 − u) q) − 1] / r, q = L √(r/D)"


def search(start: float, rate: float = 0.0) -> Any:
    """Return the escape from an interval, in units of L and L²/D."""
    reset = rd.Poisson(rate) if rate else rd.NoReset()
    return rd.FirstPassage(rd.Brownian(1.0), start, rd.Interval(0.0, 1.0), reset)


def run(quick: bool, rng: Generator) -> Outcome:
    """Hold means, ends, the critical start and best rates against theory and simulation."""
    n = 40_000 if quick else 400_000
    near = rd.simulate(search(0.1, 5.0), n=n, rng=rng)
    middle = rd.simulate(search(0.5, 1.0), n=n, rng=rng)
    turn = rd.transition(lambda u: search(u), "u", 0.2, 0.4)
    numbers = [
        Number(
            f"mean time, u = x₀/L = {u:g}, r = {rate:g}",
            reference(f"interval.mfpt.u{u}.r{rate}"),
            FORMULA,
            rd.solve(search(u, rate)).mean,
            **seen(mean(drawn.times)),
        )
        for u, rate, drawn in ((0.1, 5, near), (0.5, 1, middle))
    ]
    numbers += [
        Number(
            "share that leaves at the near end, u = 0.1, r = 5",
            reference("interval.split.u0.1.r5"),
            "sinh((1 − u) q) / (sinh(u q) + sinh((1 − u) q))",
            rd.solve(search(0.1, 5.0)).ends[0],
            **seen(mean(near.ends == 0)),
        ),
        Number("critical start u_c", reference("interval.ucrit"), "(5 − √5)/10", turn.value, turn.error),
        Number(
            "second-order coefficient a₂ D³/L⁶ at u_c",
            reference("interval.a2.at.ucrit"),
            "1/90000, above 0: the transition is continuous",
            turn.curvature,
            1e-15,
        ),
    ]
    gains = {}
    for u in (0.1, 0.2):
        best = rd.optimal_reset(search(u))
        drawn = mean(rd.simulate(search(u, best.rate), n=n, rng=rng).times)
        free = u * (1 - u) / 2
        gains[u] = (free / drawn.value, free / drawn.value**2 * drawn.error)
        numbers += [
            Number(
                f"best rate r* L²/D, u = {u:g}",
                reference(f"interval.rstar.u{u}"),
                "derivative of the mean is 0",
                best.rate,
                best.error,
            ),
            Number(
                f"least mean time, u = {u:g}",
                reference(f"interval.Tstar.u{u}"),
                FORMULA,
                best.mean,
                **seen(drawn),
            ),
        ]
    return Outcome(
        _figure(turn, gains),
        numbers,
        "reproduced",
        caption="Left: mean time of leaving against the reset rate, over that without resetting. Right: "
        "the factor saved at the best rate, by theory (line) and simulation (circles); it is 1 beyond the "
        "critical start.",
    )


def _figure(turn: Any, gains: dict[float, tuple[float, float]]) -> Any:
    figure, (left, right) = figures.new(2)
    rates = np.geomspace(0.5, 1000, 80)
    for start, colour in zip((0.1, 0.2, (5 - sqrt(5)) / 10, 0.4), figures.COLOURS, strict=False):
        free = start * (1 - start) / 2
        means = [rd.solve(search(start, float(rate))).mean / free for rate in rates]
        left.plot(rates, means, color=colour, label=f"$u = {start:.4g}$")
    left.axhline(1, color=figures.GREY, lw=1, ls=":")
    left.set(
        xscale="log",
        xlabel="reset rate  $r L^2 / D$",
        ylabel=r"mean time, over that at $r = 0$",
        ylim=(0.3, 1.6),
        xlim=(0.5, 1000),
    )
    left.legend()
    u = np.linspace(0.04, 0.4, 61)
    speedup = [rd.optimal_reset(search(float(x))).speedup for x in u]
    right.plot(u, speedup, color=figures.BLUE, label="theory")
    right.axvline(turn.value, color=figures.RED, lw=1, ls="--", label=f"$u_c = {turn.value:.5f}$")
    values = np.array(list(gains.values()))
    figures.points(right, list(gains), values[:, 0], values[:, 1], color=figures.BLUE, label="simulation")
    right.set(
        xlabel="start  $u = x_0 / L$",
        ylabel=r"gain  $\langle T_0\rangle / \langle T_{r^*}\rangle$",
        xlim=(0.04, 0.4),
        ylim=(0.5, 8),
    )
    right.legend()
    return figure


RESULT = Result(
    "interval_search",
    "Out of an interval: resetting helps near the ends only",
    PAPER,
    "A walker diffuses out of an interval of width L from u L, reset to where it started. Resetting shortens "
    "the mean time where u is below (5 − √5)/10, or above 1 minus that, and not between.",
    run,
    formula=r"\langle T\rangle = \frac{1}{r}\left[\frac{\cosh(q/2)}{\cosh((1/2 - u)\,q)} - 1\right],\quad "
    r"q = L\sqrt{r/D},\quad u_c = \frac{5 - \sqrt{5}}{10}",
    code="""\
import resetdyn as rd

def leaving(u):
    return rd.FirstPassage(rd.Brownian(1.0), u, rd.Interval(0.0, 1.0))

rd.transition(leaving, "u", 0.2, 0.4).value
""",
)
