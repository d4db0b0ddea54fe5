"""Formulas given as text: read into SymPy without ever being run as code.

SymPy's own parsers evaluate the text as Python.  Here it is parsed into a syntax tree, of which only
arithmetic, comparisons and the functions listed in :data:`FUNCTIONS` are translated; anything else is
refused.  Whole-number powers that would take for ever to work out are refused as well.
"""

from __future__ import annotations

import ast
import keyword
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from resetdyn import _checks

# Functions that a formula may use, by SymPy's names (and NumPy's where they differ).
FUNCTIONS = (
    "exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
    "acosh", "atanh", "Abs", "sign", "Min", "Max", "Heaviside", "erf", "erfc", "Piecewise",
)  # fmt: skip
_ALIASES = {"abs": "Abs", "ln": "log", "min": "Min", "max": "Max", "heaviside": "Heaviside"}
_CONSTANTS = {"pi": "pi", "E": "E", "e": "E"}
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_COMPARISONS = {ast.Lt: "Lt", ast.LtE: "Le", ast.Gt: "Gt", ast.GtE: "Ge"}
_LONGEST = 2000  # characters
_LARGEST_POWER = 64  # of a number, so that 9**9**9 is not worked out
_LARGEST_NUMBER = 1e308  # the largest that a float holds, nearly
_DEEPEST = 30  # levels: the time that SymPy takes grows faster than the square of the depth


def parse(
    name: str, formula: Any, variables: tuple[str, ...], parameters: Mapping[str, float] | None = None
) -> Any:
    """Return a formula as a SymPy expression of real symbols.

    Parameters
    ----------
    name : str
        What the formula is called in messages.
    formula : str, number or sympy.Expr
        The formula.
    variables : tuple of str
        Names of its variables.
    parameters : mapping of str to float, optional
        Names of its parameters; they stay symbols.

    Raises
    ------
    ValueError
        If it does not parse, or uses a name that is neither variable, parameter nor function.
    TypeError
        If it is neither text, a number nor an expression.

    Examples
    --------
    >>> from resetdyn.expressions import parse
    >>> parse("potential", "x**4/4 - a*x**2/2", ("x",), {"a": 1.0})
    -a*x**2/2 + x**4/4
    """
    import sympy as sp

    names = (*variables, *(parameters or {}))
    for word in filter(keyword.iskeyword, names):
        raise ValueError(f"{name}={formula}: {word!r} is a word of Python's own; call it {word + '_'!r}, say")
    symbols = _symbols(names)
    if isinstance(formula, str):
        expression = _read(name, formula, names)
    elif isinstance(formula, sp.Expr):
        known = {s: symbols[s.name] for s in formula.free_symbols if s.name in symbols}
        expression = formula.xreplace(known)
    else:
        expression = sp.Float(_checks.finite(name, formula))
    unknown = sorted(s.name for s in expression.free_symbols if s not in set(symbols.values()))
    if unknown:
        raise ValueError(
            f"{name}={formula}: {', '.join(unknown)} unknown; its variables are {', '.join(variables)}, give "
            f"a value to anything else (parameters={{{unknown[0]!r}: ...}})"
            + ("; a formula that changes in time is not supported" if "t" in unknown else "")
        )
    if expression.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
        raise ValueError(f"{name}={formula}: this is not a real number anywhere; give a real formula")
    return expression


def _symbols(names: tuple[str, ...]) -> dict[str, Any]:
    import sympy as sp

    return {name: sp.Symbol(name, real=True) for name in names}


@lru_cache(maxsize=256)  # a phase diagram builds the same potential for every one of its columns
def _read(name: str, formula: str, names: tuple[str, ...]) -> Any:
    return _Reader(name, formula, _symbols(names)).read()


class _Refused(ValueError):
    """A formula that is refused, with the reason."""


