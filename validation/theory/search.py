"""The search for a better state: steps of training until the clean risk beats the checkpoint's.

From a checkpoint at the early-stopping point no reset probability improves the steady state, yet resetting
can shorten the search: training that has begun to memorise does not come back by itself to where better
states are.  The mean number of steps under resetting is predicted from separate training runs that are
never reset, by renewal: with ``F = <(1 - p)^T>`` over their step counts `T`,

    <T_p> = (1 - F) / (p F)          reset wins ties (step, reset, check),
    <T_p> = (1 - p) (1 - F) / (p F)  process wins ties (step, check, reset).

Runs that give up after `HORIZON` steps leave open only ``(1 - p)^HORIZON`` < 2e-8 of `F`, at the smallest
`p` asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

import resetdyn as rd
from analysis import figures
from analysis.checks import against
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import mean, renewed
from validation.data import binary_task

RUNS, FEWER = 2000, 400
HORIZON = 6_000
# What is searched for, (noise rate, by how much the clean risk has to beat the checkpoint's), and the reset
# probabilities tried.
GOALS = {
    (0.2, 0.01): (0.003, 0.01, 0.03, 0.08),
    (0.4, 0.02): (0.003, 0.01, 0.03, 0.1),
    (0.4, 0.005): (0.01, 0.1, 0.3),
}
EASY = 0.005  # a gain found so soon that even a quick run can afford all runs
TIED = 0.05  # below this probability the two tie conventions agree within the errors


class Search(NamedTuple):
    """A search at one noise rate: samples without resetting, and what was claimed."""

    free: Any
    claims: dict[tuple[float, str], Claim]


def run(quick: bool, rng: np.random.Generator) -> Experiment:
    """Hold training with resetting against the renewal of separate runs without it."""
    searches = {goal: _search(*goal, FEWER if quick and goal[1] > EASY else RUNS, rng) for goal in GOALS}
    claims = [claim for search in searches.values() for claim in search.claims.values()]
    return Experiment(
        "training_search",
        "Training: the search for a better state",
        "The checkpoint is the early-stopping point itself. Training leaves it for good before long; sent "
        "back to it now and then, it finds states of lower clean risk many times sooner. How soon follows "
        "from separate runs without any reset, and depends on who wins when the step that arrives is also "
        "a reset.",
        [*claims, _wrong_ties(searches[0.4, EASY])],
        [_figure(searches)],
    )


def _search(noise_rate: float, gain: float, runs: int, rng: np.random.Generator) -> Search:
    task = binary_task(noise_rate)
    model = task.model()
    better = rd.Sublevel(model.clean_risk, model.early_stopping.risk - gain)
    search = rd.FirstPassage(task.sgd(), model.checkpoint, better)
    free = rd.simulate(search, n=2 * runs, rng=rng, max_time=HORIZON)
    claims = {}
    for p in GOALS[noise_rate, gain]:
        for ties in ("reset", "process"):
            if ties == "process" and p < TIED:
                continue
            reset = rd.Geometric(p, ties=ties)
            predicted = renewed(free, reset)
            times = rd.simulate(replace(search, reset=reset), n=runs, rng=rng).times
            claims[p, ties] = against(
                f"mean steps to a risk {gain:g} lower, p = {p:g}, tau = {noise_rate}, {ties} wins ties",
                predicted.value,
                mean(times),
                other_error=predicted.error,
                note="predicted by renewal from runs without resetting; the error covers both",
            )
    return Search(free, claims)


def _wrong_ties(search: Search) -> Claim:
    """Predict with the tie convention that was not used: this has to be rejected."""
    p = max(p for p, _ in search.claims)
    right = search.claims[p, "reset"]
    wrong = renewed(search.free, rd.Geometric(p, ties="process"))
    return Claim(
        f"control: the other tie convention, p = {p:g}",
        wrong.value,
        right.measured,
        right.error,
        should_hold=False,
    )


def _figure(searches: dict[tuple[float, float], Search]) -> Illustration:
    figure, axes = figures.new(columns=3, width=13.5, height=4.2)
    for panel, ((noise_rate, gain), search) in zip(axes, searches.items(), strict=True):
        fine = np.geomspace(0.0028, 0.35 if gain == EASY else 0.12, 120)
        for ties, colour, marker in (("reset", figures.BLUE, "o"), ("process", figures.RED, "s")):
            value, error = np.array([renewed(search.free, rd.Geometric(p, ties=ties)) for p in fine]).T
            panel.plot(fine, value, color=colour, label=f"{ties} wins ties")
            panel.fill_between(fine, value - error, value + error, color=colour, alpha=0.25, lw=0)
            held = {p: claim for (p, who), claim in search.claims.items() if who == ties}
            measured = [(claim.measured, claim.error) for claim in held.values()]
            figures.points(panel, [*held], *np.array(measured).T, color=colour, fmt=marker)
        relation = "> " if search.free.lower_bound else ""
        label = f"without resetting: {relation}{search.free.mean:.0f}"
        panel.axhline(search.free.mean, color=figures.GREY, ls=":", label=label)
        panel.set(xscale="log", xlabel="reset probability p per step", ylim=(0, None))
        panel.set_ylabel("mean number of training steps")
        panel.set_title(f"noise rate {noise_rate}, clean risk lower by {gain:g}")
        panel.legend(loc="best")
    return Illustration(
        "training_search",
        "Mean number of minibatch steps from the early-stopping checkpoint to a state of lower clean "
        "risk. Lines: renewal of training runs without resetting (band: one standard error); circles and "
        "squares: training runs that were reset. The more labels are wrong, the sooner training drifts "
        "away for good, and the more resetting gains.",
        figure,
    )
