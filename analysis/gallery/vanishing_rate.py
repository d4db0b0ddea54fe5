"""Dubey and Pal 2023, Ahmad et al. 2019: in a trap that pulls to the target the best reset rate vanishes."""

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
    "A. Dubey, A. Pal",
    2023,
    "First-passage functionals for Ornstein-Uhlenbeck process with stochastic resetting",
    "J. Phys. A 56, 435002",
    arxiv="2304.05226",
)
FIRST = Paper(
    "S. Ahmad, I. Nayak, A. Bansal, A. Nandi, D. Das",
    2019,
    "First passage of a particle in a potential under stochastic resetting: A vanishing transition of "
    "optimal resetting rate",
    "Phys. Rev. E 99, 022130",
    doi="10.1103/PhysRevE.99.022130",
    arxiv="1902.02955",
)
FORMULA = "[D₋ₛ(0) exp(−z²/4) / D₋ₛ(z) − 1] / s, s = r/k"
DT = 0.01


def search(distance: float, rate: float = 0.0) -> Any:
    """Return the search for the centre of a trap, in units of 1/k and √(D/k)."""
    reset = rd.Poisson(rate) if rate else rd.NoReset()
    return rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), distance, rd.Level(0.0), reset)


def run(quick: bool, rng: Generator) -> Outcome:
    """Hold means, the critical distance and the rise of the best rate against theory and simulation."""
    n = 30_000 if quick else 300_000
    turn = rd.transition(lambda z: search(z), "z", 0.8, 1.3)
    best = rd.optimal_reset(search(1.0))
    numbers = [
        Number(
            f"mean time k⟨T⟩, z = x₀ √(k/D) = {z:g}, r = {rate:g} k",
            reference(f"ou.center.mfpt.z{z:g}.s{rate:g}"),
            FORMULA,
            rd.solve(search(z, rate)).mean,
            **seen(mean(rd.simulate(search(z, rate), n=n, dt=DT, rng=rng).times)),
        )
        for z, rate in ((1.0, 1.0), (0.5, 0.3))
    ]
    numbers += [
        Number(
            "critical distance z_c",
            reference("ou.center.zc"),
            "⟨T²⟩ = 2⟨T⟩²",
            turn.value,
            turn.error,
        ),
        Number(
            "critical stiffness k x₀²/D",
            reference("ou.center.zc2"),
            "z_c²",
            turn.value**2,
            2 * turn.value * turn.error,
        ),
        Number(
            "second-order coefficient a₂ k³ at z_c",
            reference("ou.center.a2.at.zc"),
            "above 0: the transition is continuous",
            turn.curvature,
        ),
        Number("best rate r*/k, z = 1", reference("ou.center.sstar.z1"), "", best.rate, best.error),
        Number(
            "least mean time, z = 1",
            reference("ou.center.Tstar.z1"),
            FORMULA,
            best.mean,
            **seen(mean(rd.simulate(search(1.0, best.rate), n=n, dt=DT, rng=rng).times)),
        ),
        Number(
            "rise of the best rate, r*/k per z_c − z",
            reference("ou.center.slope"),
            "a₁′(z_c) / 2a₂",
            *_rise(turn),
        ),
    ]
    return Outcome(
        _figure(turn),
        numbers,
        "reproduced",
        caption="Left: the best reset rate falls to 0 at the critical distance, linearly (dotted: the "
        "tangent, slope 5.706). Right: the mean time against the rate, over that without resetting; beyond "
        "the critical distance it only rises.",
    )


def _rise(turn: Any) -> tuple[float, float]:
    """Return the slope of the best rate at the transition, and how far the last extrapolation moved it."""
    coarse, fine = (
        (rd.landau(search(turn.value + h), 1)[1] - rd.landau(search(turn.value - h), 1)[1]) / (2 * h)
        for h in (2e-3, 1e-3)
    )
    slope = fine + (fine - coarse) / 3
    scale = 2 * turn.curvature
    return float(slope / scale), float(abs(slope - fine) / scale)


def _figure(turn: Any) -> Any:
    figure, (left, right) = figures.new(2)
    z = np.linspace(0.6, 1.2, 49)
    best = [rd.optimal_reset(search(float(x))).rate for x in z]
    left.plot(z, best, color=figures.BLUE, label="best rate")
    near = z[(z > 0.85) & (z < turn.value)]
    left.plot(near, _rise(turn)[0] * (turn.value - near), color=figures.GREY, ls=":", label="tangent")
    left.axvline(turn.value, color=figures.RED, lw=1, ls="--", label=f"$z_c = {turn.value:.4f}$")
    left.set(
        xlabel=r"distance  $z = x_0\,\sqrt{k / D}$",
        ylabel="best reset rate  $r^* / k$",
        xlim=(0.6, 1.2),
        ylim=(-0.1, 5),
    )
    left.legend()
    rates = np.linspace(0.01, 3, 60)
    for start, colour in zip((0.9, 1.0, turn.value, 1.2), figures.COLOURS, strict=False):
        free = rd.solve(search(start)).mean
        means = [rd.solve(search(start, float(rate))).mean / free for rate in rates]
        right.plot(rates, means, color=colour, label=f"$z = {start:.4g}$")
    right.axhline(1, color=figures.GREY, lw=1, ls=":")
    right.set(
        xlabel="reset rate  $r / k$",
        ylabel=r"mean time, over that at $r = 0$",
        xlim=(0, 3),
        ylim=(0.9, 1.3),
    )
    right.legend()
    return figure


RESULT = Result(
    "vanishing_rate",
    "In a trap the best reset rate vanishes at a critical stiffness",
    PAPER,
    "A particle searches for the centre of a harmonic trap, reset to where it started. Resetting shortens "
    "the search in weak traps only: the best rate falls to 0, continuously, where k x₀²/D = 1.0931.",
    run,
    formula=r"k\langle T\rangle = \frac{1}{s}\left[\frac{D_{-s}(0)\,e^{-z^2/4}}{D_{-s}(z)} - 1\right],\quad "
    r"z_c^2 = \frac{k_c x_0^2}{D} = 1.0931",
    code="""\
import resetdyn as rd

def trapped(z):
    return rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), z, rd.Level(0.0))

rd.transition(trapped, "z", 0.8, 1.3).value ** 2
""",
    also=(FIRST,),
)
