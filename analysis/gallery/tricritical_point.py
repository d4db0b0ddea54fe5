"""Pal and Prasad 2019 (Landau): with a drift the transition of the interval turns into one with a jump."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean, of_means, variation

PAPER = Paper(
    "A. Pal, V. V. Prasad",
    2019,
    "Landau theory of restart transitions",
    "Phys. Rev. Research 1, 032001",
    doi="10.1103/PhysRevResearch.1.032001",
    arxiv="1904.07590",
)
DRIFT, START = 3.0, 0.19


def search(u: float, drift: float, rate: float = 0.0) -> Any:
    """Return the escape from an interval against a drift, in units of L and L²/D."""
    reset = rd.Poisson(rate) if rate else rd.NoReset()
    return rd.FirstPassage(rd.Brownian(1.0, drift=drift), u, rd.Interval(0.0, 1.0), reset)


def run(quick: bool, rng: Generator) -> Outcome:
    """Hold the tricritical point against its reference, and the window of the jump against simulation."""
    n = 40_000 if quick else 400_000
    point = rd.tricritical_point(search, {"u": 0.25, "drift": 1.0})
    verdict = rd.reset_helps(search(START, DRIFT))
    best = rd.optimal_reset(search(START, DRIFT))
    free = rd.simulate(search(START, DRIFT), n=n, rng=rng).times
    reset = rd.simulate(search(START, DRIFT, best.rate), n=n, rng=rng).times
    u_t, v_t = point.values["u"], point.values["drift"]
    numbers = [
        Number(quantity, reference(name), "a₁ = a₂ = 0", place, place * point.error)
        for quantity, name, place in (
            ("tricritical start u_t", "interval.drift.tricrit.u", u_t),
            ("tricritical drift V_t L/D", "interval.drift.tricrit.V", v_t),
        )
    ]
    numbers += [
        Number(
            f"V L/D = {DRIFT:g}, u = {START:g}: CV without resetting, below 1",
            None,
            "√(⟨T²⟩ − ⟨T⟩²) / ⟨T⟩",
            verdict.cv,
            **seen(variation(free)),
        ),
        Number(
            "the same: mean time without resetting",
            None,
            "",
            rd.solve(search(START, DRIFT)).mean,
            **seen(mean(free)),
        ),
        Number(
            f"the same: mean time at r* = {best.rate:.4g} D/L²",
            None,
            "",
            best.mean,
            **seen(mean(reset)),
        ),
        Number(
            "and yet resetting helps: ⟨T₀⟩/⟨T_r*⟩",
            None,
            "",
            best.speedup,
            **seen(of_means(lambda without, with_it: without / with_it, free, reset)),
        ),
    ]
    return Outcome(
        _figure(point),
        numbers,
        "reproduced",
        "The paper gives the Landau theory; the tricritical point itself is computed here, and by a second "
        "root search in the reference. Beyond it CV > 1 is sufficient for resetting to help, but not "
        "necessary.",
        "Left: for a drift of 3 the mean has two minima, at rate 0 and at a finite rate; they are level "
        "where the best rate jumps. Right: where resetting helps, against start and drift. Up to the "
        "tricritical point (diamond) the edge is CV = 1; beyond it helps in the shaded strip too, where CV "
        "< 1.",
    )


def _figure(point: Any) -> Any:
    figure, (left, right) = figures.new(2)
    rates = np.geomspace(1, 300, 80)
    turn = rd.transition(lambda u: search(u, DRIFT), "u", 0.15, 0.23)
    for start, colour in zip((0.18, START, turn.value, 0.22), figures.COLOURS, strict=False):
        free = rd.solve(search(start, DRIFT)).mean
        means = [rd.solve(search(start, DRIFT, float(rate))).mean / free for rate in rates]
        left.plot(rates, means, color=colour, label=f"$u = {start:.4g}$")
    left.axhline(1, color=figures.GREY, lw=1, ls=":")
    left.set(xscale="log", xlim=(1, 300), ylim=(0.75, 1.25))
    left.set(xlabel="reset rate  $r L^2 / D$", ylabel=r"mean time, over that at $r = 0$")
    left.legend()
    drifts = np.linspace(0, 5, 26)
    turns = [rd.transition(lambda u, v=float(v): search(u, v), "u", 0.05, 0.4) for v in drifts]
    edge, local = np.array([(t.value, t.spinodal) for t in turns]).T
    right.fill_between(drifts, 0, local, color=figures.SKY, alpha=0.35, lw=0, label="helps, CV > 1")
    right.fill_between(drifts, local, edge, color=figures.ORANGE, alpha=0.5, lw=0, label="helps, CV < 1")
    right.plot(drifts, edge, color=figures.BLUE)
    right.plot(point.values["drift"], point.values["u"], "D", color=figures.BLACK, ms=5, label="tricritical")
    right.set(xlabel="drift  $V L / D$", ylabel="start  $u = x_0 / L$", xlim=(0, 5), ylim=(0, 0.35))
    right.legend(loc="lower left")
    return figure


RESULT = Result(
    "tricritical_point",
    "A jump of the best rate, and the tricritical point where it begins",
    PAPER,
    "Expand the mean in the reset rate, ⟨T_r⟩ = a₀ + a₁ r + a₂ r² + …, as Landau did the free energy: the "
    "best rate vanishes continuously where a₁ = 0 with a₂ > 0, and it jumps where a₂ < 0. An interval with a "
    "drift shows both.",
    run,
    formula=r"\langle T_r\rangle = a_0 + a_1 r + a_2 r^2 + \ldots,\quad a_1 = \frac{\langle T\rangle^2}{2}"
    r"\left(1 - \mathrm{CV}^2\right)",
    code="""\
import resetdyn as rd

def leaving(u, drift):
    return rd.FirstPassage(rd.Brownian(1.0, drift=drift), u, rd.Interval(0.0, 1.0))

point = rd.tricritical_point(leaving, {"u": 0.25, "drift": 1.0})
point.values["u"], point.values["drift"]
""",
)
