"""Mean and covariance of minibatch SGD under resetting, exact at any learning rate.

A step is ``theta' = theta - eta g``, with `g` the gradient of a random batch: its mean is the full gradient
``H theta - b``, and its covariance at a given `theta` is ``c G(theta)``, with `G` that of one sample and
``c = 1 / B`` for batches of `B` drawn with replacement, ``(n - B) / (B (n - 1))`` without.  For least squares
the gradients of the samples are ``x_i (x_i . theta - y_i)``, so `G` is quadratic and the moments close:

    m' = m - eta (H m - b)
    C' = (1 - eta H) C (1 - eta H) + eta^2 c [G(m) + <x x^T (x . C x)> - H C H].

Gaussian noise that does not depend on the state keeps `G` alone of the bracket.  A reset to `y` with
probability ``p = 1 - q`` then mixes (the law of total covariance)

    m -> q m' + p y,    C -> q C' + p q (m' - y)(m' - y)^T.

The fixed point of the mean, ``(q eta H + p)^-1 (q eta b + p y)``, is ridge regression with penalty
``p / (q eta)``, shrinking to `y`.  That of `C` solves a linear equation whose operator is symmetric for the
inner product ``tr(C C')``, and positive definite exactly where the second moment stays finite: conjugate
gradients solve it, and meet a negative curvature where it does not.

Sources: Liu, Ziyin and Ueda (ICML 2021) for additive noise; the equation for a dataset and under resetting is
derived here, in the manner of Ziyin, Liu, Mori and Ueda (ICLR 2022) for fresh Gaussian inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState, check_reset, check_state
from resetdyn.processes import LinearSGD, Process, QuadraticSGD
from resetdyn.resets import Geometric, NoReset, Reset, Sharp, destination
from resetdyn.results import SteadyStateResult

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
    sgd = _Recursion(problem.process)
    if isinstance(problem.reset, Sharp):
        moments = sgd.over_a_period(sgd.inward(problem.reset.to), int(problem.reset.period))
        pull, method = np.ones(1), "moment recursion over one period"
    else:
        p = problem.reset.probability if isinstance(problem.reset, Geometric) else 0.0
        moments = sgd.fixed_point(p, sgd.inward(destination(problem.reset, np.zeros(sgd.dim))))
        pull, method = p + (1 - p) * sgd.rate * sgd.h, "fixed point of the moment recursion"
    mean, cov = sgd.outward(*moments)
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
    sgd = _Recursion(process)
    reset = NoReset() if reset is None else reset
    check_reset(process, reset)
    counts = np.asarray(steps)
    whole = counts.ndim == 1 and counts.size > 0 and counts.dtype.kind in "iu"
    if not whole or counts[0] < 0 or np.any(np.diff(counts) <= 0):
        raise ValueError(f"steps={steps!r}: give a list of increasing whole numbers of at least 0")
    start = check_state("start", start, process.dim)

    mean, cov = sgd.inward(start), np.zeros((sgd.dim, sgd.dim))
    to = sgd.inward(destination(reset, start))
    done, reported = 0, []
    for count in counts:
        while done < count:
            done += 1
            mean, cov = _mix(_reset_probability(reset, done), to, *sgd.step(mean, cov))
        reported.append(sgd.outward(mean, cov))
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


class _Recursion:
    """One step of the moments, in the eigenbasis of the Hessian (eigenvalues `h`)."""

    def __init__(self, process: Process) -> None:
        if not isinstance(process, QuadraticSGD | LinearSGD):
            raise TypeError(f"process={process!r}: give a QuadraticSGD or a LinearSGD")
        self.dim, self.rate = process.dim, process.learning_rate
        if isinstance(process, LinearSGD):
            h, self.basis = np.linalg.eigh(process.X.T @ process.X / len(process.X))
            self.h = np.maximum(h, 0.0)  # rounding may leave a flat direction slightly negative
            X = process.X @ self.basis
            self.force = X.T @ process.y / len(X)
            self.noise: _AdditiveNoise | _MinibatchNoise = _MinibatchNoise(X, process.y, self.h, process)
        else:
            self.h, self.basis = np.linalg.eigh(np.atleast_2d(process.hessian))
            self.force = self.h * self.inward(process.optimum)
            covariance = np.atleast_2d(process.gradient_covariance) / process.batch_size
            self.noise = _AdditiveNoise(self.basis.T @ covariance @ self.basis)
        self.shrink = 1 - self.rate * self.h

    def inward(self, state: ArrayLike) -> FloatArray:
        """Return a state in the eigenbasis."""
        return self.basis.T @ np.atleast_1d(state)

    def outward(self, mean: FloatArray, cov: FloatArray) -> tuple[Any, Any]:
        """Return moments in the original basis (floats in one dimension)."""
        mean, cov = self.basis @ mean, self.basis @ cov @ self.basis.T
        return _checks.unit_or_scalar(mean, self.dim), _checks.unit_or_scalar((cov + cov.T) / 2, self.dim)

    def step(self, mean: FloatArray, cov: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the moments after one step of SGD."""
        noise = self.noise.at(mean) + self.noise.spread(cov)
        cov = np.outer(self.shrink, self.shrink) * cov + self.rate**2 * noise
        return self.shrink * mean + self.rate * self.force, cov

    def over_a_period(self, to: FloatArray, period: int) -> tuple[FloatArray, FloatArray]:
        """Return the moments averaged over the ages 0 to period - 1 since a reset to `to`."""
        mean, cov = to, np.zeros((self.dim, self.dim))
        means, average = np.empty((period, self.dim)), np.zeros((self.dim, self.dim))
        for age in range(period):
            means[age] = mean
            average += cov / period
            mean, cov = self.step(mean, cov)
        away = means - means.mean(axis=0)
        return means.mean(axis=0), average + away.T @ away / period

    def fixed_point(self, p: float, to: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the moments that a step followed by a reset with probability `p` leaves unchanged."""
        q, h, rate = 1 - p, self.h, self.rate
        if p == 0 and h[0] <= self.dim * _EPS * h[-1]:
            raise ValueError(
                f"the loss is flat in some direction (lowest eigenvalue of the Hessian {h[0]:.2g}), so the "
                "steady state depends on the start: give a reset, or fewer features than samples"
            )
        pull = p + q * rate * h
        mean = (q * rate * self.force + p * to) / pull
        gap = to - (self.shrink * mean + rate * self.force)
        source = q * rate**2 * self.noise.at(mean) + q * p * np.outer(gap, gap)
        # 1 - q s_i s_j without its cancellation at small learning rates
        decay = p + q * rate * (np.add.outer(h, h) - rate * np.outer(h, h))

        def balance(cov: FloatArray) -> FloatArray:
            return decay * cov - q * rate**2 * self.noise.spread(cov)

        if decay.min() <= 0:
            raise _diverges(rate)
        try:
            # A positive solution for a positive definite source proves that the second moment is stable.
            _conjugate_gradients(balance, decay, np.eye(self.dim))
            return mean, _conjugate_gradients(balance, decay, source)
        except _NotPositive:
            raise _diverges(rate) from None


class _AdditiveNoise:
    """Gradient noise that does not depend on the state."""

    def __init__(self, covariance: FloatArray) -> None:
        self.covariance = covariance

    def at(self, state: FloatArray) -> FloatArray:
        """Return the covariance of a step's gradient at a known state."""
        return self.covariance

    def spread(self, cov: FloatArray) -> FloatArray:
        """Return what an uncertain state adds to it."""
        return np.zeros_like(cov)


class _MinibatchNoise:
    """Gradient noise of drawing a batch of samples, in the eigenbasis of the Hessian."""

    def __init__(self, X: FloatArray, y: FloatArray, h: FloatArray, process: LinearSGD) -> None:
        n, batch = X.shape[0], process.batch_size
        self.X, self.y, self.hh = X, y, np.outer(h, h)
        self.scale = (1 / batch) if process.replacement else (n - batch) / (batch * max(n - 1, 1))

    def at(self, state: FloatArray) -> FloatArray:
        """Return the covariance of a step's gradient at a known state."""
        gradients = self.X * (self.X @ state - self.y)[:, None]
        gradients -= gradients.mean(axis=0)
        return self.scale / len(gradients) * (gradients.T @ gradients)

    def spread(self, cov: FloatArray) -> FloatArray:
        """Return what an uncertain state adds to it."""
        weights = np.einsum("ni,ni->n", self.X @ cov, self.X) / len(self.X)
        return self.scale * ((self.X * weights[:, None]).T @ self.X - self.hh * cov)


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
