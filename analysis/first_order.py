"""The drifted interval: resetting at a finite rate helps although CV < 1, and the optimal rate jumps.

A walker drifts towards one end of an interval, ``V L / D = 3``, and may leave at both.  Between the start at
which CV = 1 and the one at which the two minima of the mean, at rate 0 and at a finite rate, are level, the
local criterion says no and is wrong (Pal and Prasad, PRR 1, 032001 (2019); the numbers computed here).
"""

from __future__ import annotations

from typing import Any

import numpy as np

import resetdyn as rd
from analysis import figures
from analysis.checks import against, mean_time
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import of_means, stream, variation

SAMPLES, FEWER = 400_000, 40_000
DRIFT, START = 3.0, 0.19


def run(quick: bool, seed: int) -> Experiment:
    """Hold the verdict inside the window, and the window's ends, against simulation."""
    rng = stream(seed, "first_order")
    n = FEWER if quick else SAMPLES
    turn = rd.transition(problem, "start", 0.15, 0.23)
    return Experiment(
        "first_order",
        "Where CV < 1 says no, and is wrong",
        f"A drift V L / D = {DRIFT:g} towards one end of an interval. Slow resetting helps for starts below "
        f"{turn.spinodal:.5f} L, where CV > 1; a finite rate helps up to {turn.value:.5f} L, where the "
        f"optimal rate jumps from {turn.rate_below:.4g} D/L² to 0.",
        _claims(n, rng),
        [_figure(turn)],
    )


def problem(start: float, rate: float = 0.0) -> Any:
    """Return the search from a start, in units of the interval's width and D."""
    reset = rd.Poisson(rate) if rate else rd.NoReset()
    return rd.FirstPassage(rd.Brownian(1.0, drift=DRIFT), start, rd.Interval(0.0, 1.0), reset)


def _claims(n: int, rng: Any) -> list[Claim]:
    best = rd.optimal_reset(problem(START)).rate
    free = rd.simulate(problem(START), n=n, rng=rng).times
    reset = rd.simulate(problem(START, best), n=n, rng=rng).times
    verdict = rd.reset_helps(problem(START))
    predicted = rd.optimal_reset(problem(START)).speedup
    return [
        against(f"u = {START:g}: CV without resetting is below 1", verdict.cv, variation(free)),
        mean_time(f"u = {START:g}: mean without resetting", problem(START), n, rng),
        mean_time(f"u = {START:g}: mean at the optimal rate {best:.4g}", problem(START, best), n, rng),
        against(
            f"u = {START:g}: and yet resetting helps; speed-up at that rate",
            predicted if verdict.helps else float("nan"),
            of_means(lambda without, with_it: without / with_it, free, reset),
        ),
        mean_time("u = 0.22, beyond the window: mean at the same rate", problem(0.22, best), n, rng),
    ]


def _figure(turn: Any) -> Illustration:
    figure, (left, right) = figures.new(2)
    rates = np.geomspace(1.0, 300.0, 120)
    starts = (0.18, START, turn.value, 0.22)
    for start, colour in zip(starts, figures.COLOURS, strict=False):
        free = rd.solve(problem(start)).mean
        means = [rd.solve(problem(start, float(rate))).mean / free for rate in rates]
        left.plot(rates, means, color=colour, label=f"$u = {start:.4g}$")
    left.axhline(1, color=figures.GREY, ls="--", lw=1)
    left.set(xscale="log", xlim=(rates[0], rates[-1]), ylim=(0.75, 1.25))
    left.set(xlabel="reset rate  $r L^2 / D$", ylabel="mean over that without resetting")
    left.legend()
    places = np.linspace(0.15, 0.23, 161)
    optimum = np.array([rd.optimal_reset(problem(float(u))).rate for u in places])
    for part in (places < turn.value, places > turn.value):  # a jump is no line
        right.plot(places[part], optimum[part], color=figures.BLUE)
    right.axvspan(
        turn.spinodal, turn.value, color=figures.ORANGE, alpha=0.3, lw=0, label="CV < 1, yet it helps"
    )
    right.set(xlabel="start  $u = x_0 / L$", ylabel="optimal rate  $r^* L^2 / D$", xlim=(0.15, 0.23))
    right.legend(loc="upper right", bbox_to_anchor=(1.0, 0.9))
    return Illustration(
        "first_order",
        "Left: the mean search time against the reset rate. For starts in the window the minimum at a finite "
        "rate is the lower one, although the mean rises at small rates. Right: the optimal rate jumps to 0 "
        "at the end of the window (shaded), well beyond the start at which CV = 1.",
        figure,
    )
