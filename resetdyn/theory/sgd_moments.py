"""Mean and covariance of minibatch SGD under resetting, exact at any learning rate.

After a step (:mod:`resetdyn.theory.sgd_step`) has led to the moments ``m'`` and ``C'``, a reset to `y` with
probability ``p = 1 - q`` mixes them (the law of total covariance):

    m = q m' + p y,    C = q C' + p q (m' - y)(m' - y)^T.

The fixed point of the mean, ``(q eta H + p)^-1 (q eta b + p y)``, is ridge regression with penalty
``p / (q eta)``, shrinking to `y`.  That of `C` solves a linear equation whose operator is symmetric for the
inner product ``tr(C C')``, and positive definite exactly where the second moment stays finite: conjugate
gradients solve it, and meet a negative curvature where it does not.  Derived here; without resetting and with
additive noise it is the equation of Liu, Ziyin and Ueda (ICML 2021).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState, check_reset, check_state
from resetdyn.processes import LinearSGD, QuadraticSGD
from resetdyn.resets import Geometric, NoReset, Reset, Sharp, destination
from resetdyn.results import SteadyStateResult
from resetdyn.theory.sgd_step import MomentStep

_EPS = float(np.finfo(float).eps)
_TOLERANCE = 1e-14  # of the preconditioned residual, relative to that of zero
_ITERATIONS = 2000


def steady_state(problem: SteadyState) -> SteadyStateResult:
    """Return the exact steady mean and covariance of discrete SGD, sampled after the reset decision.

    Under :class:`~resetdyn.Sharp` resetting the phase within the period is uniform.

    Parameters
    ----------
    problem : SteadyState
        Of a :class:`~resetdyn.QuadraticSGD` or a :class:`~resetdyn.LinearSGD`.

    Returns
    -------
    SteadyStateResult
        Mean and covariance; the law is not Gaussian under resetting, so there is no density.

    Raises
    ------
    ValueError
        If the second moment grows without bound, or if nothing resets and the loss is flat in some direction,
        so that the steady state depends on the start.

    Examples
    --------
    >>> import resetdyn as rd
    >>> from resetdyn.theory.sgd_moments import steady_state
    >>> sgd = rd.QuadraticSGD(
    ...     hessian=1.0, optimum=1.0, gradient_covariance=1.0, learning_rate=0.5, batch_size=1
    ... )
    >>> round(steady_state(rd.SteadyState(sgd, rd.Geometric(0.5, to=-1.0))).mean, 12)
    -0.333333333333
    """
    step, reset = MomentStep(problem.process), problem.reset
    if isinstance(reset, Sharp):
        moments = _over_a_period(step, step.inward(reset.to), int(reset.period))
        pull, method = np.ones(1), "recursion: moments over one period"
    else:
        p = reset.probability if isinstance(reset, Geometric) else 0.0
        moments = _fixed_point(step, p, step.inward(destination(reset, np.zeros(step.dim))))
        pull, method = p + (1 - p) * step.rate * step.h, "recursion: fixed point of the moments"
    mean, cov = step.outward(*moments)
    error = _EPS * float(pull.max() / pull.min() * np.abs(mean).max())
    return SteadyStateResult(problem, method, mean, cov, error)


def transient(
    process: QuadraticSGD | LinearSGD, start: ArrayLike, steps: ArrayLike, reset: Reset | None = None
) -> tuple[Any, Any]:
    """Return the exact means and covariances of discrete SGD along training, from a given start.

    Parameters
    ----------
    process : QuadraticSGD or LinearSGD
        How a step moves.
    start : float or (d,) array
        Where training starts.
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
    >>> from resetdyn.theory.sgd_moments import transient
    >>> sgd = rd.QuadraticSGD(
    ...     hessian=1.0, optimum=0.0, gradient_covariance=4.0, learning_rate=0.5, batch_size=1
    ... )
    >>> transient(sgd, start=8.0, steps=[0, 1, 2])
    (array([8., 4., 2.]), array([0.  , 1.  , 1.25]))
    """
    step, reset = MomentStep(process), NoReset() if reset is None else reset
    check_reset(process, reset)
    start = check_state("start", start, process.dim)
    counts = np.asarray(steps)
    whole = counts.ndim == 1 and counts.size > 0 and counts.dtype.kind in "iu"
    if not whole or counts[0] < 0 or np.any(np.diff(counts) <= 0):
        raise ValueError(f"steps={steps!r}: give a list of increasing whole numbers of at least 0")

    mean, cov = step.inward(start), np.zeros((step.dim, step.dim))
    to = step.inward(destination(reset, start))
    done, reported = 0, []
    for count in counts:
        while done < count:
            done += 1
            mean, cov = _mix(_reset_probability(reset, done), to, *step(mean, cov))
        reported.append(step.outward(mean, cov))
    means, covariances = zip(*reported, strict=True)
    return np.array(means), np.array(covariances)


def _reset_probability(reset: Reset, step: int) -> float:
    match reset:
        case Geometric(probability=p):
            return p
        case Sharp(period=period):
            return float(step % period == 0)
    return 0.0


def _mix(p: float, to: FloatArray, mean: FloatArray, cov: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the moments after a reset to `to` with probability `p`."""
    gap = to - mean
    return mean + p * gap, (1 - p) * cov + p * (1 - p) * np.outer(gap, gap)


