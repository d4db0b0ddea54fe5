"""Overdamped motion in any potential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from math import inf
from types import MappingProxyType
from typing import Any

from resetdyn import _checks, fields
from resetdyn._noun import Noun
from resetdyn.expressions import parse


@dataclass(frozen=True, eq=False, repr=False)
class Langevin(Noun):
    """Overdamped motion in a potential, ``dX = -potential'(X) dt + sqrt(2 diffusion) dW``.

    Parameters
    ----------
    potential : str, float or sympy.Expr
        Potential `U` (length^2 / time), a formula in the variables and parameters. Text is parsed, never run
        as code. It may have kinks (``Abs(x)``) and be singular at the ends of its domain (``log(x)``).
    diffusion : float
        Diffusion coefficient `D` (length^2 / time), positive.
    variables : tuple of str, optional
        Names of the coordinates; one for each dimension.
    parameters : mapping of str to float, optional
        Values of all other symbols of the formula.
    reflecting : (float or None, float or None), optional
        Walls on the low and on the high side at which the motion is reflected (one dimension); by default it
        goes as far as the potential lets it. Absorbing ends are targets.

    Raises
    ------
    ValueError
        If the potential does not parse, has unknown symbols, or if a parameter is out of range.

    Examples
    --------
    >>> import resetdyn as rd
    >>> well = rd.Langevin("x**4/4 - a*x**2/2", diffusion=0.1, parameters={"a": 1.0})
    >>> float(well.force(2.0))
    -6.0
    >>> round(rd.solve(rd.FirstPassage(well, start=-1.0, target=rd.Level(0.0))).mean, 4)
    30.8213
    """

    potential: Any
    diffusion: float
    variables: tuple[str, ...] = ("x",)
    parameters: Mapping[str, float] = field(default_factory=dict)
    _: KW_ONLY
    reflecting: tuple[float | None, float | None] = (None, None)

    def __post_init__(self) -> None:
        variables = (self.variables,) if isinstance(self.variables, str) else tuple(self.variables)
        if not isinstance(self.parameters, Mapping):
            raise TypeError(f"parameters={self.parameters!r}: give a dict of names and values")
        for name in (*variables, *self.parameters):
            if not isinstance(name, str) or not name.isidentifier():
                raise ValueError(f"variables={variables!r}, parameters={dict(self.parameters)!r}: {name!r} "
                                 "is not a name; give letters, such as 'x'")  # fmt: skip
        clash = set(variables) & set(self.parameters)
        if not variables or clash or len(set(variables)) < len(variables):
            raise ValueError(
                f"variables={variables!r}, parameters={dict(self.parameters)!r}: give each coordinate and "
                "each parameter a name of its own"
            )
        parameters = {name: _checks.finite(name, value) for name, value in self.parameters.items()}
        self._set(
            potential=parse("potential", self.potential, variables, parameters),
            diffusion=_checks.positive("diffusion", self.diffusion),
            variables=variables,
            parameters=MappingProxyType(parameters),
        )
        self._set(reflecting=self._walls())

    def __repr__(self) -> str:
        more = [f"parameters={dict(self.parameters)}"] if self.parameters else []
        more += [f"variables={self.variables}"] if self.variables != ("x",) else []
        more += [f"reflecting={self.reflecting}"] if self.reflecting != (None, None) else []
        return f"Langevin({', '.join([repr(str(self.potential)), f'diffusion={self.diffusion}', *more])})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (
            self.potential,
            self.diffusion,
            self.variables,
            dict(self.parameters),
            self.reflecting,
        )

    @property
    def dim(self) -> int:
        """Dimension of the state."""
        return len(self.variables)

    @property
    def symbols(self) -> tuple[Any, ...]:
        """SymPy symbols of the coordinates."""
        import sympy as sp

        return tuple(sp.Symbol(name, real=True) for name in self.variables)

    @cached_property
    def expression(self) -> Any:
        """The potential as a SymPy expression, with the parameters put in."""
        import sympy as sp

        return self.potential.xreplace(
            {sp.Symbol(n, real=True): sp.Float(v) for n, v in self.parameters.items()}
        )

    @cached_property
    def landscape(self) -> fields.Field:
        """The potential, its slope, kinks and singularities (one dimension)."""
        if self.dim != 1:
            raise ValueError(f"variables={self.variables}: only a potential of one variable has a landscape")
        return fields.compiled("potential", self.expression, self.symbols[0])

    def energy(self, x: Any) -> Any:
        """Return the potential at positions `x`, numbers or arrays, in the same shape (one dimension)."""
        return self.landscape.value(x)

    def force(self, x: Any) -> Any:
        """Return minus the slope of the potential at positions `x`, in the same shape (one dimension)."""
        return -self.landscape.slope(x)

    def domain(self, x: float) -> tuple[float, float]:
        """Return where the motion from `x` can go: to the nearest walls or singularities (one dimension)."""
        below, above = self.landscape.domain(x)
        low, high = self.reflecting
        return max(below, -inf if low is None else low), min(above, inf if high is None else high)

    def _walls(self) -> tuple[float | None, float | None]:
        low, high = (None if wall is None else _checks.finite("reflecting", wall) for wall in self.reflecting)
        if (low is not None or high is not None) and self.dim > 1:
            raise ValueError(f"reflecting={self.reflecting}: walls are for one dimension; leave them out")
        if low is not None and high is not None and not low < high:
            raise ValueError(f"reflecting={self.reflecting}: give the lower wall first")
        return low, high


def _again(potential: Any, diffusion: float, variables: Any, parameters: Any, reflecting: Any) -> Langevin:
    return Langevin(potential, diffusion, variables, parameters, reflecting=reflecting)
