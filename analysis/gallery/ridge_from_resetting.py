"""Gradient flow that is reset at the rate r settles, on average, at ridge regression with penalty r."""

from __future__ import annotations

from typing import Any

import numpy as np

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean, of_means

HESSIAN = np.array([[2.0, 0.5], [0.5, 1.0]])
SLOPE = np.array([1.0, -0.3])  # b: the flow is -(H theta - b)
NOISE = np.array([[0.4, 0.05], [0.05, 0.3]])  # covariance rate, 2 D
RATE = 0.7
RATES = (0.1, 0.7, 4.0)
STEP, PROBABILITY, CHECKPOINT = 0.1, 0.05, np.array([0.2, 0.4])


def _steady(rate: float) -> Any:
    minimum = np.linalg.solve(HESSIAN, SLOPE)
    flow = rd.OrnsteinUhlenbeck(HESSIAN, minimum, NOISE / 2)
    return rd.SteadyState(flow, rd.Poisson(rate, to=[0.0, 0.0]))


def ridge(rate: float) -> Any:
    """Return the ridge estimate with this penalty."""
    return np.linalg.solve(HESSIAN + rate * np.eye(2), SLOPE)


def run(quick: bool, rng: Any) -> Outcome:
    """Hold mean, covariance, another filter, and the penalty in discrete time against the formulas."""
    n = 50_000 if quick else 500_000
    samples = {rate: rd.simulate(_steady(rate), n=n, rng=rng).samples for rate in RATES}
    exact, drawn = rd.solve(_steady(RATE)), samples[RATE]
    numbers = []
    for i in (0, 1):
        found = mean(drawn[:, i])
        numbers.append(
            Number(
                quantity=f"steady mean, component {i + 1}, r = 0.7",
                published=reference(f"ridge.mean.{i}"),
                equation="(H + r)⁻¹ b",
                theory=exact.mean[i],
                **seen(found),
                note="H = [[2, 0.5], [0.5, 1]], b = (1, −0.3)",
            )
        )
    spread = of_means(lambda m1, m2: m2 - m1**2, drawn[:, 0], drawn[:, 0] ** 2)
    numbers.append(
        Number(
            quantity="steady variance of component 1, r = 0.7",
            published=reference("ridge.cov.00"),
            equation="(hᵢ + hⱼ + r) Mᵢⱼ = Sᵢⱼ + bᵢmⱼ + mᵢbⱼ,  Cov = M − m mᵀ",
            theory=exact.cov[0, 0],
            **seen(spread),
            note="ridge regression itself has no variance",
        )
    )
    one = rd.SteadyState(rd.OrnsteinUhlenbeck(2.0, 0.5, 0.1), rd.Sharp(1.0, to=0.0))
    found = mean(rd.simulate(one, n=n, rng=rng).samples)
    numbers.append(
        Number(
            quantity="what sharp resets of period 1 leave of b = 1, curvature 2",
            published=reference("filter.sharp.h2.tau1"),
            equation="[1 − (1 − e^(−hτ))/(hτ)]/h",
            theory=rd.spectral_filter(rd.Sharp(1.0), 2.0),
            **seen(found),
            note="a different filter: no penalty of ridge regression gives it at every curvature",
        )
    )
    numbers.append(_discrete(n, rng))
    return Outcome(
        _figure(samples),
        numbers,
        "reproduced",
        "In discrete time the penalty is p / ((1 − p) η) for steps of the learning rate η, not p/η (derived "
        "here).",
        caption="Left: the steady mean against the reset rate runs along the path of ridge regression "
        "(lines) from the minimum of the loss to the checkpoint; circles are simulated. Middle: standard "
        "deviations, which ridge regression has none of. Right: the share of a least-squares solution that "
        "is kept, by curvature: Poisson resets are ridge regression, others are filters of their own.",
    )


def _discrete(n: int, rng: Any) -> Number:
    minimum = np.linalg.solve(HESSIAN, SLOPE)
    sgd = rd.QuadraticSGD(HESSIAN, minimum, 0.1, learning_rate=STEP, batch_size=1)
    steady = rd.SteadyState(sgd, rd.Geometric(PROBABILITY, to=CHECKPOINT))
    found = mean(rd.simulate(steady, n=n // 5, rng=rng).samples[:, 0])
    return Number(
        quantity="steady mean in discrete time, component 1, η = 0.1, p = 0.05",
        published=reference("discrete.ridge.mean.0"),
        equation="((1 − p)ηH + p)⁻¹((1 − p)ηb + p θ_c)",
        theory=rd.solve(steady).mean[0],
        **seen(found),
        note="derived here; resets to θ_c = (0.2, 0.4)",
    )


def _figure(samples: dict[float, Any]) -> Any:
    figure, (left, middle, right) = figures.new(3, width=13.2)
    rates = np.geomspace(0.01, 30, 120)
    path = np.array([ridge(rate) for rate in rates])
    spread = np.array([rd.solve(_steady(rate)).std for rate in rates])
    for i, colour in zip((0, 1), figures.COLOURS, strict=False):
        left.plot(rates, path[:, i], color=colour, label=f"component {i + 1}")
        middle.plot(rates, spread[:, i], color=colour, label=f"component {i + 1}")
        means = [mean(found[:, i]) for found in samples.values()]
        figures.points(left, list(samples), [m.value for m in means], [m.error for m in means], color=colour)
        stds = [of_means(lambda a, b: (b - a**2) ** 0.5, f[:, i], f[:, i] ** 2) for f in samples.values()]
        figures.points(middle, list(samples), [s.value for s in stds], [s.error for s in stds], color=colour)
    left.set(xscale="log", xlabel="reset rate r = ridge penalty", ylabel="steady mean of the parameters")
    middle.set(xscale="log", xlabel="reset rate r", ylabel="standard deviation", ylim=(0, None))
    curvature = np.geomspace(0.02, 50, 120)
    for name, reset, colour in (
        ("Poisson, r = 1: ridge", rd.Poisson(1.0), figures.BLUE),
        ("sharp, τ = 2: same at small h", rd.Sharp(2.0), figures.RED),
    ):
        kept = [h * rd.spectral_filter(reset, h) for h in curvature]
        right.plot(curvature, kept, color=colour, label=name)
    right.plot(curvature, curvature / (curvature + 1), ":", color=figures.BLACK, label="h / (h + 1)")
    right.set(xscale="log", xlabel="curvature h", ylabel="share of the solution kept", ylim=(0, 1))
    for axes in (left, middle, right):
        axes.legend()
    return figure


RESULT = Result(
    name="ridge_from_resetting",
    title="Ridge regression from Poisson resetting",
    paper=Paper(
        authors="P. Jolakoski",
        year=2026,
        title="Ridge regression from Poisson resetting: A renewal perspective on spectral regularization",
        journal="preprint",
        arxiv="2605.30059",
    ),
    statement="Gradient flow of a quadratic loss that is reset to the origin at the rate r has the steady "
    "mean of ridge regression with penalty r. Of all renewal laws of resets the exponential one alone gives "
    "ridge regression at every curvature; others give spectral filters of their own. The equality is one of "
    "means: the reset process fluctuates, the ridge estimate does not.",
    run=run,
    formula=r"\langle\theta\rangle = (H + r)^{-1} b",
    code="""\
import resetdyn as rd

flow = rd.OrnsteinUhlenbeck([[2.0, 0.5], [0.5, 1.0]], [0.65714286, -0.62857143], 0.1)
rd.solve(rd.SteadyState(flow, rd.Poisson(0.7, to=[0.0, 0.0]))).mean[0]
""",
)
