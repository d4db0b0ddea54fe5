"""The experiments of the study, in the order of the report, and how they run, with the gallery's results.

A new experiment is a new module with ``run(quick, seed) -> Experiment`` and a line here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager
from importlib import import_module
from multiprocessing import get_context

import matplotlib
from tqdm import tqdm

from analysis.claims import Experiment
from analysis.gallery import exhibit
from resetdyn import plotting

Found = Experiment | exhibit.Exhibit
Runner = Callable[..., Sequence[Experiment]]


def _one(name: str) -> Runner:
    def found(*, quick: bool, seed: int) -> Sequence[Experiment]:
        return [import_module(f"analysis.{name}").run(quick=quick, seed=seed)]

    return found


def _validation(*, quick: bool, seed: int) -> Sequence[Experiment]:
    from validation.theory import run_all as train

    return train(quick=quick, seed=seed)


EXPERIMENTS: dict[str, Runner] = {
    name: _one(name)
    for name in (
        "search",
        "ornstein_uhlenbeck",
        "steady_states",
        "conditions",
        "first_order",
        "label_noise",
        "learning_conditions",
        "phase_diagrams",
        "restarts",
        "controls",
    )
} | {"validation": _validation}


def run_all(names: Iterable[str], *, quick: bool, seed: int, quiet: bool = False) -> list[Found]:
    """Run what has these names, several of them in two processes, and return what they found in this order.

    What they find does not depend on that: each has random streams of its own. A bar shows how far it is,
    unless `quiet`.
    """
    names = list(names)
    if len(names) == 1:
        return run(names[0], quick, seed)
    found: dict[str, list[Found]] = {}
    with ProcessPoolExecutor(2, get_context("spawn"), _silence) as pool, _many_figures():
        # The last experiments, on training, take longest and so begin first; the gallery's are short.
        order = [name for name in reversed(names) if name in EXPERIMENTS]
        order += [name for name in names if name not in EXPERIMENTS]
        tasks = {pool.submit(run, name, quick, seed): name for name in order}
        bar = tqdm(as_completed(tasks), total=len(tasks), unit="experiment", disable=quiet)
        for task in bar:
            bar.set_description(tasks[task])
            found[tasks[task]] = task.result()
    return [part for name in names for part in found[name]]


def run(name: str, quick: bool, seed: int) -> list[Found]:
    """Run one experiment, or one result of the gallery, in this process."""
    with plotting.style(), _many_figures():
        if name in EXPERIMENTS:
            return list(EXPERIMENTS[name](quick=quick, seed=seed))
        return [exhibit.run(name, quick, seed)]


def _many_figures() -> AbstractContextManager[None]:
    """Return a context in which figures may wait, open, until the report is written."""
    return matplotlib.rc_context({"figure.max_open_warning": 0})


def _silence() -> None:
    """Leave the progress bar to the parent: two processes would write over each other's."""
    os.environ["TQDM_DISABLE"] = "1"
