"""The experiments of the study, in the order of the report.

A new result is a new module with ``run(quick, seed) -> Experiment`` and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module

from tqdm import tqdm

from analysis.claims import Experiment
from resetdyn import plotting

Runner = Callable[..., Sequence[Experiment]]


def _one(name: str) -> Runner:
    def run(*, quick: bool, seed: int) -> Sequence[Experiment]:
        return [import_module(f"analysis.{name}").run(quick=quick, seed=seed)]

    return run


def _validation(*, quick: bool, seed: int) -> Sequence[Experiment]:
    from validation import run_all as train

    return train(quick=quick, seed=seed)


EXPERIMENTS: dict[str, Runner] = {
    name: _one(name)
    for name in (
        "search",
        "ornstein_uhlenbeck",
        "steady_states",
        "conditions",
        "label_noise",
        "learning_conditions",
        "phase_diagrams",
        "controls",
    )
} | {"validation": _validation}


def run_all(names: Iterable[str], *, quick: bool, seed: int) -> list[Experiment]:
    """Run the experiments of these names in this order."""
    found: list[Experiment] = []
    bar = tqdm(list(names), unit="experiment")
    with plotting.style():
        for name in bar:
            bar.set_description(name)
            found.extend(EXPERIMENTS[name](quick=quick, seed=seed))
    return found
