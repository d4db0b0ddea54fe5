"""SGD on noisy labels: when does going back to a checkpoint help, and what for?

The latent gradient bias moves the minimum of the training loss away from the clean optimum, so that training
first learns and then memorises (Bae, Song and Jeong, MLST 6, 015062 (2025)).  Resetting to a checkpoint can
lower the steady clean risk, where the checkpoint was taken before the early-stopping point; from a checkpoint
at that point it can only shorten the search for a state that is better than the checkpoint.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from tqdm import tqdm

import resetdyn as rd
from analysis import figures
from analysis.checks import against
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import mean, renewed, stream

SAMPLES, FEWER = 200_000, 20_000
PASSAGES, FEWER_PASSAGES = 40_000, 4_000

STIFF, SOFT = 1.0, 0.1  # curvatures: what is learned first, and what is memorised later
HESSIAN = np.diag([STIFF, SOFT])
RATES = (0.02, 0.1, 0.5)
PROBABILITIES = (0.003, 0.01, 0.04)


def plane(checkpoint: Any = None) -> Any:
    """Return the model in two dimensions, by default with the early-stopping checkpoint."""
    return rd.LabelNoiseQuadratic(
        HESSIAN, clean_optimum=[2.0, 0.3], wrong_optimum=[1.4, 2.6], noise_rate=0.4, learning_rate=0.1,
        batch_size=8, gradient_covariance=8.0 * HESSIAN, checkpoint=checkpoint,
    )  # fmt: skip


def line(checkpoint: float) -> Any:
    """Return the model in one dimension: clean optimum at 0, effective optimum at 1."""
    return rd.LabelNoiseQuadratic(
        1.0, clean_optimum=0.0, wrong_optimum=2.5, noise_rate=0.4, learning_rate=0.1, batch_size=4,
        gradient_covariance=16.0, initial=-3.0, checkpoint=checkpoint,
    )  # fmt: skip


def run(quick: bool, seed: int) -> Experiment:
    """Hold the theory of SGD on noisy labels against simulation."""
    rng = stream(seed, "label_noise")
    n = FEWER if quick else SAMPLES
    early = plane()
    earlier = plane(checkpoint=early.flow(early.early_stopping.time / 4))
    models = {"early-stopping checkpoint": early, "earlier checkpoint": earlier}
    risks = {
        (name, rate): _steady_risk(name, model, rate, n, rng)
        for name, model in models.items()
        for rate in RATES
    }
    m = FEWER_PASSAGES if quick else PASSAGES
    passages, free = _passages(early, m, rng)
    claims = [
        *_one_dimension(n, rng),
        *risks.values(),
        *(_sgd_risk(earlier, p, n, rng) for p in PROBABILITIES),
        *passages.values(),
        *_crossing(n // 2, rng),
    ]
    return Experiment(
        "label_noise",
        "SGD on noisy labels",
        "The latent gradient bias of wrong labels moves the minimum of the training loss from the state "
        "that generalises to one that memorises. Resetting to a checkpoint works against that drift, for "
        "two different purposes: a better steady state, or a faster search for a better state.",
        claims,
        [_picture(early, rng), _risk_figure(models, risks), _passage_figure(passages, free)],
    )


def _steady_risk(name: str, model: Any, rate: float, n: int, rng: Any) -> Claim:
    problem = rd.SteadyState(model.process(), rd.Poisson(rate, to=model.checkpoint))
    samples = rd.simulate(problem, n=n, rng=rng).samples
    return against(
        f"steady clean risk, {name}, rate {rate:.3g}",
        model.steady_risk(rate),
        mean(model.clean_risk(samples)),
    )


def _one_dimension(n: int, rng: Any) -> list[Claim]:
    """At, below and above the optimal rate, which is finite for this checkpoint."""
    model = line(checkpoint=-1.0)
    best = rd.optimal_reset(model).rate
    return [_steady_risk("one dimension", model, factor * best, n, rng) for factor in (0.0, 0.3, 1.0, 3.0)]


def _sgd_risk(model: Any, p: float, n: int, rng: Any) -> Claim:
    """Hold SGD at its finite learning rate against the exact discrete recursion."""
    problem = rd.SteadyState(model.sgd(), rd.Geometric(p, to=model.checkpoint))
    samples = rd.simulate(problem, n=n, rng=rng).samples
    return against(
        f"steady clean risk of SGD step by step, p = {p:g}",
        rd.solve(problem).expect(model.clean_risk),
        mean(model.clean_risk(samples)),
    )


def better_than(model: Any) -> Any:
    """Return the target: a clean risk of at most a quarter of the checkpoint's."""
    return rd.Sublevel(model.clean_risk, 0.25 * model.clean_risk(model.checkpoint))


