"""resetdyn: theory and simulation of stochastic resetting, from search processes to SGD on noisy labels.

Four nouns make a problem, and two verbs answer it::

    import resetdyn as rd

    problem = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(2.5))
    rd.solve(problem).mean              # exact
    rd.simulate(problem, rng=7).mean    # Monte Carlo

The verbs, SymPy, Numba and Matplotlib load when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from resetdyn._version import __version__
from resetdyn.functions import Quadratic
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.processes import (
    Brownian,
    ForceField,
    GaussianSGD,
    Langevin,
    LevyOrnsteinUhlenbeck,
    LinearSGD,
    OrnsteinUhlenbeck,
    QuadraticSGD,
    RandomWalk,
    RunAndTumble,
    UnderdampedLangevin,
)
from resetdyn.resets import BestSoFar, Geometric, NoReset, Partial, Poisson, RateField, Renewal, Sharp
from resetdyn.targets import Ball, HalfSpace, Interval, Level, Sublevel

if TYPE_CHECKING:
    from resetdyn.advice.advise import advise
    from resetdyn.advice.fit import fit_process
    from resetdyn.advice.outcomes import outcomes_under
    from resetdyn.advice.policies import policy_mean
    from resetdyn.inference import renewal_samples
    from resetdyn.label_noise import LabelNoiseQuadratic
    from resetdyn.phase import PhaseDiagram, phase_diagram
    from resetdyn.reweighting import reweight
    from resetdyn.saving.files import load
    from resetdyn.simulation import simulate
    from resetdyn.simulation.trajectories import trajectories
    from resetdyn.theory import (
        landau,
        optimal_reset,
        renewal_laplace,
        renewal_survival,
        reset_bounds,
        reset_helps,
        ridge_penalty,
        sgd_risk,
        solve,
        spectral_filter,
        stability_limit,
        transition,
        tricritical_point,
    )
    from resetdyn.theory.conditions import conditions
    from resetdyn.training.classifier import ResettingSGDClassifier
    from resetdyn.training.regressor import ResettingSGDRegressor
    from resetdyn.training.resetter import CheckpointResetter

_LAZY = {
    "advise": "resetdyn.advice.advise",
    "fit_process": "resetdyn.advice.fit",
    "outcomes_under": "resetdyn.advice.outcomes",
    "policy_mean": "resetdyn.advice.policies",
    "CheckpointResetter": "resetdyn.training.resetter",
    "ResettingSGDClassifier": "resetdyn.training.classifier",
    "ResettingSGDRegressor": "resetdyn.training.regressor",
    "LabelNoiseQuadratic": "resetdyn.label_noise",
    "solve": "resetdyn.theory",
    "reset_helps": "resetdyn.theory",
    "optimal_reset": "resetdyn.theory",
    "landau": "resetdyn.theory",
    "reset_bounds": "resetdyn.theory",
    "transition": "resetdyn.theory",
    "spectral_filter": "resetdyn.theory",
    "ridge_penalty": "resetdyn.theory",
    "stability_limit": "resetdyn.theory",
    "sgd_risk": "resetdyn.theory",
    "tricritical_point": "resetdyn.theory",
    "renewal_laplace": "resetdyn.theory",
    "renewal_survival": "resetdyn.theory",
    "conditions": "resetdyn.theory.conditions",
    "simulate": "resetdyn.simulation",
    "trajectories": "resetdyn.simulation.trajectories",
    "renewal_samples": "resetdyn.inference",
    "reweight": "resetdyn.reweighting",
    "phase_diagram": "resetdyn.phase",
    "PhaseDiagram": "resetdyn.phase",
    "load": "resetdyn.saving.files",
}

__all__ = [
    "Ball",
    "BestSoFar",
    "Brownian",
    "CheckpointResetter",
    "FirstPassage",
    "ForceField",
    "GaussianSGD",
    "Geometric",
    "HalfSpace",
    "Interval",
    "LabelNoiseQuadratic",
    "Langevin",
    "Level",
    "LevyOrnsteinUhlenbeck",
    "LinearSGD",
    "NoReset",
    "OrnsteinUhlenbeck",
    "Partial",
    "PhaseDiagram",
    "Poisson",
    "Quadratic",
    "QuadraticSGD",
    "RandomWalk",
    "RateField",
    "Renewal",
    "ResettingSGDClassifier",
    "ResettingSGDRegressor",
    "RunAndTumble",
    "Sharp",
    "SteadyState",
    "Sublevel",
    "UnderdampedLangevin",
    "__version__",
    "advise",
    "conditions",
    "fit_process",
    "landau",
    "load",
    "optimal_reset",
    "outcomes_under",
    "phase_diagram",
    "policy_mean",
    "renewal_laplace",
    "renewal_samples",
    "renewal_survival",
    "reset_bounds",
    "reset_helps",
    "reweight",
    "ridge_penalty",
    "sgd_risk",
    "simulate",
    "solve",
    "spectral_filter",
    "stability_limit",
    "trajectories",
    "transition",
    "tricritical_point",
]

# `from resetdyn import *` must work without an extra; a type checker has them with or without.
if not TYPE_CHECKING and find_spec("sklearn") is None:
    __all__.remove("ResettingSGDClassifier")
    __all__.remove("ResettingSGDRegressor")


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'resetdyn' has no attribute {name!r}")
    value = getattr(import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
