"""Exact answers, no sampling."""

from resetdyn.theory.bounds import reset_bounds
from resetdyn.theory.expansion import landau
from resetdyn.theory.filters import ridge_penalty, spectral_filter
from resetdyn.theory.from_survival import renewal_survival
from resetdyn.theory.from_transform import renewal_laplace
from resetdyn.theory.helps import reset_helps
from resetdyn.theory.optimum import optimal_reset
from resetdyn.theory.sgd_risk import sgd_risk
from resetdyn.theory.sgd_stability import stability_limit
from resetdyn.theory.solver import solve
from resetdyn.theory.transitions import transition, tricritical_point

__all__ = [
    "landau",
    "optimal_reset",
    "renewal_laplace",
    "renewal_survival",
    "reset_bounds",
    "reset_helps",
    "ridge_penalty",
    "sgd_risk",
    "solve",
    "spectral_filter",
    "stability_limit",
    "transition",
    "tricritical_point",
]
