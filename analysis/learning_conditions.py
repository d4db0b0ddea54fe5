"""The derived conditions for learning with noisy labels, held against simulation.

In one dimension, with ``Delta`` = effective - clean optimum and ``delta`` = checkpoint - effective optimum,
slow resetting lowers the steady clean risk where ``D/k > delta (delta + 4 Delta)``; fast resetting may help
where slow resetting harms, and a finite rate is best only for a checkpoint before the early-stopping point.
The latent bias reverses the drift of SGD where ``(1 - tau) |g_clean| = tau |g_wrong|``, and resetting turns
the mean into ridge regression.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy as sp

import resetdyn as rd
from analysis import figures
from analysis.checks import against
from analysis.claims import Claim, Experiment, Illustration
from analysis.conditions import agreeing
from analysis.sampling import Estimate, mean, of_means, stream

SAMPLES, FEWER = 400_000, 40_000
RISK, DRIFT, RIDGE = (
    "Conditions: the steady clean risk",
    "Conditions: the drift",
    "Conditions: ridge regression",
)


def run(quick: bool, seed: int) -> Experiment:
    """Hold the conditions for learning against simulation."""
    rng = stream(seed, "learning_conditions")
    n = FEWER if quick else SAMPLES
    claims = [
        *_risk_slopes(n, rng),
        *_risk_optimum(n, rng),
        *_reversal(n, rng),
        *_discrete_ridge(n, rng),
    ]
    return Experiment(
        "learning_conditions",
        "When does resetting improve learning?",
        "Conditions in the variables of training, derived by SymPy and held against simulation on both "
        "sides of their boundaries: the steady clean risk, the reversal of the drift by wrong labels, and "
        "resetting as ridge regression.",
        claims,
        [_regime_figure()],
    )


def _line(D: float, delta: float, Delta: float) -> Any:
    """Return the model with k = 1 and these steady-risk variables: clean optimum 0, effective one Delta."""
    return rd.LabelNoiseQuadratic(
        1.0, clean_optimum=0.0, wrong_optimum=2 * Delta, noise_rate=0.5, learning_rate=0.1, batch_size=1,
        gradient_covariance=20 * D, checkpoint=Delta + delta,
    )  # fmt: skip


def _risk_change(model: Any, rate: float, n: int, rng: Any) -> tuple[float, Estimate]:
    """Return the change of the steady risk by resetting, predicted and simulated."""
    process = model.process()
    free, reset = (
        model.clean_risk(rd.simulate(rd.SteadyState(process, law), n=10 * n, rng=rng).samples)
        for law in (rd.NoReset(), rd.Poisson(rate, to=model.checkpoint))
    )
    predicted = model.steady_risk(rate) - model.steady_risk(0.0)
    return predicted, of_means(lambda a, b: b - a, free, reset)


def _risk_slopes(n: int, rng: Any) -> list[Claim]:
    """Hold slow resetting on both sides of the boundary, and fast resetting where slow resetting harms."""
    claims = []
    for D, delta, Delta, rate in (
        (0.3, -1.0, 1.0, 0.3),
        (1.0, -3.0, 0.6, 0.3),
        (3.5, -3.0, 0.6, 0.3),
        (4.0, 1.0, 1.0, 0.3),
        (8.0, 1.0, 1.0, 0.3),
    ):
        helps = rd.conditions.steady_risk_slope.holds(D=D, k=1.0, delta=delta, Delta=Delta)
        predicted, measured = _risk_change(_line(D, delta, Delta), rate, n, rng)
        claims.append(
            against(
                f"D/k = {D:g}, δ = {delta:g}, Δ = {Delta:g}: slow resetting {'helps' if helps else 'harms'}; "
                f"change of the steady risk at rate {rate:g}",
                agreeing(helps, predicted),
                measured,
                group=RISK,
            )
        )
    any_rate = rd.conditions.steady_risk_any.holds(D=4.0, k=1.0, delta=1.0, Delta=1.0)
    predicted, measured = _risk_change(_line(4.0, 1.0, 1.0), 10.0, n, rng)
    claims.append(
        against(
            "D/k = 4, δ = 1, Δ = 1: fast resetting helps where slow resetting harms; change at rate 10",
            agreeing(any_rate, predicted),
            measured,
            group=RISK,
        )
    )
    return claims


def _risk_optimum(n: int, rng: Any) -> list[Claim]:
    """Hold the risk at the finite optimal rate, and on both sides of it."""
    values = {"D": 0.5, "k": 1.0, "delta": -2.0, "Delta": 1.0}
    rate = rd.conditions.steady_risk_optimum.value("optimal_rate", **values)
    model = _line(values["D"], values["delta"], values["Delta"])
    process = model.process()
    risks = [
        mean(
            model.clean_risk(
                rd.simulate(
                    rd.SteadyState(process, rd.Poisson(f * rate, to=model.checkpoint)), n=n, rng=rng
                ).samples
            )
        )
        for f in (0.25, 1.0, 4.0)
    ]
    return [
        against(
            f"steady risk at the optimal rate r* = {rate:.4f}", model.steady_risk(rate), risks[1], group=RISK
        ),
        *(
            Claim(
                f"steady risk at {f:g} r*, above that at r*",
                model.steady_risk(f * rate) - model.steady_risk(rate),
                risk.value - risks[1].value,
                math.hypot(risk.error, risks[1].error),
                group=RISK,
            )
            for f, risk in ((0.25, risks[0]), (4.0, risks[2]))
        ),
    ]


def _reversal(n: int, rng: Any) -> list[Claim]:
    """Hold the drift at the checkpoint, which SGD shows when it is reset every few steps."""
    claims = []
    g_clean, g_wrong, p = 1.0, 2.0, 0.5  # at the checkpoint 0, between clean optimum 1 and wrong optimum -2
    for tau in (0.2, 0.3, 0.37, 0.5):
        away = rd.conditions.drift_reversal_collinear.holds(tau=tau, g_clean=g_clean, g_wrong=g_wrong)
        model = rd.LabelNoiseQuadratic(
            1.0, clean_optimum=g_clean, wrong_optimum=-g_wrong, noise_rate=tau, learning_rate=0.1,
            batch_size=16, checkpoint=0.0,
        )  # fmt: skip
        problem = rd.SteadyState(model.sgd(), rd.Geometric(p, to=0.0))
        samples = rd.simulate(problem, n=n, rng=rng).samples
        drift = rd.solve(problem).mean
        claims.append(
            against(
                f"noise rate {tau:g}: SGD drifts {'away from' if away else 'towards'} the clean optimum; "
                "mean displacement",
                agreeing(away, drift),
                mean(samples),
                group=DRIFT,
            )
        )
    return claims


def _discrete_ridge(n: int, rng: Any) -> list[Claim]:
    """Hold the mean of SGD on data under resetting to ridge regression."""
    data = np.random.default_rng(12)  # the data are part of the question, not of the sampling
    X = data.normal(size=(60, 3)) * [1.5, 1.0, 0.5]
    y = X @ [1.0, -2.0, 0.5] + data.normal(size=60)
    checkpoint, p, learning_rate = np.array([0.0, 1.0, 1.0]), 0.05, 0.05
    penalty = rd.conditions.ridge_discrete.value("penalty", p=p, eta=learning_rate)
    hessian, pull = X.T @ X / len(X), X.T @ y / len(X)
    ridge = np.linalg.solve(hessian + penalty * np.eye(3), pull + penalty * checkpoint)
    sgd = rd.LinearSGD(X, y, learning_rate=learning_rate, batch_size=4)
    samples = rd.simulate(rd.SteadyState(sgd, rd.Geometric(p, to=checkpoint)), n=n // 4, rng=rng).samples
    return [
        against(
            f"minibatch SGD on data: component {i + 1} of ridge regression, penalty {penalty:.4g}",
            ridge[i],
            mean(samples[:, i]),
            group=RIDGE,
        )
        for i in range(3)
    ]


REGIMES = (
    "no rate helps",
    "fast resetting helps, slow resetting harms",
    "a finite rate is best",
    "staying at the checkpoint is best",
)


def _regime_figure() -> Illustration:
    """Draw where which rate is best, from the optimal rate and the slope alone."""
    figure, axes = figures.new(width=7.6, height=4.4)
    deltas, noises = np.linspace(-5, 2, 1051), np.linspace(0.0, 6, 601)
    delta, D = np.meshgrid(deltas, noises)
    helps, best, slow = (_region(name, D, delta) for name in ("any", "optimum", "slope"))
    regime = np.select([~helps, best, slow], [0, 2, 3], default=1)
    colours = ["#f2c4ad", "#fbe6a2", "#8fc5e8", "#d8e8f3"]
    axes.pcolormesh(
        deltas, noises, regime, cmap=figures.palette(colours), vmin=-0.5, vmax=3.5, rasterized=True
    )
    for colour, name in zip(colours, REGIMES, strict=True):
        axes.fill_between([], [], color=colour, label=name)
    axes.axvline(-1, color=figures.BLACK, ls=":", lw=1.2)
    axes.annotate("early stopping", (-1.06, 5.9), rotation=90, ha="right", va="top")
    axes.set(
        xlabel="checkpoint − effective optimum,  δ / Δ", ylabel="gradient noise  D / (k Δ$^2$)", ylim=(0, 6)
    )
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2)
    return Illustration(
        "conditions_regimes",
        "Which reset rate gives the lowest steady clean risk, by where the checkpoint lies between the "
        "effective optimum (δ = 0), the clean optimum (δ = −Δ, the early-stopping point) and beyond. A "
        "finite optimal rate needs a checkpoint taken before the early-stopping point; at that point "
        "itself, staying there is always best.",
        figure,
    )


def _region(name: str, D: Any, delta: Any) -> Any:
    """Return where the condition holds at k = Delta = 1, by the inequality that was derived."""
    statement = rd.conditions[f"steady_risk_{name}"].statement
    symbols = sorted(statement.free_symbols, key=str)
    values = {"D": D, "k": np.ones_like(D), "delta": delta, "Delta": np.ones_like(D)}
    return sp.lambdify(symbols, statement)(*(values[symbol.name] for symbol in symbols))
