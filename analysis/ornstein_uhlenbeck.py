"""Search in a trap: first passage of the Ornstein-Uhlenbeck process under resetting.

``dX = -k (X - c) dt + sqrt(2 D) dW`` reaches the target sooner with resetting or not, depending on how the
trap, the target and the diffusion compare.  With the target at the centre of the trap, resetting helps below
``k x0^2 / D = 1.0931`` (Ahmad, Nayak, Bansal, Nandi and Das, PRE 99, 022130 (2019)); with the target up the
slope it helps always in the end, for without it the mean grows exponentially with the barrier.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

import resetdyn as rd
from analysis import figures
from analysis.checks import against, mean_time
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import mean, renewed, stream, variation

SAMPLES, FEWER = 100_000, 10_000
CRITICAL = 1.0931125826984  # k x0^2 / D below which resetting helps, the target being at the centre


class Case(NamedTuple):
    """Trap, start, target, rate and place of resetting."""

    k: float
    center: float
    diffusion: float
    start: float
    target: float
    rate: float
    to: float | None = None

    def problem(self) -> Any:
        """Return the first-passage problem."""
        process = rd.OrnsteinUhlenbeck(self.k, self.center, self.diffusion)
        reset = rd.Poisson(self.rate, to=self.to) if self.rate else rd.NoReset()
        return rd.FirstPassage(process, self.start, rd.Level(self.target), reset)

    def __str__(self) -> str:
        trap = f"k = {self.k:g}, centre {self.center:g}, D = {self.diffusion:g}"
        back = "" if self.to is None else f" to {self.to:g}"
        resetting = f"rate {self.rate:g}{back}" if self.rate else "no resetting"
        return f"{trap}, {self.start:g} → {self.target:g}, {resetting}"


CASES = (
    Case(1.0, 1.5, 0.5, 0.5, 0.0, 1.0),
    Case(1.0, 1.5, 0.5, 0.5, 0.0, 0.0),
    Case(1.0, 2.0, 1.0, 1.0, 0.0, 0.4),
    Case(2.0, 1.0, 0.8, 1.5, 0.0, 2.0),
    Case(0.5, -1.0, 1.0, 1.0, 0.0, 1.0),
    Case(1.0, 0.0, 0.3, -1.0, 0.7, 3.0),
    Case(1.0, 1.0, 0.5, 0.4, 0.0, 2.0, to=0.8),
)
BARRIERS = (0.0, 0.5, 1.0, 1.5)  # places of the centre, the target being at 0 and the start at 0.5
BARRIER_RATES = (0.5, 3.0, 12.0)
FACTORS, CENTRED_RATES = (0.7, 1.0, 1.3), (0.2, 0.7, 1.2)


def run(quick: bool, seed: int) -> Experiment:
    """Hold the theory of search in a trap against simulation."""
    rng = stream(seed, "ornstein_uhlenbeck")
    n = FEWER if quick else SAMPLES
    barriers = {
        (center, rate): mean_time(
            f"mean search time, {case}",
            case.problem(),
            n,
            rng,
            group="Search in a trap, one barrier after another",
        )
        for center in tqdm(BARRIERS, "Ornstein-Uhlenbeck", leave=False)
        for rate in BARRIER_RATES
        for case in [_barrier(center, rate)]
    }
    centred = {
        (factor, rate): mean_time(
            f"mean search time at {factor:g} × the critical stiffness, rate {rate:g}",
            _centred(factor * CRITICAL, rate),
            n,
            rng,
            group="Search for the centre of a trap",
        )
        for factor in FACTORS
        for rate in CENTRED_RATES
    }
    cases = [mean_time(f"mean search time, {case}", case.problem(), n, rng) for case in CASES]
    return Experiment(
        "ornstein_uhlenbeck",
        "Search in a trap",
        "Minibatch SGD near a minimum is an Ornstein-Uhlenbeck process, so that a search in a harmonic trap "
        "is the simplest model of SGD that looks for a better state than its own minimum.",
        [*cases, *_distribution(n, rng), *barriers.values(), *centred.values()],
        [_barrier_figure(barriers), _critical_figure(centred)],
    )


def _barrier(center: float, rate: float) -> Case:
    return Case(1.0, center, 0.5, 0.5, 0.0, rate)


def _distribution(n: int, rng: Any) -> list[Claim]:
    problem = CASES[0].problem()
    exact, times = rd.solve(problem), rd.simulate(problem, n=n, rng=rng).times
    best = rd.optimal_reset(problem)
    at_best = rd.simulate(
        rd.FirstPassage(problem.process, problem.start, problem.target, rd.Poisson(best.rate)), n=n, rng=rng
    ).times
    return [
        against("second moment in a trap, first case", exact.moment(2), mean(times**2)),
        against("coefficient of variation in a trap, first case", exact.cv, variation(times)),
        against("shortest mean search time in a trap, at r*", best.mean, mean(at_best)),
        against("coefficient of variation at r* is 1, in a trap as well", 1.0, variation(at_best)),
        _sharp(problem, 0.8, n, rng),
    ]


def _sharp(problem: Any, period: float, n: int, rng: Any) -> Claim:
    """Hold resets at fixed times against renewal."""
    free, reset = (
        rd.simulate(rd.FirstPassage(problem.process, problem.start, problem.target, law), n=n, rng=rng)
        for law in (rd.NoReset(), rd.Sharp(period))
    )
    predicted = renewed(free, rd.Sharp(period))
    return against(
        f"mean search time in a trap, a reset every {period:g}",
        predicted.value,
        mean(reset.times),
        other_error=predicted.error,
        note="predicted by renewal from separate paths without resetting; the error covers both",
    )


def _barrier_figure(claims: dict[tuple[float, float], Claim]) -> Illustration:
    figure, axes = figures.new()
    rates = np.geomspace(0.03, 40, 100)
    for center, colour in zip(BARRIERS, figures.COLOURS, strict=False):
        curve = [rd.solve(_barrier(center, rate).problem()).mean for rate in rates]
        barrier = center**2  # k c^2 / (2 D), for k = 1 and D = 1/2
        axes.plot(rates, curve, color=colour, label=f"{barrier:g}")
        mine = [claims[center, rate] for rate in BARRIER_RATES]
        figures.points(axes, BARRIER_RATES, [c.measured for c in mine], [c.error for c in mine], color=colour)
        best = rd.optimal_reset(_barrier(center, 1.0).problem())
        if best.rate > rates[0]:
            axes.plot(best.rate, best.mean, "*", ms=11, color=colour, mec=figures.BLACK, mew=0.6, zorder=6)
    axes.set(xscale="log", yscale="log", xlabel="reset rate r / k", ylabel="mean search time  [1/k]")
    axes.set_ylim(0.5, 20)
    figures.plain_log(axes.yaxis)
    axes.legend(title="barrier kc$^2$/2D\n(star: optimum)")
    return Illustration(
        "trap_barriers",
        "The farther the centre of the trap lies behind the start, the higher the barrier that the searcher "
        "must climb, and the longer it takes without resetting (left end). Resetting to a point halfway up "
        "the slope saves the climb, and the higher the barrier the more it saves.",
        figure,
    )


def _critical_figure(claims: dict[tuple[float, float], Claim]) -> Illustration:
    figure, (left, right) = figures.new(2)
    stiffness = np.linspace(0.05, 1.6, 32)
    best = [rd.optimal_reset(_centred(k, 1.0)) for k in stiffness]
    left.plot(stiffness, [b.rate for b in best])
    left.axvline(CRITICAL, color=figures.GREY, ls=":")
    left.set(xlabel="stiffness  k x$_0^2$ / D", ylabel="optimal rate r*  [D / x$_0^2$]", ylim=(0, None))
    rates = np.linspace(0.0, 1.5, 40)
    for factor, colour in zip(FACTORS, figures.COLOURS, strict=False):
        free = rd.solve(_centred(factor * CRITICAL, 0.0)).mean
        curve = [rd.solve(_centred(factor * CRITICAL, rate)).mean / free for rate in rates]
        right.plot(rates, curve, color=colour, label=f"{factor:g} × critical")
        mine = [claims[factor, rate] for rate in CENTRED_RATES]
        figures.points(
            right,
            CENTRED_RATES,
            [c.measured / free for c in mine],
            [c.error / free for c in mine],
            color=colour,
        )
    right.axhline(1, color=figures.GREY, ls=":")
    right.set(xlabel="reset rate r  [D / x$_0^2$]", ylabel="mean search time, relative to no resetting")
    right.legend(title="stiffness")
    return Illustration(
        "trap_critical",
        "With the target at the bottom of the trap the pull itself brings the searcher home, and beyond "
        "k x₀²/D = 1.0931 resetting can only delay it: left, the optimal rate vanishes continuously. Right: "
        "on either side of the critical stiffness the mean search time starts with a slope of opposite sign.",
        figure,
    )


def _centred(stiffness: float, rate: float) -> Any:
    """Return the search from 1 for a target at the centre, D = 1."""
    return Case(stiffness, 0.0, 1.0, 1.0, 0.0, rate).problem()
