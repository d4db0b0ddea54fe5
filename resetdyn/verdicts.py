"""Verdicts: does resetting help, and at which rate most?

What :func:`resetdyn.reset_helps`, :func:`resetdyn.optimal_reset`, :func:`resetdyn.transition`,
:func:`resetdyn.tricritical_point` and :func:`resetdyn.reset_bounds` return.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan
from typing import Any

from resetdyn.saving.saved import Saved


@dataclass(frozen=True)
class OptimalReset(Saved):
    """The reset that minimises a mean first-passage time.

    Attributes
    ----------
    rate : float
        Optimal rate; 0 where resetting does not help, `inf` where the mean falls for ever. For resets at a
        fixed period one over the period, in discrete time the probability at each step, for other laws one
        over the mean waiting time (`nan` where there is none).
    mean : float
        Mean first-passage time there.
    speedup : float
        Mean without resetting divided by `mean` (`inf` where the former diverges).
    error : float
        Estimated absolute error of `parameter`.
    method : str
        The route that was taken.
    reset : Reset or None
        The optimal reset itself (`NoReset` where none helps; None where it would be ceaseless).
    parameter : float
        The parameter that was varied: the rate, the period (`inf` is never), the probability, the factor of a
        rate field, or that of the given family.
    log_mean : float
        Logarithm of the mean, also where that is beyond the floats.
    problem : FirstPassage or frozen distribution
        What was asked.
    """

    rate: float
    mean: float
    speedup: float
    error: float
    method: str
    reset: Any = None
    parameter: float = nan
    log_mean: float = nan
    problem: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class OptimalRisk(Saved):
    """The reset rate that minimises the steady clean risk of a label-noise model.

    Attributes
    ----------
    rate : float
        Optimal rate; 0 where resetting does not help, `inf` where staying at the checkpoint is best.
    risk : float
        Clean risk at that rate.
    risk_ratio : float
        Clean risk without resetting divided by `risk`.
    error : float
        Estimated absolute error of `rate`.
    method : str
        The route that was taken.
    problem : LabelNoiseQuadratic
        What was asked.
    """

    rate: float
    risk: float
    risk_ratio: float
    error: float
    method: str
    problem: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Verdict(Saved):
    """Whether resetting helps, and how the help sets in.

    Attributes
    ----------
    helps : bool
        The verdict over all rates: some rate lowers the mean.
    cv : float
        Coefficient of variation without resetting (`inf` where the moments diverge).
    slope : float
        d mean / d rate at rate 0, the local answer: negative where slow resetting helps.
    curvature : float
        Second-order coefficient of the mean in the rate at 0 (`nan` where the third moment diverges).
    transition_order : int or None
        2 where the optimal rate grows from 0 continuously as the slope changes sign (curvature above 0),
        1 where it jumps, None where the moments that decide it diverge.
    rate : float
        The optimal rate, of the problem's own kind of reset (see `OptimalReset.rate`).
    problem : FirstPassage or frozen distribution
        What was asked.
    """

    helps: bool
    cv: float
    slope: float
    curvature: float
    transition_order: int | None
    rate: float
    problem: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Transition(Saved):
    """Where, along a one-parameter family, resetting begins or ceases to help.

    Attributes
    ----------
    name : str
        The parameter of the family.
    value : float
        Its critical value: on one side the best reset helps, on the other none does.
    order : int
        2 where the optimal rate vanishes continuously, 1 where it jumps.
    helps_below : bool
        Whether resetting helps below the critical value (else above).
    jump : float
        Optimal rate on the side where resetting helps, at the critical value (0 for a continuous transition).
    spinodal : float
        Where slow resetting begins or ceases to help (`slope` 0, which is CV = 1 for resets to the start in
        continuous time that cost nothing; for fixed periods, mean times decay rate = 1):
        the critical value itself for a continuous transition; else, between the two, only resetting at a
        finite rate helps (`nan` if not in the range).
    cv : float
        Coefficient of variation without resetting, at the critical value.
    slope, curvature : float
        First and second coefficient of the mean in a constant rate, at the critical value.
    error : float
        Estimated absolute error of `value`.
    """

    name: str
    value: float
    order: int
    helps_below: bool
    jump: float
    spinodal: float
    cv: float
    slope: float
    curvature: float
    error: float

    @property
    def rate_below(self) -> float:
        """Optimal rate just below the critical value."""
        return self.jump if self.helps_below else 0.0

    @property
    def rate_above(self) -> float:
        """Optimal rate just above the critical value."""
        return 0.0 if self.helps_below else self.jump


@dataclass(frozen=True)
class Tricritical(Saved):
    """Where, in a two-parameter family, a continuous transition becomes one with a jump.

    Attributes
    ----------
    values : dict of str to float
        The two parameters.
    coefficients : tuple of float
        Coefficients of the mean in the rate, of which the first and second vanish.
    error : float
        Estimated greatest relative error of the parameters.
    """

    values: dict[str, float]
    coefficients: tuple[float, ...]
    error: float


@dataclass(frozen=True)
class ResetBounds(Saved):
    """What resetting can reach: bounds on the mean from both sides, and the optima between them.

    They are ordered, ``harmonic <= best <= poisson <= median`` (those that exist), and `poisson` is at most
    `mean`.

    Attributes
    ----------
    harmonic : float
        Harmonic mean ``1 / <1 / T>`` of the completion time: no protocol is faster (0 says nothing).
    best : float
        Mean at the best fixed period: no protocol is faster (`nan` where no exact route is known).
    best_period : float
        That period (`inf`: never reset).
    poisson : float
        Mean at the best constant rate.
    poisson_rate : float
        That rate.
    median : float
        Upper bound, 4.311 times the median completion time, which resetting at `median_rate` is sure to keep.
    median_rate : float
        0.768 over the median completion time.
    mean : float
        Mean without resetting.
    method : str
        The route that was taken.
    problem : FirstPassage or frozen distribution
        What was asked.
    """

    harmonic: float
    best: float
    best_period: float
    poisson: float
    poisson_rate: float
    median: float
    median_rate: float
    mean: float
    method: str
    problem: Any = field(default=None, repr=False, compare=False)
