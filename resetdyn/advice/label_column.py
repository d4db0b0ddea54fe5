"""Names of outcomes, gathered chunk by chunk as small numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn.advice.odds import MOST

LONGEST = 64  # characters of a name


class Names:
    """The names that were seen, and the number of that of each row."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.codes: list[Any] = []

    def add(self, values: Any, source: str) -> None:
        """Take the names of a chunk; refuse what are no names of outcomes."""
        if values is None:
            return
        kinds, which = np.unique(values, return_inverse=True)
        self.names += [kind for kind in kinds.tolist() if kind not in self.names]
        real = [name for name in self.names if name]
        if len(real) > MOST or any(len(name) >= LONGEST for name in real):
            raise ValueError(
                f"{source}: more than {MOST} different outcomes, or longer ones than {LONGEST - 1} "
                f"characters, such as {real[-1]!r}; give in --outcome the column that names how runs end"
            )
        places = np.array([self.names.index(kind) for kind in kinds.tolist()], dtype=np.int16)
        self.codes.append(places[which.ravel()])

    def all(self) -> Any:
        """Return the name of each row."""
        return np.array(self.names)[np.concatenate(self.codes)]
