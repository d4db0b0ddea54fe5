"""When resetting helps: the gain over batch size, reset probability and patience.

The paper trains for a fixed number of steps whatever the batch size (its published command counts
iterations, and each draws one minibatch), so that large batches see more epochs.  Here the batch size is
varied both ways: at a fixed number of steps, and at a fixed number of epochs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from analysis import figures
from analysis.claims import Experiment, Illustration
from analysis.findings import Answer, Finding
from validation.experiments.benefit_gains import (
    BEST,
    LAST,
    READINGS,
    RULE,
    Reading,
    Records,
    accuracy_gain,
    answer,
    listed,
    overall,
    paired,
    trained,
)
from validation.runs import Setting, Study
from validation.runs.defaults import PATIENCE, RESETS, with_resetting
from validation.runs.statistics import Mean, slope

NOISE_RATE = 0.4
BATCHES, FEWER_BATCHES = (4, 8, 16, 32, 64), (16, 64)
SCANNED_RESETS, FEWER_RESETS = (5, 15, 50, 150, 500), (15, 150)  # expected in a run
SCANNED_PATIENCES, FEWER_PATIENCES = (1 / 30, PATIENCE, 0.3), (0.3,)  # shares of the run

Batched = Callable[[Setting, int], Setting]


def at_fixed_steps(plain: Setting, batch_size: int) -> Setting:
    """Return the same number of steps with another batch size."""
    return plain.but(batch_size=batch_size)


def at_fixed_epochs(plain: Setting, batch_size: int) -> Setting:
    """Return the same number of epochs with another batch size; looks and patience keep their proportions."""
    steps = round(plain.steps * plain.batch_size / batch_size)
    return plain.but(
        batch_size=batch_size,
        steps=steps,
        every=max(1, round(plain.every * plain.batch_size / batch_size)),
        patience=round(PATIENCE * steps),
    )


FIXED: dict[str, Batched] = {"steps": at_fixed_steps, "epochs": at_fixed_epochs}


def settings(study: Study) -> list[Setting]:
    """Return all runs of the trends."""
    found = []
    for dataset in study.datasets:
        plain = _plain(study, dataset)
        found += [plain, *(method for _, _, method in _recipes(study, plain))]
        for batched in FIXED.values():
            for batch_size in _batches(study):
                one = batched(plain, batch_size)
                found += [one, with_resetting(one)]
    return [setting.but(seed=seed) for setting in found for seed in study.each_seed]


def report(study: Study, records: Records) -> Experiment:
    """Return the trends and what they say of the paper's claims."""
    return Experiment(
        "benefit_trends",
        "",
        "The paper trains for a fixed number of steps whatever the batch size; with a constant learning "
        "rate a fixed number of epochs then means fewer steps, and less memorised, the larger the batch.",
        figures=[_figure(study, records)],
        findings=[
            *(_grows_with_batch(study, records, fixed, where) for fixed in FIXED for where in READINGS),
            *(_robust(study, records, where) for where in READINGS),
        ],
    )


def _plain(study: Study, dataset: str) -> Setting:
    return trained(study, dataset).but(noise_rate=NOISE_RATE)


def _batches(study: Study) -> tuple[int, ...]:
    return FEWER_BATCHES if study.quick else BATCHES


def _recipes(study: Study, plain: Setting) -> list[tuple[float, float, Setting]]:
    """Return the scanned recipes: expected resets, share of patience, and the training."""
    scanned = FEWER_RESETS if study.quick else SCANNED_RESETS
    patiences = FEWER_PATIENCES if study.quick else SCANNED_PATIENCES
    pairs = dict.fromkeys([*((n, PATIENCE) for n in scanned), *((RESETS, share) for share in patiences)])
    return [(n, share, with_resetting(plain, n, share)) for n, share in pairs]


def _by_batch(study: Study, records: Records, dataset: str, fixed: str, where: Reading) -> Any:
    """Return the paired gain of each seed (rows) at each batch size (columns)."""
    plains = [FIXED[fixed](_plain(study, dataset), batch_size) for batch_size in _batches(study)]
    return np.array([paired(study, records, with_resetting(plain), plain, where) for plain in plains]).T


def _grows_with_batch(study: Study, records: Records, fixed: str, where: Reading) -> Finding:
    sizes = _batches(study)
    found = [
        slope(np.log2(sizes), _by_batch(study, records, dataset, fixed, where)) for dataset in study.datasets
    ]
    mean = overall(found)
    as_paper = " as in the paper" if fixed == "steps" else ""
    return Finding(
        f"the gain grows with the batch size (fixed {fixed}{as_paper}, {where.name})",
        f"slope of the paired gain over batch sizes {sizes[0]} to {sizes[-1]} at noise rate {NOISE_RATE:g}, "
        f"percentage points for each doubling: {listed(study.datasets, found)}. {RULE}",
        answer([one.sign for one in found]),
        100 * mean.value,
        100 * mean.error,
    )


