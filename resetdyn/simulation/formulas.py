"""A user's formulas, compiled for the loops.

SymPy writes the formula as plain Python and numba makes a C function of it, once per formula and process, in
some tenths of a second.  Loops call it through its address, so that they need not be compiled again for each
formula; that costs 5 ns a call, too much for forces on the line, see :mod:`resetdyn.simulation.force_paths`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from numba import cfunc, types
from numba.core.errors import NumbaError


@lru_cache(maxsize=256)
def compiled_formula(name: str, expression: Any, symbols: tuple[Any, ...]) -> Any:
    """Return a function, compiled, of as many numbers as there are symbols.

    Raises
    ------
    ValueError
        If numba does not know a function in it; `name` is what the formula is called in the message.
    """
    number = types.float64
    source = python_function(expression, symbols)
    with compiling(name, expression):
        return cfunc(number(*[number] * len(symbols)), error_model="numpy")(source)


@contextmanager
def compiling(name: str, expression: Any) -> Iterator[None]:
    """Say what to do about a formula that does not compile; `name` is what it is called."""
    try:
        yield
    except NumbaError as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"{name}={expression}: does not compile ({reason}); write it with elementary functions, or use "
            "rd.solve(problem)"
        ) from None


def python_function(expression: Any, symbols: tuple[Any, ...]) -> Any:
    """Return a formula as a function in plain Python; a tuple of them shares what they have in common."""
    import sympy as sp

    several = isinstance(expression, tuple)
    plain = tuple(map(plain_python, expression)) if several else plain_python(expression)
    return sp.lambdify(symbols, plain, "math", cse=True)


def plain_python(expression: Any) -> Any:
    """Return a formula with its jumps in a form that plain Python has.

    The delta functions of a derivative at a kink do not count.
    """
    import sympy as sp

    plain = expression.replace(sp.DiracDelta, lambda *arguments: sp.Integer(0)).doit()
    plain = plain.rewrite(sp.Piecewise) if plain.has(sp.Heaviside, sp.sign) else plain
    return sp.Float(1) * plain
