"""How often do the intervals of `rd.advise` hold the truth?  ``python -m benchmarks.calibration``.

Times are drawn from laws whose truth is known (`benchmarks.calibration_laws`), some of them censored by an
exponential time-out, and asked for advice again and again.  Printed, for each law, number of runs and share
censored: in how many per cent of the trials the 95 % interval holds

- the mean at a given rate, one over the median time;
- the coefficient of variation, and in how many trials that interval is one-sided;
- the mean that the recommended rate really brings (the target of the prediction), and the mean at the best
  rate of all;
- the mean without resetting, the speed-up of the recommended rate, and the mean that the best period brings;

further the mean of the logarithm of prediction over truth at the recommended rate (above 0: pessimistic), how
many verdicts are called settled, and how many per cent of these are wrong (a verdict on an indifferent law is
never wrong: exponential times).

The exit code is 1 where a coverage is beyond 92 to 98 % by more than three of its standard errors; intervals
that are one-sided may be above.  ``--quick`` takes 100 trials of few cases.
"""

from __future__ import annotations

import argparse
import sys
from math import inf, isinf, log, sqrt
from typing import Any, NamedTuple

import numpy as np

import resetdyn as rd
from benchmarks.calibration_laws import LAWS, Law
from benchmarks.page import ROOT, put

PAGE = ROOT / "docs" / "calibration.md"
SIZES = (30, 100, 1000, 10_000)
CENSORED = (0.0, 0.2, 0.5)
COVERED = ("at a rate", "CV", "achieved", "best", "free", "speed-up", "sharp")
WANTED = ("at a rate", "CV", "achieved")


class Trial(NamedTuple):
    """What one advice held: intervals by name, what the truth was above or below, and more."""

    held: dict[str, bool]
    one_sided: bool
    pessimism: float
    settled: bool
    wrong: bool


class Cell(NamedTuple):
    """Many trials of one law."""

    law: str
    n: int
    censored: float
    trials: list[Trial]

    def coverage(self, name: str) -> float:
        """Return the share of intervals that held the truth."""
        return float(np.mean([trial.held[name] for trial in self.trials]))

    def mean(self, what: str) -> float:
        """Return the average of an attribute of the trials."""
        return float(np.mean([getattr(trial, what) for trial in self.trials]))

    def failed(self) -> list[str]:
        """Return which coverages are beyond 92 to 98 % by three standard errors."""
        found = []
        for name in WANTED:
            share = self.coverage(name)
            slack = 3 * sqrt(0.95 * 0.05 / len(self.trials))
            above = share > 0.98 + slack and not (name == "CV" and self.mean("one_sided") > 0.05)
            if share < 0.92 - slack or above:
                found.append(name)
        return found


def drawn(law: Law, n: int, censored: float, rng: Any) -> tuple[Any, Any]:
    """Return times and flags."""
    times = law.draw(rng, n)
    if not censored:
        return times, np.zeros(n, dtype=bool)
    stops = rng.exponential(1 / law.time_out(censored), size=n)
    return np.minimum(times, stops), times > stops


def trial(law: Law, n: int, censored: float, rng: Any, resamples: int = 200) -> Trial:
    """Return what one advice held."""
    while True:
        times, flags = drawn(law, n, censored, rng)
        if (~flags).sum() >= 10:
            break
    advice = rd.advise(times, flags, resamples=resamples, rng=rng)
    given = 1 / law.median
    at = advice.mean_at(given)
    achieved = law.under(advice.poisson.reset.rate)
    gain = law.mean / achieved
    inside = {
        "at a rate": (law.under(given), (float(at.low), float(at.high))),
        "CV": (law.cv, advice.cv_interval),
        "achieved": (achieved, advice.poisson.mean_interval),
        "best": (law.best, advice.poisson.mean_interval),
        "free": (law.mean, advice.free_mean_interval),
        "speed-up": (gain, advice.poisson.speedup_interval),
        "sharp": (law.each(advice.sharp.reset.period), advice.sharp.mean_interval),
    }
    helps = law.best < law.mean * (1 - 1e-4)
    indifferent = law.name == "exponential"
    return Trial(
        {name: bool(low <= truth <= high) for name, (truth, (low, high)) in inside.items()},
        isinf(advice.cv_interval[1]),
        log(advice.poisson.mean / achieved) if achieved < inf else 0.0,
        advice.settled,
        advice.settled and not indifferent and advice.helps != helps,
    )


def study(laws: Any, sizes: Any, shares: Any, trials: int, seed: int) -> Any:
    """Yield the cells of the study."""
    for law in laws:
        for n in sizes:
            for share in shares:
                rng = np.random.default_rng([seed, LAWS.index(law), n, int(100 * share)])
                yield Cell(law.name, n, share, [trial(law, n, share, rng) for _ in range(trials)])


HEAD = (
    "| law | n | censored, % | mean at a rate | CV (one-sided) | achieved | best | free | speed-up | sharp "
    "| bias | settled (wrong), % |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def row(cell: Cell) -> str:
    """Return a row of the table."""
    share = {name: f"{100 * cell.coverage(name):.1f}" for name in COVERED}
    share["CV"] += f" ({100 * cell.mean('one_sided'):.0f})"
    settled = cell.mean("settled")
    wrong = cell.mean("wrong") / settled if settled else 0.0
    shown = [cell.law, cell.n, f"{100 * cell.censored:.0f}", *share.values()]
    shown += [f"{100 * cell.mean('pessimism'):+.1f}", f"{100 * settled:.0f} ({100 * wrong:.1f})"]
    return "| " + " | ".join(map(str, shown)) + " |"


def main(argv: list[str] | None = None) -> int:
    about = __doc__.split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=about)
    parser.add_argument("--quick", action="store_true", help="100 trials of few cases")
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--censored", type=float, nargs="+", default=CENSORED, help="shares")
    parser.add_argument("--laws", nargs="+", help="beginnings of their names")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the table into docs/calibration.md")
    asked = parser.parse_args(argv)
    if asked.quick:
        asked.trials, asked.sizes, asked.censored = 100, (30, 1000), (0.0,)
    laws = [law for law in LAWS if not asked.laws or law.name.startswith(tuple(asked.laws))]
    print(HEAD)
    rows, failed = [], []
    for cell in study(laws, asked.sizes, asked.censored, asked.trials, asked.seed):
        rows.append(row(cell))
        print(rows[-1], flush=True)
        failed += [
            f"{cell.law}, n = {cell.n}, {cell.censored:.0%} censored: {name}" for name in cell.failed()
        ]
    beyond = [f"- {each}" for each in failed] or ["- none"]
    told = f"{asked.trials} trials of each row, seed {asked.seed}. "
    told += "Beyond 92 to 98 % by more than three standard errors:"
    print(told, *beyond, sep="\n")
    if asked.write:
        put("calibration", "\n".join([HEAD, *rows, "", told, "", *beyond]), PAGE)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
