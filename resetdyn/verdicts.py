"""Verdicts: does resetting help, and at which rate most?

What :func:`resetdyn.reset_helps` and :func:`resetdyn.optimal_reset` return.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OptimalReset:
    """The reset rate that minimises a mean first-passage time.

    Attributes
    ----------
    rate : float
        Optimal rate; 0 where resetting does not help, `inf` where the mean falls for ever.
    mean : float
        Mean first-passage time at that rate.
    speedup : float
        Mean without resetting divided by `mean` (`inf` where the former diverges).
    error : float
        Estimated absolute error of `rate`.
    method : str
        The route that was taken.
    """

    rate: float
    mean: float
    speedup: float
    error: float
    method: str


@dataclass(frozen=True)
class OptimalRisk:
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
    """

    rate: float
    risk: float
    risk_ratio: float
    error: float
    method: str


@dataclass(frozen=True)
class Verdict:
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
        The optimal rate.
    """

    helps: bool
    cv: float
    slope: float
    curvature: float
    transition_order: int | None
    rate: float
