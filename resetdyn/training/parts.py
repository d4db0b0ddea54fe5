"""What a reset brings back: the parts of a training state, each its own switch, or parameters by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from resetdyn.training import nests

__all__ = ["NAMES", "Choice"]

NAMES = ("weights", "optimizer", "schedule", "buffers")
_NAMED = ("weights", "buffers")  # what has names to pick from: optimisers number their parameters


class Choice:
    """Which leaves of a state a reset brings back."""

    def __init__(self, restore: str | Iterable[str], only: str | Iterable[str] | None) -> None:
        self.restore = _strings("restore", restore)
        for name in self.restore:
            if name not in NAMES:
                raise ValueError(f"restore={name!r}: give some of {', '.join(map(repr, NAMES))}")
        self.only = None if only is None else _strings("only", only)

    def check(self, state: Any) -> None:
        """Raise where a state does not have what is to be brought back."""
        parts = split(state)
        missing = [name for name in self.restore if name not in parts and name != "buffers"]
        if missing:
            raise ValueError(
                f"restore={self.restore!r}: the state has no {missing[0]!r}; give it as a dict with the keys "
                f"{', '.join(map(repr, self.restore))}, or leave {missing[0]!r} out"
            )
        if self.only is not None:
            self._check_names({name: nests.leaves(parts[name]) for name in self._named() if name in parts})
        if not any(nests.is_number(leaf) or nests.is_array(leaf) for leaf in self.leaves(state).values()):
            raise ValueError(
                f"the state has no array and no number in {self.restore!r}: give what is trained"
            )

    def leaves(self, state: Any) -> dict[nests.Path, Any]:
        """Return the leaves that a reset brings back, by paths that begin with the part's name."""
        parts = split(state)
        return {
            (name, *path): leaf
            for name in self.restore
            if name in parts
            for path, leaf in nests.leaves(parts[name]).items()
            if name not in _NAMED or self._picks(path)
        }

    def put(self, state: Any, values: Mapping[nests.Path, Any]) -> Any:
        """Return a state with these leaves, and all others as they are."""
        if _in_parts(state):
            return nests.replaced(state, values)
        return nests.replaced(state, {path[1:]: leaf for path, leaf in values.items()})

    def described(self, paths: Iterable[nests.Path]) -> tuple[str, ...]:
        """Return what is brought back in words: whole parts by their names, single parameters by theirs."""
        names = (
            (path[0] if self.only is None or path[0] not in _NAMED else nests.shown(path)) for path in paths
        )
        return tuple(dict.fromkeys(names))

    def _named(self) -> list[str]:
        return [name for name in self.restore if name in _NAMED]

    def _picks(self, path: nests.Path) -> bool:
        return self.only is None or any(_matches(path, pattern) for pattern in self.only)

    def _check_names(self, named: Mapping[str, Mapping[nests.Path, Any]]) -> None:
        every = [path for part in named.values() for path in part]
        for pattern in self.only or ():
            if not any(_matches(path, pattern) for path in every):
                known = ", ".join(map(nests.shown, every[:12])) + (", ..." if len(every) > 12 else "")
                raise ValueError(f"only={pattern!r} matches no parameter: the state has {known}")
        # Of an array in two places, one alone cannot be brought back: the two would no longer be one.
        picked: dict[Any, tuple[bool, str]] = {}
        for name, part in named.items():
            for path, leaf in part.items():
                if not nests.is_array(leaf):
                    continue
                mine = self._picks(path), nests.shown((name, *path))
                other = picked.setdefault(nests.key_of(leaf), mine)
                if other[0] != mine[0]:
                    raise ValueError(
                        f"only={self.only!r} picks one of {other[1]} and {mine[1]}, which are the same "
                        "array: pick both or none"
                    )


def split(state: Any) -> Mapping[str, Any]:
    """Return the parts of a state: its own, or all of it as the weights."""
    return state if _in_parts(state) else {"weights": state}


def _in_parts(state: Any) -> bool:
    if not isinstance(state, Mapping) or not state or not any(name in state for name in NAMES):
        return False
    others = [key for key in state if key not in NAMES]
    # A dict of one's own arrays may well have some called "weights", but hardly one called as other parts.
    if others and any(name in state for name in NAMES if name != "weights"):
        wrong = others[0]
    else:
        wrong = next((key for key in others if get_close_matches(str(key), NAMES, cutoff=0.8)), None)
    if wrong is not None:
        raise ValueError(
            f"the state has the key {wrong!r} beside {next(key for key in state if key in NAMES)!r}: "
            f"its parts are called {', '.join(map(repr, NAMES))}; put everything under these keys"
        )
    return not others


def _matches(path: nests.Path, pattern: str) -> bool:
    name = nests.shown(path)
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*")  # a layer's name is all of it


def _strings(name: str, value: Any) -> tuple[str, ...]:
    values = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Iterable) else ()
    if not values or not all(isinstance(each, str) for each in values):
        raise TypeError(f"{name}={value!r}: give a name, or a sequence of at least one")
    return tuple(dict.fromkeys(values))
