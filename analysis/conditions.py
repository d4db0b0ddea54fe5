"""The derived conditions for search, held against simulation on both sides of every boundary.

A condition says where slow resetting helps: where the slope of the mean at rate 0 is negative.  Each line
predicts that slope by the formula that SymPy derived, and only if the condition's verdict agrees with its
sign; it is measured from simulated reset-free times, ``<T>^2 - <T^2> / 2``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from tqdm import tqdm

import resetdyn as rd
from analysis import figures
from analysis.checks import against
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import Estimate, of_means, slope_at_zero, stream

SAMPLES, FEWER = 200_000, 30_000
CRITICAL = 1.0931125826984
PECLETS = (0.6, 0.85, 1.15, 1.6)
STIFFNESSES = (0.6, 0.95, 1.25, 1.8)  # k x0^2 / D, critical at 1.0931


def run(quick: bool, seed: int) -> Experiment:
    """Hold every condition against simulation on both of its sides."""
    rng = stream(seed, "conditions")
    n = FEWER if quick else SAMPLES
    drift = {peclet: _peclet(peclet, n, rng) for peclet in tqdm(PECLETS, "conditions", leave=False)}
    trap = {stiffness: _trap(stiffness, n, rng) for stiffness in STIFFNESSES}
    claims = [
        *drift.values(),
        *trap.values(),
        *_elsewhere(n, rng),
        _curvature(n, rng),
        *_optima(n, rng),
    ]
    return Experiment(
        "conditions",
        "When does resetting shorten a search?",
        "Each condition is derived by SymPy (resetdyn derive) and held against simulation on both sides of "
        "its boundary: negative slopes mean that slow resetting helps.",
        claims,
        [_slope_figure(drift, trap)],
    )


def agreeing(helps: bool, slope: float) -> float:
    """Return the predicted slope, or nan (which never holds) where the verdict contradicts its sign."""
    return slope if helps == (slope < 0) else math.nan


def _slope(name: str, problem: Any, helps: bool, n: int, rng: Any) -> Claim:
    exact = rd.solve(problem)
    slope = rd.conditions.cv.value("slope", T=exact.mean, T2=exact.moment(2))
    times = rd.simulate(problem, n=n, rng=rng).times
    return against(
        f"{name}: resetting {'helps' if helps else 'harms'}; slope of the mean at r = 0",
        agreeing(helps, slope),
        slope_at_zero(times),
    )


def _peclet(peclet: float, n: int, rng: Any) -> Claim:
    problem = rd.FirstPassage(rd.Brownian(1.0, drift=-2 * peclet), 1.0, rd.Level(0.0))
    return _slope(f"Pe = {peclet:g}", problem, rd.conditions.peclet.holds(Pe=peclet), n, rng)


def _centred(stiffness: float) -> Any:
    return rd.FirstPassage(rd.OrnsteinUhlenbeck(stiffness, 0.0, 1.0), 1.0, rd.Level(0.0))


def _trap(stiffness: float, n: int, rng: Any) -> Claim:
    helps = rd.conditions.ornstein_uhlenbeck_center.holds(k=stiffness, x0=1.0, D=1.0)
    return _slope(f"kx₀²/D = {stiffness:g}", _centred(stiffness), helps, n, rng)


def _elsewhere(n: int, rng: Any) -> list[Claim]:
    """Hold the general condition for resets that lead nearer to the target, and farther from it."""
    process, start = rd.OrnsteinUhlenbeck(1.0, 1.0, 0.5), 0.6

    def search(place: float) -> Any:
        return rd.FirstPassage(process, place, rd.Level(0.0))

    claims = []
    for to in (0.3, 1.6):
        moments = {
            "T_x": rd.solve(search(start)).mean,
            "T2_x": rd.solve(search(start)).moment(2),
            "T_y": rd.solve(search(to)).mean,
        }
        helps = rd.conditions.small_rate.holds(**moments)
        from_x, from_y = (rd.simulate(search(place), n=n, rng=rng).times for place in (start, to))
        claims.append(
            against(
                f"reset {start:g} → {to:g}: {'helps' if helps else 'harms'}; slope of the mean at r = 0",
                agreeing(helps, rd.conditions.small_rate.value("slope", **moments)),
                of_means(lambda x, x2, y: x * y - x2 / 2, from_x, from_x**2, from_y),
            )
        )
    return claims


def _curvature(n: int, rng: Any) -> Claim:
    """Hold the coefficient that is positive where the optimal rate grows from 0 without a jump."""
    problem = _centred(rd.conditions.ornstein_uhlenbeck_center.value("critical"))
    exact = rd.solve(problem)
    moments = {"T": exact.mean, "T2": exact.moment(2), "T3": exact.moment(3)}
    curvature = rd.conditions.transition_order.value("curvature", **moments)
    continuous = rd.conditions.transition_order.holds(**moments)
    times = rd.simulate(problem, n=n, rng=rng).times
    return against(
        "second-order coefficient at the critical stiffness: the transition is continuous",
        curvature if continuous == (curvature > 0) else math.nan,
        of_means(lambda m1, m2, m3: m1**3 - m1 * m2 + m3 / 6, times, times**2, times**3),
    )


def _optima(n: int, rng: Any) -> list[Claim]:
    """Hold the derivative of the mean at the optimal rate, by renewal from reset-free paths, to be 0."""
    brownian = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0))
    star = rd.conditions.z_star.value("optimal_rate", D=1.0, x0=1.0)
    trapped = _centred(0.4)
    best = rd.optimal_reset(rd.FirstPassage(trapped.process, 1.0, trapped.target, rd.Poisson(1.0))).rate
    return [
        against(
            f"{name}: the mean search time is stationary at r* = {rate:.4f}",
            0.0,
            _derivative(rd.simulate(problem, n=n, rng=rng).times, rate),
        )
        for name, problem, rate in (("no drift", brownian, star), ("kx₀²/D = 0.4", trapped, best))
    ]


def _derivative(times: Any, rate: float) -> Estimate:
    """Estimate d <T_r> / dr of ``<T_r> = (1 - F) / (r F)``, F = <exp(-r T)>."""
    weight = np.exp(-rate * times)
    return of_means(lambda f, g: g / (rate * f**2) - (1 - f) / (rate**2 * f), weight, times * weight)


def _slope_figure(drift: dict[float, Claim], trap: dict[float, Claim]) -> Illustration:
    figure, (left, right) = figures.new(2)
    for axes, claims, problem, critical, name in (
        (left, drift, lambda v: rd.FirstPassage(rd.Brownian(1.0, drift=-2 * v), 1.0, rd.Level(0.0)), 1.0,
         "Peclet number Pe"),
        (right, trap, _centred, CRITICAL, "stiffness  k x$_0^2$ / D"),
    ):  # fmt: skip
        values = np.linspace(min(claims) * 0.92, max(claims) * 1.05, 60)
        moments = [(r.mean, r.moment(2)) for r in (rd.solve(problem(v)) for v in values)]
        slopes = np.array([m1**2 - m2 / 2 for m1, m2 in moments])
        axes.plot(values, slopes, color=figures.BLACK, label="theory")
        axes.fill_between(
            values, slopes, 0, where=slopes < 0, color=figures.BLUE, alpha=0.2, lw=0, label="helps"
        )
        axes.fill_between(
            values, slopes, 0, where=slopes > 0, color=figures.RED, alpha=0.2, lw=0, label="harms"
        )
        figures.points(
            axes,
            list(claims),
            [c.measured for c in claims.values()],
            [c.error for c in claims.values()],
            color=figures.BLACK,
            label="simulation",
        )
        axes.axhline(0, color=figures.BLACK, lw=0.8)
        axes.axvline(critical, color=figures.GREY, ls=":")
        axes.set(xlabel=name, ylabel="slope of the mean at r = 0  [L$^4$ / D$^2$]")
    left.legend(loc="lower right")
    return Illustration(
        "conditions_slope",
        "Slow resetting helps where the slope of the mean search time at rate 0 is negative, which is where "
        "the undisturbed search time varies by more than its mean. The slope changes sign at Pe = 1 for a "
        "drift towards the target (left) and at k x₀²/D = 1.0931 for a trap centred on it (right).",
        figure,
    )
