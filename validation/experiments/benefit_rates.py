"""What the learning rate has to do with it: gains at a quarter to four times the usual one.

A larger learning rate memorises sooner within the same number of steps, so that there is more to be kept
from; and its steps are noisier, so that resets throw away less.  Nothing is tuned: all else is as in the main
table.
"""

from __future__ import annotations

import numpy as np

from analysis.claims import Experiment
from analysis.findings import Answer, Finding, Table
from validation.experiments.benefit_gains import (
    READINGS,
    Reading,
    Records,
    accuracy_gain,
    overall,
    paired,
    trained,
)
from validation.runs import Setting, Study
from validation.runs.defaults import with_resetting
from validation.runs.statistics import Mean

NOISE_RATE = 0.4
FACTORS, FEWER = (0.25, 0.5, 1.0, 2.0, 4.0), (0.5, 1.0)


def settings(study: Study) -> list[Setting]:
    """Return all runs of the scan."""
    plains = [_plain(study, dataset, factor) for dataset in study.datasets for factor in _factors(study)]
    found = [setting for plain in plains for setting in (plain, with_resetting(plain))]
    return [setting.but(seed=seed) for setting in found for seed in study.each_seed]


def report(study: Study, records: Records) -> Experiment:
    """Return the table of gains and whether they need the usual learning rate."""
    rows = [
        (
            f"{dataset}, {factor:g} times",
            *(_gain(study, records, dataset, factor, w).text(100) for w in READINGS),
        )
        for dataset in study.datasets
        for factor in _factors(study)
    ]
    table = Table(
        f"Gain in test accuracy (percentage points, 95 % interval) at noise rate {NOISE_RATE:g} and other "
        "learning rates, in units of the usual one, at equally many steps",
        ("data, learning rate", *(where.name for where in READINGS)),
        rows,
    )
    findings = [_needs_no_tuning(study, records, where) for where in READINGS]
    return Experiment("benefit_rates", "", "", findings=findings, tables=[table])


def _needs_no_tuning(study: Study, records: Records, where: Reading) -> Finding:
    """Answer whether three quarters of the intervals lie above zero and none below, or at least more do."""
    signs = [
        _gain(study, records, dataset, factor, where).sign
        for dataset in study.datasets
        for factor in _factors(study)
    ]
    above, below = signs.count(1), signs.count(-1)
    mean = overall([_mean_over_rates(study, records, dataset, where) for dataset in study.datasets])
    verdict: Answer = "does not hold"
    if 4 * above >= 3 * len(signs) and not below:
        verdict = "holds"
    elif above > below:
        verdict = "holds in part"
    factors = _factors(study)
    return Finding(
        f"resetting helps at small and at large learning rates ({where.name})",
        f"{factors[0]:g} to {factors[-1]:g} times the usual one, noise rate {NOISE_RATE:g}: {above} of "
        f"{len(signs)} intervals of the gain lie above zero, {below} below. It holds if three quarters lie "
        "above and none below, in part if more lie above than below",
        verdict,
        100 * mean.value,
        100 * mean.error,
    )


def _plain(study: Study, dataset: str, factor: float) -> Setting:
    plain = trained(study, dataset).but(noise_rate=NOISE_RATE)
    return plain.but(learning_rate=plain.learning_rate * factor)


def _gain(study: Study, records: Records, dataset: str, factor: float, where: Reading) -> Mean:
    plain = _plain(study, dataset, factor)
    return accuracy_gain(records, with_resetting(plain), plain, study, where)


def _mean_over_rates(study: Study, records: Records, dataset: str, where: Reading) -> Mean:
    """Average over learning rates seed by seed, as runs of one seed share their data."""
    plains = [_plain(study, dataset, factor) for factor in _factors(study)]
    gains = [paired(study, records, with_resetting(plain), plain, where) for plain in plains]
    return Mean.of(np.mean(gains, axis=0))


def _factors(study: Study) -> tuple[float, ...]:
    return FEWER if study.quick else FACTORS
