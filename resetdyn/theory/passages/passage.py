r"""First passage without resetting, as the rest of the theory needs it.

Let ``T~(s)`` be the Laplace transform of the reset-free first-passage time from some start.  Everything
about Poisson resetting follows from

    M(s) = (1 / T~(s) - 1) / s,

the mean first-passage time under resetting *to that start* at rate `s` (Evans and Majumdar, PRL 106,
160601 (2011); Reuveni, PRL 116, 170601 (2016)).  ``T~ = 1 / (1 + s M)`` and the transform of the survival
probability, ``Q~ = M / (1 + s M)``, come back from it without cancellation, at small rates and at large.
A :class:`Passage` therefore gives the series of ``log M``.

Each process has its own file, which registers its passages here by process and target; `find_passage` first
reduces a target to an equivalent simpler one where that is exact.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.functions import Quadratic
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck, Process
from resetdyn.targets import Ball, HalfSpace, Level, Sublevel, Target
from resetdyn.theory.numerics.differences import density_of
from resetdyn.theory.numerics.inversion import ComplexArray
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.recognise import simpler


class Passage(ABC):
    """Reset-free first passage of one process, from one start to one target.

    Attributes
    ----------
    method : str
        How the numbers are obtained.
    precision : float
        Relative error of ``M(s)``.
    """

    method: str
    precision: float

    @abstractmethod
    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`, to this order; ``[inf]`` where `M` diverges."""

    def log_mean_many(self, rates: FloatArray, order: int) -> FloatArray:
        """Return the series of ``log M`` around each rate: shape ``(order + 1, len(rates))``."""
        rows = [self.log_mean(rate, order) for rate in rates.tolist()]
        return np.array([row + [np.nan] * (order + 1 - len(row)) for row in rows]).T

    @abstractmethod
    def rates(self) -> tuple[float, float]:
        """Return a range of rates that holds every feature of ``M(s)`` above its behaviour at 0."""


class TimedPassage(Passage):
    """A passage whose survival probability is known in closed form, by `timed_method`."""

    timed_method: str

    @abstractmethod
    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the target has not been reached by time `t`."""

    @abstractmethod
    def reached(self, t: FloatArray) -> FloatArray:
        """Return ``1 - survival(t)`` without cancellation."""

    def log_reached(self, t: FloatArray) -> FloatArray:
        """Return the logarithm of `reached`, beneath the floats as well where that is known."""
        with np.errstate(divide="ignore"):
            return np.log(self.reached(t))

    def density(self, t: FloatArray) -> FloatArray:
        """Return the density of the first-passage time, by differences of logarithms."""
        return density_of(self, t)


class InvertiblePassage(Passage):
    """A passage whose transform is known in the complex plane, so that it can be inverted.

    A `wary` one may raise a ValueError, after long, left of its singularities.  One that is driven to the
    target says how hard: `bend` is the largest force squared, over ``4 D``.
    """

    wary = False
    bend = 0.0

    @abstractmethod
    def inverse_mean(self, s: ComplexArray) -> ComplexArray:
        """Return ``1 / M`` at complex `s`."""

    def inverses(self, s: ComplexArray, rate: float) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return ``1 / M`` at ``rate + s``, that plus ``rate + s``, and that plus `s`.

        They are the inverses of the mean, and of the transforms of the survival probability without and with
        resets.  Left of 0, where ``T~`` may be large, the sums cancel: such passages override this.
        """
        inverse = self.inverse_mean(rate + s)
        return inverse, inverse + rate + s, inverse + s

    def elsewhere(self) -> tuple[InvertiblePassage, ...]:
        """Return passages to the same target from starts where its decay is plainer to see.

        Near the target the dominant pole of the transform is all but cancelled by a zero.
        """
        return ()

    def alike(self) -> tuple[InvertiblePassage, ...]:
        """Return passages that decay alike without resetting: this one, or what can be asked sooner."""
        return (self, *self.elsewhere())


