"""The tables and the figure of the comparison with peers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from analysis.findings import Table
from benchmarks.page import put
from benchmarks.peers.cases import CASES
from benchmarks.peers.sides import SIMULATORS, Measured, until
from resetdyn.plotting.style import COLOURS, style

FIGURE = "images/peers.svg"
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
    return f"{value * 1e9:.2g} ns"


def simulation(runs: list[Measured]) -> Table:
    """Return who simulates how fast and how well, and when each knows the mean to 1 %."""
    rows = []
    for case in CASES:
        here = [run for run in runs if run.case == case]
        own = [run for run in here if run.side == "resetdyn"]
        if not own:
            continue
        ours = until(own, CASES[case], None)[0]
        for name in dict.fromkeys(run.side for run in here):
            each = [run for run in here if run.side == name]
            least, extrapolated = until(each, CASES[case], _ORDERS[name])
            told = [f"{run.bias:+.1%} ± {run.error:.1%}" for run in each]
            rows.append(
                (
                    f"{CASES[case].name}: {name}"
                    if name != own[0].side
                    else f"**{CASES[case].name}: {name}**",
                    " / ".join(f"{run.step:g}" for run in each if run.step) or "its own",
                    " / ".join(seconds(run.seconds) for run in each),
                    " / ".join(told),
                    seconds(least) + (" *" if extrapolated else ""),
                    f"{least / ours:,.3g}" if math.isfinite(least) else "",
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


def work_and_precision(runs: list[Measured], cases: tuple[str, ...] = ("trap_free", "space")) -> Any:
    """Draw the time that a relative error takes, of each side at its best."""
    with style():
        figure = Figure(figsize=(7.0, 3.2), layout="constrained")
        for axes, case in zip(figure.subplots(1, len(cases), sharey=True), cases, strict=True):
            here = [run for run in runs if run.case == case]
            totals = np.geomspace(1e-3, 0.1, 25)
            for i, name in enumerate(dict.fromkeys(run.side for run in here)):
                each = [run for run in here if run.side == name]
                times = [until(each, CASES[case], _ORDERS[name], total)[0] for total in totals]
                if np.isfinite(times).any():
                    axes.loglog(totals, times, **_LOOKS[i], lw=2.8 if name == "resetdyn" else 1.3, label=name)
            axes.set_title(CASES[case].name.capitalize(), fontsize="small")
            axes.set_xlabel("relative error of the mean (bias + 1 standard error)")
            if axes.lines:
                axes.legend(fontsize="x-small")
        figure.axes[0].set_ylabel("time on one core (s)")
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
