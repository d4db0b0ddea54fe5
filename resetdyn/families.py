"""Families of problems that the command line draws phase diagrams of; each is a `build` of its own.

A family takes its parameters by name and returns a problem, or a label-noise model.  Being plain functions of
a module they can be sent to worker processes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from resetdyn.problems import FirstPassage
from resetdyn.processes import Brownian, OrnsteinUhlenbeck
from resetdyn.resets import Poisson
from resetdyn.targets import Level


def search(
    reset_rate: float = 1.0, diffusion: float = 1.0, drift: float = 0.0, distance: float = 1.0
) -> FirstPassage:
    """Brownian motion from `distance` to a target at 0 (a drift below 0 leads to it), reset to the start.

    Examples
    --------
    >>> import resetdyn as rd
    >>> from resetdyn import families
    >>> rd.reset_helps(families.search(drift=-1.0)).helps  # Péclet number 1/2
    True
    """
    return FirstPassage(Brownian(diffusion, drift=drift), distance, Level(0.0), Poisson(reset_rate))


def ornstein_uhlenbeck(
    reset_rate: float = 1.0,
    diffusion: float = 0.5,
    stiffness: float = 1.0,
    center: float = 0.0,
    start: float = 1.0,
) -> FirstPassage:
    """Ornstein-Uhlenbeck process from `start` to a target at 0, reset to the start.

    Examples
    --------
    >>> import resetdyn as rd
    >>> from resetdyn import families
    >>> rd.reset_helps(families.ornstein_uhlenbeck(diffusion=0.5)).helps  # k x0^2 / D = 2 > 1.0931
    False
    """
    process = OrnsteinUhlenbeck(stiffness, center, diffusion)
    return FirstPassage(process, start, Level(0.0), Poisson(reset_rate))


def label_noise(
    reset_rate: float = 1.0,
    noise_rate: float = 0.4,
    batch_size: int = 8,
    learning_rate: float = 0.1,
    wrong_optimum: float = 1.0,
    checkpoint: float = -0.3,
) -> Any:
    """SGD on noisy labels in one dimension: clean optimum 0, Hessian 1, training started at -1.

    The checkpoint lies before the early-stopping optimum, for from there the optimal rate is finite. The
    reset rate is the diagram's: a model knows no reset.

    Examples
    --------
    >>> import resetdyn as rd
    >>> from resetdyn import families
    >>> rd.optimal_reset(families.label_noise(noise_rate=0.4)).rate > 0
    True
    """
    from resetdyn.label_noise import LabelNoiseQuadratic

    return LabelNoiseQuadratic(
        hessian=1.0, clean_optimum=0.0, wrong_optimum=wrong_optimum, noise_rate=noise_rate,
        learning_rate=learning_rate, batch_size=batch_size, initial=-1.0, checkpoint=checkpoint,
    )  # fmt: skip


FAMILIES: dict[str, Callable[..., Any]] = {
    "search": search,
    "ornstein-uhlenbeck": ornstein_uhlenbeck,
    "label-noise": label_noise,
}
