"""The phase diagrams side by side: exact, measured, and what a practitioner sees of it.

Softmax regression with the adaptive checkpoint has no exact theory; its map of accuracy is for comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm, TwoSlopeNorm

from analysis import figures
from analysis.claims import Illustration
from resetdyn.plotting.style import HALO
from validation.experiments.benefit_gains import (
    LAST,
    Records,
    accuracy_gain,
    rates,
    trained,
)
from validation.experiments.benefit_steady import BATCH_PROBABILITY, TASK, Column, Maps
from validation.runs import Setting, Study
from validation.runs.defaults import RESETS, with_resetting

ACCURACY_RESETS, FEWER_RESETS = (5, 15, 50, 150, 500), (RESETS, 150)
TICKS = (0.5, 0.67, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25, 1.5, 2.0)
EDGE = 1e-3  # relative rise from the end of a grid that makes a minimum a minimum


def accuracy_settings(study: Study) -> list[Setting]:
    """Return all runs of the map of accuracy."""
    return [
        each.but(seed=seed)
        for plain in _accuracy_plain(study)
        for each in (plain, *(with_resetting(plain, n) for n in _resets(study)))
        for seed in study.each_seed
    ]


def draw(study: Study, records: Records, found: Maps) -> Illustration:
    """Draw exact and measured maps, the map of accuracy, and risk against reset probability."""
    figure, axes = plt.subplots(2, 3, figsize=(13.2, 8.0), layout="constrained")
    limit = _limit(found)
    ps = sorted(next(iter(found.by_rate.values())).reset)
    noise = np.array(list(found.by_rate))
    fine = sorted(next(iter(found.by_rate.values())).curve)

    columns = list(found.by_rate.values())
    exact = np.array([[column.exact_ratio(p) for column in columns] for p in fine])
    measured = np.array([[column.measured_ratio(p) for column in columns] for p in ps])
    image = _ratios(axes[0, 0], noise, np.array(fine), exact, limit)
    _ratios(axes[0, 1], noise, np.array(ps), measured, limit)
    for panel, title in zip(axes[0], ("exact theory", "training runs"), strict=False):
        _curves(panel, noise, np.array(fine), exact, columns)
        panel.set(
            xlabel="noise rate",
            ylabel="reset probability p per step",
            title=title,
            ylim=_edges(ps, True)[[0, -1]],
        )
    axes[0, 0].legend(loc="lower right", fontsize="small", frameon=True, facecolor="white", framealpha=0.85)

    sizes = np.array(list(dict.fromkeys(size for size, _ in found.by_batch)))
    rows = np.array(list(dict.fromkeys(rate for _, rate in found.by_batch)))
    grids = {
        "exact": np.array(
            [[found.by_batch[s, r].exact_ratio(BATCH_PROBABILITY) for s in sizes] for r in rows]
        ),
        "measured": np.array(
            [[found.by_batch[s, r].measured_ratio(BATCH_PROBABILITY) for s in sizes] for r in rows]
        ),
    }
    for panel, (name, grid) in zip(axes[1], grids.items(), strict=False):
        _ratios(panel, sizes, rows, grid, limit, log=(True, False))
        _no_effect(panel, sizes, rows, grids["exact"])
        title = "exact theory" if name == "exact" else "training runs"
        panel.set(xlabel="batch size", ylabel="noise rate", title=f"{title}, p = {BATCH_PROBABILITY:g}")
        panel.set_xscale("log", base=2)
        panel.set_xticks(sizes, [str(size) for size in sizes])
    bar = figure.colorbar(image, ax=axes[:, :2], label="clean risk without resetting / with it", shrink=0.6)
    ticks = [tick for tick in TICKS if 1 / limit <= tick <= limit]
    bar.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks], minor=False)
    bar.set_ticks([], minor=True)
    _accuracy(study, records, figure, axes[0, 2])
    _risks(axes[1, 2], found)
    return Illustration("benefit_maps", _caption(), figure)


def _caption() -> str:
    return (
        "Left and middle: the steady clean test risk of least squares without resetting over that with "
        f"it; blue, above 1, is where resetting to a checkpoint taken after {TASK.warm_up + 1} steps "
        "helps. The exact expectation for the same data (left) and real runs (middle), over reset "
        "probability and noise rate (top), and over batch size and noise rate (bottom). Drawn over both, "
        "from theory: the boundary where resetting stops helping (dashed) and the best probability "
        "(solid), which grows with the noise rate and ends where staying at the checkpoint is better than "
        "any training. Along the batch size the boundary hardly moves: what resetting keeps out here is "
        "the bias of the labels, not the noise of minibatches. Top right: gain in test accuracy of "
        "softmax regression with the adaptive checkpoint, at the last step. Bottom right: steady clean "
        "risk against p at single noise rates, theory (lines) and runs (circles, standard errors of their "
        "deviation from it); dotted and squares, the checkpoint at the early-stopping point, where no "
        "probability is better than the largest: it is best to stay there."
    )


def _ratios(
    panel: Any, x: Any, y: Any, ratios: Any, limit: float, log: tuple[bool, bool] = (False, True)
) -> Any:
    """Draw a map of ratios, white where there is no effect."""
    norm = LogNorm(1 / limit, limit)
    edges = (_edges(values, each) for values, each in zip((x, y), log, strict=True))
    image = panel.pcolormesh(*edges, ratios, norm=norm, cmap="RdBu", rasterized=True)
    panel.set_yscale("log" if log[1] else "linear")
    panel.spines[:].set_visible(True)
    return image


def _edges(values: Sequence[float] | Any, log: bool) -> Any:
    """Return the edges of the cells around these values, which end at the first and the last of them."""
    x = np.log(values) if log else np.asarray(values, dtype=float)
    edges = np.concatenate([x[:1], (x[1:] + x[:-1]) / 2, x[-1:]])
    return np.exp(edges) if log else edges


def _curves(panel: Any, noise: Any, fine: Any, exact: Any, columns: Sequence[Column]) -> None:
    """Draw the best probability and the boundary of theory."""
    _no_effect(panel, noise, fine, exact)
    best = [best_probability(fine, ratios, column) for ratios, column in zip(exact.T, columns, strict=True)]
    panel.plot(noise, best, "-o", ms=4, color=figures.BLACK, path_effects=HALO, label="best p (theory)")
    panel.plot([], [], "--", color=figures.BLACK, label="no effect (theory)")


def best_probability(fine: Any, ratios: Any, column: Column) -> float:
    """Return the probability of the highest exact ratio, between those of the grid; NaN if an end is best.

    The ends are never to reset, whose ratio is 1, and to stay at the checkpoint.
    """
    top = int(np.argmax(ratios))
    stay = float(column.plain.exact.mean() / column.checkpoint.mean())
    if top in (0, len(fine) - 1) or ratios[top] < (1 + EDGE) * max(1.0, stay):
        return float("nan")
    x, y = np.log(fine[top - 1 : top + 2]), ratios[top - 1 : top + 2]
    curvature, tangent, _ = np.polyfit(x - x[1], y, 2)
    return float(np.exp(x[1] - tangent / (2 * curvature)))


def _no_effect(panel: Any, x: Any, y: Any, ratios: Any) -> None:
    if ratios.min() < 1 < ratios.max():
        look = {"colors": figures.BLACK, "linestyles": "dashed", "linewidths": 1.5}
        panel.contour(x, y, np.log(ratios), levels=[0.0], **look)


def _limit(found: Maps) -> float:
    ratios = [
        column.measured_ratio(p)
        for column in (*found.by_rate.values(), *found.by_batch.values())
        for p in column.reset
    ]
    return float(max(1.05, *ratios))


def _accuracy_plain(study: Study) -> list[Setting]:
    start = trained(study, study.datasets[0])
    return [start.but(noise_rate=rate) for rate in (0.0, *rates(study))]


def _resets(study: Study) -> tuple[int, ...]:
    return FEWER_RESETS if study.quick else ACCURACY_RESETS


def _accuracy(study: Study, records: Records, figure: Any, panel: Any) -> None:
    """Draw what practitioners see: the adaptive checkpoint, and test accuracy at the last step."""
    plains, resets = _accuracy_plain(study), _resets(study)
    gains = 100 * np.array(
        [[accuracy_gain(records, with_resetting(p, n), p, study, LAST).value for p in plains] for n in resets]
    )
    span = max(abs(gains).max(), 0.1)
    image = panel.imshow(gains, norm=TwoSlopeNorm(0, -span, span), cmap="RdBu", origin="lower", aspect="auto")
    for (row, column), value in np.ndenumerate(gains):
        colour = "white" if abs(value) > 0.6 * span else figures.BLACK
        text = f"{value:+.1f}".replace("-", "−")
        panel.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
    panel.set_xticks(range(len(plains)), [f"{plain.noise_rate:g}" for plain in plains])
    panel.set_yticks(range(len(resets)), [f"{n / plains[0].steps:.2g}" for n in resets])
    panel.set(
        xlabel="noise rate",
        ylabel="reset probability p per step",
        title=f"{plains[0].dataset}, adaptive checkpoint",
    )
    panel.spines[:].set_visible(True)
    figure.colorbar(image, ax=panel, label="gain in test accuracy (points)", shrink=0.8)


def _risks(panel: Any, found: Maps) -> None:
    """Draw the steady risk against the reset probability at a few noise rates."""
    shown = [rate for rate in (0.0, 0.2, 0.4, 0.6) if rate in found.by_rate]
    for rate, colour in zip(shown, figures.COLOURS, strict=False):
        column = found.by_rate[rate]
        unit = column.plain.exact.mean()
        line = sorted((p, risks.mean() / unit) for p, risks in column.curve.items())
        panel.plot(*zip(*line, strict=True), color=colour, label=f"noise rate {rate:g}")
        _runs(panel, column, unit, colour, "o")
        if rate in found.stopped:
            stopped = found.stopped[rate]
            line = sorted((p, cell.exact.mean() / unit) for p, cell in stopped.reset.items())
            panel.plot(*zip(*line, strict=True), ":", color=colour)
            _runs(panel, stopped, unit, colour, "s")
    panel.axhline(1, color=figures.BLACK, lw=0.8)
    panel.set(
        xscale="log",
        xlabel="reset probability p per step",
        ylabel="clean risk over that without resetting",
        title="steady clean risk",
    )
    panel.legend(loc="upper left", fontsize="small")


def _runs(panel: Any, column: Column, unit: float, colour: str, marker: str) -> None:
    ps = sorted(column.reset)
    values = [column.reset[p].measured.mean() / unit for p in ps]
    errors = [
        (column.reset[p].measured - column.reset[p].exact).std(ddof=1)
        / np.sqrt(len(column.checkpoint))
        / unit
        for p in ps
    ]
    figures.points(panel, ps, values, errors, fmt=marker, color=colour)
