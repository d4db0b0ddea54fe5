"""Exact answers, no sampling: a chapter in six sections.

A search under resetting factors: :mod:`.theory.passages` knows each process alone, :mod:`.theory.resetting`
makes of it what any law of resets does, and :mod:`.theory.optima` asks which law is best.
:mod:`.theory.steady` has the steady states, :mod:`.theory.learning` the moments of SGD,
:mod:`.theory.conditions` the derivations in SymPy, and :mod:`.theory.numerics` what all of them need.
:mod:`.theory.solver` is the entry.
"""

from resetdyn.theory.learning.filters import ridge_penalty, spectral_filter
from resetdyn.theory.learning.stability import stability_limit
from resetdyn.theory.learning.training_risk import sgd_risk
from resetdyn.theory.optima.bounds import reset_bounds
from resetdyn.theory.optima.expansion import landau
from resetdyn.theory.optima.helps import reset_helps
from resetdyn.theory.optima.optimum import optimal_reset
from resetdyn.theory.optima.transitions import transition, tricritical_point
from resetdyn.theory.resetting.from_survival import renewal_survival
from resetdyn.theory.resetting.from_transform import renewal_laplace
from resetdyn.theory.solver import solve

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
