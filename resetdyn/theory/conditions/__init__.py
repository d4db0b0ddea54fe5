"""The conditions under which resetting helps, each derived by SymPy in code to be read.

`conditions` is a read-only mapping of names to :class:`~resetdyn.theory.conditions.condition.Condition`, with
attribute access too.  A derivation runs when its condition is first asked for.

Examples
--------
>>> import resetdyn as rd
>>> rd.conditions.peclet.statement
Pe < 1
>>> rd.conditions["peclet"].holds(Pe=0.5)
True
>>> print(rd.conditions.ornstein_uhlenbeck_center.source)
Ahmad, Nayak, Bansal, Nandi, Das, PRE 99, 022130 (2019); the number computed here
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resetdyn.theory.conditions.condition import Condition

# The module that derives each condition, in a function of the condition's own name.
_MODULES = {
    "small_rate": "small_rate",
    "cv": "small_rate",
    "transition_order": "small_rate",
    "peclet": "drift_diffusion",
    "drift_away": "drift_diffusion",
    "z_star": "drift_diffusion",
    "ornstein_uhlenbeck_center": "ornstein_uhlenbeck",
    "steady_risk_slope": "steady_risk",
    "steady_risk_any": "steady_risk",
    "steady_risk_optimum": "steady_risk",
    "steady_risk_stay": "steady_risk",
    "early_stopping_checkpoint": "early_stopping",
    "steady_risk_slope_matrix": "steady_risk_matrix",
    "drift_reversal": "drift_reversal",
    "drift_reversal_collinear": "drift_reversal",
    "label_noise_peclet": "label_noise",
    "label_noise_center": "label_noise",
    "label_noise_steady_risk_slope": "label_noise",
    "label_noise_steady_risk": "label_noise",
    "label_noise_steady_risk_optimum": "label_noise",
    "gain_grows_with_batch_size": "gain",
    "gain_grows_with_noise_rate": "gain",
    "risk_reduction_grows_with_batch_size": "gain",
    "risk_reduction_grows_with_noise_rate": "gain",
    "search_gain_grows_with_batch_size": "search_gain",
    "search_gain_grows_with_noise_rate": "search_gain",
    "ridge_continuous": "ridge",
    "ridge_discrete": "ridge",
}


class Conditions(Mapping[str, "Condition"]):
    """All conditions by name, each derived once, when it is first asked for.

    Examples
    --------
    >>> import resetdyn as rd
    >>> list(rd.conditions)[:3]
    ['small_rate', 'cv', 'transition_order']
    >>> rd.conditions.cv.holds(T=1.0, T2=2.5)
    True
    """

    def __init__(self) -> None:
        self._derived: dict[str, Condition] = {}

    def __getitem__(self, name: str) -> Condition:
        if name not in _MODULES:
            raise KeyError(f"no condition {name!r}: give one of {', '.join(_MODULES)}")
        if name not in self._derived:
            self._derived[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)()
        return self._derived[name]

    def __getattr__(self, name: str) -> Condition:
        if name not in _MODULES:
            raise AttributeError(f"no condition {name!r}: give one of {', '.join(_MODULES)}")
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)

    def __contains__(self, name: object) -> bool:
        return name in _MODULES

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *_MODULES]

    def __repr__(self) -> str:
        return f"Conditions({', '.join(_MODULES)})"


conditions = Conditions()
