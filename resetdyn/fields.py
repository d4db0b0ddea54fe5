"""A scalar function of the position on the line: compiled from a formula, and where it is not smooth."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray

Function = Callable[[Any], FloatArray]
_EXACT = 2**53  # whole numbers beyond it are no floats, and NumPy knows none beyond 2^63


class Field(NamedTuple):
    """A function on the line, and its derivative.

    Attributes
    ----------
    value, slope : callable
        The function and its derivative at an array of positions.
    kinks : tuple of float
        Where one of the two jumps, increasing.
    singularities : tuple of float
        Where it is not finite, increasing.
    """

    value: Function
    slope: Function
    kinks: tuple[float, ...]
    singularities: tuple[float, ...]

    def domain(self, x: float) -> tuple[float, float]:
        """Return the widest open interval around `x` without a singularity."""
        below = max((s for s in self.singularities if s <= x), default=-inf)
        above = min((s for s in self.singularities if s >= x), default=inf)
        return below, above


@lru_cache(maxsize=256)
def compiled(name: str, expression: Any, symbol: Any) -> Field:
    """Return the field of a SymPy expression in one symbol; `name` is what it is called in messages.

    Raises
    ------
    ValueError
        If its kinks or singularities cannot be found.
    """
    import sympy as sp

    slope = _without_deltas(sp.diff(expression, symbol))
    return Field(
        value=_function(name, expression, symbol),
        slope=_function(name, slope, symbol),
        kinks=_points(name, expression, symbol, _switches(expression)),
        singularities=_singularities(name, expression, symbol),
    )


def _without_deltas(slope: Any) -> Any:
    """Return the derivative away from the kinks: those are known, and the deltas there do not count."""
    import sympy as sp

    return slope.replace(sp.DiracDelta, lambda *arguments: sp.Integer(0)).doit()


def _function(name: str, expression: Any, symbol: Any) -> Function:
    import sympy as sp

    floats = {n: sp.Float(n) for n in expression.atoms(sp.Integer) if abs(n) > _EXACT}
    raw = sp.lambdify(symbol, expression.xreplace(floats), ["scipy", "numpy"])

    def function(x: Any) -> FloatArray:
        x = np.asarray(x, dtype=float)
        with np.errstate(all="ignore"):
            value = np.asarray(raw(x))
        if value.dtype.kind == "c":
            raise ValueError(f"{name}={expression}: this is not a real number; give a real formula")
        value = value.astype(float, copy=False)
        return np.broadcast_to(value, x.shape) if value.shape != x.shape else value

    return function


def _switches(expression: Any) -> set[Any]:
    """Return the expressions at whose zeros the function may have a kink."""
    import sympy as sp

    found: set[Any] = set()
    for part in sp.preorder_traversal(expression):
        if isinstance(part, sp.Abs | sp.sign | sp.Heaviside):
            found.add(part.args[0])
        elif isinstance(part, sp.Min | sp.Max):
            first, *others = part.args
            found.update(first - other for other in others)
        elif isinstance(part, sp.core.relational.Relational):
            found.add(part.lhs - part.rhs)
    return found


def _singularities(name: str, expression: Any, symbol: Any) -> tuple[float, ...]:
    import sympy as sp

    zeros = set()
    for part in sp.preorder_traversal(expression):
        if isinstance(part, sp.log):
            zeros.add(part.args[0])
        elif isinstance(part, sp.Pow) and part.exp.is_number and _breaks(part):
            zeros.add(part.base)
        elif isinstance(part, sp.tan):
            zeros.add(sp.cos(part.args[0]))
        elif isinstance(part, sp.acosh | sp.asin | sp.acos | sp.atanh):
            zeros.add(part.args[0] ** 2 - 1)
    return _points(name, expression, symbol, zeros)


def _breaks(power: Any) -> bool:
    """Return whether a power is infinite, or ceases to be real, where its base vanishes."""
    return bool(power.exp < 0) or not (power.exp.is_integer or power.base.is_nonnegative)


def _points(name: str, expression: Any, symbol: Any, zeros: set[Any]) -> tuple[float, ...]:
    """Return the real zeros of these expressions."""
    import sympy as sp

    found: set[float] = set()
    for zero in zeros:
        if symbol not in zero.free_symbols:
            continue
        try:
            solutions = sp.solveset(zero, symbol, sp.S.Reals)
        except NotImplementedError:
            solutions = None
        if not isinstance(solutions, sp.FiniteSet) and solutions is not sp.S.EmptySet:
            raise ValueError(
                f"{name}={expression}: cannot tell where {zero} vanishes; give a formula whose kinks and "
                "singularities are finitely many"
            )
        found.update(float(solution) for solution in solutions)
    return tuple(sorted(found))
