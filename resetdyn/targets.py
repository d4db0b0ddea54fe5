"""Targets: where does the search end?

Each target knows whether a state is already inside (`contains`); simulators and theory decide how to reach
it.  The boundary belongs to the target.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._noun import Noun


@dataclass(frozen=True, eq=False)
class Level(Noun):
    """A point on the line, reached from whichever side the process is on.

    Parameters
    ----------
    x : float
        Position.

    Raises
    ------
    ValueError
        If `x` is not a finite number.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.Level(0.0).contains(1.0)
    False
    """

    x: float

    def __post_init__(self) -> None:
        self._set(x=_checks.finite("x", self.x))

    @property
    def dim(self) -> int:
        """Dimension of the states that it applies to."""
        return 1

    def contains(self, state: ArrayLike) -> bool:
        """Return whether the state is at the level."""
        return bool(np.all(state == self.x)) if isinstance(state, np.ndarray) else bool(state == self.x)


@dataclass(frozen=True, eq=False)
class Interval(Noun):
    """The outside of an interval: absorbed on leaving ``(low, high)``.

    Parameters
    ----------
    low, high : float
        The two ends, ``low < high``.

    Raises
    ------
    ValueError
        If an end is not finite, or `low` is not below `high`.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.Interval(0.0, 1.0).contains(0.3)
    False
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        self._set(low=_checks.finite("low", self.low), high=_checks.finite("high", self.high))
        if self.low >= self.high:
            raise ValueError(f"low={self.low:g}, high={self.high:g}: give low < high")

    @property
    def dim(self) -> int:
        """Dimension of the states that it applies to."""
        return 1

    def contains(self, state: ArrayLike) -> bool:
        """Return whether the state has left the interval (ends count as left)."""
        x = float(np.asarray(state).reshape(()))
        return not self.low < x < self.high


@dataclass(frozen=True, eq=False)
class HalfSpace(Noun):
    """All states with ``normal @ x <= offset``; the normal points away from the target.

    Parameters
    ----------
    normal : (d,) array
        Normal of the boundary, not zero (of any length).
    offset : float
        Value of ``normal @ x`` on the boundary.

    Raises
    ------
    ValueError
        If `normal` is no vector or zero, or a number is not finite.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.HalfSpace(normal=[1.0, 1.0], offset=0.0).contains([1.0, -2.0])
    True
    """

    normal: Any
    offset: float

    def __post_init__(self) -> None:
        normal = np.atleast_1d(_checks.finite_array("normal", self.normal))
        if normal.ndim != 1 or not np.any(normal):
            raise ValueError(f"normal={self.normal!r}: give a vector other than zero")
        normal.flags.writeable = False
        self._set(normal=normal, offset=_checks.finite("offset", self.offset))

    @property
    def dim(self) -> int:
        """Dimension of the states that it applies to."""
        return len(self.normal)

    def contains(self, state: ArrayLike) -> bool:
        """Return whether the state is in the half-space."""
        return bool(self.normal @ np.atleast_1d(state) <= self.offset)


@dataclass(frozen=True, eq=False)
class Ball(Noun):
    """All states within a radius of a centre.

    Parameters
    ----------
    center : float or (d,) array
        Centre.
    radius : float
        Radius, above 0.

    Raises
    ------
    ValueError
        If `center` is neither a number nor a vector, or `radius` is not above 0.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.Ball(center=[0.0, 0.0], radius=1.0).contains([3.0, 4.0])
    False
    """

    center: Any
    radius: float

    def __post_init__(self) -> None:
        center = _checks.finite_array("center", self.center)
        if center.ndim > 1:
            raise ValueError(f"center has shape {center.shape}: give a number or a vector")
        self._set(
            center=_checks.unit_or_scalar(center, center.size),
            radius=_checks.positive("radius", self.radius),
        )

    @property
    def dim(self) -> int:
        """Dimension of the states that it applies to."""
        return int(np.size(self.center))

    def contains(self, state: ArrayLike) -> bool:
        """Return whether the state is in the ball."""
        return bool(np.linalg.norm(np.atleast_1d(np.asarray(state) - self.center)) <= self.radius)


@dataclass(frozen=True, eq=False)
class Sublevel(Noun):
    """All states at which a function is at most `value`: "as good as this".

    Parameters
    ----------
    function : callable or Quadratic
        Function of one state (a float in one dimension, else a vector of shape ``(d,)``). A
        :class:`~resetdyn.Quadratic`, such as the clean risk of a label-noise model, is compiled into the
        simulation; any other callable must compile under numba (and is refused by discrete SGD).
    value : float
        The level to reach.

    Raises
    ------
    TypeError
        If `function` cannot be called.
    ValueError
        If `value` is not finite, or is below the minimum of a `Quadratic`.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.Sublevel(rd.Quadratic(1.0, 0.0), value=0.5).contains(2.0)
    False
    """

    function: Callable[[Any], Any]
    value: float

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TypeError(f"function={self.function!r}: give a callable such as rd.Quadratic")
        value = _checks.finite("value", self.value)
        floor = getattr(self.function, "floor", None)
        if floor is not None and value < floor:
            raise ValueError(f"value={value:g}: the function never gets below {floor:g}; give a higher value")
        self._set(value=value)

    @property
    def dim(self) -> int | None:
        """Dimension of the states that it applies to; None where the function does not say."""
        return getattr(self.function, "dim", None)

    def contains(self, state: ArrayLike) -> bool:
        """Return whether the function is at most `value` at the state."""
        value = self.function(state)
        if np.ndim(value) or np.isnan(value):
            raise ValueError(
                f"function={self.function!r} gives {value!r} at the state {state!r}: give a function that "
                "returns one number for one state"
            )
        return bool(value <= self.value)


Target = Level | Interval | HalfSpace | Ball | Sublevel
