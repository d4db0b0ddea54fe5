"""When things are learned and memorised, how large the bias is, and the tables that say it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from analysis.findings import Table
from validation.runs.statistics import Mean

FRACTIONS = ("learned", "corrected", "memorised")


def tables(cases: Sequence[Any]) -> list[Table]:
    """Return the numbers that the findings rest on, with standard errors over seeds."""
    if not cases:
        return []
    return [
        Table(
            "Fractions at the end of training (%), mean ± standard error over seeds: clean samples learned, "
            "corrupted samples taken for what they are, and for their wrong labels",
            (
                "data, loss, noise rate",
                *(f"{part}, {how}" for part in FRACTIONS for how in ("plain", "reset")),
            ),
            [
                [case.name]
                + [
                    Mean.of(course.last(part)).plain(100)
                    for part in FRACTIONS
                    for course in (case.plain, case.reset)
                ]
                for case in cases
            ],
        ),
        Table(
            "Plain SGD: half-times (steps, geometric means), and test accuracy lost at the end (percentage "
            "points, with 95 % interval)",
            ("data, loss, noise rate", "learned", "memorised", "ratio", "accuracy lost"),
            [
                [case.name]
                + [
                    f"{np.exp(np.mean(np.log(times))):.3g}"
                    for times in (learned_half(case), memorised_half(case), delay(case))
                ]
                + [Mean.of(lost(case)).text(100)]
                for case in cases
            ],
        ),
        Table(
            "The gradient of softmax regression, mean ± standard error over seeds: norm of the latent bias "
            "over that of the clean gradient, and the cosine of the whole gradient with that of the clean "
            "risk",
            (
                "data, loss, noise rate",
                "bias/clean early",
                "late",
                "late, reset",
                "cosine early",
                "late",
                "late, reset",
            ),
            [
                [
                    case.name,
                    *(
                        Mean.of(values).plain(decimals=2)
                        for values in (
                            early_ratio(case.plain),
                            late_ratio(case.plain),
                            late_ratio(case.reset),
                            case.plain.seen["cosine_risk_total"][:, 0],
                            case.plain.last("cosine_risk_total"),
                            case.reset.last("cosine_risk_total"),
                        )
                    ),
                ]
                for case in cases
                if "norm_bias" in case.plain.seen
            ],
        ),
    ]


def learned_half(case: Any) -> Any:
    """Return each seed's step at which clean samples are half learned."""
    course, chance = case.plain, 1 / case.classes
    return _crossing(course.steps, course.seen["learned"], (chance + course.last("learned")) / 2)


def memorised_half(case: Any) -> Any:
    """Return each seed's step at which wrong labels are half memorised, or its length."""
    course = case.plain
    rows, ends = course.seen["memorised"], course.last("memorised")
    lowest = rows.min(axis=1)
    since = np.maximum.accumulate(np.arange(rows.shape[1]) >= rows.argmin(axis=1)[:, None], axis=1)
    rising = np.where(since, rows, -np.inf)  # what is wrong before anything is learned is no memory
    return _crossing(course.steps, rising, np.where(ends > lowest, (lowest + ends) / 2, np.inf))


def delay(case: Any) -> Any:
    """Return how many times later wrong labels are half memorised than clean samples half learned."""
    return memorised_half(case) / learned_half(case)


def lost(case: Any) -> Any:
    """Return the test accuracy that each seed loses from the step that was best for the others to the end."""
    rows, ends = case.plain.seen["accuracy"], case.plain.last("accuracy")
    others = rows.sum(axis=0) - rows
    return rows[np.arange(len(rows)), others.argmax(axis=1)] - ends


def early_ratio(course: Any) -> Any:
    """Return each seed's norm of the bias over that of the clean gradient at the first look."""
    return course.seen["norm_bias"][:, 0] / course.seen["norm_clean"][:, 0]


def late_ratio(course: Any) -> Any:
    """Return the same, of the means over the last tenth of the run."""
    return course.last("norm_bias") / course.last("norm_clean")


def _crossing(steps: Any, rows: Any, level: Any) -> Any:
    """Return the first step at which each row has reached its level; the last one if it never does."""
    reached = rows >= level[:, None]
    reached[:, -1] = True
    return steps[reached.argmax(axis=1)]
