"""Exact answers, no sampling."""

from resetdyn.theory.from_survival import renewal_survival
from resetdyn.theory.from_transform import renewal_laplace
from resetdyn.theory.optimum import optimal_reset, reset_helps
from resetdyn.theory.solver import solve

__all__ = ["optimal_reset", "renewal_laplace", "renewal_survival", "reset_helps", "solve"]