def _search(model: Any, reset: Any) -> Any:
    return rd.FirstPassage(model.sgd(), model.checkpoint, better_than(model), reset)


def _passages(model: Any, n: int, rng: Any) -> tuple[dict[tuple[float, str], Claim], Any]:
    """Hold SGD with resetting against the renewal of separate runs without it."""
    free = rd.simulate(_search(model, rd.NoReset()), n=n, rng=rng)
    claims = {}
    for p in tqdm(PROBABILITIES, "SGD passages", leave=False):
        for ties in ("reset", "process"):
            reset = rd.Geometric(p, ties=ties)
            predicted = renewed(free, reset)
            steps = rd.simulate(_search(model, reset), n=n, rng=rng).times
            claims[p, ties] = against(
                f"mean number of SGD steps to a better state, p = {p:g}, {ties} wins ties",
                predicted.value,
                mean(steps),
                other_error=predicted.error,
                note="predicted by renewal from separate runs without resetting; the error covers both",
            )
    return claims, free


def _crossing(n: int, rng: Any) -> list[Claim]:
    """In one dimension the theory knows the search exactly: a checkpoint past the clean optimum."""
    model = line(checkpoint=0.5)
    goal = 0.2 * model.clean_risk(model.checkpoint)
    level = float(np.sqrt(2 * goal))
    claims = []
    for rate in (0.3, 2.0):
        reset = rd.Poisson(rate)
        exact = rd.solve(rd.FirstPassage(model.process(), model.checkpoint, rd.Level(level), reset))
        problem = rd.FirstPassage(
            model.process(), model.checkpoint, rd.Sublevel(model.clean_risk, goal), reset
        )
        claims.append(
            against(
                f"mean time to a fifth of the checkpoint's clean risk, rate {rate:g}",
                exact.mean,
                mean(rd.simulate(problem, n=n, rng=rng).times),
            )
        )
    return claims


def _walk(model: Any, steps: int, p: float, rng: Any) -> Any:
    """Return one path of SGD on the model, for the picture."""
    root = np.linalg.cholesky(model.gradient_covariance / model.batch_size)
    path = [np.asarray(model.checkpoint)]
    for _ in range(steps):
        gradient = model.gradient(path[-1]) + root @ rng.normal(size=2)
        path.append(model.checkpoint if rng.random() < p else path[-1] - model.learning_rate * gradient)
    return np.array(path)


