"""The learning rate up to which the moments of SGD stay finite, with and without resetting.

The mean, of matrix ``[[k (1 - a), k beta], [-l a, l beta]]`` with ``a = eta h``, decays where

    a < (1 + k) (1 + l beta) / k,

that is ``eta < 2 (1 + beta) / h_max`` without resetting.  The second moment needs more: in the notation of
:mod:`.learning.balance`, ``decay > 0``, and the *growth* below 1, which is the largest eigenvalue
of ``w_0 eta^2 S`` relative to `decay`, both symmetric: the share of the variance that the noise feeds back.
``decay / eta^2`` falls with the learning rate, so that the growth rises with it, and the limit is one root.

In one dimension, without momentum and with ``kappa = E[x^4] / E[x^2]^2``, it is the root of
``(1 - p) [1 - 2 a + a^2 (1 + (kappa - 1) / B)] = 1``; for Gaussian inputs ``kappa = 3`` and without resetting
``eta = 2 / (h (1 + 2 / B))``, in `d` dimensions ``mu Tr[A / (2 - eta (1 + 1 / B) A)] = 1`` with
``mu = eta / B`` (Ziyin, Liu, Mori and Ueda, ICLR 2022).  The rest is derived here.
"""

from __future__ import annotations

from math import inf

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from resetdyn._checks import FloatArray
from resetdyn.problems import check_reset
from resetdyn.processes import SGD
from resetdyn.resets import NoReset, Reset, Sharp
from resetdyn.theory.learning.balance import Balance
from resetdyn.theory.learning.step import MomentStep
from resetdyn.theory.learning.velocity import MomentReset

_DENSE = 8  # dimensions up to which the operator on matrices is written out
_EDGE = 4e-15  # relative distance from the limit that rounding hides
_BELOW = 1e-12  # relative distance from the pole of the first bound
_BOUNDS = 60
_SETTLED = 1e-9  # residual of the fastest mode; its growth is off by the square


def stability_limit(process: SGD, reset: Reset | None = None, moment: int = 2) -> float:
    """Return the learning rate at which the moments of SGD begin to diverge.

    Parameters
    ----------
    process : QuadraticSGD, LinearSGD or GaussianSGD
        The data, the batches and the momentum; its own learning rate plays no part.
    reset : Reset, optional
        Resetting after each step, which makes larger learning rates possible; by default none.
    moment : {2, 1}, optional
        Whether the second moment (default) has to stay finite, or the mean alone.

    Returns
    -------
    float
        The limit, `inf` where no learning rate diverges.

    Raises
    ------
    TypeError
        If `process` is no SGD.
    ValueError
        If `moment` is neither 1 nor 2, or a reset by the clock keeps a velocity or a part of the state.

    References
    ----------
    K. Liu, L. Ziyin and M. Ueda, ICML (2021), arXiv:2012.03636, for additive noise; L. Ziyin, K. Liu, T. Mori
    and M. Ueda, ICLR (2022), arXiv:2102.05375, for minibatches. Resetting, momentum on data and batches
    without replacement derived here.

    Examples
    --------
    >>> import resetdyn as rd
    >>> sgd = rd.LinearSGD.gaussian(1.0, noise_variance=0.5, learning_rate=0.1, batch_size=1)
    >>> round(rd.stability_limit(sgd), 12), rd.stability_limit(sgd, moment=1)  # 2 / (1 + 2 / B), 2
    (0.666666666667, 2.0)
    >>> round(rd.stability_limit(sgd, rd.Geometric(0.5)), 12)  # (1 + sqrt(1 + 3)) / 3
    1.0
    """
    if moment not in (1, 2):
        raise ValueError(f"moment={moment!r}: give 2 (mean and covariance) or 1 (the mean alone)")
    reset = NoReset() if reset is None else reset
    check_reset(process, reset)
    step = MomentStep(process)
    settled = MomentReset.of(reset, process, step)
    if isinstance(reset, Sharp):
        if np.any(settled.kept):
            raise ValueError(f"reset={reset}: give a full reset with reset_velocity='zero', or rd.Geometric")
        return inf  # whatever grows is reset within a period
    top = float(step.h.max())
    if top == 0:
        return inf
    p, beta = settled.probability, step.momentum
    f, g = (*settled.kept, 0.0)[:2]
    if moment == 1:
        k, l_beta = 1 - p * (1 - f), (1 - p * (1 - g)) * beta
        return inf if k == 0 else float((1 + k) * (1 + l_beta) / (k * top))
    return second_moment_limit(step, settled)


def second_moment_limit(step: MomentStep, reset: MomentReset) -> float:
    """Return the learning rate at which the second moment diverges under a reset with a fixed probability.

    A matrix `V` gives an upper bound of the limit, the root of ``<V, decay V> = eta^2 w_0 <V, S V>``, which
    is quadratic in ``1 / eta``; the mode that grows fastest there gives the next, and the bounds fall to the
    limit, twice as many digits at a time.
    """
    pole = float(Balance(step, reset).pole / step.h.max())
    if pole == inf:
        return inf
    limit, start = pole * (1 - _BELOW), None
    for _ in range(_BOUNDS):
        balance = Balance(step.at_rate(limit), reset)
        growth, mode = _growth(balance, start)
        if growth <= 1 + _EDGE:
            return pole if start is None else limit
        constant, linear, square = (float(np.sum(term * mode**2)) for term in balance.terms)
        fed_back = float(np.sum(mode * balance.spread(mode))) - square
        before = limit
        limit *= float(linear + np.sqrt(linear**2 + 4 * constant * fed_back)) / (2 * fed_back)
        start = mode
        if limit >= before * (1 - _EDGE):
            break
    return limit


def settles(balance: Balance) -> bool:
    """Return whether the second moment stays finite."""
    if np.any(np.diag(balance.decay) <= 0):
        return False
    # What is fed back is a positive map: if it makes the identity smaller, its eigenvalues are below 1.
    fed_back = balance.spread(np.eye(balance.step.dim)) / balance.decay
    return float(np.linalg.eigvalsh(fed_back)[-1]) < 1 or _growth(balance)[0] < 1


def _growth(balance: Balance, start: FloatArray | None = None) -> tuple[float, FloatArray]:
    """Return the share of the variance that the noise feeds back, and the mode in which it is largest."""
    dim = balance.step.dim
    # Without resetting nothing decays between flat directions, nor is there any noise.
    decay = np.where(balance.decay == 0, 1.0, balance.decay)
    scale = 1 / np.sqrt(decay)

    def fed_back(cov: FloatArray) -> FloatArray:
        cov = scale * cov.reshape(dim, dim)
        return np.asarray(scale * balance.spread((cov + cov.T) / 2)).ravel()

    begin = (np.eye(dim) if start is None else start / scale).ravel()
    if not np.any(fed_back(begin)):
        return 0.0, np.eye(dim)
    if dim <= _DENSE:
        matrix = np.array([fed_back(unit) for unit in np.eye(dim * dim)])
        values, modes = np.linalg.eigh((matrix + matrix.T) / 2)
    else:
        operator = LinearOperator((dim * dim, dim * dim), matvec=fed_back, dtype=float)
        values, modes = eigsh(operator, 1, which="LA", v0=begin, tol=_SETTLED)
    return float(values[-1]), scale * modes[:, -1].reshape(dim, dim)
