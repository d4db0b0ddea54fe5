"""Figures of learning and memorising."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from analysis import figures
from analysis.claims import Illustration
from validation.experiments.memorise_theory import ABOUT, GROUP_NAMES, Held

SHOWN = {
    "learned": (figures.BLUE, "clean, learned"),
    "corrected": (figures.GREEN, "corrupted, as the truth"),
    "memorised": (figures.RED, "corrupted, as labelled"),
    "accuracy": (figures.BLACK, "test accuracy"),
}


def illustrations(
    cases: Sequence[Any], fates: Mapping[Any, Any], theory: Sequence[Held], seeds: int
) -> list[Illustration]:
    """Return all figures of this experiment."""
    softmax = [case for case in cases if case.setting.loss != "squared_error"]
    predicted = [case for case in cases if case.setting in fates]
    found = [_fractions(softmax, seeds), _gradients(softmax, seeds)] if softmax else []
    found += [_predicted_fractions(predicted, fates, seeds)] if predicted else []
    return [*found, _directions(theory)]


def _fractions(cases: Sequence[Any], seeds: int) -> Illustration:
    names = list(dict.fromkeys(case.setting.dataset for case in cases))
    rates = sorted({case.setting.noise_rate for case in cases})
    figure, axes = _grid(len(names), len(rates))
    for case in cases:
        panel = axes[names.index(case.setting.dataset), rates.index(case.setting.noise_rate)]
        for name, (colour, label) in SHOWN.items():
            _band(panel, case.plain, name, colour, "-", label)
            _band(panel, case.reset, name, colour, "--")
        panel.set_title(f"{_plain(case.setting.dataset)}, noise rate {case.setting.noise_rate:g}")
    _steps(axes, "fraction (%)")
    _legend(figure, axes[0, 0], len(SHOWN))
    return Illustration(
        "memorise_fractions",
        "Softmax regression on noisy labels, plain SGD (solid) and with resetting (dashed); bands are "
        f"standard errors over {seeds} seeds. Clean samples are learned first, and most corrupted ones are "
        "then taken for what they are; only later are their wrong labels memorised, and the test accuracy "
        "falls. Resetting holds training near where that begins. With two classes and 60 % wrong labels, "
        "the labels' majority is wrong, and learning goes the wrong way from the start.",
        figure,
    )


def _gradients(cases: Sequence[Any], seeds: int) -> Illustration:
    names = list(dict.fromkeys(case.setting.dataset for case in cases))
    figure, axes = _grid(len(names), 3, sharey="none")
    colours = dict(zip(sorted({c.setting.noise_rate for c in cases}), figures.COLOURS, strict=False))
    for case in cases:
        row, colour = axes[names.index(case.setting.dataset)], colours[case.setting.noise_rate]
        label = f"noise rate {case.setting.noise_rate:g}"
        _band(row[0], case.plain, "norm_clean", colour, "-", label, scale=1)
        _band(row[0], case.plain, "norm_bias", colour, ":", scale=1)
        _band(row[1], case.plain, "cosine_clean_wrong", colour, "-", scale=1)
        _band(row[2], case.plain, "cosine_risk_total", colour, "-", scale=1)
        _band(row[2], case.reset, "cosine_risk_total", colour, "--", scale=1)
    _steps(axes, "norm (nats per unit of weight)")
    for row, name in zip(axes, names, strict=True):
        row[0].set(yscale="log", title=f"{_plain(name)}: clean, bias (dotted)")
        figures.plain_log(row[0].yaxis)
        row[1].set_title("cosine of clean and wrong")
        row[2].set_title("cosine of whole and clean risk")
        for panel in row[1:]:
            panel.set_ylim(-1.05, 1.05)
            panel.axhline(0, color=figures.GREY, lw=0.8, zorder=0)
    _legend(figure, axes[0, 0], len(colours))
    return Illustration(
        "memorise_gradients",
        "Gradients of softmax regression along plain SGD, and with resetting (dashed, last column); means "
        f"and standard errors over {seeds} seeds. Left: the clean gradient fades to about the size of the "
        "latent bias, which falls far less. Middle: rightly and wrongly labelled samples come to pull in "
        "opposite directions. Right: the whole gradient, of which training takes a step down, loses most of "
        "what it had in common with the gradient of the clean risk. Values are those at single iterates, "
        "whose noise keeps norms and the last cosine above those of the mean path.",
        figure,
    )


def _predicted_fractions(cases: Sequence[Any], fates: Mapping[Any, Any], seeds: int) -> Illustration:
    figure, axes = _grid(1, len(cases))
    for panel, case in zip(axes[0], cases, strict=True):
        for name, (colour, label) in SHOWN.items():
            _circles(panel, case.plain, name, colour, label, scale=100)
            if name in fates[case.setting]:
                predicted = case.plain._replace(seen=fates[case.setting])
                _band(panel, predicted, name, colour, "-")
            if name in case.reset.seen:
                _band(panel, case.reset, name, colour, "--")
        panel.set_title(f"{_plain(case.setting.dataset)}, noise rate {case.setting.noise_rate:g}")
    _steps(axes, "fraction (%)")
    _legend(figure, axes[0, 0], len(SHOWN))
    return Illustration(
        "memorise_least_squares",
        "Least squares: measured (circles) on top of what the exact mean path and the spread of minibatch "
        f"noise around it predict (solid), and with resetting (dashed); {seeds} seeds, with standard errors. "
        "Nothing is fitted. The spread is approximate: it leaves out correlations between eigen-directions.",
        figure,
    )


def _directions(theory: Sequence[Held]) -> Illustration:
    figure, axes = _grid(len(theory), len(GROUP_NAMES), sharey="none")
    parts = zip(ABOUT, (figures.BLUE, figures.RED, figures.GREEN), strict=True)
    for (name, colour), (row, one) in product(parts, zip(axes, theory, strict=True)):
        for group, panel in enumerate(row):
            courses = [
                one.course._replace(seen={name: seen[name][:, :, group]})
                for seen in (one.seen, one.course.seen)
            ]
            if not np.all(np.isfinite(courses[0].seen[name])):
                continue  # some data have no direction that flat
            panel.plot(courses[0].steps, courses[0].seen[name].mean(axis=0), color=colour)
            _circles(panel, courses[1], name, colour, ABOUT[name])
    for row, one in zip(axes, theory, strict=True):
        for group, panel in enumerate(row):
            panel.axhline(0, color=figures.GREY, lw=0.8, zorder=0)
            words = f"{_plain(one.setting.dataset)}: {GROUP_NAMES[group]} ({one.sizes[group]:.0f})"
            panel.set_title(words)
    _steps(axes, "projection (loss / weight)")
    _legend(figure, axes[0, 0], len(ABOUT))
    return Illustration(
        "memorise_directions",
        "Least squares at noise rate 0.4: clean gradient and latent bias in groups of eigen-directions "
        "(number in brackets), each on the direction it has at the start, and the clean gradient on the "
        "direction of the bias. Lines: the exact mean path; circles: means over training runs, with "
        "standard errors. A group holds a decade of stiffness and relaxes ten times more slowly than the "
        "one before it. In the stiff directions the clean gradient falls below a bias that hardly changes: "
        "learning is over. In the flat ones both decay together, late: labels are memorised one by one, "
        "right or wrong.",
        figure,
    )


def _grid(rows: int, columns: int, **options: Any) -> tuple[Any, Any]:
    return plt.subplots(
        rows,
        columns,
        figsize=(max(3.3 * columns, 5.6), 2.7 * rows + 0.7),
        squeeze=False,
        sharex="row",
        layout="constrained",
        **({"sharey": "all"} | options),
    )


def thinned(course: Any, name: str) -> tuple[Any, Any]:
    """Return the mean steps of bins of a tenth of a decade, and each seed's mean over the looks in them."""
    bins = np.unique(np.ceil(10 * np.log10(course.steps)), return_inverse=True)[1]
    weights = np.eye(bins.max() + 1)[bins] / np.bincount(bins)
    return course.steps @ weights, course.seen[name] @ weights


