"""The main table: test accuracy of SGD with resetting minus that of plain SGD, over data and noise.

Both are read at the end of training, where plain SGD has memorised, and at the best validation score, which
is what early stopping gives and what the paper reports.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from analysis import figures
from analysis.claims import Experiment, Illustration
from analysis.findings import Answer, Finding, Table
from validation.experiments.benefit_gains import (
    BEST,
    LAST,
    READINGS,
    RULE,
    Reading,
    Records,
    accuracy_gain,
    answer,
    classes,
    gains_by_rate,
    learnable,
    listed,
    lost_from,
    overall,
    rates,
    trained,
)
from validation.runs import Setting, Study
from validation.runs.defaults import with_resetting
from validation.runs.statistics import LEVEL, Mean, gain, holm, over_seeds, slope

OTHER_RATES = (0.2, 0.4)  # of kinds of noise under which a class is lost from one half on
OTHER_KINDS = {"asymmetric": 3, "instance": 2}  # and the classes they need to differ from symmetric noise


class Row(NamedTuple):
    """One kind of training, with what resetting gains in it."""

    plain: Setting
    accuracy: dict[str, Mean]
    gains: dict[str, Mean]
    risks: dict[str, Mean]


def settings(study: Study) -> list[Setting]:
    """Return all runs of the table."""
    return [
        each.but(seed=seed)
        for plain in _plain(study)
        for each in (plain, with_resetting(plain))
        for seed in study.each_seed
    ]


def report(study: Study, records: Records) -> Experiment:
    """Return the table, its figure, and what it says of the paper's claims."""
    rows = [_row(study, records, plain) for plain in _plain(study)]
    return Experiment(
        "benefit_table",
        "",
        _chance(rows),
        figures=[_figure(study, rows)],
        findings=[
            *(_improvement(study, records, where) for where in READINGS),
            *(_grows_with_noise(study, records, where) for where in READINGS),
            _clean_labels(study, rows),
            *_majority_wrong(rows),
        ],
        tables=[_table(study, rows)],
    )


def _plain(study: Study) -> list[Setting]:
    found = []
    for dataset in study.datasets:
        start = trained(study, dataset)
        found += [start.but(noise_rate=rate) for rate in (0.0, *rates(study))]
        for noise, needed in OTHER_KINDS.items():
            if classes(start) >= needed and not study.quick:
                found += [start.but(noise=noise, noise_rate=rate) for rate in OTHER_RATES]
    return found


def _row(study: Study, records: Records, plain: Setting) -> Row:
    method = with_resetting(plain)
    return Row(
        plain,
        {
            where.name: Mean.of(
                over_seeds(records, plain, study.each_seed, lambda r, where=where: where.of(r, "accuracy"))
            )
            for where in READINGS
        },
        {where.name: accuracy_gain(records, method, plain, study, where) for where in READINGS},
        {
            where.name: gain(
                records, method, plain, study.each_seed, lambda r, where=where: np.log(where.of(r, "risk"))
            )
            for where in READINGS
        },
    )


def _table(study: Study, rows: list[Row]) -> Table:
    return Table(
        f"What resetting gains: SGD with resetting minus plain SGD, mean of {study.seeds} paired "
        "repetitions and 95 % interval. Accuracy on clean test labels, in percentage points (diabetes: "
        "coefficient of determination times 100); clean risk: change in per cent (cross-entropy; "
        "diabetes: squared error), negative is better. Validation labels are as noisy as those trained on.",
        (
            "Data",
            "noise",
            "rate",
            "plain, last (%)",
            "gain, last",
            "plain, best (%)",
            "gain, best",
            "risk, last (%)",
            "risk, best (%)",
        ),
        [
            (
                row.plain.dataset,
                "permuted" if row.plain.loss == "squared_error" else row.plain.noise,
                f"{row.plain.noise_rate:g}",
                row.accuracy[LAST.name].plain(100),
                row.gains[LAST.name].text(100),
                row.accuracy[BEST.name].plain(100),
                row.gains[BEST.name].text(100),
                row.risks[LAST.name].text(100),
                row.risks[BEST.name].text(100),
            )
            for row in rows
        ],
    )


def _chance(rows: list[Row]) -> str:
    """Return how many intervals miss 0, how many would by chance, and how many do with certainty."""
    noisy = [row for row in rows if row.plain.noise_rate > 0]
    parts = []
    for where in READINGS:
        gains = [row.gains[where.name] for row in noisy]
        sure = holm([found.p_value for found in gains])
        above, below = (sum(found.sign == sign for found in gains) for sign in (1, -1))
        parts.append(
            f"{where.name}: {above} above and {below} below zero, {int(sure.sum())} of them after Holm's "
            "correction for all"
        )
    return (
        f"Of the {len(noisy)} intervals with noisy labels about {(1 - LEVEL) * len(noisy):.1f} would miss "
        f"zero by chance if resetting did nothing. Found: {'; '.join(parts)}."
    )


