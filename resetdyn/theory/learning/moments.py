"""Mean and covariance of minibatch SGD under resetting, exact at any learning rate.

The moments after a step (:mod:`.learning.step`) are mixed by a reset
(:mod:`.learning.velocity`).  In the steady state the two balance
(:mod:`.learning.balance`); under sharp resetting it is the average over the steps of a period, and
along training the two alternate.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState, check_reset, check_state
from resetdyn.processes import SGD
from resetdyn.resets import NoReset, Reset, Sharp
from resetdyn.results.sgd import SGDSteadyStateResult
from resetdyn.theory.learning.balance import Balance
from resetdyn.theory.learning.stability import second_moment_limit, settles
from resetdyn.theory.learning.step import MomentStep
from resetdyn.theory.learning.velocity import MomentReset

_EPS = float(np.finfo(float).eps)
_PERIODS = 2000


def steady_state(problem: SteadyState) -> SGDSteadyStateResult:
    """Return the exact steady mean and covariance of discrete SGD, sampled after the reset decision.

    Under :class:`~resetdyn.Sharp` resetting the phase within the period is uniform, and the work is
    proportional to the period.

    Parameters
    ----------
    problem : SteadyState
        Of a :class:`~resetdyn.QuadraticSGD`, a :class:`~resetdyn.LinearSGD` or a
        :class:`~resetdyn.GaussianSGD`.

    Returns
    -------
    SGDSteadyStateResult
        Mean and covariance, with momentum also that of the velocity; the law is not Gaussian under resetting,
        so there is no density.

    Raises
    ------
    ValueError
        If the second moment grows without bound, or if nothing resets and the loss is flat in some direction,
        so that the steady state depends on the start.

    Examples
    --------
    >>> import resetdyn as rd
    >>> from resetdyn.theory.learning.moments import steady_state
    >>> sgd = rd.QuadraticSGD(
    ...     hessian=1.0, optimum=1.0, gradient_covariance=1.0, learning_rate=0.5, batch_size=1
    ... )
    >>> round(steady_state(rd.SteadyState(sgd, rd.Geometric(0.5, to=-1.0))).mean, 12)
    -0.333333333333
    """
    process: Any = problem.process
    reset = problem.reset
    step = MomentStep(process)
    settled = MomentReset.of(reset, process, step)
    if isinstance(reset, Sharp):
        with np.errstate(over="ignore", invalid="ignore"):
            moments, method = _over_a_period(step, settled), "recursion: moments over one period"
        if not np.all(np.isfinite(moments[1])):
            raise ValueError(
                f"learning_rate={step.rate:g}: within a period of {reset.period:g} steps the second moment "
                "outgrows floating point; give a smaller learning_rate or a shorter period"
            )
        ridge = 0.0
    else:
        moments, method = _fixed_point(step, settled), "recursion: fixed point of the moments"
        ridge = Balance(step, settled).ridge
    mean, cov = step.outward(*moments)
    return SGDSteadyStateResult(
        problem, method, mean, cov, step.rounding(moments[0][0], settled.to[0], ridge),
        joint_cov=step.joint(moments[1]) if step.momentum else None,
        along=lambda start, steps: along(process, start, steps, reset),
    )  # fmt: skip


def transient(
    process: SGD, start: ArrayLike, steps: ArrayLike, reset: Reset | None = None
) -> tuple[Any, Any]:
    """Return the exact means and covariances of discrete SGD along training, from a given start.

    Parameters
    ----------
    process : QuadraticSGD, LinearSGD or GaussianSGD
        How a step moves.
    start : float or (d,) array
        Where training starts, at rest.
    steps : (m,) array of int
        Step counts to report at, increasing; 0 is the start.
    reset : Reset, optional
        Resetting after each step, to the start unless it says ``to=``; by default none.

    Returns
    -------
    means : (m, d) array
        Means; of shape ``(m,)`` in one dimension.
    covariances : (m, d, d) array
        Covariances; of shape ``(m,)`` in one dimension.

    Raises
    ------
    ValueError
        If the step counts do not increase, or a state does not have the dimension of the process.

    Examples
    --------
    >>> import resetdyn as rd
    >>> from resetdyn.theory.learning.moments import transient
    >>> sgd = rd.QuadraticSGD(
    ...     hessian=1.0, optimum=0.0, gradient_covariance=4.0, learning_rate=0.5, batch_size=1
    ... )
    >>> transient(sgd, start=8.0, steps=[0, 1, 2])
    (array([8., 4., 2.]), array([0.  , 1.  , 1.25]))
    """
    moments = list(along(process, start, steps, reset))
    means, covariances = zip(*moments, strict=True)
    return np.array(means), np.array(covariances)


def along(
    process: SGD, start: ArrayLike, steps: ArrayLike, reset: Reset | None = None
) -> Iterator[tuple[Any, Any]]:
    """Yield mean and covariance at each of the step counts, as :func:`transient` takes them."""
    step, reset = MomentStep(process), NoReset() if reset is None else reset
    check_reset(process, reset)
    start = check_state("start", start, process.dim)
    counts = np.asarray(steps)
    whole = counts.ndim == 1 and counts.size > 0 and counts.dtype.kind in "iu"
    if not whole or counts[0] < 0 or np.any(np.diff(counts) <= 0):
        raise ValueError(f"steps={steps!r}: give a list of increasing whole numbers of at least 0")

    mix = MomentReset.of(reset, process, step, start)
    mean, cov = step.at_rest(start)
    done = 0
    for count in counts.tolist():
        while done < count:
            done += 1
            with np.errstate(over="ignore", invalid="ignore"):
                mean, cov = mix(mix.chance(done), *step(mean, cov))
        if not np.all(np.isfinite(cov)):
            raise ValueError(
                f"learning_rate={step.rate:g}: after {done} steps the second moment outgrows floating point; "
                "give a smaller learning_rate or fewer steps"
            )
        yield step.outward(mean, cov)


def _over_a_period(step: MomentStep, reset: MomentReset) -> tuple[FloatArray, FloatArray]:
    """Return the moments averaged over the ages 0 to period - 1 since a reset."""
    begin = reset(1.0, *step.at_rest(np.zeros(step.dim)))
    for _ in range(_PERIODS):
        mean, cov = begin
        average, within, between = np.zeros_like(mean), np.zeros_like(cov), np.zeros_like(cov)
        for age in range(reset.period):
            away = mean - average
            average = average + away / (age + 1)
            between += np.einsum("ai,bj->abij", away, mean - average)
            within += cov
            mean, cov = step(mean, cov)
        if not np.any(reset.kept):
            break
        if not np.all(np.isfinite(cov)):
            return average, cov
        last, begin = begin, reset(1.0, mean, cov)
        pairs = zip(begin, last, strict=True)
        if all(np.abs(new - old).max() <= _EPS * np.abs(new).max() for new, old in pairs):
            break
    else:
        raise ValueError(
            f"learning_rate={step.rate:g}: what resets leave of the state does not settle within {_PERIODS} "
            "periods; give a smaller learning_rate or a full reset with reset_velocity='zero'"
        )
    return average, (within + between) / reset.period


def _fixed_point(step: MomentStep, reset: MomentReset) -> tuple[FloatArray, FloatArray]:
    """Return the moments that a step followed by a reset with probability `p` leaves unchanged."""
    if reset.probability == 0 and step.flat:
        raise ValueError(
            f"the loss is flat in some direction (lowest eigenvalue of the Hessian {step.h.min():.2g}), so "
            "the steady state depends on the start: give a reset, or fewer features than samples"
        )
    balance = Balance(step, reset)
    if not settles(balance):
        raise _diverges(step, reset)
    try:
        return balance.moments()
    except ArithmeticError:  # so near the limit that rounding decides
        raise _diverges(step, reset) from None


def _diverges(step: MomentStep, reset: MomentReset) -> ValueError:
    return ValueError(
        f"learning_rate={step.rate:g}: the second moment of SGD grows without bound; give a smaller "
        f"learning_rate (the stability limit is {second_moment_limit(step, reset):.6g}), a larger batch_size "
        "or more resetting"
    )
