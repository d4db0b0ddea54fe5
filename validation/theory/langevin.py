"""How good is the Langevin limit? Its deviation from training, against the learning rate.

The theory of continuous time describes SGD at small learning rates: time is ``eta * steps``, the reset rate
``p / eta``, the diffusion coefficient ``eta C / (2 B)``.  At a fixed reset rate the steady clean risk of
training differs from it by a term of first order in `eta`.  The deviation is shown, and not held to a
z-score: what is held is training against the exact moments at every learning rate.
"""

from __future__ import annotations

import numpy as np

import resetdyn as rd
from analysis import figures
from analysis.checks import against
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import mean
from validation.data import binary_task

RUNS, FEWER = 2000, 300
NOISE_RATE = 0.4
RESET_RATE = 0.02  # per unit time
CHECKPOINT = 20.0  # time of gradient flow
LEARNING_RATES = (0.1, 0.2, 0.4, 0.8, 1.4)


def run(quick: bool, rng: np.random.Generator) -> Experiment:
    """Hold training at several learning rates against the exact moments, and show the Langevin deviation."""
    claims = {rate: _risk(rate, FEWER if quick else RUNS, rng) for rate in LEARNING_RATES}
    return Experiment(
        "training_langevin",
        "Training: how good is the Langevin limit?",
        "The theory in continuous time is exact at vanishing learning rate. At the learning rates that "
        "are used in practice its steady risk is too low, by an amount that grows with the learning rate; "
        "the exact recursion in discrete time has no such error.",
        [*claims.values()],
        [_figure(claims)],
    )


def exact_risk(learning_rate: float) -> float:
    """Return the exact steady clean risk at this learning rate and the fixed reset rate."""
    model, problem = _problem(learning_rate)
    return rd.solve(problem).expect(model.clean_risk)


def langevin_risk(learning_rate: float) -> float:
    """Return the same in the Langevin limit, with the diffusion that belongs to this learning rate."""
    model, _ = _problem(learning_rate)
    return model.steady_risk(RESET_RATE)


def _problem(learning_rate: float) -> tuple[rd.LabelNoiseQuadratic, rd.SteadyState]:
    task = binary_task(NOISE_RATE)
    model = task.model(learning_rate, checkpoint=task.model().flow(CHECKPOINT))
    reset = rd.Geometric(RESET_RATE * learning_rate, to=model.checkpoint)
    return model, rd.SteadyState(task.sgd(learning_rate), reset)


def _risk(learning_rate: float, runs: int, rng: np.random.Generator) -> Claim:
    model, problem = _problem(learning_rate)
    samples = rd.simulate(problem, n=runs, rng=rng).samples
    return against(
        f"steady clean risk at learning rate {learning_rate:g} and reset rate {RESET_RATE:g}, tau = "
        f"{NOISE_RATE}",
        exact_risk(learning_rate),
        mean(model.clean_risk(samples)),
    )


def _figure(claims: dict[float, Claim]) -> Illustration:
    figure, axes = figures.new(columns=2, width=9.6)
    fine = np.geomspace(0.02, 1.6, 50)
    exact = np.array([exact_risk(rate) for rate in fine])
    langevin = np.array([langevin_risk(rate) for rate in fine])
    axes[0].plot(fine, exact, color=figures.BLUE, label="exact, discrete time")
    axes[0].plot(fine, langevin, "--", color=figures.GREY, label="Langevin limit")
    rates = np.array([*claims])
    measured, errors = np.array([(claim.measured, claim.error) for claim in claims.values()]).T
    figures.points(axes[0], rates, measured, errors, color=figures.BLUE, label="training runs")
    axes[0].set(xscale="log", xlabel="learning rate", ylabel="steady clean risk")
    axes[0].legend(loc="upper left")
    limit = np.array([langevin_risk(rate) for rate in rates])
    axes[1].plot(fine, 100 * (exact / langevin - 1), color=figures.BLUE, label="exact, discrete time")
    figures.points(axes[1], rates, 100 * (measured / limit - 1), 100 * errors / limit, color=figures.BLUE)
    slope = (exact[0] / langevin[0] - 1) / fine[0]
    axes[1].plot(fine, 100 * slope * fine, ":", color=figures.BLACK, lw=1.2, label="first order")
    axes[1].set(xlabel="learning rate", ylabel="excess over the Langevin limit (%)", ylim=(-0.5, None))
    axes[1].legend(loc="upper left")
    return Illustration(
        "training_langevin",
        f"Steady clean risk at the fixed reset rate r = p / eta = {RESET_RATE:g}, noise rate {NOISE_RATE}. "
        "Left: training runs, exact discrete moments, and the Langevin limit. Right: what the Langevin "
        "limit misses, of first order in the learning rate (dotted).",
        figure,
    )
