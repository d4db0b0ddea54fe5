"""Resets that come after a waiting time, whatever the process does meanwhile."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn.resets.base import BaseReset


@dataclass(frozen=True, eq=False, repr=False)
class NoReset(BaseReset):
    """Never reset: the process alone.

    Parameters
    ----------
    to, refractory, return_speed : optional
        Without effect; accepted so that one reset can stand in for another.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.solve(rd.FirstPassage(rd.Brownian(1.0, drift=-1.0), start=2.0, target=rd.Level(0.0))).mean
    2.0
    """

    _: KW_ONLY
    to: Any = None
    refractory: Any = 0.0
    return_speed: float | None = None

    def __post_init__(self) -> None:
        self._check_shared()


@dataclass(frozen=True, eq=False, repr=False)
class Poisson(BaseReset):
    """Reset at a constant rate: the waiting times are exponential.

    Parameters
    ----------
    rate : float
        Resets per unit time, at least 0.
    to : float, (d,) array, frozen scipy.stats distribution, Partial or BestSoFar, optional
        Where a reset sends the state (the checkpoint): a point, a random one on the line, some way towards
        the origin, or the best state so far; by default the start.
    refractory : float or frozen scipy.stats distribution, optional
        Pause after each reset (not before the first start).
    return_speed : float, optional
        Speed at which the state travels back to `to`; by default it jumps.

    Raises
    ------
    ValueError
        If the rate is negative or not finite, or a pause, a place or a speed is none.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.Poisson(2.0, to=0.5).rate
    2.0
    """

    rate: float
    _: KW_ONLY
    to: Any = None
    refractory: Any = 0.0
    return_speed: float | None = None

    def __post_init__(self) -> None:
        self._set(rate=_checks.rate("rate", self.rate))
        self._check_shared()


@dataclass(frozen=True, eq=False, repr=False)
class Sharp(BaseReset):
    """Reset whenever a fixed period has passed since the last reset (or the start).

    Parameters
    ----------
    period : float
        Time between resets, above 0 (in steps for a discrete process).
    to : float, (d,) array, frozen scipy.stats distribution, Partial or BestSoFar, optional
        Where a reset sends the state (the checkpoint): a point, a random one on the line, some way towards
        the origin, or the best state so far; by default the start.
    refractory : float or frozen scipy.stats distribution, optional
        Pause after each reset (not before the first start).
    return_speed : float, optional
        Speed at which the state travels back to `to`; by default it jumps.

    Raises
    ------
    ValueError
        If the period is not above 0, or a pause, a place or a speed is none.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.Sharp(period=0.5).period
    0.5
    """

    period: float
    _: KW_ONLY
    to: Any = None
    refractory: Any = 0.0
    return_speed: float | None = None

    def __post_init__(self) -> None:
        self._set(period=_checks.positive("period", self.period))
        self._check_shared()


@dataclass(frozen=True, eq=False, repr=False)
class Renewal(BaseReset):
    """Reset after random waiting times with any law.

    Parameters
    ----------
    law : frozen scipy.stats distribution
        Law of the time from one reset (or the start) to the next, say ``scipy.stats.gamma(2, scale=0.5)``.
    to : float, (d,) array, frozen scipy.stats distribution, Partial or BestSoFar, optional
        Where a reset sends the state (the checkpoint): a point, a random one on the line, some way towards
        the origin, or the best state so far; by default the start.
    refractory : float or frozen scipy.stats distribution, optional
        Pause after each reset (not before the first start).
    return_speed : float, optional
        Speed at which the state travels back to `to`; by default it jumps.

    Raises
    ------
    ValueError
        If the law gives negative or vanishing times.

    Examples
    --------
    >>> import resetdyn as rd
    >>> from scipy.stats import gamma
    >>> reset = rd.Renewal(gamma(2, scale=0.25))
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), reset)
    >>> round(rd.solve(problem).mean, 9)
    1.472264025
    """

    law: Any
    _: KW_ONLY
    to: Any = None
    refractory: Any = 0.0
    return_speed: float | None = None

    def __post_init__(self) -> None:
        law = _checks.distribution("law", self.law)
        low, high = law.support()
        if low < 0:
            raise ValueError(
                f"law: its support starts at {low:g}, and a waiting time is never negative; give a law on "
                "(0, inf)"
            )
        if high == 0 or float(law.cdf(0.0)) > 0:
            raise ValueError("law: waiting times of 0 would reset without end; give a law of times above 0")
        self._set(law=law)
        self._check_shared()

    @property
    def mean_waiting_time(self) -> float:
        """Mean time from one reset to the next (`inf` where it diverges)."""
        mean = float(self.law.mean())
        return mean if np.isfinite(mean) else float("inf")
