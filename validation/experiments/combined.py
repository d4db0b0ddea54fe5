"""Together with others: does resetting add to losses and methods that are robust by themselves?

Each method trains alone and with resetting, on the same data, first weights and minibatches.  What is watched
is the method's own loss on the noisy validation part, as for plain SGD, or the fraction of its noisy labels
that are missed: a method that refuses to fit wrong labels sees its validation loss grow while it gets better,
and resets by that loss then lead away from what it has learned.

Learning rate, length and resetting are those of plain SGD for all methods; nothing is tuned for any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from analysis import figures
from analysis.claims import Experiment, Illustration
from analysis.findings import Answer, Finding, Table
from validation.data import raw
from validation.runs import Record, Setting, Study
from validation.runs.confident import METHOD, is_installed
from validation.runs.defaults import base, with_resetting
from validation.runs.statistics import Mean, gain, holm, over_seeds

RATES, FEWER = (0.2, 0.4, 0.6), (0.4,)
METHODS: dict[str, dict[str, Any]] = {
    "cross-entropy": {},
    "label smoothing": {"loss": "label_smoothing"},
    "mean absolute error": {"loss": "mae"},
    "generalised cross-entropy": {"loss": "gce"},
    "symmetric cross-entropy": {"loss": "sce"},
    "early-learning regularisation": {"method": "early-learning"},
    "small-loss selection": {"method": "small-loss"},
    "Co-teaching": {"method": "co-teaching"},
    "confident learning": {"method": METHOD},
}
SCORES = ("loss", "error")
PUBLISHED = ("label smoothing", "mean absolute error", "generalised cross-entropy", "symmetric cross-entropy")
PUBLISHED += ("early-learning regularisation", "Co-teaching")  # what the paper combines resetting with


class Cell(NamedTuple):
    """One method on one data set at one noise rate: its accuracy alone, and the gains by resetting."""

    dataset: str
    noise_rate: float
    method: str
    alone: Mean
    gains: Mapping[str, Mean]  # by what is watched


def run(study: Study) -> Experiment:
    """Train every method alone and with resetting, and put the differences into one table."""
    wanted = [*trainings(study)]
    records = study.collect(
        (s.but(seed=seed) for one in wanted for s in one.settings for seed in study.each_seed),
        "together with others",
    )
    cells = [cell(one, records, study) for one in wanted]
    return Experiment(
        "combined",
        "Together with others",
        "Robust losses and methods that distrust labels, each alone and with resetting on top. Resetting is "
        "led by the noisy validation part; where a method is robust by itself, its loss there is a bad "
        "guide, and the fraction of labels missed a better one.",
        findings=[added(cells, score) for score in SCORES] + [best_of_all(cells)],
        tables=[table(cells)],
        figures=[figure(cells)],
    )


class Training(NamedTuple):
    """A method on one data set at one noise rate, alone and with resetting."""

    dataset: str
    noise_rate: float
    method: str
    alone: Setting
    resetting: Mapping[str, Setting]

    @property
    def settings(self) -> list[Setting]:
        """All of its settings."""
        return [self.alone, *self.resetting.values()]


def trainings(study: Study) -> Iterator[Training]:
    """Give all trainings; a quick study takes the last classification set, which is the smallest, only."""
    sets = [name for name in study.datasets if raw(name).task == "classification"]
    for dataset in sets[-1:] if study.quick else sets:
        for noise_rate in FEWER if study.quick else RATES:
            for name, how in METHODS.items():
                if how.get("method") == METHOD and (study.quick or not is_installed()):
                    continue
                alone = base(dataset).but(noise_rate=noise_rate, watch=("accuracy",), **how)
                watched = SCORES[:1] if how.get("method") == METHOD else SCORES
                resetting = {score: with_resetting(alone).but(score=score) for score in watched}
                yield Training(dataset, noise_rate, name, alone, resetting)


def cell(one: Training, records: Mapping[Setting, Record], study: Study) -> Cell:
    """Return what was measured of one training."""
    seeds = study.each_seed
    return Cell(
        one.dataset,
        one.noise_rate,
        one.method,
        Mean.of(over_seeds(records, one.alone, seeds, Record.last)),
        {score: gain(records, s, one.alone, seeds, Record.last) for score, s in one.resetting.items()},
    )


def added(cells: list[Cell], score: str) -> Finding:
    """Answer whether resetting adds to the methods that the paper combines it with.

    Holds if no gain is surely negative and at least half are surely positive (Holm over all of them); does
    not hold if none is surely positive; else in part.
    """
    gains = [c.gains[score] for c in cells if c.method in PUBLISHED]
    sure = holm([g.p_value for g in gains])
    better = sum(bool(s) and g.value > 0 for s, g in zip(sure, gains, strict=True))
    worse = sum(bool(s) and g.value < 0 for s, g in zip(sure, gains, strict=True))
    verdict: Answer = (
        "holds" if not worse and 2 * better >= len(gains) else "holds in part" if better else "does not hold"
    )
    values = np.array([g.value for g in gains])
    what = (
        "the method's own validation loss" if score == "loss" else "the fraction of validation labels missed"
    )
    return Finding(
        f"resetting adds to robust losses, Co-teaching and early-learning regularisation, led by {what}",
        f"of {len(gains)} cases (method x data x noise rate) {better} gain and {worse} lose test accuracy at "
        f"the last step beyond chance (Holm, 5 % for all); mean difference {100 * values.mean():+.1f} %. "
        "Rule: holds if none loses and half gain, does not hold if none gains",
        verdict,
        100 * float(values.mean()),
        100 * float(np.sqrt(np.sum([g.error**2 for g in gains])) / len(gains)),
    )


def best_of_all(cells: list[Cell]) -> Finding:
    """Answer whether plain cross-entropy with resetting reaches what the best other method does alone."""
    behind = []
    for c in cells:
        if c.method != "cross-entropy":
            continue
        others = [o for o in cells if o[:2] == c[:2] and o.method != c.method]
        best = max(others, key=lambda other: other.alone.value)
        behind.append(c.alone.value + max(g.value for g in c.gains.values()) - best.alone.value)
    ahead = sum(value >= 0 for value in behind)
    verdict: Answer = "holds" if ahead == len(behind) else "holds in part" if ahead else "does not hold"
    spread = np.std(behind, ddof=1) / np.sqrt(len(behind)) if len(behind) > 1 else np.nan
    return Finding(
        "resetting alone is as good as methods made for wrong labels",
        f"cross-entropy with resetting against the best other method alone: {100 * np.mean(behind):+.1f} % "
        f"test accuracy in the mean over {len(behind)} cases (data x noise rate), ahead in {ahead}; the best "
        "of eight methods and the better of two scores are chosen on the test set, so that both sides are "
        "flattered. Rule: holds if ahead in all cases, does not hold if in none",
        verdict,
        100 * float(np.mean(behind)),
        100 * float(spread),
    )


def table(cells: list[Cell]) -> Table:
    """Return all cells, one a row."""
    return Table(
        "Test accuracy at the last step (%): each method alone, and what resetting adds, led by its "
        "validation loss or by the fraction of validation labels missed (mean of paired differences, 95 % "
        "interval)",
        ("data, noise, method", "alone", "with resetting, by loss", "with resetting, by error"),
        [
            (
                f"{c.dataset} {c.noise_rate:g} {c.method}",
                c.alone.plain(100),
                *(c.gains[score].text(100) if score in c.gains else "" for score in SCORES),
            )
            for c in cells
        ],
    )


def figure(cells: list[Cell]) -> Illustration:
    """Draw accuracy alone and with resetting, method by method."""
    places = list(dict.fromkeys((c.dataset, c.noise_rate) for c in cells))
    rates = list(dict.fromkeys(rate for _, rate in places))
    sets = list(dict.fromkeys(name for name, _ in places))
    drawn, panels = figures.plt.subplots(
        len(sets),
        len(rates),
        figsize=(2.6 + 3.6 * len(rates), 0.8 + 2.9 * len(sets)),
        sharey=True,
        squeeze=False,
    )
    names = [name for name in METHODS if any(c.method == name for c in cells)]
    for panel, (dataset, rate) in zip(panels.flat, places, strict=True):
        for c in cells:
            if (c.dataset, c.noise_rate) != (dataset, rate):
                continue
            y = names.index(c.method)
            figures.points(panel, 100 * c.alone.value, y, None, color=figures.BLACK, fmt="|", ms=11, mew=2)
            for score, colour, shift in (("loss", figures.BLUE, 0.16), ("error", figures.RED, -0.16)):
                if score in c.gains:
                    g = c.gains[score]
                    panel.errorbar(
                        100 * (c.alone.value + g.value),
                        y + shift,
                        xerr=100 * (g.value - g.interval()[0]),
                        fmt="o",
                        ms=4,
                        color=colour,
                        capsize=2,
                    )
        panel.set_title(f"{dataset}, noise rate {rate:g}")
        panel.grid(axis="y", alpha=0.3)
    for panel in panels[-1]:
        panel.set_xlabel("test accuracy (%)")
    panels[0, 0].set_yticks(range(len(names)), names)
    panels[0, 0].invert_yaxis()
    marks = [
        figures.plt.Line2D([], [], color=figures.BLACK, marker="|", ms=11, mew=2, ls="", label="alone"),
        figures.plt.Line2D(
            [], [], color=figures.BLUE, marker="o", ls="", label="with resetting, led by the loss"
        ),
        figures.plt.Line2D(
            [], [], color=figures.RED, marker="o", ls="", label="with resetting, led by the error"
        ),
    ]
    drawn.legend(handles=marks, loc="outside upper center", ncols=3)
    return Illustration(
        "combined",
        "Test accuracy at the last step of each method alone (bar) and with resetting, which its validation "
        "loss or the fraction of validation labels missed leads (circles; 95 % intervals of the paired "
        "difference). Where a method is robust by itself, resetting by its loss can lead away from what it "
        "has learned.",
        drawn,
    )
