"""The tables and the figure of the comparison with peers."""

from __future__ import annotations

import math
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from analysis.findings import Table
from benchmarks.page import put
from benchmarks.peers.cases import CASES
from benchmarks.peers.sides import SIMULATORS, Measured
from benchmarks.peers.until import PLAIN, Until, coefficient, until
from resetdyn.plotting.style import COLOURS, style

FIGURE = "images/peers.svg"
DRAWN = ("away", "trap_free", "well_free", "space")
_KNOWN = 4.0  # errors of the bias that a relative error must have for the bias to be known to it
_LABELS = {"C, gcc -O3": "C, the limit of Euler's scheme"}
_LOOKS = [{"color": colour, "ls": line} for line in ("-", "--") for colour in list(COLOURS.values())[:6]]
_ORDERS = {side.name: side.order for side in SIMULATORS}


def seconds(value: float) -> str:
    """Return a time in a unit that keeps it short.

    >>> seconds(0.00123), seconds(math.inf), seconds(86_400)
    ('1.2 ms', 'not reached', '24 h')
    """
    if not math.isfinite(value):
        return "not reached"
    for unit, size in (("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size * 0.995:
            return f"{value / size:.2g} {unit}" if value / size < 99.5 else f"{value / size:.0f} {unit}"
    return f"{value * 1e9:.3g} ns"


def told(until: Until) -> str:
    """Return when a mean is known: a star marks what is extrapolated."""
    return ("over " if until.at_least else "") + seconds(until.seconds) + (" *" if until.extrapolated else "")


def of_case(runs: list[Measured], case: str) -> tuple[list[Measured], float]:
    """Return the runs on a case, and the coefficient of the bias of Euler's steps there."""
    here = [run for run in runs if run.case == case]
    return here, coefficient(here, 0.5) if any(run.side in PLAIN for run in here) else math.nan


def simulation(runs: list[Measured]) -> Table:
    """Return who simulates how fast and how well, and when each knows the mean to 1 %."""
    rows = []
    for case in CASES:
        here, c = of_case(runs, case)
        own = [run for run in here if run.side == "resetdyn"]
        if not own:
            continue
        ours = until(own, CASES[case], None).seconds
        for name in dict.fromkeys(run.side for run in here):
            each = [run for run in here if run.side == name]
            least = until(each, CASES[case], _ORDERS[name], c)
            ratio = ("over " if least.at_least else "") + f"{least.seconds / ours:,.3g}"
            rows.append(
                (
                    f"{CASES[case].name}: {name}"
                    if name != own[0].side
                    else f"**{CASES[case].name}: {name}**",
                    " / ".join(f"{run.step:g}" for run in each if run.step) or "its own",
                    " / ".join(seconds(run.seconds) for run in each),
                    " / ".join(f"{run.bias:+.1%} ± {run.error:.1%}" for run in each),
                    told(least),
                    ratio if math.isfinite(least.seconds) else "",
                )
            )
    columns = ("search: side", "step", "a path", "bias of the mean", "to 1 %", "times resetdyn's")
    return Table("Mean first-passage times by simulation", columns, rows)


def exact(runs: list[Measured]) -> Table:
    """Return who computes a mean how fast and how exactly."""
    rows = []
    for case in CASES:
        here = [run for run in runs if run.case == case]
        ours = next((run.seconds for run in here if run.side == "resetdyn"), math.nan)
        rows += [
            (
                f"{CASES[case].name}: {run.side}",
                seconds(run.seconds),
                f"{abs(run.bias):.1e}",
                seconds(run.first),
                f"{run.seconds / ours:,.3g}",
            )
            for run in here
            if len(here) > 1
        ]
    columns = ("search: side", "a call", "difference from rd.solve", "first call", "times resetdyn's")
    return Table("Mean first-passage times without sampling", columns, rows)


def costs(runs: list[Measured]) -> Table:
    """Return what importing, a first call and memory take."""
    rows = []
    for name in dict.fromkeys(run.side for run in runs):
        each = [run for run in runs if run.side == name]
        middle = [float(np.median([getattr(run, field) for run in each])) for field in ("imported", "first")]
        rows.append((name, *map(seconds, middle), f"{max(run.memory for run in each):.0f} MB"))
    return Table(
        "Import, first call and memory (medians and most over the cases)",
        ("side", "import", "first call", "memory"),
        rows,
    )


def work_and_precision(runs: list[Measured], cases: tuple[str, ...] = DRAWN) -> Any:
    """Draw the time that a relative error takes, of each side at its best; C is the limit of its scheme.

    A line ends where the measurement does not tell the bias from that error any more.
    """
    looks = dict(zip(dict.fromkeys(run.side for run in runs), _LOOKS, strict=False))
    totals = np.geomspace(1e-3, 0.1, 25)
    with style():
        figure = Figure(figsize=(8.0, 3.0 * math.ceil(len(cases) / 2)), layout="constrained")
        panels = figure.subplots(math.ceil(len(cases) / 2), 2, sharex=True, sharey=True, squeeze=False)
        for axes, case in zip(panels.flat, cases, strict=False):
            here, c = of_case(runs, case)
            for name in dict.fromkeys(run.side for run in here):
                each = [run for run in here if run.side == name]
                known = totals if _ORDERS[name] else totals[totals > _KNOWN * min(run.error for run in each)]
                times = [until(each, CASES[case], _ORDERS[name], c, total).seconds for total in known]
                if np.isfinite(times).any():
                    width = 2.8 if name == "resetdyn" else 1.4
                    axes.loglog(known, times, **looks[name], lw=width, label=_LABELS.get(name, name))
            title = CASES[case].name
            axes.set_title("\n".join(wrap(title[0].upper() + title[1:], 32)), fontsize="small")
        for axes in panels[-1]:
            axes.set_xlabel("relative error of the mean")
        for axes in panels[:, 0]:
            axes.set_ylabel("time on one core (s)")
        lines = {line.get_label(): line for axes in panels.flat for line in axes.lines}
        figure.legend(lines.values(), lines.keys(), loc="outside right center", fontsize="small")
    return figure


def write(found: dict[str, list[Measured]], how: str, folder: Path) -> None:
    """Print the tables, and put them and the figure in their place in the page."""
    tables = [simulation(found["simulation"]), exact(found["exact"]), costs(found["simulation"])]
    for table in tables:
        print(table.text(), end="\n\n")
    (folder / FIGURE).parent.mkdir(parents=True, exist_ok=True)
    work_and_precision(found["simulation"]).savefig(folder / FIGURE, metadata={"Date": None})
    picture = f"```{{image}} {FIGURE}\n:alt: Time against error, of each side at its best\n```"
    body = "\n\n".join([f"Measured: {how}.", picture, *(table.markdown() for table in tables)])
    put("peers", body, folder / "benchmarks.md")