def _robust(study: Study, records: Records, where: Reading) -> Finding:
    """Answer whether the choice of probability and patience is uncritical."""
    signs, lines, means = [], [], []
    for dataset in study.datasets:
        plain = _plain(study, dataset)
        found = np.array(
            [paired(study, records, method, plain, where) for _, _, method in _recipes(study, plain)]
        )
        signs += [Mean.of(gains).sign for gains in found]
        means.append(Mean.of(found.mean(axis=0)))
        low, high = (100 * pick(found.mean(axis=1)) for pick in (min, max))
        lines.append(f"{dataset} {low:+.1f} to {high:+.1f}".replace("-", "−"))
    above, below, mean = signs.count(1), signs.count(-1), overall(means)
    verdict: Answer = "does not hold"
    if 4 * above >= 3 * len(signs) and not below:
        verdict = "holds"
    elif above > below:
        verdict = "holds in part"
    scanned = [n for n, _, _ in _recipes(study, _plain(study, study.datasets[0]))]
    return Finding(
        f"the reset probability and the patience need no fine tuning ({where.name})",
        f"{min(scanned)} to {max(scanned)} expected resets in a run and patience of "
        f"{' or '.join(f'{share:.2g}' for share in _shares(study))} of it, noise rate {NOISE_RATE:g}: "
        f"{above} of {len(signs)} intervals of the gain lie above zero, {below} below; gains between, in "
        f"percentage points, {'; '.join(lines)}. It holds if three quarters lie above and none below, in "
        "part if more lie above than below.",
        verdict,
        100 * mean.value,
        100 * mean.error,
    )


def _shares(study: Study) -> list[float]:
    return sorted({share for _, share, _ in _recipes(study, _plain(study, study.datasets[0]))})


def _figure(study: Study, records: Records) -> Illustration:
    figure, axes = plt.subplots(1, 3, figsize=(11.4, 4.2), layout="constrained")
    for panel, fixed in zip(axes, FIXED, strict=False):
        sizes = np.array(_batches(study))
        for place, dataset in enumerate(study.datasets):
            found = [Mean.of(column) for column in _by_batch(study, records, dataset, fixed, LAST).T]
            _line(panel, sizes, found, place, len(study.datasets), dataset)
        panel.set_xscale("log", base=2)
        panel.set_xticks(sizes, [str(size) for size in sizes])
        panel.set(xlabel="batch size", title=f"fixed number of {fixed}")
    for place, dataset in enumerate(study.datasets):
        plain = _plain(study, dataset)
        scanned = sorted((n, method) for n, share, method in _recipes(study, plain) if share == PATIENCE)
        gains, best = (
            [accuracy_gain(records, method, plain, study, where) for _, method in scanned]
            for where in (LAST, BEST)
        )
        x = np.array([n for n, _ in scanned])
        _line(axes[2], x, gains, place, len(study.datasets), dataset)
        axes[2].plot(x, [100 * one.value for one in best], ":", color=_colour(place), lw=1.2)
    axes[2].set(xscale="log", xlabel="expected resets in a run", title="reset probability")
    axes[2].set_xticks(x, [str(n) for n in x], minor=False)
    axes[2].xaxis.set_minor_formatter("")
    for panel in axes:
        panel.axhline(0, color=figures.BLACK, lw=0.8)
    axes[0].set_ylabel("gain by resetting (percentage points)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(study.datasets))
    return Illustration(
        "benefit_trends",
        "Gain in test accuracy at the last step (dotted: at the best validation score) at noise rate "
        f"{NOISE_RATE:g}, with 95 % intervals over {study.seeds} repetitions. Left: the paper's way, "
        "equally many steps, so that large batches pass through the data more often. Middle: equally many "
        "epochs; small batches then take more steps, memorise more, and have more to gain. Right: the "
        "reset probability, as the number of resets it would make in a whole run.",
        figure,
    )


def _colour(place: int) -> str:
    return figures.COLOURS[place % len(figures.COLOURS)]


def _line(panel: Any, x: Any, found: list[Mean], place: int, count: int, dataset: str) -> None:
    """Draw gains with their 95 % intervals, data sets a little apart from each other."""
    values = 100 * np.array([one.value for one in found])
    halves = 100 * np.array([one.interval()[1] - one.value for one in found])
    x = x * 1.05 ** (place - (count - 1) / 2)
    panel.plot(x, values, color=_colour(place), lw=1, alpha=0.5)
    look = {"fmt": "os^Dv<>p"[place % 8], "color": _colour(place), "label": dataset.replace("_", " ")}
    figures.points(panel, x, values, halves, **look)
