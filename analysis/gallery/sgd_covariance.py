"""The stationary covariance of SGD: a Lyapunov equation, right in the limit of small learning rates."""

from __future__ import annotations

from typing import Any

import numpy as np

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

HESSIAN = np.array([[2.0, 0.5], [0.5, 1.0]])
NOISE = np.array([[0.4, 0.05], [0.05, 0.3]])  # covariance of one sample's gradient
BATCH, LEARNING_RATE = 5, 0.1
SIMULATED = (0.1, 0.3, 0.5, 0.7)


def _discrete(learning_rate: float) -> Any:
    return rd.SteadyState(rd.QuadraticSGD(HESSIAN, [0.0, 0.0], NOISE, learning_rate, BATCH))


def _continuous(learning_rate: float) -> Any:
    """Return the Ornstein-Uhlenbeck process; its time is the learning rate times the number of steps."""
    return rd.SteadyState(rd.OrnsteinUhlenbeck(HESSIAN, [0.0, 0.0], learning_rate / (2 * BATCH) * NOISE))


def run(quick: bool, rng: Any) -> Outcome:
    """Hold both covariances, and their difference, against the formulas."""
    n = 20_000 if quick else 200_000
    process = _continuous(LEARNING_RATE)
    exact, drawn = rd.solve(process).cov, rd.simulate(process, n=n, rng=rng).samples
    numbers = []
    for i, j in ((0, 0), (0, 1), (1, 1)):
        found = mean(drawn[:, i] * drawn[:, j])
        numbers.append(
            Number(
                quantity=f"covariance {i + 1}{j + 1} of the Ornstein-Uhlenbeck process",
                published=reference(f"mandt.cov.{i}{j}"),
                equation="AΣ + ΣA = (ε/S) BBᵀ",
                theory=exact[i, j],
                **seen(found),
                note="learning rate ε = 0.1, batches of S = 5",
            )
        )
    steps = {rate: rd.simulate(_discrete(rate), n=n, rng=rng).samples for rate in SIMULATED}
    found, sgd = mean(steps[LEARNING_RATE][:, 0] ** 2), rd.solve(_discrete(LEARNING_RATE)).cov
    numbers.append(
        Number(
            quantity="variance 11 of SGD itself at the learning rate 0.1",
            published=reference("sgd.discrete.cov.00"),
            equation="AΣ + ΣA − εAΣA = (ε/S) BBᵀ",
            theory=sgd[0, 0],
            **seen(found),
            note="Liu, Ziyin and Ueda, ICML 2021",
        )
    )
    return Outcome(
        _figure(steps),
        numbers,
        "reproduced",
        "The process is the limit of small learning rates. Already at ε = 0.1 SGD has a variance that is "
        f"{100 * (sgd[0, 0] / exact[0, 0] - 1):.1f} % larger, and at ε = {_limit():.3f} it diverges, where "
        "the Lyapunov equation sees nothing.",
        caption="Variance of the stiffer parameter over the learning rate, against the learning rate: exact "
        "theory of SGD (solid), its Ornstein-Uhlenbeck limit (dashed) and simulated SGD (circles). The "
        "dotted line is where SGD becomes unstable.",
    )


def _limit() -> float:
    return float(2 / np.linalg.eigvalsh(HESSIAN)[-1])


def _figure(steps: dict[float, Any]) -> Any:
    figure, axes = figures.new()
    rates = np.linspace(0.005, 0.87, 80)
    exact = [rd.solve(_discrete(rate)).cov[0, 0] / rate for rate in rates]
    axes.plot(rates, exact, color=figures.BLUE, label="SGD, exact")
    limit = [rd.solve(_continuous(rate)).cov[0, 0] / rate for rate in rates]
    axes.plot(rates, limit, "--", color=figures.RED, label="Ornstein-Uhlenbeck process")
    found = [mean(drawn[:, 0] ** 2) for drawn in steps.values()]
    figures.points(
        axes,
        list(steps),
        [f.value / rate for f, rate in zip(found, steps, strict=True)],
        [f.error / rate for f, rate in zip(found, steps, strict=True)],
        color=figures.BLUE,
        label="SGD, simulated",
    )
    axes.axvline(_limit(), color=figures.GREY, ls=":")
    axes.annotate("unstable", (_limit() - 0.01, 0.0165), ha="right", color=figures.GREY)
    axes.set(yscale="log", ylim=(0.015, 0.3), xlim=(0, 0.95))
    axes.set(xlabel="learning rate ε  [1 / curvature]", ylabel="variance / ε  [parameter² × curvature]")
    figures.plain_log(axes.yaxis)
    axes.legend(loc="upper left")
    return figure


RESULT = Result(
    name="sgd_covariance",
    title="SGD as an Ornstein-Uhlenbeck process",
    paper=Paper(
        authors="S. Mandt, M. D. Hoffman, D. M. Blei",
        year=2017,
        title="Stochastic gradient descent as approximate Bayesian inference",
        journal="J. Mach. Learn. Res. 18",
        arxiv="1704.04289",
    ),
    statement="Near a minimum with the Hessian A, constant-step SGD with the learning rate ε and batches of "
    "S samples is an Ornstein-Uhlenbeck process, whose stationary covariance solves a Lyapunov equation: a "
    "balance of gradient noise and curvature, proportional to ε/S.",
    run=run,
    formula=r"A\Sigma + \Sigma A = \frac{\epsilon}{S}\,BB^\top",
    code="""\
import resetdyn as rd

A, noise = [[2.0, 0.5], [0.5, 1.0]], [[0.4, 0.05], [0.05, 0.3]]
sgd = rd.QuadraticSGD(A, [0.0, 0.0], noise, learning_rate=0.1, batch_size=5)
rd.solve(rd.SteadyState(sgd)).cov[0, 0]
""",
    also=(
        Paper(
            authors="K. Liu, L. Ziyin, M. Ueda",
            year=2021,
            title="Noise and fluctuation of finite learning rate stochastic gradient descent",
            journal="ICML",
            arxiv="2012.03636",
        ),
    ),
)
