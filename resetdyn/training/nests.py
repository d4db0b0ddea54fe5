"""Nests of arrays: copied in, compared, and put back into the containers they came in.

A nest is a dict (or another mapping), list, tuple or named tuple of nests, down to its leaves: arrays, and
atoms (numbers, strings, None), which cannot change and are kept as they are.  Arrays of NumPy and tensors
of torch are copied into memory that is there already; those of other libraries (JAX, CuPy, SciPy's sparse
ones) by their own ``copy``.  Nothing is imported for that: a leaf is known by what it can do.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, TypeAlias

import numpy as np

__all__ = [
    "copied",
    "difference",
    "is_array",
    "is_number",
    "key_of",
    "leaves",
    "refreshed",
    "replaced",
    "shown",
]

Path: TypeAlias = tuple[Any, ...]

_ATOMS = (int, float, complex, str, bytes, type(None), np.generic)


def leaves(nest: Any, path: Path = ()) -> dict[Path, Any]:
    """Return the leaves of a nest by their paths (tuples of keys); raise where something else is in it."""
    found: dict[Path, Any] = {}
    _gather(nest, path, found)
    return found


def replaced(nest: Any, values: Mapping[Path, Any], path: Path = ()) -> Any:
    """Return the nest with other leaves at some paths, and every other part of it as it is, uncopied."""
    if path in values or not _is_container(nest):
        return values.get(path, nest)
    old = _children(nest)
    new = [(key, replaced(child, values, (*path, key))) for key, child in old]
    if all(a is b for (_, a), (_, b) in zip(old, new, strict=True)):
        return nest
    return _rebuilt(nest, new)


def copied(leaf: Any) -> Any:
    """Return a leaf that no later change of this one can reach."""
    if isinstance(leaf, np.ndarray):
        return np.array(leaf, order="K", subok=True)
    if _is_tensor(leaf):
        return leaf.detach().clone()
    return leaf.copy() if is_array(leaf) else leaf


def refreshed(buffer: Any, leaf: Any) -> Any:
    """Return a copy of a leaf: in the memory of `buffer`, an older copy of it, where that can be."""
    if isinstance(buffer, np.ndarray) and isinstance(leaf, np.ndarray):
        np.copyto(buffer, leaf)
    elif _is_tensor(buffer) and _is_tensor(leaf) and buffer.device == leaf.device:
        buffer.copy_(leaf.detach())
    else:
        return copied(leaf)
    return buffer


def difference(before: Mapping[Path, Any], after: Mapping[Path, Any]) -> str | None:
    """Return what has changed in the structure between two sets of leaves, in words, or None."""
    for path, leaf in after.items():
        if path not in before:
            return f"{shown(path)} is new"
        then, now = before[path], leaf
        if is_array(then) and is_array(now):
            if tuple(then.shape) != tuple(now.shape):
                return f"{shown(path)} had shape {tuple(then.shape)} and has {tuple(now.shape)}"
            if then.dtype != now.dtype:
                return f"{shown(path)} had dtype {then.dtype} and has {now.dtype}"
        elif is_array(then) != is_array(now) and not (_is_single(then) and _is_single(now)):
            return f"{shown(path)} was {_kind(then)} and is {_kind(now)}"
    gone = next((path for path in before if path not in after), None)
    return None if gone is None else f"{shown(gone)} is gone"


def key_of(leaf: Any) -> Any:
    """Return what two leaves share if and only if they are the same array, seen alike."""
    if isinstance(leaf, np.ndarray) and leaf.size:
        return "numpy", leaf.__array_interface__["data"][0], leaf.shape, leaf.strides, leaf.dtype
    if _is_tensor(leaf) and getattr(leaf, "layout", None) is not None and "strided" in str(leaf.layout):
        address = leaf.data_ptr()
        if address:  # 0 where a tensor has no memory
            return "tensor", str(leaf.device), address, tuple(leaf.shape), leaf.stride(), leaf.dtype
    return id(leaf)


def is_array(leaf: Any) -> bool:
    """Return whether a leaf is an array of some library, not an atom."""
    return isinstance(leaf, np.ndarray) or (
        not isinstance(leaf, _ATOMS)
        and hasattr(leaf, "shape")
        and hasattr(leaf, "dtype")
        and (_is_tensor(leaf) or callable(getattr(leaf, "copy", None)))
    )


def is_number(leaf: Any) -> bool:
    """Return whether a leaf is a number, NumPy's scalars included."""
    return isinstance(leaf, int | float | complex | np.number)


def shown(path: Path) -> str:
    """Return a path as one reads it: keys with dots between."""
    return ".".join(map(str, path)) or "the state"


def _is_tensor(leaf: Any) -> bool:
    return hasattr(leaf, "detach") and hasattr(leaf, "clone") and hasattr(leaf, "copy_")


def _is_single(leaf: Any) -> bool:
    """Return whether a leaf is one number: arithmetic turns arrays without axes into scalars, and back."""
    return is_number(leaf) or getattr(leaf, "shape", None) == ()


def _is_container(nest: Any) -> bool:
    return isinstance(nest, (dict, list, tuple, Mapping))  # the quick ones first


def _gather(nest: Any, path: Path, found: dict[Path, Any]) -> None:
    if type(nest) is not np.ndarray and _is_container(nest):
        for key, child in _children(nest):
            _gather(child, (*path, key), found)
    else:
        _require_leaf(nest, path)
        found[path] = nest


def _children(nest: Any) -> list[tuple[Any, Any]]:
    if isinstance(nest, Mapping):
        return list(nest.items())
    if isinstance(nest, list | tuple):
        return list(zip(getattr(nest, "_fields", range(len(nest))), nest, strict=True))
    return []


def _rebuilt(nest: Any, items: list[tuple[Any, Any]]) -> Any:
    """Return a container of the same type with other children."""
    if isinstance(nest, dict):
        new = copy.copy(nest)  # keeps the order, and the factory of a defaultdict
        new.update(items)
        if hasattr(nest, "__dict__"):  # torch hangs the versions of its modules on a state_dict
            vars(new).update(vars(nest))
        return new
    if isinstance(nest, Mapping):
        return type(nest)(dict(items))  # type: ignore[call-arg]
    values = [value for _, value in items]
    return nest._make(values) if hasattr(nest, "_make") else type(nest)(values)


def _require_leaf(leaf: Any, path: Path) -> None:
    if type(leaf) is np.ndarray and leaf.dtype.kind != "O":
        return
    if isinstance(leaf, _ATOMS) and not isinstance(leaf, np.void):
        return
    if isinstance(leaf, np.ma.MaskedArray):
        remedy = "give its data and its mask as two arrays"
    elif is_array(leaf):
        if getattr(leaf.dtype, "kind", None) != "O":
            return
        remedy = "an array of objects cannot be copied safely; give arrays of numbers"
    elif callable(getattr(leaf, "state_dict", None)):
        remedy = "give its state_dict()"
    elif is_dataclass(leaf):
        remedy = "give a dict of its fields, such as vars(...)"
    elif isinstance(leaf, set | frozenset):
        remedy = "a set has no order to find things by; give a list"
    else:
        remedy = "give what it learns as a dict of arrays"
    raise TypeError(
        f"{shown(path)} is {_kind(leaf)}: a state is made of dicts, lists, tuples, arrays, numbers, strings "
        f"and None; {remedy}"
    )


def _kind(leaf: Any) -> str:
    if is_array(leaf) and not isinstance(leaf, np.ma.MaskedArray) and leaf.dtype != object:
        return f"an array of shape {tuple(leaf.shape)}"
    return "None" if leaf is None else f"of type {type(leaf).__name__}"
