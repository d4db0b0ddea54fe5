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

from resetdyn.theory.conditions.catalogue import CATALOGUE

if TYPE_CHECKING:
    from resetdyn.theory.conditions.condition import Condition


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
        if name not in CATALOGUE:
            raise KeyError(f"no condition {name!r}: give one of {', '.join(CATALOGUE)}")
        if name not in self._derived:
            self._derived[name] = getattr(import_module(f"{__name__}.{CATALOGUE[name].module}"), name)()
        return self._derived[name]

    def __getattr__(self, name: str) -> Condition:
        if name not in CATALOGUE:
            raise AttributeError(f"no condition {name!r}: give one of {', '.join(CATALOGUE)}")
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(CATALOGUE)

    def __len__(self) -> int:
        return len(CATALOGUE)

    def __contains__(self, name: object) -> bool:
        return name in CATALOGUE

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *CATALOGUE]

    def __repr__(self) -> str:
        return f"Conditions({', '.join(CATALOGUE)})"


conditions = Conditions()
