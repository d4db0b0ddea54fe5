"""Randomised algorithms of SciPy and scikit-learn: what half of their runs predicts, and what restarts bring.

``python -m analysis.restarts`` writes the table of ``docs/restarts.md`` from the recorded runs; ``--make``
makes the runs anew before (some minutes), ``--make resets`` only those under resets.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import resetdyn as rd
from analysis import figures, restarting
from analysis.claims import Claim, Experiment, Illustration
from analysis.findings import Table
from analysis.restarting import Restarted, restarted_of, seeds, under
from analysis.sampling import Estimate, mean
from analysis.searches import SEARCHES, Search
from resetdyn.storage import write_atomically

PAGE = Path(__file__).parent.parent / "docs" / "restarts.md"
BEGIN, END = "<!-- begin of the table -->\n", "<!-- end of the table -->\n"
NOW, FEWER = 200, 25  # searches made while the report is written
SAME = 0.1  # how far the best reset may move before runs under it are to be made anew


class Line(NamedTuple):
    """What one algorithm was predicted to take in one way, and what it took."""

    search: Search
    way: str
    predicted: Estimate
    taken: Estimate
    without: Estimate
    open: bool

    @property
    def z(self) -> float:
        """Deviation in standard errors of both."""
        return (self.taken.value - self.predicted.value) / math.hypot(self.taken.error, self.predicted.error)


def run(quick: bool, seed: int) -> Experiment:
    """Hold predictions for real algorithms against what restarts really brought."""
    recorded = restarting.read()
    advices = {search.name: advice_from(recorded[search.name]) for search in SEARCHES}
    lines = [line for search in SEARCHES for line in lines_of(search, recorded, advices[search.name])]
    claims = [
        Claim(f"{line.search.name}: {line.search.unit}, {line.way}", line.predicted.value, line.taken.value,
              math.hypot(line.predicted.error, line.taken.error), group="Predicted and achieved")
        for line in lines
    ]  # fmt: skip
    n = FEWER if quick else NOW
    return Experiment(
        "restarts",
        "Restarts of real algorithms",
        "rd.advise sees one half of the recorded runs of an algorithm and predicts what restarts at the best "
        "rate, and at the best fixed period, will bring. Restarts are then applied: runs are cut and begin "
        "again with new seeds, and what they took until then counts. "
        + " ".join(f"{name}: {advice.text().splitlines()[0]}" for name, advice in advices.items()),
        [*claims, *_controls(recorded, lines), *_made_now(recorded, n, seed)],
        [_figure(recorded, advices)],
        tables=[table(lines)],
    )


def advice_from(recorded: dict[str, Any]) -> Any:
    """Return what the first half of the runs without resets advises."""
    times, given_up = _half(recorded, 0)
    return rd.advise(times, given_up)


def protocols(advice: Any) -> dict[str, Any]:
    """Return the resets to apply: the best of either kind, or a Poisson rate that is said to do harm."""
    if advice.helps:
        return {"poisson": advice.poisson.reset, "sharp": advice.sharp.reset}
    return {"poisson": rd.Geometric(1 / advice.free_mean, ties="process")}


def lines_of(search: Search, recorded: dict[str, Any], advice: Any) -> list[Line]:
    """Return prediction and outcome for each way in which an algorithm was run."""
    mine = recorded[search.name]
    times, given_up = _half(mine, 1)
    line = partial(Line, search, without=mean(times), open=bool(given_up.any()))
    found = []
    for name, reset in protocols(advice).items():
        runs = restarted_of(mine, name)
        today = reset.period if name == "sharp" else reset.probability
        if abs(runs.at / today - 1) > SAME:
            raise RuntimeError(
                f"{search.name}: the advice is now {reset}, and runs were recorded at {runs.at:g}; "
                "run python -m analysis.restarts --make resets"
            )
        found.append(line(_way(name, runs.at), _predicted(advice, name, runs.at), mean(runs.spent)))
    if not advice.helps:
        found.insert(0, line("no resets", _estimate(advice.mean, advice.mean_interval), mean(times)))
    return found


def table(lines: Sequence[Line]) -> Table:
    """Return predicted and achieved means side by side."""
    rows = []
    for line in lines:
        gain = line.without.value / line.taken.value
        faster = "" if line.way == "no resets" else f"{'over ' * line.open}{gain:.2g}"
        numbers = (_plus_minus(line.predicted), _plus_minus(line.taken), f"{line.z:+.1f}", faster)
        rows.append((line.search.name, line.search.unit, line.way, *numbers))
    return Table(
        "Mean count until arrival, with standard errors: predicted from half of the runs, and achieved",
        ("algorithm", "counted", "resets", "predicted", "achieved", "z", "times as fast"),
        rows,
    )


def _half(recorded: dict[str, Any], which: int) -> tuple[Any, Any]:
    """Return counts and whether they were given up: of the half that advises, 0, or of the other, 1."""
    free = np.array_split(np.array(recorded["free"]), 2)[which]
    return np.where(free == 0, recorded["cap"], free), free == 0


def _way(name: str, at: float) -> str:
    return f"every {at:.0f}" if name == "sharp" else f"probability {at:.3g} a step"


def _predicted(advice: Any, name: str, at: float) -> Estimate:
    if advice.helps:
        option = getattr(advice, name)
        return _estimate(option.mean, option.mean_interval)
    there = advice.mean_at([at])
    return _estimate(there.mean[0], (there.low[0], there.high[0]))


def _estimate(value: float, interval: tuple[float, float]) -> Estimate:
    """Return a prediction with the standard error that its 95 % interval, of a ratio, stands for.

    Where the interval is open above, its lower half has to tell.
    """
    low, high = interval
    half = np.log(high / low) / 2 if np.isfinite(high) else np.log(value / low)
    return Estimate(float(value), float(value * half / 1.96))


def _controls(recorded: dict[str, Any], lines: Sequence[Line]) -> list[Claim]:
    """Return claims that have to fail: resets change nothing; runs that were cut cost nothing."""
    group = "Negative controls"
    found = [
        Claim(f"{line.search.name}: {line.way} is as fast as no resets", line.without.value, line.taken.value,
              math.hypot(line.without.error, line.taken.error), should_hold=False, group=group)
        for line in lines if line.way != "no resets"
    ]  # fmt: skip
    for line in lines:
        if line.way.startswith("every"):
            runs = restarted_of(recorded[line.search.name], "sharp")
            last = mean(runs.spent - runs.resets * runs.at)
            error = math.hypot(line.predicted.error, last.error)
            name = f"{line.search.name}: {line.way}, runs that were cut not counted"
            found.append(Claim(name, line.predicted.value, last.value, error, should_hold=False, group=group))
    return found


def _made_now(recorded: dict[str, Any], n: int, seed: int) -> list[Claim]:
    """Return whether runs made now are like those recorded: the libraries may have changed.

    If they are, the many recorded ones tell the error of few new ones best.
    """
    found = []
    for search in SEARCHES:
        mine = recorded[search.name]
        if "sharp" in mine:
            then: Restarted = restarted_of(mine, "sharp")
            old, new = then.spent, under(search, rd.Sharp(then.at), n, "now", seed + 1).spent
        else:
            old = _half(mine, 1)[0]
            new = [search.once(one, search.cap) or search.cap for one in seeds(search, "now", n, seed + 1)]
        error = np.std(old, ddof=1) * math.sqrt(1 / len(old) + 1 / n)
        name = f"{search.name}: {search.unit} in {n} searches made now, against those recorded"
        found.append(Claim(name, np.mean(old), np.mean(new), error, group="Recorded and made now"))
    return found


def _figure(recorded: dict[str, Any], advices: dict[str, Any]) -> Illustration:
    figure, grid = figures.plt.subplots(2, 2, figsize=(9.6, 7.2))
    for search, axes in zip(SEARCHES, grid.flat, strict=True):
        advice, mine = advices[search.name], recorded[search.name]
        runs = restarted_of(mine, "poisson")
        free = mean(_half(mine, 1)[0])
        rates = np.geomspace(min(runs.at / 30, advice.reach / 300), min(advice.reach, 30 * runs.at), 80)
        there = advice.mean_at(rates)
        axes.fill_between(rates, there.low, there.high, color=figures.SKY, alpha=0.4, lw=0)
        axes.plot(rates, there.mean, color=figures.BLUE, label="predicted, with 95 % band")
        taken = mean(runs.spent)
        figures.points(axes, runs.at, taken.value, taken.error, color=figures.RED, label="achieved")
        label = "without resets" + (", at least" if (np.array(mine["free"]) == 0).any() else "")
        axes.axhline(free.value, color=figures.GREY, ls="--", lw=1.2, label=label)
        axes.set(xscale="log", yscale="log", xlabel=f"probability of a reset  [1 / {search.unit[:-1]}]")
        axes.set(ylabel=f"mean  [{search.unit}]", title=search.name)
        axes.set_ylim(top=min(axes.get_ylim()[1], 8 * max(free.value, taken.value)))
        figures.plain_log(axes.yaxis)
        axes.legend()
    return Illustration(
        "restarts",
        "Mean count until arrival, against the probability of a restart: predicted from half of the runs "
        "without resets, and achieved by runs that were really cut and began again. Dashed: the other half, "
        "without resets (a lower bound where runs were given up). The last algorithm has a CV below 1, and "
        "restarts slow it down.",
        figure,
    )


def _plus_minus(estimate: Estimate) -> str:
    digits = max(0, 1 - math.floor(math.log10(estimate.error)))
    return f"{estimate.value:.{digits}f} ± {estimate.error:.{digits}f}"


def make(kept: dict[str, Any]) -> None:
    """Make the runs anew, except those without resets that are kept."""
    recorded: dict[str, Any] = {}
    for search in SEARCHES:
        old = kept.get(search.name, {"cap": 0, "free": []})
        same = (old["cap"], len(old["free"])) == (search.cap, search.runs)
        free = old["free"] if same else None
        recorded[search.name] = restarting.record(search, lambda found: protocols(advice_from(found)), free)
    restarting.write(recorded)


def write_page() -> str:
    """Write the table into its page, and return it."""
    recorded = restarting.read()
    lines = [
        line for search in SEARCHES for line in lines_of(search, recorded, advice_from(recorded[search.name]))
    ]
    found = table(lines)
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    write_atomically(PAGE, f"{before}{BEGIN}{found.markdown()}\n{END}{after}".encode())
    return found.text()


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the runs anew if asked to, and write the table."""
    parser = argparse.ArgumentParser(
        "python -m analysis.restarts", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--make", nargs="?", const="all", choices=["all", "resets"], help="make runs anew")
    options = parser.parse_args(arguments)
    if options.make:
        make(restarting.read() if options.make == "resets" else {})
    print(write_page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
