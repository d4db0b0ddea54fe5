"""Steady states under resetting: a balance of escape and return that is not an equilibrium.

Brownian motion: a Laplace density with the cusp at the checkpoint, ``sqrt(r/D)/2 exp(-sqrt(r/D) |x - y|)``
(Evans and Majumdar, PRL 106, 160601 (2011)).  Ornstein-Uhlenbeck: Pal, PRE 91, 012113 (2015).  In `d`
dimensions the mean is ridge regression with penalty `r`, shrunk to the checkpoint:
``(H + r)^-1 (H c + r y)`` (Jolakoski, arXiv:2605.30059).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

import resetdyn as rd
from analysis import figures
from analysis.checks import against
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import mean, of_means, stream

SAMPLES, FEWER = 400_000, 40_000
BINS = 200

HESSIAN = np.array([[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 0.25]])
MINIMUM = np.array([1.0, -1.0, 2.0])
CHECKPOINT = np.array([0.2, 0.5, -0.5])
NOISE = np.array([[0.3, 0.1, 0.0], [0.1, 0.2, 0.05], [0.0, 0.05, 0.1]])
RATES = (0.1, 0.5, 2.0)

LINES = {
    "Brownian motion, r = 2": rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0)),
    "Brownian motion with drift 1, r = 1": rd.SteadyState(
        rd.Brownian(0.5, drift=1.0), rd.Poisson(1.0, to=-0.5)
    ),
    "trap, r = 0.5": rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 0.0, 0.3), rd.Poisson(0.5, to=2.0)),
    "trap, r = 2": rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 0.0, 0.3), rd.Poisson(2.0, to=2.0)),
}


def run(quick: bool, seed: int) -> Experiment:
    """Hold the theory of steady states against simulation."""
    rng = stream(seed, "steady_states")
    n = FEWER if quick else SAMPLES
    samples = {name: rd.simulate(problem, n=n, rng=rng).samples for name, problem in LINES.items()}
    ridge = {rate: rd.simulate(_ridge(rate), n=n, rng=rng).samples for rate in RATES}
    claims = [claim for name, found in samples.items() for claim in _density_claims(name, found)]
    claims += [claim for rate, found in ridge.items() for claim in _ridge_claims(rate, found)]
    claims += _plane_claims(n, rng)
    return Experiment(
        "steady_states",
        "Steady states under resetting",
        "Resetting and motion balance in a steady state that no equilibrium has: probability flows outwards "
        "from the checkpoint all the time and jumps back. Its mean is the answer of ridge regression, its "
        "spread keeps the memory of every reset.",
        claims,
        [_density_figure(samples), _ridge_figure(ridge)],
    )


def _density_claims(name: str, samples: Any) -> list[Claim]:
    """Hold mean, variance and the whole histogram against the exact density."""
    exact = rd.solve(LINES[name])
    edges = _equal_bins(exact)
    counts = np.bincount(np.searchsorted(edges, samples), minlength=BINS)
    share = len(samples) / BINS
    return [
        against(f"{name}: mean", exact.mean, mean(samples)),
        against(f"{name}: variance", exact.cov, of_means(lambda m1, m2: m2 - m1**2, samples, samples**2)),
        Claim(
            f"{name}: chi-square of the histogram",
            BINS - 1,
            np.sum((counts - share) ** 2) / share,
            np.sqrt(2 * (BINS - 1)),
            note=f"{BINS} bins of equal probability; the error is that of chi-square itself",
        ),
    ]


def _equal_bins(exact: Any) -> Any:
    """Return the inner edges of bins that are equally probable under the exact density."""
    reach, to = 15 * np.sqrt(exact.cov), exact.problem.reset.to
    places, below = [], []
    for low, high in ((exact.mean - reach, to), (to, exact.mean + reach)):  # the density has its cusp at `to`
        coarse, fine = np.linspace(low, high, 401), np.linspace(low, high, 20_001)
        places.append(fine)
        below.append(CubicSpline(coarse, exact.pdf(coarse)).antiderivative()(fine))
    below[1] += below[0][-1]
    return np.interp(np.arange(1, BINS) / BINS, np.concatenate(below), np.concatenate(places))


def _ridge(rate: float) -> Any:
    return rd.SteadyState(rd.OrnsteinUhlenbeck(HESSIAN, MINIMUM, NOISE), rd.Poisson(rate, to=CHECKPOINT))


def _ridge_mean(rate: float) -> Any:
    """Return the minimum of the loss plus ``rate |theta - checkpoint|^2 / 2``."""
    return np.linalg.solve(HESSIAN + rate * np.eye(3), HESSIAN @ MINIMUM + rate * CHECKPOINT)


def _ridge_claims(rate: float, samples: Any) -> list[Claim]:
    predicted, exact = _ridge_mean(rate), rd.solve(_ridge(rate))
    group = "Steady states in three dimensions"
    means = [
        against(f"ridge regression with penalty r = {rate:g}: component {i + 1}", predicted[i],
                mean(samples[:, i]), group=group)
        for i in range(3)
    ]  # fmt: skip
    covariances = [
        against(
            f"covariance {i + 1}{j + 1} at r = {rate:g}",
            exact.cov[i, j],
            of_means(
                lambda a, b, ab: ab - a * b, samples[:, i], samples[:, j], samples[:, i] * samples[:, j]
            ),
            group=group,
        )
        for i, j in ((0, 0), (0, 1), (2, 2))
    ]
    return means + covariances


def _plane_claims(n: int, rng: Any) -> list[Claim]:
    """Brownian motion with drift in a plane, reset off the origin."""
    process = rd.Brownian([[0.5, 0.2], [0.2, 0.4]], drift=[1.0, -0.5])
    problem = rd.SteadyState(process, rd.Poisson(1.5, to=[1.0, 0.0]))
    exact, samples = rd.solve(problem), rd.simulate(problem, n=n, rng=rng).samples
    product = of_means(lambda a, b, ab: ab - a * b, *samples.T, np.prod(samples, axis=1))
    return [
        against("Brownian motion in a plane: mean along x", exact.mean[0], mean(samples[:, 0])),
        against("Brownian motion in a plane: covariance of x and y", exact.cov[0, 1], product),
    ]


def _density_figure(samples: dict[str, Any]) -> Illustration:
    figure, panels = figures.new(2)
    for axes, kind in zip(panels, ("Brownian motion", "trap"), strict=True):
        mine = {name: found for name, found in samples.items() if name.startswith(kind)}
        for (name, found), colour in zip(mine.items(), figures.COLOURS, strict=False):
            exact = rd.solve(LINES[name])
            edges = np.linspace(*np.quantile(found, [2e-4, 1 - 2e-4]), 61)
            figures.histogram(axes, found, edges, color=colour, fill=True, alpha=0.25)
            x = np.unique(np.concatenate([np.linspace(edges[0], edges[-1], 400), [LINES[name].reset.to]]))
            axes.plot(x, exact.pdf(x), color=colour, label=name)
        axes.set(xlabel="position x", ylabel="steady density", yscale="log", ylim=(1e-4, 8))
        axes.legend(loc="upper right")
    return Illustration(
        "steady_density",
        "Lines are exact densities, filled steps are histograms of simulated states. Each density has its "
        "cusp at the checkpoint, where resetting feeds it; the exponential tails of Brownian motion are the "
        "rare long flights between two resets, and in a trap (centre 0, checkpoint 2) the state is found on "
        "its way down.",
        figure,
    )


def _ridge_figure(samples: dict[float, Any]) -> Illustration:
    figure, axes = figures.new()
    rates = np.geomspace(0.01, 30, 200)
    path = np.array([_ridge_mean(rate) for rate in rates])
    for i, colour in zip(range(3), figures.COLOURS, strict=False):
        axes.plot(rates, path[:, i], color=colour, label=f"parameter {i + 1}")
        axes.plot([0.01], MINIMUM[i], "<", color=colour, clip_on=False)
        axes.plot([30], CHECKPOINT[i], ">", color=colour, clip_on=False)
        figures.points(
            axes,
            list(samples),
            [found[:, i].mean() for found in samples.values()],
            [found[:, i].std() / np.sqrt(len(found)) for found in samples.values()],
            color=colour,
        )
    axes.set(xscale="log", xlabel="reset rate r = ridge penalty", ylabel="steady mean", xlim=(0.01, 30))
    axes.legend()
    return Illustration(
        "steady_ridge",
        "The steady mean of a noisy descent that is reset at rate r (circles, simulated) runs along the "
        "path of ridge regression with penalty r (lines), from the minimum of the loss (left) to the "
        "checkpoint (right). Stiff directions of the loss resist until r exceeds their curvature, soft ones "
        "give in early.",
        figure,
    )
