"""The paper's experiments, made honest: what resetting does to training on noisy labels.

A new experiment is a module with ``run(study) -> Experiment`` and a line here.
"""

from __future__ import annotations

from importlib import import_module

from analysis.claims import Experiment
from resetdyn import plotting
from validation.runs import Study

EXPERIMENTS = {
    "memorise": "learn, then memorise: what is learned when, and what the latent bias does",
    "benefit": "does resetting help, and when? Test accuracy over data, noise, batch size, reset probability",
    "cost": "at what cost? Time and memory against plain SGD",
    "combined": "together with others: robust losses, Co-teaching, early-learning regularisation, ...",
    "restored": "what is reset: weights, momentum, schedule, layers; fixed or adaptive; sharp or geometric",
    "searches": "the search picture: steps needed to beat the checkpoint, and a drift-diffusion prediction",
}


def run(name: str, study: Study) -> Experiment:
    """Run one experiment."""
    with plotting.style():
        found: Experiment = import_module(f"validation.experiments.{name}").run(study)
    return found
