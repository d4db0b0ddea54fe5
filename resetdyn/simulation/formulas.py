"""A user's formulas, compiled for the loops.

SymPy writes the formula as plain Python and numba makes a C function of it, once per formula and process, in
some tenths of a second.  Loops call it through its address, so that they need not be compiled again for each
formula; that costs 5 ns a call.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from numba import cfunc, types
from numba.core.errors import NumbaError


@lru_cache(maxsize=256)
def compiled_formula(name: str, expression: Any, symbols: tuple[Any, ...]) -> Any:
    """Return a function, compiled, of as many numbers as there are symbols.

    That of a tuple of formulas returns a tuple, and shares what they have in common.

    Raises
    ------
    ValueError
        If numba does not know a function in it; `name` is what the formula is called in the message.
    """
    import sympy as sp

    several = isinstance(expression, tuple)
    plain = tuple(map(plain_python, expression)) if several else plain_python(expression)
    source = sp.lambdify(symbols, plain, "math", cse=True)
    result = types.UniTuple(types.float64, len(expression)) if several else types.float64
    try:
        return cfunc(result(*[types.float64] * len(symbols)), error_model="numpy")(source)
    except NumbaError as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"{name}={expression}: does not compile ({reason}); write it with elementary functions, or use "
            "rd.solve(problem)"
        ) from None


def plain_python(expression: Any) -> Any:
    """Return a formula with its jumps in a form that plain Python has.

    The delta functions of a derivative at a kink do not count.
    """
    import sympy as sp

    plain = expression.replace(sp.DiracDelta, lambda *arguments: sp.Integer(0)).doit()
    plain = plain.rewrite(sp.Piecewise) if plain.has(sp.Heaviside, sp.sign) else plain
    return sp.Float(1) * plain
