"""Recorded paths of one coordinate, checked, as steps from one record to the next."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from resetdyn import _checks
from resetdyn._checks import FloatArray

_FEWEST = 100  # steps; below that neither the tests nor the errors hold


class Steps(NamedTuple):
    """All steps of all paths, path by path in the order of time.

    Attributes
    ----------
    before, after : (n,) array
        Positions at the two ends of each step.
    age : (n,) int array
        How many steps of the same path came before.
    dt : float
        Time between records.
    paths : int
        Number of paths.
    """

    before: FloatArray
    after: FloatArray
    age: Any
    dt: float
    paths: int

    @property
    def n(self) -> int:
        """Number of steps."""
        return len(self.before)

    @property
    def reach(self) -> tuple[float, float]:
        """Lowest and highest position."""
        return (
            float(min(self.before.min(), self.after.min())),
            float(max(self.before.max(), self.after.max())),
        )

    def blocks(self, most: int = 200) -> Any:
        """Return the block of each step: whole paths, or pieces of them where the paths are few.

        Blocks hold steps of one path only, and there are at most about `most` of them.
        """
        starts = np.flatnonzero(self.age == 0)
        path = np.cumsum(self.age == 0) - 1
        if self.paths >= most:
            return path * most // self.paths
        length = -(-self.n // most)
        pieces = np.maximum(np.diff(np.append(starts, self.n)) // length, 1)  # of each path
        lengths = np.diff(np.append(starts, self.n))
        offset = np.concatenate([[0], np.cumsum(pieces)[:-1]])
        return offset[path] + np.minimum(self.age * pieces[path] // lengths[path], pieces[path] - 1)


def steps_of(trajectories: Any, dt: Any) -> Steps:
    """Check recorded paths and return their steps.

    Raises
    ------
    TypeError, ValueError
        If `dt` is not above 0, or the paths are not arrays of finite numbers, too short or constant.
    """
    dt = _checks.positive("dt", dt)
    paths = paths_of(trajectories)
    for i, path in enumerate(paths):
        if len(path) < 2:
            raise ValueError(
                f"trajectories: path {i} has {len(path)} record; give at least two, or leave the path out"
            )
    before = np.concatenate([path[:-1] for path in paths])
    after = np.concatenate([path[1:] for path in paths])
    if len(before) < _FEWEST:
        raise ValueError(
            f"trajectories have {len(before)} steps in all: give at least {_FEWEST}, "
            "by longer or more recordings"
        )
    if before.min() == before.max() or np.all(before == after):
        raise ValueError(
            f"trajectories are constant ({before[0]:.6g}): nothing moves; "
            "give a coordinate that is followed in time"
        )
    age = np.concatenate([np.arange(len(path) - 1) for path in paths])
    return Steps(before, after, age, dt, len(paths))


def paths_of(trajectories: Any) -> list[FloatArray]:
    """Check recorded paths and return them one by one."""
    if isinstance(trajectories, list | tuple) and len(trajectories) and np.ndim(trajectories[0]) > 0:
        paths = [_path(f"trajectories[{i}]", path) for i, path in enumerate(trajectories)]
        for i, path in enumerate(paths):
            if path.ndim != 1:
                raise ValueError(
                    f"trajectories[{i}] has shape {path.shape}: give one coordinate, an array of one axis"
                )
        return paths
    array = _path("trajectories", trajectories)
    if array.ndim == 1:
        return [array]
    if array.ndim == 2:
        return list(array)
    raise ValueError(
        f"trajectories has shape {array.shape}: give one path, one path a row, or a list of paths; "
        "of several coordinates give one, such as states[:, :, 0]"
    )


def _path(name: str, value: Any) -> FloatArray:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: give an array of numbers, or a list of such arrays") from None
    if np.isnan(array).any():
        raise ValueError(
            f"{name} holds nan at {int(np.isnan(array).sum())} of {array.size} places: cut paths where they "
            "end and give a list, such as [path[~np.isnan(path)] for path in trajectories]; "
            "cut a path in two where records are missing"
        )
    return _checks.finite_array(name, array)
