"""What resetting gains: read where, trained how, at which noise rates, and answered by which rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from analysis.findings import Answer
from validation.data import raw
from validation.runs import Record, Setting, Study
from validation.runs.defaults import PATIENCE, base, with_resetting
from validation.runs.statistics import Mean, gain, over_seeds

Records = Mapping[Setting, Record]

RATES, FEWER = (0.2, 0.4, 0.6, 0.8), (0.2, 0.4)
QUICKER = 4  # times fewer steps in a quick study


class Reading(NamedTuple):
    """Where along a run something is read."""

    name: str
    of: Callable[[Record, str], float]


LAST = Reading("last step", lambda record, what: record.last(what))
BEST = Reading("best by validation", lambda record, what: record.best(what))
READINGS = (LAST, BEST)


def trained(study: Study, dataset: str) -> Setting:
    """Return plain SGD on this data set, watched for its accuracy only; a quick study takes fewer steps."""
    plain = base(dataset)
    steps = plain.steps // QUICKER if study.quick else plain.steps
    return plain.but(watch=("accuracy",), steps=steps, patience=round(PATIENCE * steps))


def accuracy_gain(records: Records, method: Setting, plain: Setting, study: Study, where: Reading) -> Mean:
    """Return how much higher the test accuracy of a method is, paired over seeds."""
    return gain(records, method, plain, study.each_seed, lambda record: where.of(record, "accuracy"))


def paired(study: Study, records: Records, method: Setting, plain: Setting, where: Reading) -> Any:
    """Return the paired gain of each seed."""
    pair = (
        over_seeds(records, each, study.each_seed, lambda r: where.of(r, "accuracy"))
        for each in (method, plain)
    )
    return np.subtract(*pair)


def rates(study: Study) -> tuple[float, ...]:
    """Return the noise rates of the table."""
    return FEWER if study.quick else RATES


def lost_from(setting: Setting) -> float:
    """Return the rate of symmetric noise beyond which the true class is no longer the most frequent one."""
    return 1.0 if setting.loss == "squared_error" else 1 - 1 / classes(setting)


def learnable(study: Study, dataset: str) -> tuple[float, ...]:
    """Return the noise rates at which the true class is still the most frequent label."""
    return tuple(rate for rate in rates(study) if rate < lost_from(trained(study, dataset)))


@cache
def _count(dataset: str) -> int:
    return len(np.unique(raw(dataset).labels))


def classes(setting: Setting) -> int:
    """Return the number of classes; 1 for a regression."""
    return 1 if setting.loss == "squared_error" else _count(setting.dataset)


def gains_by_rate(study: Study, records: Records, dataset: str, where: Reading) -> Any:
    """Return the paired gain of each seed (rows) at each noise rate that can be learned from (columns)."""
    plains = [trained(study, dataset).but(noise_rate=rate) for rate in learnable(study, dataset)]
    return np.array(
        [
            over_seeds(records, with_resetting(plain), study.each_seed, lambda r: where.of(r, "accuracy"))
            - over_seeds(records, plain, study.each_seed, lambda r: where.of(r, "accuracy"))
            for plain in plains
        ]
    ).T


def answer(signs: list[int]) -> Answer:
    """Return the answer where a claim is tested on several data sets.

    It holds if more than half of the intervals lie above zero and none below; in part if any lies above.
    """
    above, below = signs.count(1), signs.count(-1)
    if 2 * above > len(signs) and not below:
        return "holds"
    return "holds in part" if above else "does not hold"


def overall(means: list[Mean]) -> Mean:
    """Return the mean over data sets; their seeds are independent of each other's."""
    return Mean(
        float(np.mean([mean.value for mean in means])),
        float(np.sqrt(np.sum([mean.error**2 for mean in means])) / len(means)),
        min(mean.n for mean in means),
    )


def listed(datasets: Sequence[str], means: Sequence[Mean], scale: float = 100.0) -> str:
    """Return what was found on each data set, in one line."""
    return "; ".join(f"{name} {mean.text(scale)}" for name, mean in zip(datasets, means, strict=True))


RULE = (
    "It holds if more than half of the 95 % intervals lie above zero and none below, in part if any "
    "lies above."
)