def _band(
    panel: Any, course: Any, name: str, colour: str, dash: str, label: str | None = None, scale: float = 100
) -> None:
    steps, rows = thinned(course, name)
    middle, error = scale * rows.mean(axis=0), scale * _error(rows)
    panel.plot(steps, middle, dash, color=colour, label=label)
    panel.fill_between(steps, middle - error, middle + error, color=colour, alpha=0.2, lw=0)


def _circles(panel: Any, course: Any, name: str, colour: str, label: str, scale: float = 1) -> None:
    steps, rows = thinned(course, name)
    middle, error = scale * rows.mean(axis=0), scale * _error(rows)
    figures.points(panel, steps, middle, error, color=colour, ms=3.5, label=label)


def _error(rows: Any) -> Any:
    return rows.std(axis=0, ddof=1) / np.sqrt(len(rows))


def _steps(axes: Any, what: str) -> None:
    for panel in axes.flat:
        panel.set(xscale="log")
    for panel in axes[-1]:
        panel.set_xlabel("training steps")
    for row in axes:
        row[0].set_ylabel(what)


def _legend(figure: Any, panel: Any, columns: int) -> None:
    figure.legend(*panel.get_legend_handles_labels(), loc="outside upper center", ncols=columns)


def _plain(name: str) -> str:
    return name.replace("_", " ")
