"""Problems as text that is the same in every process, down to what a user's function does.

It tells whether two sweeps are the same one.  Addresses in memory are left out; functions are told apart by
their code and constants (not by what they call).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from types import CodeType
from typing import Any

import numpy as np

_FORMAT = "1"  # of the files of a sweep
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")


def described(value: Any) -> str:
    """Return a text that stands for a problem or model, or a part of one."""
    if isinstance(value, np.ndarray):
        digest = sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return f"array{value.shape}{value.dtype}:{digest}"
    if is_dataclass(value) and not isinstance(value, type):
        parts = (f"{f.name}={described(getattr(value, f.name))}" for f in fields(value))
        return f"{type(value).__name__}({', '.join(parts)})"
    if isinstance(value, Mapping):
        return str({str(key): described(entry) for key, entry in value.items()})
    code = getattr(getattr(value, "py_func", value), "__code__", None)
    if isinstance(code, CodeType):
        return _code(code)
    if hasattr(value, "dist") and hasattr(value, "kwds"):  # a frozen distribution of SciPy
        return f"{value.dist.name}{[*map(described, value.args)]}{described(value.kwds)}"
    return _ADDRESS.sub("", repr(value))


def digest(values: Any) -> str:
    """Return a short text that stands for many problems."""
    whole = sha256()
    for value in values:
        whole.update(described(value).encode())
    return whole.hexdigest()


def sweep_text(xs: Any, ys: Any, names: Any, quantity: Any, problems: Any, how: str) -> dict[str, str]:
    """Return what makes a sweep what it is."""
    return {
        "format": _FORMAT, "versions": versions(), "method": how,
        "x": f"{names[0]} {xs.tolist()}", "y": f"{names[1]} {ys.tolist()}", "quantity": str(quantity),
        "build": digest(problem for row in problems for problem in row),
    }  # fmt: skip


def versions() -> str:
    """Return the versions of what decides on the bits."""
    from importlib.metadata import version

    from resetdyn._version import __version__

    others = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "numba"))
    return f"resetdyn {__version__}, {others}, Python {sys.version_info[0]}.{sys.version_info[1]}"


def _code(code: CodeType) -> str:
    constants = [_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return f"{code.co_name}:{sha256(code.co_code).hexdigest()}:{constants}:{code.co_names}"
