"""Negative controls: simulators that are wrong on purpose, which the checks of this study must reject.

One plain loop searches by Brownian motion (D = 1, from 1 to 0) under Poisson resetting.  Two switches break
it: absorption looked for at step ends only, and resets that keep the old position.  With neither fault the
same loop has to agree with the theory; with either it has to be rejected.

Seen at step ends only, the target seems to sit ``0.5826 sqrt(2 D dt)`` farther away
(``-zeta(1/2) / sqrt(2 pi)``; Broadie, Glasserman and Kou, Math. Finance 7, 325 (1997)), which explains the
size of the error.
"""

from __future__ import annotations

from math import exp, sqrt
from typing import Any

import numpy as np
from numba import njit
from tqdm import tqdm

import resetdyn as rd
from analysis import figures
from analysis.checks import against
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import Estimate, mean, renewed, stream

CONTINUITY_CORRECTION = 0.5826
RATE = 2.5396  # the best one for D = 1 and a distance of 1


@njit(cache=True, nogil=True)
def search(rng: Any, n: int, rate: float, drift: float, dt: float, bridge: bool, moves: bool) -> Any:
    """Return `n` first-passage times from 1 to 0; without `bridge` or without `moves` they are wrong."""
    times = np.empty(n)
    for i in range(n):
        x, t = 1.0, 0.0
        left = rng.exponential() / rate
        while True:
            step = min(dt, left)
            y = x + drift * step + sqrt(2 * step) * rng.normal()
            if not bridge and y <= 0:
                times[i] = t + step
                break
            if bridge and (y <= 0 or rng.random() < exp(-x * y / step)):
                share = rng.wald(x / abs(y), x * x / (2 * step))  # time before over time after the crossing
                times[i] = t + step * share / (1 + share)
                break
            x, t, left = y, t + step, left - step
            if left <= 0:
                left = rng.exponential() / rate
                if moves:
                    x = 1.0
    return times


def steady_sample(rng: Any, n: int, rate: float, to: float, *, moves: bool) -> Any:
    """Return `n` steady states of dX = -X dt + sqrt(2) dW; without `moves` resets keep the old position."""
    at_reset = np.full(n, to) if moves else rng.normal(size=n)
    decay = np.exp(-rng.exponential(1 / rate, n))
    return at_reset * decay + np.sqrt(1 - decay**2) * rng.normal(size=n)


def run(quick: bool, seed: int) -> Experiment:
    """Hold right and wrong simulators against the same predictions."""
    rng = stream(seed, "controls")
    n = 20_000 if quick else 100_000
    claims = [*_absorption(rng, n), *_memory(rng, n), *_steady(rng, n), *_ties(rng, n)]
    return Experiment(
        "controls",
        "Negative controls: would the checks notice a wrong simulator?",
        "Four classical mistakes, held to the same z-scores as everything else: absorption looked for at "
        "step ends only, a reset that forgets to move the walker (in a search and in a steady state), and a "
        "mix-up of the two conventions for a step that both hits and resets. Each has its right twin beside "
        "it.",
        claims,
        [_figure(rng, n // 5)],
    )


def _brownian(drift: float = 0.0) -> float:
    process = rd.Brownian(1.0, drift=drift)
    return rd.solve(rd.FirstPassage(process, 1.0, rd.Level(0.0), rd.Poisson(RATE))).mean


def _pair(name: str, fault: str, predicted: float, right: Estimate, wrong: Estimate) -> list[Claim]:
    return [
        against(f"{name}: the right simulator", predicted, right),
        Claim(f"{name}: {fault}", predicted, *wrong, should_hold=False),
    ]


def _absorption(rng: Any, n: int) -> list[Claim]:
    right = mean(search(rng, n, RATE, 0.0, 1e-2, True, True))
    wrong = mean(search(rng, n, RATE, 0.0, 1e-2, False, True))
    return _pair(
        "mean search time at r*", "absorption at the ends of steps of 0.01 only", _brownian(), right, wrong
    )


def _memory(rng: Any, n: int) -> list[Claim]:
    drift = -0.4
    right = mean(search(rng, n, RATE, drift, 1e-2, True, True))
    wrong = mean(search(rng, n, RATE, drift, 1e-2, True, False))
    return _pair(
        "mean search time, Pe = 0.2", "a reset that keeps the old position", _brownian(drift), right, wrong
    )


def _steady(rng: Any, n: int) -> list[Claim]:
    predicted = rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), rd.Poisson(1.0, to=2.0))).mean
    right = mean(steady_sample(rng, n, 1.0, 2.0, moves=True))
    wrong = mean(steady_sample(rng, n, 1.0, 2.0, moves=False))
    return _pair("steady mean in a trap", "a reset that keeps the old position", predicted, right, wrong)


def _ties(rng: Any, n: int) -> list[Claim]:
    p = 0.2
    sgd = rd.QuadraticSGD(1.0, 1.5, gradient_covariance=10.0, learning_rate=0.2, batch_size=2)

    def steps(reset: Any) -> Any:
        return rd.simulate(rd.FirstPassage(sgd, 0.5, rd.HalfSpace([1.0], 0.0), reset), n=n, rng=rng)

    expected = renewed(steps(rd.NoReset()), rd.Geometric(p, ties="reset"))
    right, wrong = (mean(steps(rd.Geometric(p, ties=ties)).times) for ties in ("reset", "process"))
    right, wrong = (
        Estimate(value, float(np.hypot(error, expected.error))) for value, error in (right, wrong)
    )
    return _pair(
        "mean number of SGD steps, p = 0.2",
        "a hit counts although its step is a reset",
        expected.value,
        right,
        wrong,
    )


def _figure(rng: Any, n: int) -> Illustration:
    exact = _brownian()
    steps = np.geomspace(1e-3, 0.1, 7)
    blind = [
        mean(search(rng, n, RATE, 0.0, dt, False, True)) for dt in tqdm(steps, "step sizes", leave=False)
    ]
    seeing = [mean(search(rng, n, RATE, 0.0, dt, True, True)) for dt in steps]
    figure, axes = figures.new()
    fine = np.geomspace(8e-4, 0.13, 200)
    root = np.sqrt(RATE)  # <T> = (exp(distance sqrt(r / D)) - 1) / r
    shifted = (np.exp(root * (1 + CONTINUITY_CORRECTION * np.sqrt(2 * fine))) - 1) / RATE
    axes.axhline(0, color=figures.BLACK, lw=1)
    axes.plot(
        fine, 100 * (shifted / exact - 1), color=figures.RED, label="target seen 0.58 (2D dt)$^{1/2}$ too far"
    )
    for found, colour, label in (
        (blind, figures.RED, "looks at step ends only"),
        (seeing, figures.BLUE, "Brownian bridge inside the step"),
    ):
        value, error = np.array(found).T
        figures.points(axes, steps, 100 * (value / exact - 1), 100 * error / exact, color=colour, label=label)
    axes.set(xscale="log", xlabel="time step dt", ylabel="error of the mean search time (%)")
    axes.legend()
    return Illustration(
        "control_step_size",
        "A simulator that looks for the target at step ends only misses excursions that cross and return, "
        "and its error shrinks like the square root of the step, so that making the step ten times smaller "
        "buys a factor of three. Sampling the crossing from the Brownian bridge inside the step removes the "
        "error at any step.",
        figure,
    )
