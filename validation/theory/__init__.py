"""Training by minibatch SGD, held to what is exactly known about least squares.

Random features of real data, wrong labels; least-squares models trained by minibatch SGD with and without
resetting.  A new experiment is a new module with ``run(quick, rng) -> Experiment`` and a name here.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from analysis.claims import Experiment
from analysis.sampling import stream
from resetdyn import plotting

EXPERIMENTS = ("gradients", "steady_state", "search", "ridge", "langevin", "grid", "optimum")


def run_all(*, quick: bool, seed: int, names: Iterable[str] = EXPERIMENTS) -> list[Experiment]:
    """Run the experiments of these names; each has a random stream of its own.

    Matrices here are small: threads of the linear-algebra library would cost far more than they gain.
    """
    found = []
    with threadpool_limits(1), plotting.style():
        bar = tqdm(list(names), unit="experiment", leave=False)
        for name in bar:
            bar.set_description(f"training: {name}")
            module = import_module(f"validation.theory.{name}")
            found.append(module.run(quick, stream(seed, f"validation.{name}")))
    return found
