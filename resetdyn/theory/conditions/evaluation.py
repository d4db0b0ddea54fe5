"""Statements and formulas at given numbers: in floats, or in as many digits as it takes.

Exact moments cancel (those of a drifted interval lose five times the digits of the drift) and exponentials
overflow.  The slower way keeps doubling the digits until the first ones are at rest.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import sympy as sp
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

# Two sides of an equation count as equal when they agree to this, well above the rounding of floats.
_EQUAL = 1e-12
# The digits that an exact value starts from and may grow to, and the change that counts as none.
_FEWEST_DIGITS, _MOST_DIGITS, _AT_REST = 30, 2000, 1e-18
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def truth(statement: Any, numbers: Mapping[str, float], exact: bool) -> bool:
    """Return whether a statement is true at these numbers."""
    if isinstance(statement, sp.And):
        return all(truth(part, numbers, exact) for part in statement.args)
    left, right = (evaluate(side, numbers, exact) for side in statement.args)
    if isinstance(statement, sp.Eq):
        return bool(abs(left - right) <= _EQUAL * max(abs(left), abs(right)))
    return bool(_COMPARE[statement.rel_op](left, right))


def evaluate(expression: Any, numbers: Mapping[str, float], exact: bool) -> Any:
    """Return the value, a float or, if exact, a SymPy number, whose range is unlimited."""
    if exact:
        return _settled(_plain(expression), numbers)
    names, function = _compiled(expression)
    return float(function(*(numbers[name] for name in names)))


@cache
def _compiled(expression: Any) -> tuple[tuple[str, ...], Callable[..., Any]]:
    symbols = sorted(expression.free_symbols, key=str)
    return tuple(symbol.name for symbol in symbols), sp.lambdify(symbols, expression, ["math", "mpmath"])


def _settled(expression: Any, numbers: Mapping[str, float]) -> Any:
    """Return a value in as many digits as leave the first ones at rest when they are doubled."""
    digits, before = _FEWEST_DIGITS, None
    while True:
        at = {symbol: sp.Float(numbers[symbol.name], digits) for symbol in expression.free_symbols}
        value = sp.N(expression.xreplace(at), digits)
        if digits > _MOST_DIGITS or (before is not None and abs(value - before) <= _AT_REST * abs(value)):
            return value
        digits, before = 2 * digits, value


@cache
def _plain(expression: Any) -> Any:
    """Return an expression without hyperbolic functions, which SymPy takes of a number in 15 digits only."""
    return sp.sympify(expression).replace(
        lambda part: isinstance(part, HyperbolicFunction), lambda part: part.rewrite(sp.exp)
    )
