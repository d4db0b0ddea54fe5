"""What is reset, to where, and when: every choice of the method by itself.

The published code restores the optimiser's whole state, the learning rate in it; under a cosine schedule that
turns resetting into warm restarts.  Its validation data for CIFAR are test images, and its early-learning
regularisation forgets every step.  Here each choice is one setting, changed alone against a reference in its
own group; all else is the same, down to minibatches and reset times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from analysis import figures
from analysis.claims import Experiment, Illustration
from analysis.findings import Answer, Finding, Table
from validation.data import raw
from validation.runs import Record, Setting, Study
from validation.runs.defaults import base, with_resetting
from validation.runs.statistics import Mean, gain, holm, over_seeds

NOISE_RATE = 0.4
FIXED = 0.05  # share of the run after which a fixed checkpoint is taken
MOMENTUM = 0.9
ALIKE = 0.03  # of test accuracy: what is closer than this does alike

Changes = dict[str, Any]
WEIGHTS, VELOCITY = ("weights",), ("weights", "optimizer")
REWOUND, MEMORY = ("weights", "optimizer", "schedule"), ("weights", "buffers")


class Group(NamedTuple):
    """One choice: how training is set up, the reference, and what is done instead."""

    name: str
    common: Changes
    reference: tuple[str, Changes]
    others: dict[str, Changes]


GROUPS = (
    Group(
        "optimiser",
        {"momentum": MOMENTUM},
        ("weights", {"restore": WEIGHTS}),
        {"weights and momentum": {"restore": VELOCITY}},
    ),
    Group(
        "schedule",
        {"momentum": MOMENTUM, "schedule": "cosine"},
        ("schedule goes on", {"restore": VELOCITY}),
        {"schedule rewound": {"restore": REWOUND}},
    ),
    Group(
        "layers",
        {"model": "two-layer", "features": 0},
        ("both layers", {}),
        {"first layer only": {"only": ("*.first",)}, "second layer only": {"only": ("*.second",)}},
    ),
    Group(
        "checkpoint",
        {},
        ("best so far", {}),
        {"best when resetting begins": {"checkpoint": "onset"}, "fixed, early": {"checkpoint": "fixed"}},
    ),
    Group("times", {}, ("geometric", {}), {"sharp": {"timing": "sharp"}}),
    Group(
        "validation labels",
        {},
        ("noisy", {}),
        {"clean": {"validation": "clean"}},
    ),
    Group(
        "memory of early learning",
        {"method": "early-learning"},
        ("memory goes on", {"restore": WEIGHTS}),
        {"memory restored": {"restore": MEMORY}},
    ),
)


class Cell(NamedTuple):
    """One choice on one data set: what it reaches, what it adds to no resetting and to its reference."""

    dataset: str
    group: str
    choice: str
    accuracy: Mean
    over_plain: Mean
    over_reference: Mean | None


class Training(NamedTuple):
    """A choice on one data set, with what it is held against."""

    dataset: str
    group: str
    choice: str
    setting: Setting
    plain: Setting
    reference: Setting


def run(study: Study) -> Experiment:
    """Train every choice, and put the differences into one table."""
    wanted = [*trainings(study)]
    settings = {s for one in wanted for s in (one.setting, one.plain, one.reference)}
    ordered = sorted(settings, key=lambda s: s.key)
    records = study.collect((s.but(seed=seed) for s in ordered for seed in study.each_seed), "what is reset")
    cells = [cell(one, records, study) for one in wanted]
    return Experiment(
        "restored",
        "What is reset, to where, and when",
        f"Symmetric noise of {100 * NOISE_RATE:.0f} %. Each choice is changed alone; differences are paired "
        "over seeds.",
        findings=[
            schedule_finding(cells),
            difference_finding(
                "resetting the last layer alone does as well as all", cells, "second layer only"
            ),
            better_finding("resetting the first layer alone does less", cells, "first layer only", -1),
            better_finding(
                "a checkpoint that follows the best state is better than a fixed one",
                cells,
                "fixed, early",
                -1,
            ),
            difference_finding("random and periodic resets do alike", cells, "sharp"),
            difference_finding(
                "momentum need not be restored with the weights", cells, "weights and momentum"
            ),
            better_finding(
                "a noisy validation set is enough: a clean one is not better", cells, "clean", 1, wanted=False
            ),
        ],
        tables=[table(cells)],
        figures=[figure(cells)],
    )


def trainings(study: Study) -> Iterator[Training]:
    """Give all trainings; a quick study takes the last classification set, which is the smallest, only."""
    sets = [name for name in study.datasets if raw(name).task == "classification"]
    for dataset in sets[-1:] if study.quick else sets:
        for group in GROUPS:
            plain = common(dataset, group.common)
            name, how = group.reference
            reference = with_resetting(plain).but(**how)
            for choice, changes in {name: how, **group.others}.items():
                setting = with_resetting(plain).but(**changes)
                if setting.checkpoint == "fixed":
                    setting = setting.but(warm_up=round(FIXED * setting.steps))
                yield Training(dataset, group.name, choice, setting, plain, reference)


def common(dataset: str, changes: Changes) -> Setting:
    """Return plain SGD of a group; momentum and depth make steps longer, which is undone."""
    plain = base(dataset).but(noise_rate=NOISE_RATE, watch=("accuracy",))
    rate = plain.learning_rate
    if changes.get("momentum"):
        rate *= 1 - MOMENTUM
    if changes.get("model") == "two-layer":
        rate /= 8
    return plain.but(learning_rate=rate, **changes)


def cell(one: Training, records: Mapping[Setting, Record], study: Study) -> Cell:
    """Return what was measured of one choice."""
    seeds = study.each_seed
    changed = one.setting != one.reference
    return Cell(
        one.dataset,
        one.group,
        one.choice,
        Mean.of(over_seeds(records, one.setting, seeds, Record.last)),
        gain(records, one.setting, one.plain, seeds, Record.last),
        gain(records, one.setting, one.reference, seeds, Record.last) if changed else None,
    )


def schedule_finding(cells: Sequence[Cell]) -> Finding:
    """Answer whether rewinding the schedule changes what is found; with the reason in words."""
    rewound = [c for c in cells if c.choice == "schedule rewound"]
    going_on = [c for c in cells if c.choice == "schedule goes on"]
    sure = sum(holm([c.over_reference.p_value for c in rewound if c.over_reference]))
    values = [c.over_reference.value for c in rewound if c.over_reference]
    verdict: Answer = "does not hold" if sure == 0 else "holds" if sure == len(rewound) else "holds in part"
    plain = ", ".join(f"{c.dataset} {c.over_plain.text(100)}" for c in going_on)
    return Finding(
        "the gain owes something to the learning rate that the published code rewinds with the checkpoint",
        f"rewinding it changes test accuracy by {_range(values)} % against a schedule that goes on, surely "
        f"on {sure} of {len(rewound)} data sets (Holm); with a schedule that goes on resetting gains {plain} "
        "over none. Rule: holds if the change is sure on all sets, does not hold if on none",
        verdict,
        100 * float(np.mean(values)),
        _error([c.over_reference for c in rewound]),
    )


def difference_finding(name: str, cells: Sequence[Cell], choice: str) -> Finding:
    """Answer whether a choice does like its reference: no evidence of a difference is not enough for that."""
    changed = [c for c in cells if c.choice == choice and c.over_reference is not None]
    differences = [c.over_reference for c in changed if c.over_reference is not None]
    alike = all(max(map(abs, d.interval())) < ALIKE for d in differences)
    differ = sum(holm([d.p_value for d in differences]))
    verdict: Answer = "holds" if alike else "does not hold" if differ == len(changed) else "holds in part"
    pairs = zip(changed, differences, strict=True)
    said = "; ".join(f"{c.dataset} {d.text(100)}" for c, d in pairs)
    return Finding(
        name,
        f"{choice} against the reference, test accuracy (%): {said}; {differ} of {len(changed)} are sure "
        f"(Holm). Rule: holds if all intervals lie within {100 * ALIKE:.0f} %, does not hold if all "
        "differences are sure",
        verdict,
        100 * float(np.mean([d.value for d in differences])),
        _error(differences),
    )


def better_finding(name: str, cells: Sequence[Cell], choice: str, sign: int, wanted: bool = True) -> Finding:
    """Answer whether a choice is better (sign 1) or worse (-1) than its reference; not wanted: is not."""
    changed = [c for c in cells if c.choice == choice and c.over_reference is not None]
    differences = [c.over_reference for c in changed if c.over_reference is not None]
    sure = holm([d.p_value for d in differences])
    count = sum(bool(s) and sign * d.value > 0 for s, d in zip(sure, differences, strict=True))
    every, none = ("holds", "does not hold") if wanted else ("does not hold", "holds")
    verdict: Any = every if count == len(changed) else none if not count else "holds in part"
    said = "; ".join(f"{c.dataset} {d.text(100)}" for c, d in zip(changed, differences, strict=True))
    return Finding(
        name,
        f"{choice} against the reference, test accuracy (%): {said}; surely "
        f"{'better' if sign > 0 else 'worse'} on {count} of {len(changed)} (Holm). Rule: {every} if on all, "
        f"{none} if on none",
        verdict,
        100 * float(np.mean([d.value for d in differences])),
        _error(differences),
    )


def table(cells: Sequence[Cell]) -> Table:
    """Return all cells, one a row."""
    return Table(
        "Test accuracy at the last step (%) with resetting, what it adds to plain SGD of the same group, and "
        "the difference that the choice makes against the first of its group (paired, 95 % interval)",
        ("data, choice", "accuracy", "over no resetting", "over the first"),
        [
            (
                f"{c.dataset}, {c.group}: {c.choice}",
                c.accuracy.plain(100),
                c.over_plain.text(100),
                c.over_reference.text(100) if c.over_reference else "",
            )
            for c in cells
        ],
    )


def figure(cells: Sequence[Cell]) -> Illustration:
    """Draw what each choice gains over no resetting."""
    sets = list(dict.fromkeys(c.dataset for c in cells))
    rows = list(dict.fromkeys((c.group, c.choice) for c in cells))
    drawn, panels = figures.plt.subplots(
        1, len(sets), figsize=(3.2 + 3.3 * len(sets), 1.2 + 0.34 * len(rows)), sharey=True, squeeze=False
    )
    groups = list(dict.fromkeys(c.group for c in cells))
    for panel, dataset in zip(panels.flat, sets, strict=True):
        panel.axvline(0, color=figures.BLACK, lw=0.8)
        for c in cells:
            if c.dataset == dataset:
                g = c.over_plain
                panel.errorbar(
                    100 * g.value,
                    rows.index((c.group, c.choice)),
                    xerr=100 * (g.value - g.interval()[0]),
                    fmt="o" if c.over_reference is None else "s",
                    mfc="white" if c.over_reference is None else None,
                    ms=5,
                    capsize=2.5,
                    color=figures.COLOURS[groups.index(c.group) % len(figures.COLOURS)],
                )
        panel.set(title=dataset, xlabel="gain over plain SGD (% test accuracy)")
        panel.grid(axis="y", alpha=0.3)
    panels[0, 0].set_yticks(range(len(rows)), [f"{group}: {choice}" for group, choice in rows])
    panels[0, 0].invert_yaxis()
    return Illustration(
        "restored",
        "Gain of test accuracy at the last step over the same training without resetting, for each choice of "
        "what is reset, to where and when (95 % intervals, paired over seeds). Open circles: the reference "
        "of the group.",
        drawn,
    )


def _range(values: Sequence[float]) -> str:
    return " to ".join(f"{100 * value:+.1f}" for value in sorted({min(values), max(values)}))


def _error(differences: Sequence[Mean | None]) -> float:
    """Return the standard error of the mean over data sets, in per cent."""
    errors = [d.error for d in differences if d is not None]
    return 100 * float(np.sqrt(np.sum(np.square(errors)))) / len(errors)
