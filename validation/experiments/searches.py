"""The search picture: steps needed to beat the checkpoint's validation loss, with and without resetting.

In the paper's picture the validation loss near the checkpoint diffuses, with a drift that wrong labels turn
uphill, and training is a search for a lower loss.  Three things are said about the number of steps it takes:
what hunts with resets take; what renewal makes of hunts without resets, which is exact; and what drift and
diffusion make of it, measured from single strides at the checkpoint and from nothing else.  The first two
have to agree; whether the third does is the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import resetdyn as rd
from analysis import figures
from analysis.checks import against
from analysis.claims import Claim, Experiment, Illustration
from analysis.findings import Answer, Finding, Table
from analysis.sampling import Estimate, mean
from resetdyn.storage import check_format, read_arrays, save_arrays
from validation.data import raw
from validation.runs import Setting, Study
from validation.runs.defaults import base
from validation.runs.hunts import STRIDE, Hunt, Times, hunt
from validation.runs.looked_at import mean_strides, survival
from validation.runs.processes import pool
from validation.runs.setting import FORMAT

NOISE_RATE = 0.4
PROBABILITIES, FEWER = (0.1, 0.2, 0.4, 0.6), (0.2, 0.6)
RUNS, FEWER_RUNS = 400, 150
HORIZON, SHORTER = 120, 40  # strides
FREE = 4  # times as many hunts without resets: predictions from them are the noisier side
SEEDS = 2
CLOSE, ROUGH = 1.25, 2.0  # factors within which a prediction is good, and is of some use


def run(study: Study) -> Experiment:
    """Hunt from checkpoints, and hold what it takes against renewal and against drift and diffusion."""
    hunts = hunted(study)
    claims = [claim for found in hunts for claim in renewal_claims(found)]
    return Experiment(
        "searches",
        "The search for something better than the checkpoint",
        f"From the best state of a plain run (noise rate {NOISE_RATE}), training goes on with independent "
        f"minibatches until the validation loss, looked at every {STRIDE} steps, is lower than the "
        "checkpoint's. A reset after a look leads back to the checkpoint.",
        claims=[*claims, *wrong_ties(hunts)],
        findings=[shorter(hunts), diffusive(hunts)],
        tables=[table(hunts)],
        figures=[figure(hunts)],
    )


def hunted(study: Study) -> list[Hunt]:
    """Return the hunts of all data sets and seeds; those of an earlier run of this study are read back."""
    sets = [name for name in study.datasets if raw(name).task == "classification"]
    chosen = sets[-1:] if study.quick else sets
    seeds = study.each_seed[: 1 if study.quick else SEEDS]
    settings = [base(name).but(noise_rate=NOISE_RATE, seed=seed) for name in chosen for seed in seeds]
    task = partial(_kept, study)
    if study.workers == 1 or len(settings) == 1:
        return [task(setting) for setting in tqdm(settings, desc="hunts", unit="checkpoint", leave=False)]
    with pool(study.workers) as processes:
        done = processes.map(task, settings)
        return [*tqdm(done, total=len(settings), desc="hunts", unit="checkpoint", leave=False)]


def _kept(study: Study, setting: Setting) -> Hunt:
    probabilities, runs, horizon = (
        (FEWER, FEWER_RUNS, SHORTER) if study.quick else (PROBABILITIES, RUNS, HORIZON)
    )
    how = "-".join(f"{number:g}" for number in (runs, horizon, *probabilities))
    path = study.folder / "runs" / f"hunt-{setting.key}-{how}.npz"
    names = ("moves", *(f"{p:g}" for p in (0.0, *probabilities)))
    if path.exists():
        parts = read_arrays(path)
        check_format(path, parts, "hunt", FORMAT, names)
        times = {float(name): Times(*parts[name]) for name in names[1:]}
        times = {p: Times(t.strides, t.censored.astype(bool)) for p, t in times.items()}
        return Hunt(setting, parts["moves"], times)
    with threadpool_limits(1):
        found = hunt(setting, probabilities, runs, FREE * runs, horizon)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {f"{p:g}": np.array([t.strides, t.censored]) for p, t in found.times.items()}
    save_arrays(path, "hunt", FORMAT, {"moves": found.moves, **arrays})
    return found


def renewal_claims(found: Hunt) -> list[Claim]:
    """Hold hunts with resets to the renewal of hunts without."""
    return [
        against(
            f"strides to beat the checkpoint, {_name(found)}, p = {p:g}",
            predicted.value,
            mean(times.strides),
            other_error=predicted.error,
            note="predicted by renewal from hunts without resets; the error covers both",
        )
        for p, times in found.times.items()
        if p and (predicted := renewed(found, p)) is not None
    ]


def wrong_ties(hunts: Sequence[Hunt]) -> list[Claim]:
    """Predict as if a reset could undo the stride that ends the hunt: this has to be rejected.

    The control is the case in which the two conventions are farthest apart in standard errors of the
    predictions; there is none where no hunt without resets was fast enough to carry one.
    """
    best: tuple[float, Claim] | None = None
    for found in hunts:
        for p, times in found.times.items():
            right, wrong = (renewed(found, p, ties) if p else None for ties in ("process", "reset"))
            if right is None or wrong is None:
                continue
            measured = mean(times.strides)
            error = float(np.hypot(measured.error, wrong.error))
            name = f"control: the other tie convention, {_name(found)}, p = {p:g}"
            claim = Claim(name, wrong.value, measured.value, error, should_hold=False)
            distance = abs(wrong.value - right.value) / np.hypot(wrong.error, right.error)
            if best is None or distance > best[0]:
                best = distance, claim
    return [best[1]] if best else []


def renewed(found: Hunt, p: float, ties: Any = "process") -> Estimate | None:
    """Return the mean under resetting from hunts without; None where they cannot carry it."""
    free = found.times[0.0]
    try:
        estimate = rd.renewal_samples(free.strides, rd.Geometric(p, ties=ties), censored=free.censored)
    except ValueError:
        return None
    return Estimate(estimate.mean, estimate.error)


def peclet(found: Hunt) -> float:
    """Return the Peclet number of a stride: drift downhill times its deviation, over twice the diffusion."""
    return -away(found)


def away(found: Hunt) -> float:
    """Return the mean change of a stride from the checkpoint over its deviation."""
    return float(found.moves.mean() / found.moves.std(ddof=1))


def shorter(hunts: Sequence[Hunt]) -> Finding:
    """Answer whether resetting shortens the search, at the probability that hunts without resets choose."""
    gains, sure = [], 0
    for found in hunts:
        tried = [p for p in found.times if p]
        expected = {p: e.value for p in tried if (e := renewed(found, p)) is not None}
        best = min(tried, key=lambda p: expected.get(p, np.inf))
        with_resets, without = mean(found.times[best].strides), mean(found.times[0.0].strides)
        gains.append(np.log(without.value / with_resets.value))
        sure += without.value - with_resets.value > 2 * np.hypot(without.error, with_resets.error)
    verdict: Answer = "holds" if sure == len(hunts) else "holds in part" if sure else "does not hold"
    factors = np.exp(np.sort(gains))
    return Finding(
        "resetting shortens the search for a better state",
        f"hunts take {factors[0]:.2g} to {factors[-1]:.2g} times fewer steps (hunts without resets that were "
        f"given up count as long as they lasted, so that these are lower bounds); surely fewer from {sure} "
        f"of {len(hunts)} checkpoints. Rule: holds if from all, does not hold if from none",
        verdict,
        float(np.mean(gains)),
        float(np.std(gains, ddof=1) / np.sqrt(len(gains))) if len(gains) > 1 else np.nan,
    )


def diffusive(hunts: Sequence[Hunt]) -> Finding:
    """Answer whether drift and diffusion at the checkpoint predict how long the search takes."""
    logs = [
        np.log(mean_strides(away(found), p) / times.strides.mean())
        for found in hunts
        for p, times in found.times.items()
        if p
    ]
    worst = float(np.exp(np.max(np.abs(logs))))
    verdict: Answer = "holds" if worst < CLOSE else "holds in part" if worst < ROUGH else "does not hold"
    numbers = [peclet(found) for found in hunts]
    return Finding(
        "near the checkpoint training is a drift-diffusion search, and its Peclet number says what resetting "
        "gains",
        f"Peclet numbers {min(numbers):.2f} to {max(numbers):.2f}; predicted mean steps over measured ones "
        f"are {np.exp(min(logs)):.2f} to {np.exp(max(logs)):.2f}. Rule: within a factor {CLOSE:g} it holds, "
        f"within {ROUGH:g} in part",
        verdict,
        float(np.mean(logs)),
        float(np.std(logs, ddof=1) / np.sqrt(len(logs))) if len(logs) > 1 else np.nan,
    )


def table(hunts: Sequence[Hunt]) -> Table:
    """Return the mean number of strides by every route."""
    rows = []
    for found in hunts:
        for p, times in found.times.items():
            measured, exact = mean(times.strides), renewed(found, p) if p else None
            bound = "> " if times.censored.any() else ""
            rows.append(
                (
                    f"{_name(found)}, p = {p:g}",
                    f"{peclet(found):.2f}",
                    f"{bound}{measured.value:.1f} ± {measured.error:.1f}",
                    f"{exact.value:.1f} ± {exact.error:.1f}" if exact else "",
                    f"{mean_strides(away(found), p):.1f}",
                )
            )
    return Table(
        f"Mean number of strides of {STRIDE} steps to beat the checkpoint: measured, by renewal from hunts "
        "without resets, and by drift and diffusion of single strides",
        ("data, seed, reset probability", "Peclet number", "measured", "renewal", "drift-diffusion"),
        rows,
    )


def figure(hunts: Sequence[Hunt]) -> Illustration:
    """Draw, for a checkpoint of each set, who is still searching, and the mean against the probability."""
    shown = list({found.setting.dataset: found for found in reversed(hunts)}.values())[::-1]
    size = 1.2 + 3.9 * len(shown), 6.6
    drawn, panels = figures.plt.subplots(2, len(shown), figsize=size, squeeze=False)
    for (above, below), found in zip(panels.T, shown, strict=True):
        _still_searching(above, found)
        _mean_strides(below, found)
    return Illustration(
        "searches",
        "Above: the share of hunts that have not beaten the checkpoint yet, without resets and with them. "
        "Below: the mean number of strides against the reset probability: hunts with resets (circles, "
        "standard errors), renewal of hunts without (line and band; exact), and drift and diffusion of "
        "single strides (dotted), which knows of nothing but the neighbourhood of the "
        "checkpoint.",
        drawn,
    )


def _still_searching(axes: Any, found: Hunt) -> None:
    best = min((p for p in found.times if p), key=lambda p: found.times[p].strides.mean())
    for p, colour in ((0.0, figures.RED), (best, figures.BLUE)):
        times = found.times[p]
        ends = times.strides[~times.censored]
        strides = np.arange(int(times.strides.max()) + 1)
        left = [np.mean(times.censored) + np.sum(ends > n) / len(times.strides) for n in strides]
        label = f"resets, p = {p:g}" if p else "no resets"
        axes.step(strides, left, where="post", color=colour, label=label)
        axes.step(strides, survival(away(found), p, strides[-1]), ":", where="post", color=colour)
    axes.plot([], [], ":", color=figures.BLACK, label="drift-diffusion")
    axes.set(
        title=_name(found), xlabel=f"strides of {STRIDE} steps", ylabel="still searching", ylim=(0, 1.02)
    )
    axes.legend(loc="upper right")


def _mean_strides(axes: Any, found: Hunt) -> None:
    fine = np.geomspace(min(p for p in found.times if p) / 1.5, 0.6, 40)
    exact = [(p, *e) for p in fine if (e := renewed(found, p)) is not None]
    places, value, error = np.array(exact).reshape(-1, 3).T
    axes.plot(places, value, color=figures.BLUE, label="renewal of hunts without resets")
    axes.fill_between(places, value - error, value + error, color=figures.BLUE, alpha=0.25, lw=0)
    predicted = [mean_strides(away(found), p) for p in fine]
    axes.plot(fine, predicted, ":", color=figures.BLACK, label="drift-diffusion")
    held = np.array([(p, *mean(t.strides)) for p, t in found.times.items() if p])
    figures.points(axes, *held.T, color=figures.BLUE, label="hunts with resets")
    free = found.times[0.0]
    label = f"no resets: {'> ' if free.censored.any() else ''}{free.strides.mean():.0f}"
    axes.axhline(free.strides.mean(), color=figures.RED, ls="--", label=label)
    axes.set(xscale="log", xlabel="reset probability per stride", ylabel="mean number of strides")
    figures.plain_log(axes.xaxis)
    axes.set_ylim(0, 1.6 * max(free.strides.mean(), held[:, 1].max()))
    axes.legend(loc="best", fontsize="small")


def _name(found: Hunt) -> str:
    return f"{found.setting.dataset}, seed {found.setting.seed}"
