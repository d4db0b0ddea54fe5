"""Learning rates at which discrete SGD cannot be sampled, and how soon it forgets its start.

The mean moves by the matrix ``[[k (1 - a), k beta], [-l a, l beta]]`` with ``a = eta h``, where resetting
with probability `p` leaves ``k = 1 - p (1 - f)`` of the state and `l` of the velocity; it decays where
``a < (1 + k) (1 + l beta) / k``: without resetting below ``2 (1 + beta) / h_max``.

A difference `d` of two runs without momentum shrinks as ``E|d'|^2 = d^T E[(1 - eta H_B)^2] d``, and one minus
the largest eigenvalue of that matrix is the gap.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from resetdyn.processes import SGD, GaussianSGD, LinearSGD, QuadraticSGD
from resetdyn.resets import Geometric, Partial, Reset, Sharp

_FORGOTTEN = 1e-5  # of the start, relative, in a steady state without resetting


def require_stable(process: Any, reset: Reset) -> None:
    """Raise if the mean of the process grows without bound under these resets."""
    if isinstance(reset, Sharp) or callable(process.schedule):
        return  # whatever grows is reset within a period, or it is not known beforehand
    rate = process.learning_rate * (1.0 if process.schedule is None else process.schedule[-1])
    factor = _limit_of_unit_curvature(process, reset)
    if rate * _trace(process) < factor:  # no eigenvalue is above it, and it costs next to nothing
        return
    top = _largest_eigenvalue(process)
    if rate * top >= factor:
        limit = factor / top
        raise ValueError(
            f"learning_rate={process.learning_rate:g}: SGD diverges; stay below {limit:.6g}, the stability "
            "limit of its mean"
        )


def diverges(process: SGD) -> ValueError:
    """Return the error of a run that has left the range of numbers."""
    return ValueError(
        f"learning_rate={process.learning_rate:g}: SGD diverges; give a smaller learning_rate or a "
        "larger batch_size"
    )


def _limit_of_unit_curvature(process: Any, reset: Reset) -> float:
    p = reset.probability if isinstance(reset, Geometric) else 0.0
    left = reset.to.factor if isinstance(reset.to, Partial) else 0.0
    kept = float(getattr(process, "reset_velocity", "zero") == "keep")
    k, beta = 1 - p * (1 - left), (1 - p * (1 - kept)) * getattr(process, "momentum", 0.0)
    return math.inf if k == 0 else (1 + k) * (1 + beta) / k


def _trace(process: Any) -> float:
    if isinstance(process, LinearSGD):
        return float(np.sum(process.X**2)) / len(process.X)
    return float(np.trace(_hessian(process)))


def _largest_eigenvalue(process: Any) -> float:
    if isinstance(process, LinearSGD):
        n, dim = process.X.shape
        gram = process.X.T @ process.X if dim <= n else process.X @ process.X.T
        return float(np.linalg.eigvalsh(gram)[-1]) / n
    return float(np.linalg.eigvalsh(_hessian(process))[-1])


def _hessian(process: Any) -> Any:
    return np.atleast_2d(process.covariance if isinstance(process, GaussianSGD) else process.hessian)


def optimum(process: Any) -> Any:
    """Return the minimum of the loss, where the mean is steady."""
    if isinstance(process, QuadraticSGD):
        return np.atleast_1d(process.optimum)
    if isinstance(process, GaussianSGD):
        return np.zeros(process.dim)
    return np.linalg.lstsq(process.X, process.y, rcond=None)[0]


def require_curved(process: Any) -> None:
    """Raise if the loss is flat in some direction, which remembers its start for ever."""
    if isinstance(process, LinearSGD) and np.linalg.matrix_rank(process.X) < process.dim:
        raise ValueError(
            "the loss is flat in some direction, so that the steady state depends on the start: give a "
            "reset, or fewer features than samples"
        )


def steps_to_forget(process: Any) -> int:
    """Return the steps after which the second moment has forgotten its start, without momentum."""
    rate = process.learning_rate
    if isinstance(process, QuadraticSGD):
        h = np.linalg.eigvalsh(np.atleast_2d(process.hessian))
        gap = float(np.min(rate * h * (2 - rate * h)))
    else:
        if isinstance(process, GaussianSGD):
            hessian, share = np.atleast_2d(process.covariance), 1 / process.batch_size
            single = 2 * hessian @ hessian + np.trace(hessian) * hessian  # E |x|^2 x x^T
        else:
            X, n, share = process.X, len(process.X), process.batch_noise
            hessian = X.T @ X / n
            single = (X * np.sum(X**2, axis=1)[:, None]).T @ X / n
        square = share * single + (1 - share) * hessian @ hessian
        gap = float(np.linalg.eigvalsh(2 * rate * hessian - rate**2 * square)[0])
        if gap <= 4 * process.dim * np.finfo(float).eps:
            raise ValueError(
                f"learning_rate={rate:g}: without resetting these steps need not forget their start (or the "
                "loss is flat in some direction); give a smaller learning_rate, a larger batch_size or a "
                "reset"
            )
    return math.ceil(-math.log(_FORGOTTEN) / min(gap, 1.0)) if gap < 1 else 1
