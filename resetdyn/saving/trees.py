"""Values as trees of plain numbers, texts and lists, with arrays beside them: what JSON and .npz can hold.

A class is written by its name and fields, and read back only if `kinds` knows it; formulas are written as
text and read by the parser that reads a user's, which runs nothing; laws by the names that SciPy gives them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from resetdyn._description import described
from resetdyn._noun import Noun
from resetdyn.saving.functions import Again, Forgotten
from resetdyn.saving.kinds import is_known, kinds, names_of

_GONE = "is not in the file that this was loaded from: build the problem again with it"
_PLAIN = (type(None), bool, int, float, str)

# What is asked of functions that cannot be found again, so that what a result shows survives.
_ASKED: dict[tuple[str, str], tuple[Any, ...]] = {
    ("FirstPassageResult", "moments"): (2,),
    ("Option", "_quantile"): (0.5, 0.95, 0.99),
    ("Option", "_quantile_interval"): (0.5, 0.95, 0.99),
    ("Advice", "_family"): ("gamma", "Weibull"),
    ("Advice", "_luby"): ((),),
}
_REMEDIES = {
    "Option": "other shares are not in the file; call rd.advise on the times again",
    "Advice": "what else the times say is not in the file; call rd.advise on them again",
}


class Writer:
    """Writes values as trees; `arrays` holds what they refer to."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []

    def tree(self, value: Any) -> Any:
        """Return the tree of a value."""
        if isinstance(value, np.generic):
            value = value.item()
        if type(value) in _PLAIN:
            return value
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufU":
            self.arrays.append(value)
            return {"array": len(self.arrays) - 1, "fixed": not value.flags.writeable}
        if is_known(value):
            return self.parts(value)
        if isinstance(value, list | tuple):
            return {"tuple" if isinstance(value, tuple) else "list": [self.tree(entry) for entry in value]}
        if isinstance(value, Mapping):
            pairs = [[self.tree(key), self.tree(entry)] for key, entry in value.items()]
            return {"mapping": pairs, "fixed": isinstance(value, MappingProxyType)}
        if isinstance(value, Forgotten):
            return {"gone": value.text, "answers": self.tree(value.answers)}
        for other in (_law, _formula):
            if (found := other(value, self)) is not None:
                return found
        return {"gone": f"{described(value).split(':')[0]} {_GONE}", "answers": self.tree({})}

    def parts(self, value: Any) -> Any:
        """Return the tree of a result, a noun or a record."""
        kind = type(value)
        functions = {name for name in names_of(kind) if _is_function(value, name)}
        fields = {name: self.tree(getattr(value, name)) for name in names_of(kind) if name not in functions}
        for name in functions:
            fields[name] = self.function(value, name)
        return {"is": kind.__name__, "fields": fields}

    def function(self, value: Any, name: str) -> Any:
        """Return the tree of a function of a result."""
        problem, function = getattr(value, "problem", None), getattr(value, name)
        if type(problem).__name__ in ("FirstPassage", "SteadyState"):
            return {"again": name, "route": value.method.split(":")[0]}
        if isinstance(function, Forgotten):
            return self.tree(function)
        kind = type(value).__name__
        answers = {
            asked: function(*(asked if isinstance(asked, tuple) else (asked,)))
            for asked in _ASKED.get((kind, name), ())
        }
        return {"gone": _REMEDIES.get(kind, f"{name} {_GONE}"), "answers": self.tree(answers)}


def value_of(tree: Any, arrays: Mapping[str, Any]) -> Any:
    """Return the value of a tree.

    Raises
    ------
    ValueError, TypeError, KeyError, IndexError, AttributeError
        If the tree is none of a result.
    """
    if type(tree) in _PLAIN:
        return tree
    match tree:
        case {"array": int(number), "fixed": bool(fixed)}:
            array = arrays[f"array_{number}"]
            array.flags.writeable = not fixed
            return array
        case {"list": list(entries)}:
            return [value_of(entry, arrays) for entry in entries]
        case {"tuple": list(entries)}:
            return tuple(value_of(entry, arrays) for entry in entries)
        case {"mapping": list(pairs), "fixed": bool(fixed)}:
            found = {value_of(key, arrays): value_of(entry, arrays) for key, entry in pairs}
            return MappingProxyType(found) if fixed else found
        case {"law": str(name), "args": args, "kwds": kwds}:
            return _distribution(name)(*value_of(args, arrays), **value_of(kwds, arrays))
        case {"formula": str(text), "names": list(names)}:
            return _read(text, tuple(names))
        case {"gone": str(text), "answers": answers}:
            return Forgotten(text, value_of(answers, arrays))
        case {"is": str(name), "fields": dict(fields)}:
            return _made(kinds()[name], fields, arrays)
    raise ValueError("this is no tree of a result")


def _made(kind: Any, trees: Mapping[str, Any], arrays: Mapping[str, Any]) -> Any:
    """Return a result, noun or record; a noun as its constructor accepts it, with the very bits it had."""
    if set(trees) != set(names_of(kind)):
        raise ValueError(f"these are not the fields of {kind.__name__}")
    again = {name: tree for name, tree in trees.items() if isinstance(tree, dict) and "again" in tree}
    values = {name: value_of(tree, arrays) for name, tree in trees.items() if name not in again}
    for name, tree in again.items():
        whole = _whole([values["problem"]])
        found = Again(values["problem"], str(tree["route"]), name)
        values[name] = found if whole else Forgotten(f"what its problem was made of {_GONE}")
    if not issubclass(kind, Noun):
        return kind(**values)
    if _whole(values.values()):
        made = kind(**values)
        made._set(**values)
        return made
    made = object.__new__(kind)  # what was forgotten cannot be checked
    made._set(**values)
    return made


def _whole(values: Any) -> bool:
    """Return whether nothing in these values was forgotten."""
    for value in values:
        if isinstance(value, Forgotten) or (isinstance(value, Noun) and not _whole(value.__dict__.values())):
            return False
    return True


def _is_function(value: Any, name: str) -> bool:
    """Return whether a field of a result is a function."""
    return (
        not isinstance(value, Noun) and callable(getattr(value, name)) and not is_known(getattr(value, name))
    )


def _law(value: Any, writer: Writer) -> Any:
    """Return the tree of a frozen distribution of SciPy, None of anything else."""
    law = getattr(value, "dist", None)
    try:
        if type(law) is not type(_distribution(law.name)):  # type: ignore[union-attr]
            return None
    except (AttributeError, ValueError, TypeError):
        return None
    return {"law": law.name, "args": writer.tree(value.args), "kwds": writer.tree(value.kwds)}  # type: ignore[union-attr]


def _distribution(name: str) -> Any:
    from scipy import stats

    law = getattr(stats, name, None)
    if not isinstance(law, stats.rv_continuous | stats.rv_discrete):
        raise ValueError(f"{name} is no law of scipy.stats")
    return law


def _formula(value: Any, writer: Writer) -> Any:
    """Return the tree of a SymPy formula that reads back as the same, None of anything else."""
    import sympy as sp
    from sympy.printing.str import StrPrinter

    if not isinstance(value, sp.Expr):
        return None

    class Exact(StrPrinter):
        def _print_Float(self, number: Any) -> str:
            return repr(float(number))

    names = sorted(symbol.name for symbol in value.free_symbols)
    text = Exact().doprint(value)
    try:
        same = _read(text, tuple(names)) == value
    except (ValueError, TypeError):
        same = False
    return {"formula": text, "names": names} if same else None


def _read(text: str, names: tuple[str, ...]) -> Any:
    from resetdyn.expressions import parse

    return parse("formula", text, names)
