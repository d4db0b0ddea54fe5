"""The risk along training: exact for discrete SGD, and in its Langevin limit.

A quadratic risk needs the mean and the covariance only.  For discrete SGD both are stepped
(:mod:`.learning.moments`).  In the Langevin limit of label noise, an Ornstein-Uhlenbeck process
that is reset at rate `r` to the checkpoint, in the eigenbasis of the training Hessian (eigenvalues `h`), with
`x` from the effective optimum, ``delta`` that of the checkpoint and ``x_0`` that of the start, the balance of
drift, noise and resetting gives (derived here)

    <x_i>(t)     = r delta_i / (h_i + r) + [x_0 - r delta_i / (h_i + r)] e^(-(h_i + r) t),
    <x_i x_j>(t) = M_ij + (x_0 x_0 - M)_ij e^(-(h_i + h_j + r) t),
    M_ij         = (2 D_ij + r delta_i delta_j) / (h_i + h_j + r).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn._checks import FloatArray
from resetdyn.functions import Quadratic
from resetdyn.processes import SGD
from resetdyn.resets import Reset
from resetdyn.theory.learning.moments import along
from resetdyn.theory.steady.relaxation import LinearRelaxation


def sgd_risk(
    process: SGD, risk: Quadratic, start: ArrayLike, steps: ArrayLike, reset: Reset | None = None
) -> Any:
    """Return the expected risk of minibatch SGD along training, exact at any learning rate.

    Parameters
    ----------
    process : QuadraticSGD, LinearSGD or GaussianSGD
        How a step moves.
    risk : Quadratic
        The risk, such as ``model.clean_risk`` of a :class:`~resetdyn.LabelNoiseQuadratic`.
    start : float or (d,) array
        Where training starts, at rest.
    steps : int or (m,) array of int
        Step counts, increasing; 0 is the start.
    reset : Reset, optional
        Resetting after each step, to the start unless it says ``to=``; by default none.

    Returns
    -------
    float or (m,) array
        The expected risk; its limit is ``rd.solve(rd.SteadyState(process, reset)).expect(risk)``.

    Raises
    ------
    TypeError
        If `process` is no SGD or `risk` no `Quadratic`.
    ValueError
        If dimensions differ, or steps are not increasing counts.

    References
    ----------
    K. Liu, L. Ziyin and M. Ueda, ICML (2021), arXiv:2012.03636, for additive noise; L. Ziyin, K. Liu, T. Mori
    and M. Ueda, ICLR (2022), arXiv:2102.05375, for minibatches. Resetting, momentum on data and batches
    without replacement derived here.

    Examples
    --------
    >>> import resetdyn as rd
    >>> sgd = rd.LinearSGD.gaussian(1.0, noise_variance=0.5, learning_rate=0.5, batch_size=1)
    >>> rd.sgd_risk(sgd, rd.Quadratic(1.0, 0.0), start=2.0, steps=[0, 1, 2])
    array([2.      , 1.5625  , 1.234375])
    """
    if not isinstance(risk, Quadratic):
        raise TypeError(f"risk={risk!r}: give an rd.Quadratic, such as model.clean_risk")
    if risk.dim != process.dim:
        raise ValueError(f"risk has dimension {risk.dim}: give one of dimension {process.dim}")
    counts = np.asarray(steps)
    risks = [risk.expect(*moments) for moments in along(process, start, np.atleast_1d(counts), reset)]
    return risks[0] if counts.ndim == 0 else np.array(risks)


def relaxed_risk(
    flow: LinearRelaxation, risk: Quadratic, start: ArrayLike, to: ArrayLike, rate: float, times: FloatArray
) -> FloatArray:
    """Return the expected risk of linear relaxation from `start` at these times, reset at a rate to `to`."""
    h, basis = flow.eigenvalues, flow.basis
    delta, begin = (basis.T @ (np.atleast_1d(state) - flow.center) for state in (to, start))
    matrix = basis.T @ np.atleast_2d(risk.matrix) @ basis
    shift = basis.T @ (flow.center - np.atleast_1d(risk.center))
    pairs = h[:, None] + h + rate
    # What has decayed, 1 - e^(-x t), keeps its digits at short times.
    done = -np.expm1(-np.multiply.outer(times, pairs))
    mean = begin - np.expm1(-np.multiply.outer(times, h + rate)) * (rate * delta / (h + rate) - begin)
    settled = (2 * flow.diffusion + rate * np.outer(delta, delta)) / pairs
    second = np.outer(begin, begin) + done * (settled - np.outer(begin, begin))
    return risk(flow.center) + mean @ (matrix @ shift) + np.einsum("...ij,ij->...", second, matrix) / 2
