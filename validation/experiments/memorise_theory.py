"""The linear theory of learning and memorising: least squares along its exact mean path.

In each eigen-direction of stiffness `h` the whole gradient decays as ``(1 - eta h)^t``: the clean gradient
runs from its first value to minus the latent bias.  In the stiff directions, which relax at once and in which
samples share what there is to learn, the bias hardly changes meanwhile.  In the flat ones each sample has
directions almost to itself, and clean gradient and bias decay side by side as labels are memorised one by
one, right or wrong.

Each seed has its own data, hence its own prediction: what is held to a z-score is the mean difference between
run and prediction, whose expectation is 0 exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from analysis.claims import Claim
from validation.runs import Setting
from validation.runs.fluctuations import predicted_fates
from validation.runs.gradients import GROUPS, at_zero, eigen_directions, in_groups, products, unit
from validation.runs.mean_path import gradient_parts, mean_path, risk_gradient
from validation.runs.models import MODELS

ABOUT = {
    "clean_group": "clean gradient",
    "bias_group": "latent bias",
    "against_group": "clean gradient on bias",
}
EARLY = 0.03  # share of the run after which all parts are held to their predictions; at the end one of them
GROUP_NAMES = ("stiffest", "stiff", "flat", "flattest")
CONTROL = 1  # group in which the prediction without wrong labels is rejected: it has relaxed in any run


class Held(NamedTuple):
    """A course of least squares, and what the mean path says of it: rows of seeds in both."""

    setting: Setting
    course: Any
    seen: dict[str, Any]  # (seeds, looks, groups); "cosine_risk_total" (seeds, looks)
    unbiased: Any  # (seeds, groups): "against_group" at the end, had only right labels been used
    sizes: Any  # (groups,): mean number of directions


def held(setting: Setting, course: Any, seeds: Iterable[int]) -> Held:
    """Return a course of these seeds beside what it should show on average."""
    rows, unbiased, sizes = [], [], []
    for seed in seeds:
        one = setting.but(seed=seed)
        split, model = _split(one), MODELS[one.model]
        along, start = eigen_directions(split), at_zero(one, split, model)
        clean_unit, bias_unit = (
            [unit(block) for block in in_groups(part, along)] for part in (start.clean, start.bias)
        )
        weights = mean_path(one, split).weights(course.steps)
        parts = gradient_parts(split, weights)
        clean, bias = ([in_groups(gradient, along) for gradient in part] for part in parts)
        rows.append(
            {
                "clean_group": [products(blocks, clean_unit) for blocks in clean],
                "bias_group": [products(blocks, bias_unit) for blocks in bias],
                "against_group": [products(blocks, bias_unit) for blocks in clean],
                "cosine_risk_total": cosines(risk_gradient(split, weights), sum(parts)),
            }
        )
        alone, _ = gradient_parts(split, mean_path(one, split, ~split.wrong).weights(course.steps[-1:]))
        unbiased.append(products(in_groups(alone[0], along), bias_unit))
        sizes.append(np.bincount(along.group, minlength=GROUPS))
    seen = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Held(setting, course, seen, np.array(unbiased), np.mean(sizes, axis=0))


def fates(setting: Setting, steps: Any, seeds: Iterable[int]) -> dict[str, Any]:
    """Return the fractions that mean path and minibatch noise predict: ``(seeds, looks)`` of each name."""
    rows = []
    for seed in seeds:
        one = setting.but(seed=seed)
        rng = np.random.default_rng([seed, *b"fates"])
        rows.append(predicted_fates(one, _split(one), steps, rng))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def cosines(one: Any, other: Any) -> Any:
    """Return the cosine of each pair of gradients ``(s, K, d)``."""
    sizes = np.linalg.norm(one, axis=(1, 2)) * np.linalg.norm(other, axis=(1, 2))
    return np.sum(one * other, axis=(1, 2)) / sizes


def claims(one: Held) -> list[Claim]:
    """Hold the mean of each group's projections to the mean path."""
    found: list[Claim] = []
    steps = one.course.steps
    early = int(np.argmin(np.abs(steps - EARLY * one.setting.steps)))
    for look, name in [*((early, name) for name in ABOUT), (-1, "against_group")]:
        for group in range(GROUPS):
            ours = one.seen[name][:, look, group]
            if np.all(np.isfinite(ours)):  # some data have no direction that flat
                words = f"{ABOUT[name]}, {GROUP_NAMES[group]} directions, after {steps[look]} steps"
                found.append(_claim(one.setting, words, ours, one.course.seen[name][:, look, group]))
    ours, theirs = one.unbiased[:, CONTROL], one.course.seen["against_group"][:, -1, CONTROL]
    words = "control: clean gradient on bias at the end, were there no wrong labels"
    return [*found, _claim(one.setting, words, ours, theirs, should_hold=False)]


def _claim(setting: Setting, words: str, ours: Any, theirs: Any, should_hold: bool = True) -> Claim:
    apart = theirs - ours
    return Claim(
        f"{words}, {setting.dataset}, tau = {setting.noise_rate:g}",
        ours.mean(),
        theirs.mean(),
        apart.std(ddof=1) / np.sqrt(len(apart)),
        should_hold=should_hold,
        group="Least squares along its exact mean path",
        note=f"error of the paired difference over {len(apart)} seeds",
    )


def _split(setting: Setting) -> Any:
    return setting.split()
