"""At what cost? Wall time and memory of resetting, against plain SGD and against SGD that is only watched.

Three trainings advance in turn, a few steps each: plain; with a look at the validation loss now and then,
which early stopping needs as well; and with resetting on top.  Each round gives one difference of their
times, so that what else the machine does meanwhile hits all alike.  Rounds in which one of the three took
twice its usual time were disturbed, and are left out; resets and new bests are far cheaper than that, and in.

Resets themselves cost no steps; that they throw steps away is what the other experiments are about.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import resetdyn as rd
from analysis import figures
from analysis.claims import Experiment, Illustration
from analysis.findings import Answer, Finding, Table
from validation.runs import Setting, Study
from validation.runs.defaults import base, with_resetting
from validation.runs.methods import METHODS
from validation.runs.models import MODELS
from validation.runs.statistics import Mean
from validation.runs.train import advance, first_state, minibatches, resetter_of, watched
from validation.runs.watch import View

ROUNDS, FEWER = 400, 40
DISTURBED = 2.0  # times the usual time
NEGLIGIBLE, SMALL = 0.01, 0.1  # shares of the time of plain SGD
STEP = 1e-3  # seconds that a step of a small network takes
SIZES = (10**3, 10**5, 10**7)  # parameters
KINDS = ("plain", "watched", "resetting")


@dataclass(frozen=True)
class Cost:
    """What was measured of one training: seconds of a plain step, and shares of it that come on top."""

    name: str
    step: float
    watching: Mean
    resetting: Mean
    resets: int


def run(study: Study) -> Experiment:
    """Time training with and without resetting, and count the bytes of a checkpoint."""
    with threadpool_limits(1):
        costs = [measured(name, setting, study.quick) for name, setting in trainings(study).items()]
        calls = {size: call(size, study.quick) for size in SIZES}
        memory = {size: extra_memory(size) for size in SIZES}
    return Experiment(
        "cost",
        "At what cost?",
        "A step in which no reset happens costs one comparison; a reset copies the weights, and a new best "
        "copies them once more. Looks at the validation loss cost more than both, but every method that "
        "stops early needs them too.",
        findings=[time_finding(costs, calls), memory_finding(memory)],
        tables=[
            Table(
                "Time of a step, and what comes on top of it (mean over rounds, 95 % interval)",
                ("training", "plain step (us)", "looks (%)", "resetting (%)", "resets"),
                [
                    (
                        cost.name,
                        f"{1e6 * cost.step:.0f}",
                        cost.watching.text(100, 1),
                        cost.resetting.text(100, 1),
                        f"{cost.resets}",
                    )
                    for cost in costs
                ],
            ),
            Table(
                "The resetter alone: a step without a reset, a new best, and what it keeps",
                ("parameters", "no reset (us)", "a new best (us)", "memory (checkpoints)"),
                [
                    (f"{size:,}", f"{1e6 * quiet:.2f}", f"{1e6 * best:.1f}", f"{memory[size]:.2f}")
                    for size, (quiet, best) in calls.items()
                ],
            ),
        ],
        figures=[figure(costs)],
    )


def trainings(study: Study) -> dict[str, Setting]:
    """Return what is timed: from the shortest steps there are to longer ones."""
    first = base(study.datasets[0]).but(noise_rate=0.4, seed=study.each_seed[0])
    longer = first.but(features=2000, batch_size=128)
    return {
        f"{first.dataset}, one layer, B = {first.batch_size}": first,
        f"{first.dataset}, 2000 features, B = 128": longer,
        f"{first.dataset}, two layers, B = 128": first.but(
            model="two-layer", features=0, batch_size=128, learning_rate=first.learning_rate / 8
        ),
    }


class Training:
    """A training that goes on for the steps from one look to the next, and says how long they took."""

    def __init__(self, kind: str, setting: Setting) -> None:
        self.kind, self.setting = kind, setting
        split = self.split = setting.split()
        self.method, self.model = METHODS[setting.method](setting, split), MODELS[setting.model]
        self.state = first_state(setting, split, self.method, self.model)
        self.resetter = resetter_of(setting)
        self.rate = setting.learning_rate / float(np.mean(np.sum(split.train**2, axis=1)))
        self.batches = minibatches(setting.but(steps=10**9), len(split.train), np.random.default_rng(1))

    def go_on(self) -> float:
        """Train until the next look, and return the seconds that took."""
        batches = [next(self.batches) for _ in range(self.setting.every)]
        began = time.perf_counter()
        for left, rows in zip(reversed(range(len(batches))), batches, strict=True):
            advance(self.state, self.method, self.model, self.split.train, rows, self.rate, 0.0, 1.0)
            score = None
            if self.kind != "plain" and not left:
                seen = self.model.all_scores(self.state["weights"][0], self.split.validation)
                score = watched(
                    self.setting, self.method, View(self.setting, self.split, self.model, {}, seen, None)
                )
            if self.kind == "resetting":
                self.state = self.resetter.step(self.state, score)
        return time.perf_counter() - began


def measured(name: str, setting: Setting, quick: bool) -> Cost:
    """Time the three kinds of training in turn."""
    # Resetting is on from the start, and as frequent as in a whole run.
    resetting = with_resetting(setting).but(patience=0)
    trainings = [Training(kind, resetting if kind == "resetting" else setting) for kind in KINDS]
    for training in trainings:  # compile, and warm the caches
        training.go_on()
    seconds = np.empty((FEWER if quick else ROUNDS, len(KINDS)))
    for turn, taken in enumerate(seconds):
        for i in np.roll(range(len(KINDS)), turn):  # nobody is always the first
            taken[i] = trainings[i].go_on()
    usual = np.median(seconds, axis=0)
    plain, watched, reset = seconds[np.all(seconds < DISTURBED * usual, axis=1)].T
    return Cost(
        name,
        float(plain.mean()) / setting.every,
        Mean.of((watched - plain) / plain.mean()),
        Mean.of((reset - watched) / plain.mean()),
        len(trainings[-1].resetter.log),
    )


def call(size: int, quick: bool) -> tuple[float, float]:
    """Return the seconds of a step of the resetter without a reset, and of one with a new best."""
    weights = {f"layer {i}": np.zeros(size // 10) for i in range(10)}
    quiet = rd.CheckpointResetter(1e-9, rng=1)
    better = rd.CheckpointResetter(1e-9, rng=1)
    quiet.step(weights, 1.0)
    scores = iter(-np.arange(1e6))
    repeats = 3 if quick else 7
    return (
        shortest(lambda: quiet.step(weights), 20_000, repeats),
        shortest(lambda: better.step(weights, float(next(scores))), 30, repeats),
    )


def shortest(action: Callable[[], Any], times: int, repeats: int) -> float:
    """Return the seconds that an action takes, by the least disturbed of some measurements."""

    def once() -> float:
        began = time.perf_counter()
        for _ in range(times):
            action()
        return (time.perf_counter() - began) / times

    return min(once() for _ in range(repeats))


def extra_memory(size: int) -> float:
    """Return the bytes that a resetter keeps after many bests and resets, over those of the weights."""
    weights = {"weights": np.zeros(size)}
    tracemalloc.start()
    try:
        resetter = rd.CheckpointResetter(0.5, rng=1)
        state: Any = weights
        for score in range(20, 0, -1):
            state = resetter.step(state, float(score))
        del state
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return kept / weights["weights"].nbytes


def time_finding(costs: Sequence[Cost], calls: dict[int, tuple[float, float]]) -> Finding:
    """Answer by the largest share: surely below 1 % it is negligible, surely above 10 % it is not."""
    worst = max(costs, key=lambda cost: cost.resetting.value)
    share = max(quiet for quiet, _ in calls.values()) / STEP
    low, high = worst.resetting.interval()
    verdict: Answer = "holds" if high < NEGLIGIBLE else "does not hold" if low > SMALL else "holds in part"
    return Finding(
        "resetting costs next to nothing",
        f"{worst.resetting.text(100, 1)} % on top of the time of plain SGD where it is most ({worst.name}, "
        f"steps of {1e6 * worst.step:.0f} us); a step without a reset takes {100 * share:.2f} % of a step of "
        f"1 ms; looks at the validation loss cost {worst.watching.text(100, 1)} %. Rule: surely below "
        "1 % the claim holds, surely above 10 % it does not",
        verdict,
        100 * worst.resetting.value,
        100 * worst.resetting.error,
    )


def memory_finding(memory: dict[int, float]) -> Finding:
    """Answer by what is kept for the largest state, in checkpoints."""
    kept = memory[max(memory)]
    return Finding(
        "resetting needs the memory of one checkpoint",
        f"{kept:.3f} times the bytes of the weights, after 20 new bests and their resets, with "
        f"{max(memory):,} parameters. Rule: between 0.99 and 1.05 the claim holds",
        "holds" if 0.99 < kept < 1.05 else "does not hold",
        kept,
        predicted=1.0,
    )


def figure(costs: Sequence[Cost]) -> Illustration:
    """Draw the shares of time, training by training."""
    drawn, axes = figures.new(width=7.2, height=1.6 + 0.7 * len(costs))
    for name, colour, offset in (("watching", figures.ORANGE, -0.14), ("resetting", figures.BLUE, 0.14)):
        shares = [getattr(cost, name) for cost in costs]
        places = np.arange(len(costs)) + offset
        values = np.array([100 * share.value for share in shares])
        spans = np.array([share.value - share.interval()[0] for share in shares])
        label = "looks at the validation loss" if name == "watching" else "resetting"
        axes.barh(places, values, 0.26, xerr=100 * spans, color=colour, label=label, capsize=3)
    axes.axvline(100 * NEGLIGIBLE, color=figures.GREY, ls=":", label="1 %")
    axes.axvline(0, color=figures.BLACK, lw=0.8)
    axes.set_yticks(range(len(costs)), [f"{cost.name}\n({1e6 * cost.step:.0f} us a step)" for cost in costs])
    axes.invert_yaxis()
    axes.set_xlabel("time on top of plain SGD (%)")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return Illustration(
        "cost",
        "Wall time on top of plain SGD: looks at the validation loss, which early stopping needs as well, "
        "and resetting on top of them (mean over rounds with its 95 % interval). The longer a training "
        "step, the less resetting costs: its own price is a comparison a step and a copy of the weights at "
        "each reset.",
        drawn,
    )
