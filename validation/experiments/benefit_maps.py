"""What the phase diagrams say: exact theory held to training runs, and where resetting can help at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from analysis.claims import Claim, Experiment
from analysis.findings import Answer, Finding, Table
from validation.experiments.benefit_steady import BATCH_PROBABILITY, TASK, Cell, Column, Maps, seeds
from validation.runs import Study
from validation.runs.statistics import Mean, slope

LOST = 0.5  # rate of wrong labels from which two classes cannot be learned


def report(study: Study, found: Maps) -> Experiment:
    """Return the claims on the maps, and the table of where resetting can and cannot help."""
    cells = [
        cell
        for column in (*found.by_rate.values(), *found.by_batch.values(), *found.stopped.values())
        for cell in (column.plain, *column.reset.values())
    ]
    scores = np.array([Mean.of(cell.deviation).t for cell in cells])
    return Experiment(
        "benefit_maps",
        "",
        "Measured phase diagrams beside exact ones: least squares on 30 random features of breast cancer, "
        f"reset to a checkpoint after {TASK.warm_up + 1} steps, with {len(seeds(study))} repetitions. "
        f"Each of the {len(scores)} measured risks is held to the exact expectation for its own data and "
        f"checkpoint: {np.mean(abs(scores) < 2):.0%} lie within two standard errors, the farthest is "
        f"{abs(scores).max():.1f} away (Student's t with {len(seeds(study)) - 1} degrees of freedom).",
        claims=_claims(found),
        findings=[*_cannot_help(found), _grows_with_batch(found)],
        tables=[_table(found, len(seeds(study)))],
    )


def _claims(found: Maps) -> list[Claim]:
    group = "Phase diagrams of training"

    def held(name: str, cells: Iterable[Cell], note: str = "") -> Claim:
        mean = Mean.of(np.mean([cell.deviation for cell in cells], axis=0))
        return Claim(name, 1.0, 1 + mean.value, mean.error, group=group, note=note)

    note = "mean over the cells for each repetition, whose data and minibatches they share"
    claims = [
        held(
            "steady clean risk without resetting, over theory",
            (c.plain for c in found.by_rate.values()),
            note,
        )
    ]
    claims += [
        held(f"steady clean risk under resetting, over theory, noise rate {rate:g}", c.reset.values(), note)
        for rate, c in found.by_rate.items()
    ]
    claims += [
        held(
            f"steady clean risk at batch size {size}, p = {BATCH_PROBABILITY:g}, over theory",
            (c.reset[BATCH_PROBABILITY] for (one, _), c in found.by_batch.items() if one == size),
            note,
        )
        for size in dict.fromkeys(size for size, _ in found.by_batch)
    ]
    claims += [
        held(f"the same, reset to the early-stopping point, noise rate {rate:g}", c.reset.values(), note)
        for rate, c in found.stopped.items()
    ]
    column = found.by_rate[0.4]
    nothing = Mean.of(column.reset[BATCH_PROBABILITY].measured / column.plain.measured)
    claims.append(
        Claim(
            f"control: resetting changes nothing at noise rate 0.4, p = {BATCH_PROBABILITY:g}",
            1.0,
            nothing.value,
            nothing.error,
            should_hold=False,
            group=group,
        )
    )
    return claims


def _cannot_help(found: Maps) -> list[Finding]:
    """Answer whether resetting fails where theory says so, if that was trained."""
    columns = {f"noise rate {rate:g}": c for rate, c in found.by_rate.items() if rate >= LOST}
    columns |= {f"early-stopping point, noise rate {rate:g}": c for rate, c in found.stopped.items()}
    if not columns:
        return []
    measured = [Mean.of(column.gains().measured) for column in columns.values()]
    above, mean = (
        sum(one.sign > 0 for one in measured),
        Mean.of(np.mean([column.gains().measured for column in columns.values()], axis=0)),
    )
    verdict: Answer = "holds" if not above else "holds in part" if above < len(measured) else "does not hold"
    texts = "; ".join(f"{name} {one.text(100)}" for name, one in zip(columns, measured, strict=True))
    return [
        Finding(
            "where half of the labels or more are wrong, or the checkpoint is the early-stopping point, "
            "resetting cannot lower the risk below that of the checkpoint (theory of the steady clean "
            "risk)",
            "gain of the best reset probability over staying at the checkpoint, per cent of its clean "
            f"risk: {texts}. It holds if no interval lies above zero.",
            verdict,
            100 * mean.value,
            100 * mean.error,
        )
    ]


def _grows_with_batch(found: Maps) -> Finding:
    """Answer whether the steady risk gains more by resetting, the larger the batch."""
    sizes, rates = (list(dict.fromkeys(place[i] for place in found.by_batch)) for i in (0, 1))

    def trend(which: str) -> Mean:
        gains = [
            np.mean([_lowered(found.by_batch[size, rate], which) for rate in rates if rate > 0], axis=0)
            for size in sizes
        ]
        return slope(np.log2(sizes), np.array(gains).T)

    measured, exact = trend("measured"), trend("exact")
    verdict: Answer = "holds" if measured.sign > 0 else "does not hold"
    return Finding(
        "the gain grows with the batch size (least squares, steady clean risk)",
        f"slope over batch sizes {sizes[0]} to {sizes[-1]} of the share by which resetting with p = "
        f"{BATCH_PROBABILITY:g} lowers the steady clean risk, mean over noise rates "
        f"{', '.join(f'{rate:g}' for rate in rates if rate > 0)}, percentage points for each doubling: "
        f"measured {measured.text(100, 2)}, exact theory {exact.text(100, 2)}. It holds if the measured "
        "interval lies above zero.",
        verdict,
        100 * measured.value,
        100 * measured.error,
    )


def _lowered(column: Column, which: str) -> Any:
    plain, reset = getattr(column.plain, which), getattr(column.reset[BATCH_PROBABILITY], which)
    return 1 - reset / plain


def _table(found: Maps, repetitions: int) -> Table:
    rows = []
    for what, columns in (("early", found.by_rate), ("early-stopping point", found.stopped)):
        for rate, column in columns.items():
            gains = column.gains()
            rows.append(
                (
                    what,
                    f"{rate:g}",
                    f"{column.best:g}",
                    "checkpoint" if column.stays else "plain SGD",
                    Mean.of(gains.exact).text(100),
                    Mean.of(gains.measured - gains.exact).text(100),
                )
            )
    return Table(
        "Where resetting can help, and where it cannot: by how much (per cent) the best of the simulated "
        "reset probabilities lowers the steady clean risk below the better one of its two ends, never to "
        f"reset and to stay at the checkpoint; mean and 95 % interval of {repetitions} repetitions, whose "
        "data and checkpoints differ. By theory resetting cannot help where half of the labels or more are "
        "wrong, nor with the checkpoint at the early-stopping point, where every step away from it is a "
        "loss. With clean labels it keeps out what overfits to few samples, and no more.",
        ("Checkpoint", "noise rate", "best p", "better end", "theory (%)", "measured minus theory"),
        rows,
    )
