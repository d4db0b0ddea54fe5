"""The derived conditions held against simulation, on both sides of every boundary.

A condition says where slow resetting helps: where the slope of the mean (or of the risk) at rate 0 is
negative.  Each line predicts the slope by the formula that SymPy derived and measures it from simulated
reset-free times, ``<T>^2 - <T^2> / 2``; it is predicted only if the condition's verdict agrees in sign.
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
from analysis.sampling import Estimate, mean, of_means, slope_at_zero, stream

SAMPLES, FEWER = 200_000, 30_000
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
        *_risk_slopes(n, rng),
        *_risk_optimum(n, rng),
        *_reversal(n, rng),
        *_discrete_ridge(n, rng),
    ]
    return Experiment(
        "conditions",
        "Conditions for resetting to help",
        "Each condition is derived by SymPy (resetdyn derive) and held against simulation on both sides of "
        "its boundary: negative slopes mean that slow resetting helps.",
        claims,
        [_slope_figure(drift, trap), _regime_figure()],
    )


def _agreeing(helps: bool, slope: float) -> float:
    """Return the predicted slope, or nan (which never holds) where the verdict contradicts its sign."""
    return slope if helps == (slope < 0) else math.nan


def _slope(name: str, problem: Any, helps: bool, n: int, rng: Any) -> Claim:
    exact = rd.solve(problem)
    slope = rd.conditions.cv.value("slope", T=exact.mean, T2=exact.moment(2))
    times = rd.simulate(problem, n=n, rng=rng).times
    return against(
        f"{name}: resetting {'helps' if helps else 'harms'}; slope of the mean at r = 0",
        _agreeing(helps, slope),
        slope_at_zero(times),
        group="Conditions: the slope of the mean search time",
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
    """Resets that lead elsewhere than to the start: nearer to the target, and farther from it."""
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
                f"reset from {start:g} to {to:g}: it {'helps' if helps else 'harms'}; slope of the mean at r = 0",
                _agreeing(helps, rd.conditions.small_rate.value("slope", **moments)),
                of_means(lambda x, x2, y: x * y - x2 / 2, from_x, from_x**2, from_y),
                group="Conditions: the slope of the mean search time",
            )
        )
    return claims


def _curvature(n: int, rng: Any) -> Claim:
    """The transition is continuous: a positive second-order coefficient where the slope vanishes."""
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
        group="Conditions: the slope of the mean search time",
    )


def _optima(n: int, rng: Any) -> list[Claim]:
    """At the optimal rate the derivative of the mean, by renewal from reset-free paths, vanishes."""
    brownian = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0))
    star = rd.conditions.z_star.value("optimal_rate", D=1.0, x0=1.0)
    trapped = _centred(0.4)
    best = rd.optimal_reset(rd.FirstPassage(trapped.process, 1.0, trapped.target, rd.Poisson(1.0))).rate
    return [
        against(
            f"{name}: the mean search time is stationary at r* = {rate:.4f}",
            0.0,
            _derivative(rd.simulate(problem, n=n, rng=rng).times, rate),
            group="Conditions: the optimal rate",
        )
        for name, problem, rate in (("no drift", brownian, star), ("kx₀²/D = 0.4", trapped, best))
    ]


def _derivative(times: Any, rate: float) -> Estimate:
    """Estimate d <T_r> / dr of ``<T_r> = (1 - F) / (r F)``, F = <exp(-r T)>."""
    weight = np.exp(-rate * times)
    return of_means(lambda f, g: g / (rate * f**2) - (1 - f) / (rate**2 * f), weight, times * weight)


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
        model.clean_risk(rd.simulate(rd.SteadyState(process, law), n=4 * n, rng=rng).samples)
        for law in (rd.NoReset(), rd.Poisson(rate, to=model.checkpoint))
    )
    predicted = model.steady_risk(rate) - model.steady_risk(0.0)
    return predicted, of_means(lambda a, b: b - a, free, reset)


def _risk_slopes(n: int, rng: Any) -> list[Claim]:
    """Slow resetting on both sides of D/k = delta (delta + 4 Delta), and fast resetting between the two."""
    claims = []
    for D, delta, Delta, rate in (
        (0.3, -1.0, 1.0, 0.1),
        (1.5, -3.0, 0.6, 0.1),
        (2.5, -3.0, 0.6, 0.1),
        (4.0, 1.0, 1.0, 0.1),
        (6.0, 1.0, 1.0, 0.1),
    ):
        helps = rd.conditions.steady_risk_slope.holds(D=D, k=1.0, delta=delta, Delta=Delta)
        predicted, measured = _risk_change(_line(D, delta, Delta), rate, n, rng)
        claims.append(
            against(
                f"D/k = {D:g}, δ = {delta:g}, Δ = {Delta:g}: slow resetting {'helps' if helps else 'harms'}; "
                f"change of the steady risk at rate {rate:g}",
                _agreeing(helps, predicted),
                measured,
                group="Conditions: the steady clean risk",
            )
        )
    any_rate = rd.conditions.steady_risk_any.holds(D=4.0, k=1.0, delta=1.0, Delta=1.0)
    predicted, measured = _risk_change(_line(4.0, 1.0, 1.0), 10.0, n, rng)
    claims.append(
        against(
            "D/k = 4, δ = 1, Δ = 1: fast resetting helps where slow resetting harms; change at rate 10",
            _agreeing(any_rate, predicted),
            measured,
            group="Conditions: the steady clean risk",
        )
    )
    return claims


def _risk_optimum(n: int, rng: Any) -> list[Claim]:
    """At the finite optimal rate, by its formula: the risk there, and less on neither side."""
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
    group = "Conditions: the steady clean risk"
    return [
        against(
            f"steady risk at the optimal rate r* = {rate:.4f}", model.steady_risk(rate), risks[1], group=group
        ),
        *(
            Claim(
                f"steady risk at {f:g} r*, above that at r*",
                model.steady_risk(f * rate) - model.steady_risk(rate),
                risk.value - risks[1].value,
                math.hypot(risk.error, risks[1].error),
                group=group,
            )
            for f, risk in ((0.25, risks[0]), (4.0, risks[2]))
        ),
    ]


def _reversal(n: int, rng: Any) -> list[Claim]:
    """SGD that is reset every few steps shows the drift at the checkpoint: towards the clean optimum, or away."""
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
                _agreeing(away, drift),
                mean(samples),
                group="Conditions: the reversal of the drift by wrong labels",
            )
        )
    return claims


def _discrete_ridge(n: int, rng: Any) -> list[Claim]:
    """SGD on data, reset with probability p, has the mean of ridge regression with penalty p / ((1 - p) eta)."""
    data = np.random.default_rng(12)  # the data are part of the question, not of the sampling
    X = data.normal(size=(60, 3)) * [1.5, 1.0, 0.5]
    y = X @ [1.0, -2.0, 0.5] + data.normal(size=60)
    checkpoint, p, learning_rate = np.array([0.0, 1.0, 1.0]), 0.05, 0.05
    penalty = rd.conditions.ridge_discrete.value("penalty", p=p, eta=learning_rate)
    hessian, pull = X.T @ X / len(X), X.T @ y / len(X)
    ridge = np.linalg.solve(hessian + penalty * np.eye(3), pull + penalty * checkpoint)
    sgd = rd.LinearSGD(X, y, learning_rate=learning_rate, batch_size=4)
    samples = rd.simulate(rd.SteadyState(sgd, rd.Geometric(p, to=checkpoint)), n=n // 2, rng=rng).samples
    return [
        against(
            f"minibatch SGD on data: component {i + 1} of ridge regression, penalty {penalty:.4g}",
            ridge[i],
            mean(samples[:, i]),
            group="Conditions: resetting as ridge regression",
        )
        for i in range(3)
    ]


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


CRITICAL = 1.0931125826984
REGIMES = (
    "no rate helps",
    "fast resetting helps, slow resetting harms",
    "a finite rate is best",
    "staying at the checkpoint is best",
)


def _regime_figure() -> Illustration:
    """Draw where which rate is best, from the optimal rate and the slope alone."""
    figure, axes = figures.new(width=7.6, height=4.4)
    deltas, noises = np.linspace(-5, 2, 141), np.linspace(0.02, 6, 120)
    regime = [[_regime(D, delta) for delta in deltas] for D in noises]
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


def _regime(D: float, delta: float) -> int:
    """Return the regime at k = Delta = 1."""
    values = {"D": D, "k": 1.0, "delta": delta, "Delta": 1.0}
    if not rd.conditions.steady_risk_any.holds(**values):
        return 0
    if rd.conditions.steady_risk_optimum.holds(**values):
        return 2
    return 3 if rd.conditions.steady_risk_slope.holds(**values) else 1
