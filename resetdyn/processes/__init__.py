"""Processes: how does it move when nobody resets it?

Continuous processes follow ``dX = f(X) dt + sqrt(2 D) dW``; `D` is the diffusion coefficient, so that
``sigma**2 = 2 D``.  Discrete ones (minibatch SGD, random walks) advance by steps.  In one dimension all
parameters and states are plain floats, in `d` dimensions states are vectors of shape ``(d,)`` and matrices
``(d, d)``.  A new process is a new file here and its name in the union below.
"""

from typing import Any

from resetdyn.processes.brownian import Brownian
from resetdyn.processes.force_field import ForceField
from resetdyn.processes.gaussian_sgd import GaussianSGD
from resetdyn.processes.langevin import Langevin
from resetdyn.processes.levy import LevyOrnsteinUhlenbeck
from resetdyn.processes.ornstein_uhlenbeck import OrnsteinUhlenbeck
from resetdyn.processes.random_walk import RandomWalk
from resetdyn.processes.run_and_tumble import RunAndTumble
from resetdyn.processes.sgd import LinearSGD, QuadraticSGD
from resetdyn.processes.underdamped import UnderdampedLangevin

SGD = QuadraticSGD | LinearSGD | GaussianSGD
Process = (
    Brownian
    | OrnsteinUhlenbeck
    | Langevin
    | ForceField
    | UnderdampedLangevin
    | LevyOrnsteinUhlenbeck
    | RunAndTumble
    | RandomWalk
    | SGD
)

__all__ = [
    "SGD",
    "Brownian",
    "ForceField",
    "GaussianSGD",
    "Langevin",
    "LevyOrnsteinUhlenbeck",
    "LinearSGD",
    "OrnsteinUhlenbeck",
    "Process",
    "QuadraticSGD",
    "RandomWalk",
    "RunAndTumble",
    "UnderdampedLangevin",
    "is_discrete",
]


def is_discrete(process: Any) -> bool:
    """Return whether the process advances in steps, so that times are whole numbers of steps."""
    return isinstance(process, SGD | RandomWalk)