def inverses_from(
    inverse: ComplexArray, hit: ComplexArray, s: ComplexArray, rate: float
) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
    """Return the `inverses` of a passage whose ``T~`` is known on its own, without cancellation."""
    with np.errstate(all="ignore"):
        missed, large = 1 - hit, np.abs(hit) > _LARGE
        free = np.where(large, (rate + s) / missed, inverse + rate + s)
        return inverse, free, np.where(large, (s + rate * hit) / missed, inverse + s)


@runtime_checkable
class TwoEnded(Protocol):
    """A passage that may end at a low or at a high end, with transforms ``T~ = T~_low + T~_high``."""

    def log_mean(self, s: float, order: int) -> Series:
        """Return the series of ``log M`` around `s`, as every passage does."""

    def log_odds(self, s: float) -> tuple[float, float]:
        """Return ``log(T~_low / T~_high)``, the odds under resetting to the start, and its derivative."""


@runtime_checkable
class InvertibleEnds(Protocol):
    """A passage whose transforms at either end are known in the complex plane."""

    def end_transform(self, s: ComplexArray, end: int) -> ComplexArray:
        """Return ``T~_low`` (end 0) or ``T~_high`` (end 1) at complex `s`."""


# Where T~ is larger than this, 1 / M is next to -s.
_LARGE = 2.0
# Relative rounding within which a normal counts as an eigenvector of the stiffness.
_ALIGNED = 1e-13

Factory = Callable[[Any, Any, Any], Passage | None]
_PASSAGES: dict[tuple[type, type], list[Factory]] = {}


def register(process: type, target: type, *, special: bool = False) -> Callable[[Factory], Factory]:
    """Register what makes the passage of this kind of process to this kind of target.

    A factory returns None where it does not apply, and the next one is asked; those of `special` cases first.
    """

    def keep(factory: Factory) -> Factory:
        known = _PASSAGES.setdefault((process, target), [])
        known.insert(0 if special else len(known), factory)
        return factory

    return keep


def find_passage(process: Process, start: Any, target: Target) -> Passage | None:
    """Return the passage, or None where no exact one is known."""
    process, start, target = one_dimensional(process, start, target)
    for factory in _PASSAGES.get((type(process), type(target)), ()):
        passage = factory(process, start, target)
        if passage is not None:
            return passage
    return None


def one_dimensional(process: Process, start: Any, target: Target) -> tuple[Process, Any, Target]:
    """Return the one-dimensional or simpler equivalent where there is one, else the same."""
    if isinstance(process, Langevin):
        process = simpler(process) or process
    if process.dim == 1:
        boundary = _near_end(target, start)
        return process, start, target if boundary is None else Level(boundary)
    if isinstance(target, HalfSpace) and (along := _project(process, target.normal)):
        return along, float(target.normal @ np.atleast_1d(start)), Level(target.offset)
    return process, start, target


def _project(process: Process, normal: FloatArray) -> Process | None:
    """Return the motion of ``normal . x`` where it is one of the same kind on its own, else None."""
    if not isinstance(process, Brownian | OrnsteinUhlenbeck):
        return None
    diffusion = float(normal @ np.atleast_2d(process.diffusion) @ normal)
    if diffusion <= 0:  # no noise along the normal
        return None
    if isinstance(process, Brownian):
        return Brownian(diffusion, float(normal @ np.atleast_1d(process.drift)))
    pull = np.atleast_2d(process.stiffness) @ normal
    stiffness = float(normal @ pull / (normal @ normal))
    if np.linalg.norm(pull - stiffness * normal) > _ALIGNED * np.linalg.norm(pull):
        return None
    return OrnsteinUhlenbeck(stiffness, float(normal @ np.atleast_1d(process.center)), diffusion)


def _near_end(target: Target, start: float) -> float | None:
    """Return the only boundary point that a path on the line can meet first, if there is but one."""
    match target:
        case HalfSpace():
            return float(target.offset / target.normal[0])
        case Ball():
            return float(target.center + np.copysign(target.radius, start - target.center))
        case Sublevel(function=Quadratic() as function):
            radius = np.sqrt(2 * (target.value - function.floor) / function.matrix)
            return float(function.center + np.copysign(radius, start - function.center))
    return None
