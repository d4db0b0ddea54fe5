"""Resets at a rate that depends on the position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from resetdyn import _checks, fields
from resetdyn.expressions import parse
from resetdyn.resets.base import BaseReset


@dataclass(frozen=True, eq=False, repr=False)
class RateField(BaseReset):
    """Reset at a rate that depends on the position: informed, or adaptive, resetting.

    Parameters
    ----------
    rate : str, float or sympy.Expr
        Resets per unit time as a formula in `variable`, at least 0 everywhere; it may jump, as
        ``2*Heaviside(-x)`` does. Text is parsed, never run as code.
    variable : str, optional
        Name of the coordinate.
    parameters : mapping of str to float, optional
        Values of all other symbols.
    to : float, frozen scipy.stats distribution or BestSoFar, optional
        Where a reset sends the state; by default the start. The latter two are for
        :func:`~resetdyn.simulate`.
    refractory : float or frozen scipy.stats distribution, optional
        Pause after each reset (not before the first start).
    return_speed : float, optional
        Speed at which the state travels back to `to`; by default it jumps.

    Raises
    ------
    ValueError
        If the formula does not parse or has unknown symbols.

    Examples
    --------
    >>> import resetdyn as rd
    >>> reset = rd.RateField("2*Heaviside(-x)")
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), start=0.0, target=rd.Level(1.0), reset=reset)
    >>> round(rd.solve(problem).mean, 9)  # 1/2 + 1 / sqrt(2)
    1.207106781
    """

    rate: Any
    variable: str = "x"
    parameters: Mapping[str, float] = field(default_factory=dict)
    _: KW_ONLY
    to: Any = None
    refractory: Any = 0.0
    return_speed: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.variable, str) or not self.variable.isidentifier():
            raise ValueError(f"variable={self.variable!r} is not a name; give letters, such as 'x'")
        parameters = {name: _checks.finite(name, value) for name, value in self.parameters.items()}
        self._set(
            rate=parse("rate", self.rate, (self.variable,), parameters),
            parameters=MappingProxyType(parameters),
        )
        self._check_shared()

    def __reduce__(self) -> tuple[Any, ...]:
        costs = self.to, self.refractory, self.return_speed
        return _again, (self.rate, self.variable, dict(self.parameters), *costs)

    @cached_property
    def field(self) -> fields.Field:
        """The rate as a function of the position, with its kinks."""
        import sympy as sp

        values = {sp.Symbol(n, real=True): sp.Float(v) for n, v in self.parameters.items()}
        return fields.compiled("rate", self.rate.xreplace(values), sp.Symbol(self.variable, real=True))


def _again(rate: Any, variable: str, parameters: Any, to: Any, refractory: Any, speed: Any) -> RateField:
    return RateField(rate, variable, parameters, to=to, refractory=refractory, return_speed=speed)
