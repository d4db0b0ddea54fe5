"""Exact answers, no sampling."""

from resetdyn.theory.renewal_survival import renewal_survival
from resetdyn.theory.solver import solve

__all__ = ["renewal_survival", "solve"]
