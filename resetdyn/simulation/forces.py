"""Forces in space as compiled functions: ``force(x, out)`` fills in the force at the vector `x`.

That of a potential is derived by SymPy; a user's own is called as it is.  Loops call either through its
address, so that they need not be compiled again for each, which costs some 30 ns a call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from inspect import signature
from typing import Any

import numpy as np
from numba import cfunc, njit, types
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError

from resetdyn._checks import FloatArray
from resetdyn.processes import ForceField, Langevin
from resetdyn.simulation.formulas import plain_python

_VECTOR = types.float64[::1]
_SIGNATURE = types.void(_VECTOR, _VECTOR)
# Step of the finite differences for the stiffness, relative to the size of a component.
_DIFFERENCE = 1e-6


def compiled_force(process: Langevin | ForceField) -> Any:
    """Return the force of a process, of vectors in any dimension.

    Raises
    ------
    ValueError
        If numba cannot compile it, or a user's force returns anything but one number for each component.
    """
    if isinstance(process, Langevin):
        return _of_potential(process)
    return _of_user(process.force, process.dim)


@lru_cache(maxsize=256)
def _of_potential(process: Langevin) -> Any:
    import sympy as sp

    symbols = process.symbols
    slopes = tuple(plain_python(-sp.diff(process.expression, symbol)) for symbol in symbols)
    formula = njit(sp.lambdify(symbols, slopes, "math", cse=True), error_model="numpy")
    inside, outside = (", ".join(f"{name}[{i}]" for i in range(len(symbols))) for name in ("x", "out"))
    names: dict[str, Any] = {"formula": formula}
    exec(f"def force(x, out):\n    {outside}{',' if len(symbols) == 1 else ''} = formula({inside})\n", names)
    return compiled(process.potential, _SIGNATURE, names["force"])


@lru_cache(maxsize=256)
def _of_user(function: Any, dim: int) -> Any:
    force = checked(function, dim)

    def in_space(x, out):  # type: ignore[no-untyped-def]
        out[:] = force(x)

    def on_the_line(x, out):  # type: ignore[no-untyped-def]
        out[0] = force(x[0])

    return compiled(function, _SIGNATURE, in_space if dim > 1 else on_the_line)


def checked(function: Any, dim: int) -> Any:
    """Return a user's force compiled by numba, seen to give one number for each component."""
    force = jitted(function)
    needed = [p.name for p in signature(force.py_func).parameters.values() if p.default is p.empty]
    if len(needed) > 1:
        raise TypeError(
            f"force={function!r} needs {', '.join(needed)}: give a function of the state alone; a force that "
            "changes in time is not supported, as resets would not begin anew (SGD knows schedules: "
            "rd.LinearSGD(..., schedule=...))"
        )
    try:
        with compiling(function):
            shape = np.shape(force(np.ones(dim) if dim > 1 else 1.0))
    except ArithmeticError:  # it has no value just there
        return force
    if shape != ((dim,) if dim > 1 else ()):
        raise ValueError(
            f"force={function!r} returns an array of shape {shape}: give one number for each of the {dim} "
            "components"
        )
    return force


def jitted(function: Any) -> Any:
    """Return a user's function compiled by numba."""
    return function if isinstance(function, Dispatcher) else njit(function, error_model="numpy")


def compiled(given: Any, kind: Any, source: Any) -> Any:
    """Return a function with an address; `given` is what the user calls it."""
    with compiling(given):
        return cfunc(kind, error_model="numpy")(source)


@contextmanager
def compiling(given: Any) -> Iterator[None]:
    """Say what to do about a user's force that does not compile."""
    try:
        yield
    except NumbaError as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"force={given!r}: does not compile under numba ({reason}); write it with arithmetic, loops and "
            "NumPy functions"
        ) from None


def stiffness_at(force: Any, x: FloatArray) -> float:
    """Return the largest rate at which the force relaxes at `x`: the spectral radius of its Jacobian."""
    dim = len(x)
    jacobian = np.empty((dim, dim))
    above, below = np.empty(dim), np.empty(dim)
    for i in range(dim):
        width = _DIFFERENCE * max(abs(x[i]), 1.0)
        for sign, out in ((1, above), (-1, below)):
            place = x.copy()
            place[i] += sign * width
            _call(force, place, out)
        jacobian[:, i] = (above - below) / (2 * width)
    if not np.all(np.isfinite(jacobian)):
        raise ValueError(f"force: not a finite number near {x}; give a function that is, where paths go")
    return float(np.max(np.abs(np.linalg.eigvals(jacobian))))


@njit(cache=True)
def _call(force, x, out):  # type: ignore[no-untyped-def]
    force(x, out)