class _Reader:
    """Translates one formula."""

    def __init__(self, name: str, formula: str, symbols: Mapping[str, Any]) -> None:
        self.name, self.formula, self.symbols = name, formula, symbols
        self.depth = 0

    def read(self) -> Any:
        if len(self.formula) > _LONGEST:
            raise ValueError(f"{self.name} is longer than {_LONGEST} characters: give a sympy expression")
        try:
            return self.tree()
        except _Refused as reason:
            raise ValueError(*reason.args) from None

    def tree(self) -> Any:
        try:
            tree = ast.parse(self.formula.strip(), mode="eval")
            return self.number(tree.body)
        except _Refused:
            raise
        except (SyntaxError, RecursionError, MemoryError):  # the latter two: brackets within brackets
            raise self.refused("it does not parse") from None
        except (ValueError, TypeError, ArithmeticError, NotImplementedError, AttributeError):  # by SymPy
            raise self.refused("it makes no sense") from None

    def refused(self, why: str) -> ValueError:
        shown = self.formula if len(self.formula) < 80 else self.formula[:77] + "..."
        such = "2*Heaviside(-x)" if self.name == "rate" else "x**4/4 - x**2/2"
        return _Refused(f"{self.name}={shown!r}: {why}; write a formula such as {such!r}")

    def walk(self, node: ast.AST) -> Any:
        import sympy as sp

        match node:
            case ast.Constant(value=bool()):
                return sp.true if node.value else sp.false
            case ast.Constant(value=int() | float() as value):
                return sp.sympify(value)
            case ast.Name(id=word):
                return self.named(word)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self.number(inner)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self.number(inner)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self.power(self.number(left, 0), self.number(right))
            case ast.BinOp(op=ast.BitXor()):
                raise self.refused("^ is not a power here, write **")
            case ast.BinOp(op=op) if type(op) in _OPERATORS:
                return self.chain(node)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                return getattr(sp, _COMPARISONS[type(op)])(self.number(left), self.number(right))
            case ast.Call(func=ast.Name(id=word), args=arguments, keywords=[]):
                return self.call(_ALIASES.get(word, word), arguments)
        raise self.refused(f"{ast.unparse(node)[:40]} is not arithmetic")

    def number(self, node: ast.AST, deeper: int = 1) -> Any:
        self.depth += deeper
        if self.depth > _DEEPEST:
            raise self.refused(f"it is more than {_DEEPEST} deep")
        value = self.walk(node)
        self.depth -= deeper
        return self.checked(node, value)

    def chain(self, node: ast.AST) -> Any:
        """Go along ``a + b - c ...`` from the left: hundreds of terms are no hundreds of levels."""
        terms = []
        while isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            terms.append(node)
            node = node.left
        value = self.number(node, 0)
        for term in reversed(terms):
            value = self.checked(term, _OPERATORS[type(term.op)](value, self.number(term.right)))
        return value

    def checked(self, node: ast.AST, value: Any) -> Any:
        """Return a value that is a number, or will be."""
        import sympy as sp

        if not isinstance(value, sp.Expr):
            raise self.refused(f"{ast.unparse(node)[:40]} is not a number")
        if value.is_number:
            self.check_size(node, value)
        return value

    def check_size(self, node: ast.AST, value: Any) -> None:
        """Refuse a number that no float holds, before it is used: sin(exp(1e10)) takes for ever."""
        size = value if value.is_Rational or value.is_Float else value.evalf(5)
        if size.is_real is False:
            raise self.refused(f"{ast.unparse(node)[:40]} is not a real number anywhere")
        if size.is_real and abs(size) > _LARGEST_NUMBER:
            raise self.refused(f"{ast.unparse(node)[:40]} is too large a number")

    def named(self, word: str) -> Any:
        import sympy as sp

        if word in self.symbols:
            return self.symbols[word]
        if word in _CONSTANTS:
            return getattr(sp, _CONSTANTS[word])
        return sp.Symbol(word, real=True)  # refused by `parse`, which knows what it may be called

    def power(self, base: Any, exponent: Any) -> Any:
        if base.is_number and exponent.is_number and abs(exponent) > _LARGEST_POWER:
            raise self.refused(f"the power {exponent} of a number is too large")
        return base**exponent

    def call(self, word: str, arguments: list[ast.expr]) -> Any:
        import sympy as sp

        if word not in FUNCTIONS:
            raise self.refused(f"{word} is not one of the functions {', '.join(FUNCTIONS)}")
        try:
            if word == "Piecewise":
                return sp.Piecewise(*(self.pair(argument) for argument in arguments))
            return getattr(sp, word)(*(self.number(argument) for argument in arguments))
        except TypeError:
            raise self.refused(f"{word} does not take these arguments") from None

    def pair(self, node: ast.AST) -> tuple[Any, Any]:
        import sympy as sp

        if not isinstance(node, ast.Tuple) or len(node.elts) != 2:
            raise self.refused("Piecewise takes pairs (value, condition)")
        value, condition = self.number(node.elts[0]), self.walk(node.elts[1])
        if isinstance(condition, sp.Expr):
            raise self.refused(f"{ast.unparse(node.elts[1])[:40]} is not a condition")
        return value, condition
