"""Restart and the chance of success: which end of an interval a searcher leaves by."""

from __future__ import annotations

from typing import Any

import numpy as np

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean, of_means

START, DRIFT = 0.3, 2.0  # on [0, 1]; success is to leave at 1
STARTS = (0.3, 0.5, 0.7)
RATES = (2.0, 8.0, 30.0)


def _search(start: float, rate: float) -> Any:
    reset = rd.Poisson(rate) if rate else rd.NoReset()
    return rd.FirstPassage(rd.Brownian(1.0, drift=DRIFT), start, rd.Interval(0.0, 1.0), reset)


def run(quick: bool, rng: Any) -> Outcome:
    """Hold the chance of success, and how restart changes it, against the formulas."""
    n = 50_000 if quick else 400_000
    free, drawn = rd.solve(_search(START, 0.0)), rd.simulate(_search(START, 0.0), n=n, rng=rng)
    success = mean(drawn.ends == 1)
    numbers = [
        Number(
            quantity="chance of success without restart",
            published=reference("belan.success.r0"),
            equation="(1 − exp(−uV)) / (1 − exp(−V)), from T̃₁/(T̃₀ + T̃₁) at r = 0",
            theory=free.ends[1],
            **seen(success),
            note="start u = 0.3 in [0, 1], drift V = 2, D = 1",
        )
    ]
    for rate in RATES:
        problem = _search(START, rate)
        found = mean(rd.simulate(problem, n=n, rng=rng).ends == 1)
        numbers.append(
            Number(
                quantity=f"chance of success at r = {rate:g}",
                published=_formula(START, rate),
                equation="T̃₁(r) / (T̃₀(r) + T̃₁(r))",
                theory=rd.solve(problem).ends[1],
                **seen(found),
            )
        )
    hit = (drawn.ends == 1).astype(float)
    gain = of_means(lambda p, t, pt: p * t - pt, hit, drawn.times, hit * drawn.times)
    numbers.append(
        Number(
            quantity="slope of the chance at r = 0",
            published=free.ends[1] * (free.mean - free.end_means[1]),
            equation="p (⟨T⟩ − ⟨T⟩ of successes)",
            theory=_slope(),
            theory_error=1e-9,
            **seen(gain),
            note="theory: a difference of exact chances; successes take longer than failures here",
        )
    )
    return Outcome(
        _figure(n // 5, rng),
        numbers,
        "reproduced",
        caption="Chance of leaving at the right end against the restart rate, for three starts (which "
        "restarts lead to): exact lines, simulated circles. Frequent restarts let only the quickest paths "
        "count, those to the nearer end, whatever the drift.",
    )


def _formula(u: float, rate: float) -> float:
    """Return the chance from the two transforms: exp(-V u / 2) sinh(...) of either side."""
    root = np.sqrt(DRIFT**2 / 4 + rate)
    left = np.exp(-DRIFT * u / 2) * np.sinh((1 - u) * root)
    right = np.exp(DRIFT * (1 - u) / 2) * np.sinh(u * root)
    return float(right / (left + right))


def _slope(step: float = 1e-3) -> float:
    zero, one, two, three, four = (rd.solve(_search(START, k * step)).ends[1] for k in range(5))
    return (-25 * zero + 48 * one - 36 * two + 16 * three - 3 * four) / (12 * step)


def _figure(n: int, rng: Any) -> Any:
    figure, axes = figures.new()
    rates = np.geomspace(0.1, 300, 100)
    for start, colour in zip(STARTS, figures.COLOURS, strict=False):
        chance = [rd.solve(_search(start, r)).ends[1] for r in rates]
        axes.plot(rates, chance, color=colour, label=f"start at {start:g}")
        found = [mean(rd.simulate(_search(start, r), n=n, rng=rng).ends == 1) for r in RATES]
        figures.points(axes, RATES, [f.value for f in found], [f.error for f in found], color=colour)
        axes.plot(0.1, rd.solve(_search(start, 0.0)).ends[1], "<", color=colour, clip_on=False)
    axes.set(xscale="log", ylim=(0, 1.02), xlim=(0.1, 300))
    axes.set(xlabel="restart rate r  [D / L$^2$]", ylabel="chance of leaving at the right end")
    figures.plain_log(axes.xaxis)
    axes.legend(title="lines: exact, circles: simulated\narrows: without restart", loc="lower left")
    return figure


RESULT = Result(
    name="chosen_exit",
    title="Restart and the chance of success",
    paper=Paper(
        authors="S. Belan",
        year=2018,
        title="Restart could optimize the probability of success in a Bernoulli trial",
        journal="Phys. Rev. Lett. 120, 080601",
        doi="10.1103/PhysRevLett.120.080601",
        arxiv="1703.01486",
    ),
    statement="A search that can end well or badly is restarted at the rate r. The chance of success "
    "follows from the transforms of the two endings. Slow restart raises it if successes are quicker than "
    "the average ending, whatever else the process does.",
    run=run,
    formula=r"p_r = \frac{\tilde T_1(r)}{\tilde T_0(r) + \tilde T_1(r)},\quad "
    r"\left.\frac{dp_r}{dr}\right|_0 = p_0\,(\langle T\rangle - \langle T\rangle_1)",
    code="""\
import resetdyn as rd

process, target = rd.Brownian(1.0, drift=2.0), rd.Interval(0.0, 1.0)
rd.solve(rd.FirstPassage(process, start=0.3, target=target, reset=rd.Poisson(8.0))).ends[1]
""",
)
