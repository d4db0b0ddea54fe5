"""Motion with inertia in any potential: the physics of SGD with momentum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from math import sqrt
from typing import Any

from resetdyn import _checks
from resetdyn._noun import Noun
from resetdyn.processes.langevin import Langevin


@dataclass(frozen=True, eq=False, repr=False)
class UnderdampedLangevin(Noun):
    """Motion with inertia, ``dX = V dt``, ``dV = -friction (potential'(X) + V) dt + friction sqrt(2 D) dW``.

    So written, the limit of strong friction is :class:`~resetdyn.Langevin` with the same potential and
    diffusion; the velocity forgets itself in the time ``1 / friction`` and has the variance
    ``friction * diffusion`` at rest. Heavy-ball SGD with learning rate `lr` and momentum `b` is close to it
    in the time ``lr * steps / (1 - b)``, with the friction ``(1 - b)^2 / lr`` (for `b` near 1).

    Parameters
    ----------
    potential : str, float or sympy.Expr
        Potential `U` (length^2 / time), a formula as in :class:`~resetdyn.Langevin`.
    diffusion : float
        Diffusion coefficient `D` (length^2 / time), positive.
    friction : float
        Rate (1 / time) at which the velocity relaxes, positive.
    variables : tuple of str, optional
        Names of the coordinates; one for each dimension.
    parameters : mapping of str to float, optional
        Values of all other symbols of the formula.
    reset_velocity : {"redraw", "zero", "keep"}, optional
        The velocity after a reset: drawn from its law at rest, stopped, or as it was. The first start is
        with a drawn velocity, or at rest for ``"zero"``.

    Raises
    ------
    ValueError
        If the potential does not parse, has unknown symbols, or if a parameter is out of range.

    Examples
    --------
    >>> import resetdyn as rd
    >>> trap = rd.UnderdampedLangevin("x**2/2", diffusion=1.0, friction=2.0)
    >>> round(trap.thermal_speed, 6)  # sqrt(friction * diffusion)
    1.414214
    """

    potential: Any
    diffusion: float
    friction: float
    variables: tuple[str, ...] = ("x",)
    parameters: Mapping[str, float] = field(default_factory=dict)
    _: KW_ONLY
    reset_velocity: str = "redraw"

    def __post_init__(self) -> None:
        plain = Langevin(self.potential, self.diffusion, self.variables, self.parameters)
        self._set(
            potential=plain.potential,
            diffusion=plain.diffusion,
            friction=_checks.positive("friction", self.friction),
            variables=plain.variables,
            parameters=plain.parameters,
            reset_velocity=_checks.choice("reset_velocity", self.reset_velocity, ("redraw", "zero", "keep")),
        )

    def __repr__(self) -> str:
        more = [f"parameters={dict(self.parameters)}"] if self.parameters else []
        more += [f"variables={self.variables}"] if self.variables != ("x",) else []
        more += [f"reset_velocity={self.reset_velocity!r}"] if self.reset_velocity != "redraw" else []
        given = [repr(str(self.potential)), f"diffusion={self.diffusion}", f"friction={self.friction}"]
        return f"UnderdampedLangevin({', '.join([*given, *more])})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (
            self.potential, self.diffusion, self.friction, self.variables, dict(self.parameters),
            self.reset_velocity,
        )  # fmt: skip

    @property
    def dim(self) -> int:
        """Dimension of the position."""
        return len(self.variables)

    @property
    def thermal_speed(self) -> float:
        """Standard deviation of each component of the velocity at rest."""
        return sqrt(self.friction * self.diffusion)

    @cached_property
    def overdamped(self) -> Langevin:
        """The limit of strong friction."""
        return Langevin(self.potential, self.diffusion, self.variables, self.parameters)


def _again(potential: Any, diffusion: float, friction: float, variables: Any, parameters: Any,
           reset_velocity: str) -> UnderdampedLangevin:  # fmt: skip
    return UnderdampedLangevin(
        potential, diffusion, friction, variables, parameters, reset_velocity=reset_velocity
    )
