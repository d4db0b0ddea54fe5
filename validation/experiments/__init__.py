"""The paper's experiments, made honest: what resetting does to training on noisy labels.

A new experiment is a module with ``run(study) -> Experiment`` and a line here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context

import matplotlib

from analysis.claims import Experiment
from resetdyn import plotting
from validation import theory
from validation.runs import Study

EXPERIMENTS = {
    "memorise": "learn, then memorise: what is learned when, and what the latent bias does",
    "benefit": "does resetting help, and when? Test accuracy over data, noise, batch size, reset probability",
    "cost": "at what cost? Time and memory against plain SGD",
    "combined": "together with others: robust losses, Co-teaching, early-learning regularisation, ...",
    "restored": "what is reset: weights, momentum, schedule, layers; fixed or adaptive; sharp or geometric",
    "searches": "the search picture: steps needed to beat the checkpoint, and a drift-diffusion prediction",
}


NAMES = {**EXPERIMENTS, "theory": "training held against exact predictions, at any learning rate"}


def run_all(names: Sequence[str], study: Study) -> list[Experiment]:
    """Run experiments in the order of the report; that of the theory beside the others, if processes may."""
    chosen = [name for name in NAMES if name in names]
    if "theory" not in chosen or len(chosen) == 1 or study.workers == 1:
        return [found for name in chosen for found in run_named(name, study)]
    with ProcessPoolExecutor(1, get_context("spawn"), _silence) as beside:
        aside = beside.submit(run_named, "theory", study)
        found = {name: run_named(name, study) for name in chosen if name != "theory"}
        found["theory"] = aside.result()
    return [experiment for name in chosen for experiment in found[name]]


def run_named(name: str, study: Study) -> list[Experiment]:
    """Run what has this name: one experiment, or all of the theory."""
    with matplotlib.rc_context({"figure.max_open_warning": 0}):
        if name == "theory":
            return theory.run_all(quick=study.quick, seed=study.seed)
        return [run(name, study)]


def run(name: str, study: Study) -> Experiment:
    """Run one experiment."""
    with plotting.style():
        found: Experiment = import_module(f"validation.experiments.{name}").run(study)
    return found


def _silence() -> None:
    """Leave the progress bars to the parent: two processes would write over each other's."""
    os.environ["TQDM_DISABLE"] = "1"