def _improvement(study: Study, records: Records, where: Reading) -> Finding:
    learned = [dataset for dataset in study.datasets if learnable(study, dataset)]
    found = [Mean.of(gains_by_rate(study, records, dataset, where).mean(axis=1)) for dataset in learned]
    mean = overall(found)
    return Finding(
        f"resetting improves generalisation on several data sets by a few per cent ({where.name})",
        "gain in percentage points of test accuracy, mean over those noise rates from "
        f"{rates(study)[0]:g} to {rates(study)[-1]:g} at which true labels are in the majority: "
        f"{listed(learned, found)}. {RULE}",
        answer([one.sign for one in found]),
        100 * mean.value,
        100 * mean.error,
    )


def _grows_with_noise(study: Study, records: Records, where: Reading) -> Finding:
    learned = [dataset for dataset in study.datasets if len(learnable(study, dataset)) > 1]
    found = [
        slope(learnable(study, dataset), gains_by_rate(study, records, dataset, where)) for dataset in learned
    ]
    mean = overall(found)
    return Finding(
        f"the gain grows with the noise rate ({where.name})",
        f"slope of the paired gain over noise rates from {rates(study)[0]:g} as long as true labels are in "
        f"the majority, percentage points for each 0.1 of noise: {listed(learned, found, 10.0)}. {RULE}",
        answer([one.sign for one in found]),
        10 * mean.value,
        10 * mean.error,
    )


def _clean_labels(study: Study, rows: list[Row]) -> Finding:
    """Answer whether all is as without resetting where no label is wrong."""
    clean = [row for row in rows if row.plain.noise_rate == 0]
    found, late = ([row.gains[where.name] for row in clean] for where in (BEST, LAST))
    mean, signs = overall(found), [one.sign for one in found]
    verdict: Answer = "holds" if not any(signs) else "holds in part" if 0 in signs else "does not hold"
    return Finding(
        "with clean labels there is no latent bias to mitigate, and resetting gains nothing",
        f"gain in percentage points at noise rate 0, best by validation: {listed(study.datasets, found)}; "
        f"last step: {listed(study.datasets, late)} (the targets of a regression are noisy by themselves). "
        "It holds if every interval of the former holds zero.",
        verdict,
        100 * mean.value,
        100 * mean.error,
    )


def _majority_wrong(rows: list[Row]) -> list[Finding]:
    """Answer whether resetting is of no use where most labels are wrong, if that was trained on."""
    lost = [
        row for row in rows if row.plain.noise == "symmetric" and row.plain.noise_rate > lost_from(row.plain)
    ]
    if not lost:
        return []
    found = [row.gains[where.name] for where in READINGS for row in lost]
    names = [f"{row.plain.dataset} at {row.plain.noise_rate:g}" for row in lost]
    mean, above = overall(found), sum(one.sign > 0 for one in found)
    verdict: Answer = "holds" if not above else "holds in part" if above < len(found) else "does not hold"
    last, best = ([row.gains[where.name] for row in lost] for where in READINGS)
    return [
        Finding(
            "where the majority of the labels is wrong, resetting cannot help",
            f"gain in percentage points, last step: {listed(names, last)}; best by validation: "
            f"{listed(names, best)}. It holds if no interval lies above zero.",
            verdict,
            100 * mean.value,
            100 * mean.error,
        )
    ]


def _figure(study: Study, rows: list[Row]) -> Illustration:
    count = len(study.datasets)
    figure, axes = plt.subplots(
        1, count, figsize=(max(3.1 * count, 4.0), 3.7), squeeze=False, layout="constrained"
    )
    for panel, dataset in zip(axes[0], study.datasets, strict=True):
        found = [row for row in rows if row.plain.dataset == dataset and row.plain.noise == "symmetric"]
        x = np.array([row.plain.noise_rate for row in found])
        panel.axhline(0, color=figures.BLACK, lw=0.8)
        for where, colour, marker, shift in zip(
            READINGS, (figures.BLUE, figures.ORANGE), "os", (-0.012, 0.012), strict=True
        ):
            gains = [row.gains[where.name] for row in found]
            values = 100 * np.array([one.value for one in gains])
            halves = 100 * np.array([one.interval()[1] - one.value for one in gains])
            panel.plot(x + shift, values, color=colour, lw=1, alpha=0.5)
            figures.points(panel, x + shift, values, halves, fmt=marker, color=colour, label=where.name)
        lost, (left, right) = lost_from(found[0].plain), panel.get_xlim()
        if lost < right:
            panel.axvspan(lost, right, color=figures.GREY, alpha=0.18, lw=0, zorder=0)
        panel.set(title=dataset.replace("_", " "), xlabel="noise rate", xticks=x, xlim=(left, right))
    axes[0, 0].set_ylabel("gain by resetting (percentage points)")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return Illustration(
        "benefit_gain",
        "Test accuracy (diabetes: coefficient of determination) of SGD with resetting minus that of plain "
        f"SGD, with 95 % intervals over {study.seeds} repetitions; symmetric noise (diabetes: permuted "
        "targets). At the last step plain SGD has memorised, and resetting keeps it from that. At the "
        "best validation score plain SGD is early stopping, and what resetting adds to that is the "
        "question. In the grey the true class is no longer the most frequent label: there nothing can be "
        "learned, and a model that follows its labels better is worse.",
        figure,
    )
