"""What a file may hold: the results, the nouns, and the records that they are made of, by name.

Nothing else is ever made from a file.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from importlib import import_module
from typing import Any

# Results, which a file is of.
RESULTS = {
    "resetdyn.results.first_passage": ("FirstPassageResult",),
    "resetdyn.results.first_passage_summary": ("FirstPassageSummary",),
    "resetdyn.results.samples": ("FirstPassageSamples", "RenewalEstimate", "SteadyStateSamples"),
    "resetdyn.results.sgd": ("SGDMoments", "SGDSteadyStateResult"),
    "resetdyn.results.steady_state": ("SteadyStateResult",),
    "resetdyn.results.steady_state_summary": ("SteadyStateSummary",),
    "resetdyn.results.walk": ("WalkSteadyStateResult",),
    "resetdyn.results.trajectories": ("Trajectories",),
    "resetdyn.results.reweighted": ("Reweighted",),
    "resetdyn.verdicts": (
        "OptimalReset", "OptimalRisk", "Verdict", "Transition", "Tricritical", "ResetBounds",
    ),
    "resetdyn.advice.advice": ("Advice",),
    "resetdyn.advice.outcomes": ("Outcomes",),
    "resetdyn.advice.policies": ("PolicyMeans",),
    "resetdyn.advice.fitted": ("FittedProcess",),
}  # fmt: skip

# What they are made of.
_PARTS = {
    "resetdyn": (
        "Ball", "BestSoFar", "Brownian", "FirstPassage", "ForceField", "GaussianSGD", "Geometric",
        "HalfSpace", "Interval", "LabelNoiseQuadratic", "Langevin", "Level",
        "LevyOrnsteinUhlenbeck", "LinearSGD", "NoReset", "OrnsteinUhlenbeck", "Partial", "Poisson",
        "Quadratic", "QuadraticSGD", "RandomWalk", "RateField", "Renewal", "RunAndTumble", "Sharp",
        "SteadyState", "Sublevel", "UnderdampedLangevin",
    ),
    "resetdyn.results.moments": ("Moments",),
    "resetdyn.results.reweighted": ("ReweightedOptimum",),
    "resetdyn.results.sketch": ("Sketch", "Signed"),
    "resetdyn.results.tails": ("TailIndex",),
    "resetdyn.advice.bounds": ("Bounds",),
    "resetdyn.advice.diffusion_tests": ("Tested",),
    "resetdyn.advice.drift_fit": ("DriftFit",),
    "resetdyn.advice.local": ("Local",),
    "resetdyn.advice.luby": ("Luby",),
    "resetdyn.advice.odds": ("Odds",),
    "resetdyn.advice.tail": ("Tail",),
    "resetdyn.advice.option": ("Option",),
}  # fmt: skip


@cache
def kinds() -> dict[str, Any]:
    """Return the classes by their names."""
    return {
        name: getattr(import_module(module), name)
        for group in (RESULTS, _PARTS)
        for module, names in group.items()
        for name in names
    }


def is_known(value: Any) -> bool:
    """Return whether a value is of one of these classes."""
    return kinds().get(type(value).__name__) is type(value)


def names_of(kind: Any) -> tuple[str, ...]:
    """Return the names of a dataclass's or named tuple's fields."""
    return kind._fields if hasattr(kind, "_fields") else tuple(f.name for f in fields(kind))
