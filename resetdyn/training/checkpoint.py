"""A checkpoint: copies of some leaves of a state, in memory that is used again for the next one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resetdyn.training import nests

__all__ = ["Checkpoint"]


class Checkpoint:
    """Copies of leaves by their paths, with the step and the score that they were seen at.

    An array that stands in several places is kept once, and is one array again when it is handed out.
    """

    def __init__(self) -> None:
        self.step: int | None = None
        self.score: float | None = None
        self.leaves: dict[nests.Path, Any] = {}
        self._places: dict[nests.Path, nests.Path] = {}

    def check(self, leaves: Mapping[nests.Path, Any]) -> None:
        """Raise where leaves are not built as those kept, if there are any."""
        changed = nests.difference(self.leaves, leaves) if self.step is not None else None
        if changed is not None:
            raise ValueError(
                f"the state is not built as at the checkpoint of step {self.step}: {changed}; give states of "
                "one structure, or begin a new resetter where it changes"
            )

    def take(self, leaves: Mapping[nests.Path, Any], step: int, score: float | None) -> None:
        """Keep copies of these leaves instead."""
        self.check(leaves)
        places = _first_places(leaves)
        if places != self._places:  # arrays became one, or ceased to be: no copy's memory fits any more
            self.leaves = {}
        kept: dict[nests.Path, Any] = {}
        for path, leaf in leaves.items():
            first = places[path]
            kept[path] = kept[first] if first != path else nests.refreshed(self.leaves.get(path), leaf)
        self.step, self.score, self.leaves, self._places = step, score, kept, places

    def copies(self) -> dict[nests.Path, Any]:
        """Return copies of what is kept."""
        copies = {place: nests.copied(self.leaves[place]) for place in self._places.values()}
        return {path: copies[place] for path, place in self._places.items()}


def _first_places(leaves: Mapping[nests.Path, Any]) -> dict[nests.Path, nests.Path]:
    """Return the first place of each leaf: its own, or that of the same array before it."""
    seen: dict[Any, nests.Path] = {}
    return {
        path: seen.setdefault(nests.key_of(leaf), path) if nests.is_array(leaf) else path
        for path, leaf in leaves.items()
    }
