"""Learn, then memorise: what is learned when, what the latent bias does, and what resetting changes.

Every data set is learned from labels of which 20, 40 or 60 % are wrong, by softmax regression (minibatches
in epochs, as in practice) and by least squares (independent minibatches, whose mean path is known exactly),
with and without resetting as in the paper.  The first steps are run once more and looked at more often: the
same seed takes the same steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from analysis.claims import Experiment
from validation.data import raw
from validation.experiments import memorise_figures, memorise_findings, memorise_tables, memorise_theory
from validation.runs import Record, Setting, Study
from validation.runs.defaults import base, with_resetting

NOISE_RATES = (0.2, 0.4, 0.6)
MIDDLE = 0.4  # the noise rate at which least squares is held to its theory
HELD, FEWER_HELD = 80, 30  # seeds whose mean is held to the mean path
SQUARES_RATE = 0.5  # of least squares, at most: more leaves little but the noise of minibatches to be seen
LOOKS, BEGINNING = 30, 20  # along least squares, and within the steps before the first of them
SOFTMAX_WATCH = ("accuracy", "fractions", "gradients")
QUICK = {"steps": 1000}


class Course(NamedTuple):
    """What was seen along the runs of one setting: of each name one row a seed, ``(seeds, looks, ...)``."""

    steps: Any
    seen: Mapping[str, Any]

    def last(self, name: str) -> Any:
        """Return each seed's mean over the last tenth of the run."""
        return self.seen[name][:, self.steps > 0.9 * self.steps[-1]].mean(axis=1)


class Case(NamedTuple):
    """One data set, one noise rate and one loss: plain SGD, and with resetting."""

    setting: Setting
    classes: int
    plain: Course
    reset: Course

    @property
    def name(self) -> str:
        """What tables call it."""
        loss = "least squares" if self.setting.loss == "squared_error" else "softmax"
        return f"{self.setting.dataset}, {loss}, {self.setting.noise_rate:g}"

    @property
    def learnable(self) -> bool:
        """Whether the truth is more frequent among the labels of a class than any one wrong label."""
        return self.setting.noise_rate < 1 - 1 / self.classes


def run(study: Study) -> Experiment:
    """Train, and say what was learned, what was memorised, and what the gradient consisted of."""
    rates = (MIDDLE,) if study.quick else NOISE_RATES
    names = [name for name in study.datasets if raw(name).task == "classification"]
    others = [name for name in study.datasets if name not in names]
    if study.quick:
        names, others = sorted(names, key=_size)[:2], [] if names else others
    softmax = [softmax_setting(name, rate, study.quick) for name in names for rate in rates]
    squares = [squares_setting(name, rate, study.quick) for name in names for rate in rates]
    held = [squares_setting(name, MIDDLE, study.quick) for name in [*names, *others]]
    many = range(study.each_seed[0], study.each_seed[0] + (FEWER_HELD if study.quick else HELD))

    pairs = [(s, with_resetting(s)) for s in softmax] + [(s, squares_with_resetting(s)) for s in squares]
    wanted = [s for plain, reset in pairs for s in _seeded((plain, beginning(plain), reset), study.each_seed)]
    wanted += [s for setting in held for s in _seeded((setting, beginning(setting)), many)]
    records = study.collect(wanted, "learn, then memorise")

    cases = [_case(records, *pair, study.each_seed) for pair in pairs]
    with threadpool_limits(1):  # matrices are small
        theory = [memorise_theory.held(s, course(records, s, many), many) for s in held]
        fates = {
            case.setting: memorise_theory.fates(case.setting, case.plain.steps, study.each_seed)
            for case in cases
            if case.setting in held
        }
    return Experiment(
        "memorise",
        "Learn, then memorise",
        memorise_findings.TEXT,
        [claim for one in theory for claim in memorise_theory.claims(one)],
        memorise_figures.illustrations(cases, fates, theory, len(study.each_seed)),
        memorise_findings.findings(cases, theory),
        memorise_tables.tables(cases),
    )


def softmax_setting(dataset: str, noise_rate: float, quick: bool) -> Setting:
    """Return how softmax regression learns this data set."""
    return base(dataset).but(noise_rate=noise_rate, watch=SOFTMAX_WATCH, **(QUICK if quick else {}))


def squares_setting(dataset: str, noise_rate: float, quick: bool) -> Setting:
    """Return how least squares learns it: so that its mean path is known."""
    found = base(dataset)
    steps = QUICK["steps"] // 2 if quick else found.steps
    return found.but(
        noise_rate=noise_rate,
        loss="squared_error",
        sampling="independent",
        learning_rate=min(found.learning_rate, SQUARES_RATE),
        steps=steps,
        every=steps // LOOKS,
        watch=("accuracy", "fractions", "directions"),
    )


def squares_with_resetting(setting: Setting) -> Setting:
    """Return the same with resetting, looked at as often as softmax regression is."""
    return with_resetting(setting).but(every=base(setting.dataset).every, watch=("accuracy", "fractions"))


def beginning(setting: Setting) -> Setting:
    """Return the steps before the first look, looked at more often; the same seed takes the same steps."""
    return setting.but(steps=setting.every, every=max(1, setting.every // BEGINNING))


def course(
    records: Mapping[Setting, Record], setting: Setting, seeds: Iterable[int], first: Setting | None = None
) -> Course:
    """Return what was seen along a setting's runs, with the beginning of `first` (or itself) before it."""
    first = beginning(first or setting)
    rows = []
    for seed in seeds:
        early, late = records[first.but(seed=seed)], records[setting.but(seed=seed)]
        if len(late.resets) and late.resets[0] <= early.steps[-1]:
            raise ValueError(
                f"a reset after {late.resets[0]} steps: the beginning of {setting} is another one"
            )
        after = late.steps > early.steps[-1]
        names = [name for name in late.seen if name in early.seen]
        rows.append({name: np.concatenate([early.seen[name], late.seen[name][after]]) for name in names})
        steps = np.concatenate([early.steps, late.steps[after]])
    return Course(steps, {name: np.array([row[name] for row in rows]) for name in rows[0]})


def _case(records: Mapping[Setting, Record], plain: Setting, reset: Setting, seeds: Sequence[int]) -> Case:
    return Case(
        plain,
        int(raw(plain.dataset).labels.max()) + 1,
        course(records, plain, seeds),
        course(records, reset, seeds, first=plain),
    )


def _seeded(settings: Iterable[Setting], seeds: Iterable[int]) -> list[Setting]:
    return [setting.but(seed=seed) for setting in settings for seed in seeds]


def _size(dataset: str) -> int:
    return len(raw(dataset).labels)
