"""Thousands of runs: in several processes, each written when it is done, so that a study can be resumed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from resetdyn.storage import check_format, read_arrays, save_arrays
from validation.runs.confident import METHOD, train_confident
from validation.runs.processes import pool
from validation.runs.setting import FORMAT, Setting
from validation.runs.train import Record, train

KIND = "training run"
DATASETS = ("digits", "breast_cancer", "wine", "diabetes")
AT_ONCE = 8  # runs a process takes at a time: enough to share their data, few enough to spread


@dataclass(frozen=True)
class Study:
    """What all experiments of one command have in common: how much, with what, and where it is kept.

    Parameters
    ----------
    folder : Path
        Where runs are kept, and found again.
    quick : bool
        Whether a minute has to do.
    seed : int
        First of the seeds.
    seeds : int
        Independent repetitions of every setting: data split, corruption, features and training anew.
    workers : int
        Processes.
    datasets : tuple of str
        What to train on.
    """

    folder: Path
    quick: bool = False
    seed: int = 1
    seeds: int = 10
    workers: int = 1
    datasets: tuple[str, ...] = DATASETS

    @property
    def each_seed(self) -> range:
        """The seeds of the repetitions."""
        return range(1000 * self.seed, 1000 * self.seed + self.seeds)

    def collect(self, settings: Iterable[Setting], description: str = "training") -> dict[Setting, Record]:
        """Return the records of these settings; what was run before, here or in a killed study, is read back.

        Raises
        ------
        ValueError
            If a setting cannot be trained; runs that were done are kept.
        """
        wanted = list(dict.fromkeys(settings))
        kept = self.folder / "runs"
        kept.mkdir(parents=True, exist_ok=True)
        found = {setting: record for setting in wanted if (record := read(kept, setting)) is not None}
        missing = sorted((s for s in wanted if s not in found), key=lambda s: str((s.data, s.key)))
        with tqdm(total=len(wanted), initial=len(found), desc=description, unit="run", leave=False) as bar:
            for done in self._trained(_shares(missing), kept):
                found |= done
                bar.update(len(done))
        return {setting: found[setting] for setting in wanted}

    def _trained(self, shares: Sequence[Sequence[Setting]], kept: Path) -> Iterable[dict[Setting, Record]]:
        if self.workers == 1 or len(shares) <= 1:
            yield from (train_all(share, kept) for share in shares)
            return
        with pool(self.workers) as processes:
            for task in as_completed([processes.submit(train_all, share, kept) for share in shares]):
                yield task.result()


def train_all(settings: Iterable[Setting], kept: Path) -> dict[Setting, Record]:
    """Train these settings one after the other; matrices are small, so that more threads only cost."""
    done = {}
    with threadpool_limits(1):
        for setting in settings:
            done[setting] = train_confident(setting) if setting.method == METHOD else train(setting)
            write(kept, setting, done[setting])
    return done


def write(kept: Path, setting: Setting, record: Record) -> None:
    """Keep a record."""
    parts: dict[str, Any] = {"steps": record.steps, "score": record.score, "resets": record.resets}
    parts |= {f"seen:{name}": values for name, values in record.seen.items()}
    save_arrays(kept / f"{setting.key}.npz", KIND, FORMAT, parts | {"seconds": np.float64(record.seconds)})


def read(kept: Path, setting: Setting) -> Record | None:
    """Return the record of a setting that was run before; one that cannot be read is run again."""
    path = kept / f"{setting.key}.npz"
    if not path.exists():
        return None
    try:
        parts = read_arrays(path)
        check_format(path, parts, KIND, FORMAT, ("steps", "score", "resets", "seconds"))
    except (OSError, ValueError):
        os.replace(path, path.with_suffix(".damaged"))
        return None
    seen = {name.removeprefix("seen:"): values for name, values in parts.items() if name.startswith("seen:")}
    return Record(parts["steps"], parts["score"], seen, parts["resets"], float(parts["seconds"]))


def _shares(settings: Sequence[Setting]) -> list[list[Setting]]:
    """Return the settings in shares of the same data, of a few runs each."""
    shares = []
    for _, group in groupby(settings, key=lambda setting: setting.data):
        same = list(group)
        shares += [same[i : i + AT_ONCE] for i in range(0, len(same), AT_ONCE)]
    return shares