def _picture(model: Any, rng: Any) -> Illustration:
    figure, axes = figures.new(width=9.0, height=4.6)
    x, y = np.meshgrid(np.linspace(-0.15, 2.75, 200), np.linspace(-1.3, 3.0, 200))
    risk = model.clean_risk(np.stack([x, y], axis=-1))
    axes.contour(x, y, risk, levels=0.01 * 2.0 ** np.arange(9), colors=figures.GREY, linewidths=0.6)
    target = better_than(model)
    axes.contourf(x, y, risk, levels=[0, target.value], colors=[figures.GREEN], alpha=0.3)
    free, reset = _walk(model, 600, 0.0, rng), _walk(model, 600, 0.03, rng)
    axes.plot(*free.T, color=figures.RED, lw=0.7, alpha=0.8, label="SGD, 600 steps")
    axes.plot(*reset.T, color=figures.BLUE, lw=0.7, alpha=0.8, label="SGD with resetting, 600 steps")
    axes.plot(*model.flow(np.linspace(0, 80, 800)).T, color=figures.BLACK, label="gradient flow")
    for place, marker, name in (
        (model.initial, "s", "start"),
        (model.clean_optimum, "*", "clean optimum"),
        (model.checkpoint, "o", "early stopping = checkpoint"),
        (model.effective_optimum, "X", "effective optimum"),
    ):
        axes.plot(*place, marker, ms=9, mfc="white", mec=figures.BLACK, ls="", zorder=6, label=name)
    axes.set(xlabel="stiff parameter (learned first)", ylabel="soft parameter (memorised later)")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return Illustration(
        "label_noise_plane",
        "Gradient flow passes close to the clean optimum, then the latent bias of 40 % wrong labels drags "
        "it to the effective optimum, where it memorises. SGD wanders about that optimum; reset to the "
        "checkpoint, it searches where better states (shaded: less than a quarter of the checkpoint's clean "
        "risk) are to be found.",
        figure,
    )


def _risk_figure(models: dict[str, Any], claims: dict[tuple[str, float], Claim]) -> Illustration:
    figure, axes = figures.new()
    rates = np.geomspace(0.003, 30, 200)
    for (name, model), colour in zip(models.items(), figures.COLOURS, strict=False):
        axes.plot(rates, model.steady_risk(rates), color=colour, label=name)
        mine = [claims[name, rate] for rate in RATES]
        figures.points(axes, RATES, [c.measured for c in mine], [c.error for c in mine], color=colour)
        axes.axhline(model.clean_risk(model.checkpoint), color=colour, lw=1, ls=":")
        best = rd.optimal_reset(model)
        if np.isfinite(best.rate):
            axes.plot(best.rate, best.risk, "*", ms=12, color=colour, mec=figures.BLACK, mew=0.6, zorder=6)
    axes.set(
        xscale="log", xlabel="reset rate r = p / learning rate", ylabel="steady clean risk", ylim=(0, 0.31)
    )
    axes.legend(title="dotted: risk at the checkpoint")
    return Illustration(
        "label_noise_risk",
        "From the early-stopping checkpoint the steady clean risk falls all the way to the checkpoint's "
        "own: staying there is best, and resetting helps only to search. From an earlier checkpoint a "
        "finite rate is best (star), for the drift then carries the state past the clean optimum between "
        "two resets.",
        figure,
    )


def _passage_figure(claims: dict[tuple[float, str], Claim], free: Any) -> Illustration:
    figure, axes = figures.new()
    probabilities = np.geomspace(0.0005, 0.12, 80)
    for ties, colour in (("reset", figures.BLUE), ("process", figures.RED)):
        value, error = np.array([renewed(free, rd.Geometric(p, ties=ties)) for p in probabilities]).T
        axes.plot(probabilities, value, color=colour, label=f"{ties} wins ties")
        axes.fill_between(probabilities, value - 2 * error, value + 2 * error, color=colour, alpha=0.2, lw=0)
        mine = [claims[p, ties] for p in PROBABILITIES]
        figures.points(axes, PROBABILITIES, [c.measured for c in mine], [c.error for c in mine], color=colour)
    axes.axhline(free.mean, color=figures.GREY, ls=":", label="without resetting")
    axes.set(xscale="log", yscale="log", xlabel="reset probability p per step")
    axes.set(ylabel="mean number of steps to a better state")
    axes.legend(title="lines: renewal, circles: SGD", loc="upper right", bbox_to_anchor=(1, 0.93))
    return Illustration(
        "label_noise_search",
        "Even from the early-stopping checkpoint, where no rate beats staying there, resetting "
        "shortens the search for a state with less than a quarter of the checkpoint's clean risk. The line "
        "is predicted from runs without any reset; whether a hit counts when its step is also a reset "
        "matters as soon as p is not small.",
        figure,
    )