def _over_a_period(step: MomentStep, to: FloatArray, period: int) -> tuple[FloatArray, FloatArray]:
    """Return the moments averaged over the ages 0 to period - 1 since a reset to `to`."""
    mean, cov = to, np.zeros((step.dim, step.dim))
    means, average = np.empty((period, step.dim)), np.zeros((step.dim, step.dim))
    for age in range(period):
        means[age] = mean
        average += cov / period
        mean, cov = step(mean, cov)
    mean = means.mean(axis=0)
    return mean, average + (means - mean).T @ (means - mean) / period


def _fixed_point(step: MomentStep, p: float, to: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the moments that a step followed by a reset with probability `p` leaves unchanged."""
    q, h, rate = 1 - p, step.h, step.rate
    if p == 0 and h[0] <= step.dim * _EPS * h[-1]:
        raise ValueError(
            f"the loss is flat in some direction (lowest eigenvalue of the Hessian {h[0]:.2g}), so the "
            "steady state depends on the start: give a reset, or fewer features than samples"
        )
    mean = (q * rate * step.force + p * to) / (p + q * rate * h)
    gap = to - step.mean(mean)
    source = q * rate**2 * step.noise.at(mean) + q * p * np.outer(gap, gap)
    # 1 - q s_i s_j, with s = 1 - rate h, without its cancellation at small learning rates
    decay = p + q * rate * (np.add.outer(h, h) - rate * np.outer(h, h))

    def balance(cov: FloatArray) -> FloatArray:
        return decay * cov - q * rate**2 * step.noise.spread(cov)

    if decay.min() <= 0:
        raise _diverges(rate)
    try:
        # The identity overlaps with the mode that grows first, so it meets any instability; `source` may not.
        _conjugate_gradients(balance, decay, np.eye(step.dim))
        return mean, _conjugate_gradients(balance, decay, source)
    except _NotPositive:
        raise _diverges(rate) from None


class _NotPositive(ArithmeticError):
    """The operator of the covariance is not positive definite."""


def _conjugate_gradients(
    operator: Callable[[FloatArray], FloatArray], diagonal: FloatArray, source: FloatArray
) -> FloatArray:
    """Solve ``operator(C) = source`` over symmetric matrices, preconditioned by a diagonal."""
    solution = np.zeros_like(source)
    residual = source
    direction = scaled = residual / diagonal
    norm = first = float(np.sum(residual * scaled))
    for _ in range(_ITERATIONS):
        if norm <= _TOLERANCE**2 * first:
            return solution
        image = operator(direction)
        curvature = float(np.sum(direction * image))
        if curvature <= 0:
            raise _NotPositive
        solution = solution + norm / curvature * direction
        residual = residual - norm / curvature * image
        scaled = residual / diagonal
        norm, before = float(np.sum(residual * scaled)), norm
        direction = scaled + norm / before * direction
    raise _NotPositive  # at the edge of stability the solution exceeds all bounds


def _diverges(rate: float) -> ValueError:
    return ValueError(
        f"learning_rate={rate:g}: the second moment of SGD grows without bound; "
        "give a smaller learning_rate, a larger batch_size or more resetting"
    )
