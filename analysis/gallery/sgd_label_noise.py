"""SGD on noisy labels in discrete time: exact covariance of linear regression, with and without resets."""

from __future__ import annotations

from typing import Any

import numpy as np

import resetdyn as rd
from analysis import figures
from analysis.gallery.reference import reference
from analysis.gallery.result import Number, Outcome, Paper, Result, seen
from analysis.sampling import mean

INPUTS = np.array([1.0, 0.5, 0.2])  # variances of the inputs: the curvatures
LABEL_NOISE, LEARNING_RATE, BATCH = 0.25, 0.1, 4
PROBABILITY, CHECKPOINT = 0.02, np.array([0.5, -0.2, 0.3])
SIMULATED = (0.1, 0.3, 0.5)  # below where fourth moments diverge, and with them errors of variances


def _sgd(learning_rate: float) -> Any:
    return rd.LinearSGD.gaussian(np.diag(INPUTS), LABEL_NOISE, learning_rate, BATCH)


def run(quick: bool, rng: Any) -> Outcome:
    """Hold the covariance, and the second moments under resets, against the formulas."""
    n = 3_000 if quick else 20_000
    free = rd.SteadyState(_sgd(LEARNING_RATE))
    reset = rd.SteadyState(_sgd(LEARNING_RATE), rd.Geometric(PROBABILITY, to=CHECKPOINT))
    drawn = {rate: rd.simulate(rd.SteadyState(_sgd(rate)), n=n, rng=rng).samples for rate in SIMULATED}
    away = rd.simulate(reset, n=n, rng=rng).samples
    exact, with_resets = rd.solve(free), rd.solve(reset)
    numbers = []
    for i in (0, 1):
        found = mean(drawn[LEARNING_RATE][:, i] ** 2)
        numbers.append(
            Number(
                quantity=f"variance along the direction with curvature {INPUTS[i]:g}",
                published=reference(f"ziyin.label.cov.{i}"),
                equation="Σ = μσ²/(1 − μκ) [2 − η(1 + 1/S)A]⁻¹",
                theory=exact.cov[i, i],
                **seen(found),
                note="μ = η/S, κ = Tr A[2 − η(1 + 1/S)A]⁻¹; η = 0.1, S = 4, σ² = 0.25",
            )
        )
    second = with_resets.cov + np.outer(with_resets.mean, with_resets.mean)
    for i in (0, 1):
        found = mean(away[:, i] ** 2)
        numbers.append(
            Number(
                quantity=f"mean square distance from the optimum under resets, curvature {INPUTS[i]:g}",
                published=reference(f"sgdreset.linreg.m2.{i}"),
                equation="(1 − qK)V = q η²σ²a/S + p δ²,  q = 1 − p",
                theory=second[i, i],
                theory_error=1e-15,
                **seen(found),
                note="derived here; p = 0.02 per step, to δ = (0.5, −0.2, 0.3)",
            )
        )
    return Outcome(
        _figure(drawn),
        numbers,
        "reproduced",
        f"Fluctuating inputs make SGD unstable at the learning rate {_limit():.4f}, below the "
        f"{2 / INPUTS[0]:g} of gradient descent.",
        caption="Variances along the three directions, over the learning rate, against it: exact theory "
        "(lines), simulated SGD (circles), and the Langevin limit σ²/(2S) (dashed), which is the same in "
        "all directions. At the dotted line the variances diverge, in all directions at once.",
    )


def _limit() -> float:
    return float(rd.stability_limit(_sgd(LEARNING_RATE)))


def _figure(drawn: dict[float, Any]) -> Any:
    figure, axes = figures.new()
    limit = _limit()
    rates = np.linspace(0.005, 0.985 * limit, 80)
    exact = np.array([np.diag(rd.solve(rd.SteadyState(_sgd(rate))).cov) / rate for rate in rates])
    for i, colour in zip(range(3), figures.COLOURS, strict=False):
        axes.plot(rates, exact[:, i], color=colour, label=f"curvature {INPUTS[i]:g}")
        found = [mean(x[:, i] ** 2) for x in drawn.values()]
        figures.points(
            axes,
            list(drawn),
            [f.value / rate for f, rate in zip(found, drawn, strict=True)],
            [f.error / rate for f, rate in zip(found, drawn, strict=True)],
            color=colour,
        )
    axes.axhline(LABEL_NOISE / (2 * BATCH), color=figures.BLACK, ls="--", lw=1.2, label="Langevin limit")
    axes.axvline(limit, color=figures.GREY, ls=":")
    axes.annotate("unstable", (limit - 0.02, 0.022), ha="right", color=figures.GREY)
    axes.set(yscale="log", ylim=(0.02, 1.0), xlim=(0, None))
    axes.set(xlabel="learning rate η  [1 / curvature]", ylabel="variance / η  [parameter² × curvature]")
    figures.plain_log(axes.yaxis)
    axes.legend(title="lines: exact, circles: simulated", loc="upper left")
    return figure


RESULT = Result(
    name="sgd_label_noise",
    title="SGD on noisy labels, exactly, at any learning rate",
    paper=Paper(
        authors="L. Ziyin, K. Liu, T. Mori, M. Ueda",
        year=2022,
        title="Strength of minibatch noise in SGD",
        journal="ICLR",
        arxiv="2102.05375",
    ),
    statement="Linear regression on Gaussian inputs with noisy labels, by minibatch SGD at a finite "
    "learning rate: the gradient noise depends on the state, and the stationary covariance is known in "
    "closed form. It is anisotropic, larger in stiff directions, and diverges at a finite learning rate.",
    run=run,
    formula=r"\Sigma = \frac{\mu\sigma^2}{1 - \mu\kappa}"
    r"\left[2 - \eta\left(1 + \frac{1}{S}\right)A\right]^{-1}",
    code="""\
import numpy as np
import resetdyn as rd

sgd = rd.LinearSGD.gaussian(np.diag([1, 0.5, 0.2]), 0.25, learning_rate=0.1, batch_size=4)
rd.solve(rd.SteadyState(sgd)).cov[0, 0]
""",
)
