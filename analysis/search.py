"""Brownian search under resetting, with and without drift.

Evans and Majumdar, PRL 106, 160601 (2011): ``<T_r> = (exp(x0 sqrt(r/D)) - 1) / r``, least at
``r* = z*^2 D / x0^2`` with ``z* = 2 + W0(-2 e^-2)``.  With drift, in units of the Peclet number
``Pe = v x0 / (2 D)`` (towards the target): Ray, Mondal and Reuveni, J. Phys. A 52, 255002 (2019).  Sharp
resetting: Pal and Reuveni, PRL 118, 030603 (2017); CV = 1 at the optimum: Reuveni, PRL 116, 170601 (2016).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from tqdm import tqdm

import resetdyn as rd
from analysis import figures
from analysis.checks import against, mean_time
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import mean, stream, variation

RATES = (0.3, 1.0, 2.5396, 6.0, 15.0)
PERIODS = (0.15, 0.4585, 1.5)
SAMPLES, FEWER = 200_000, 20_000


def run(quick: bool, seed: int) -> Experiment:
    """Hold the theory of Brownian search against simulation."""
    rng = stream(seed, "search")
    n = FEWER if quick else SAMPLES
    poisson = [_poisson(rate, n, rng) for rate in tqdm(RATES, "search", leave=False)]
    sharp = [_sharp(period, n, rng) for period in PERIODS]
    drifting = {
        (peclet, rate): _drift(peclet, rate, n, rng)
        for peclet in (-1.0, -0.5, 0.2, 0.8)
        for rate in (0.2, 1.5, 8.0)
    }
    missing = {peclet: _missing(peclet, n, rng) for peclet in (-0.1, -0.3, -0.6, -1.0)}
    claims = [
        *poisson,
        *_distribution(n, rng),
        *sharp,
        *_elsewhere(n, rng),
        *drifting.values(),
        *missing.values(),
    ]
    return Experiment(
        "search",
        "Brownian search under resetting",
        "A Brownian searcher that is sent back to its start now and then finds its target in a finite mean "
        "time, although without resetting that mean diverges. A drift towards the target makes resetting "
        "less useful, and beyond Pe = 1 useless; a drift away makes it indispensable.",
        claims,
        [_mean_figure(poisson, sharp), _drift_figure(drifting), _peclet_figure(missing)],
    )


def _problem(reset: Any, *, drift: float = 0.0, start: float = 1.0, diffusion: float = 1.0) -> Any:
    return rd.FirstPassage(rd.Brownian(diffusion, drift=drift), start, rd.Level(0.0), reset)


def _toward(peclet: float, rate: float) -> Any:
    """Return the search at distance 1 with D = 1 and this Peclet number (positive: towards the target)."""
    return _problem(rd.Poisson(rate) if rate else rd.NoReset(), drift=-2 * peclet)


def _poisson(rate: float, n: int, rng: Any) -> Claim:
    return mean_time(f"mean search time, rate {rate:g}", _problem(rd.Poisson(rate)), n, rng)


def _sharp(period: float, n: int, rng: Any) -> Claim:
    return mean_time(f"mean search time, a reset every {period:g}", _problem(rd.Sharp(period)), n, rng)


def _drift(peclet: float, rate: float, n: int, rng: Any) -> Claim:
    return mean_time(
        f"mean search time, Pe = {peclet:g}, rate {rate:g}",
        _toward(peclet, rate),
        n,
        rng,
        group="Search with drift",
    )


def _missing(peclet: float, n: int, rng: Any) -> Claim:
    times = rd.simulate(_toward(peclet, 0.0), n=n, rng=rng).times
    return against(
        f"probability of missing the target for ever, Pe = {peclet:g}",
        -np.expm1(-2 * abs(peclet)),
        mean(np.isinf(times)),
        group="Search with drift",
    )


def _distribution(n: int, rng: Any) -> list[Claim]:
    """Beyond the mean: second moment, survival, and CV = 1 at the optimal rate."""
    one = _problem(rd.Poisson(1.0))
    exact, times = rd.solve(one), rd.simulate(one, n=n, rng=rng).times
    best = rd.optimal_reset(one)
    at_best = rd.simulate(_problem(rd.Poisson(best.rate)), n=n, rng=rng).times
    return [
        against("second moment of the search time, rate 1", exact.moment(2), mean(times**2)),
        against("survival probability at t = 1, rate 1", exact.survival(1.0), mean(times > 1.0)),
        against("shortest mean search time, at r*", best.mean, mean(at_best)),
        against("coefficient of variation at r* is 1", 1.0, variation(at_best)),
    ]


def _elsewhere(n: int, rng: Any) -> list[Claim]:
    return [
        mean_time("mean search time, D = 0.5, from 1.3, rate 0.7", _problem(
            rd.Poisson(0.7), diffusion=0.5, start=1.3), n, rng),
        mean_time("mean search time, from 1 but reset to 0.5", _problem(rd.Poisson(2.0, to=0.5)), n, rng),
        mean_time("mean search time, from 0.7 but reset to 1.5", _problem(
            rd.Poisson(1.0, to=1.5), start=0.7), n, rng),
    ]  # fmt: skip


def _mean_figure(poisson: list[Claim], sharp: list[Claim]) -> Illustration:
    figure, axes = figures.new()
    rates = np.geomspace(0.15, 25, 120)
    axes.plot(
        rates, [rd.solve(_problem(rd.Poisson(r))).mean for r in rates], label="Poisson resetting, rate r"
    )
    axes.plot(
        rates, [rd.solve(_problem(rd.Sharp(1 / r))).mean for r in rates], label="sharp resetting, every 1/r"
    )
    for claims, where, colour in (
        (poisson, RATES, figures.BLUE),
        (sharp, [1 / period for period in PERIODS], figures.RED),
    ):
        figures.points(axes, where, [c.measured for c in claims], [c.error for c in claims], color=colour)
    best = rd.optimal_reset(_problem(rd.Poisson(1.0)))
    axes.plot(best.rate, best.mean, "*", ms=11, color=figures.ORANGE, zorder=6, label="optimum, CV = 1")
    axes.set(
        xscale="log", yscale="log", xlabel="reset rate r  [D / L$^2$]", ylabel="mean search time  [L$^2$ / D]"
    )
    axes.set_ylim(1, 20)
    figures.plain_log(axes.yaxis)
    axes.legend(title="lines: theory, circles: simulation")
    return Illustration(
        "search_mean",
        "Too few resets leave the searcher to wander off, too many keep it at home; in between, at r* = "
        "2.54 D/L², the mean search time is shortest. Sharp resetting at the best period beats every other "
        "law of the reset times, because it never cuts a search short that is still young.",
        figure,
    )


def _drift_figure(claims: dict[tuple[float, float], Claim]) -> Illustration:
    figure, axes = figures.new()
    rates = np.geomspace(0.05, 20, 100)
    for colour, peclet in zip(figures.COLOURS, sorted({peclet for peclet, _ in claims}), strict=False):
        axes.plot(
            rates, [rd.solve(_toward(peclet, r)).mean for r in rates], color=colour, label=f"Pe = {peclet:g}"
        )
        mine = {rate: claim for (value, rate), claim in claims.items() if value == peclet}
        figures.points(
            axes,
            list(mine),
            [c.measured for c in mine.values()],
            [c.error for c in mine.values()],
            color=colour,
        )
    axes.set(xscale="log", yscale="log", ylim=(0.3, 60))
    axes.set(xlabel="reset rate r  [D / L$^2$]", ylabel="mean search time  [L$^2$ / D]")
    axes.legend(title="lines: theory, circles: simulation")
    return Illustration(
        "search_drift",
        "With a drift towards the target (Pe > 0) the search ends without help and resetting has less to "
        "offer; with a drift away (Pe < 0) the mean diverges at small rates, because some searchers never "
        "come back. The minimum moves to higher rates as the drift turns against the searcher.",
        figure,
    )


def _peclet_figure(missing: dict[float, Claim]) -> Illustration:
    figure, (left, right) = figures.new(2)
    drifts = np.linspace(-1.5, 1.3, 57)
    best = [rd.optimal_reset(_toward(peclet, 1.0)) for peclet in drifts]
    left.plot(drifts, [b.rate for b in best])
    left.axvline(1, color=figures.GREY, ls=":")
    left.annotate("resetting\nuseless", (1.03, 5.2), color=figures.GREY)
    left.set(
        xlabel="Peclet number Pe", ylabel="optimal rate r*  [D / L$^2$]", xlim=(-1.5, 1.5), ylim=(0, None)
    )
    away = np.linspace(0, 1.3, 100)
    right.plot(away, -np.expm1(-2 * away), label="1 − exp(−2|Pe|)")
    figures.points(
        right,
        [-peclet for peclet in missing],
        [c.measured for c in missing.values()],
        [c.error for c in missing.values()],
        color=figures.BLUE,
        label="simulation",
    )
    right.set(
        xlabel="drift away from the target, |Pe|", ylabel="probability of missing it for ever", ylim=(0, 1)
    )
    right.legend()
    return Illustration(
        "search_peclet",
        "Left: the optimal reset rate falls continuously to zero at Pe = 1, where the coefficient of "
        "variation of the undisturbed search passes through 1. Right: against a drift away, a searcher "
        "without resetting misses the target for ever with a finite probability, which any reset rate "
        "reduces to zero.",
        figure,
    )
