r"""Resetting as a spectral filter: what the mean of linear training under resetting makes of the data.

Between resets gradient flow on a quadratic loss of Hessian `H` and pull ``b = H theta_opt`` relaxes every
eigendirection as ``1 - e^(-h a)``, with `a` the time since the last reset; averaged over that age, the mean
of the steady state under resetting to `to` is

    m = to + g(H) (b - H to),     g(h) = E[1 - e^(-h a)] / h = int_0^inf (1 - e^(-h a)) / h S(a) da / <tau>,

for a waiting time of survival `S` and mean ``<tau>`` (the age has the density ``S / <tau>``).  In particular

    Poisson(r):     g = 1 / (h + r): ridge regression of penalty `r`,
    Sharp(tau):     g = [1 - (1 - e^(-h tau)) / (h tau)] / h,
    Geometric(p):   g = 1 / (h + p / (q eta)) in steps of learning rate `eta`, ``q = 1 - p``: ridge again,
    Sharp(n steps): g = [1 - (1 - (1 - eta h)^n) / (n eta h)] / h.

The noise does not matter, for the mean obeys a linear equation of its own; momentum makes the last but one
penalty ``p (1 - l beta) / (q eta)``, where ``l = q`` if a reset stops the velocity and 1 if it keeps it
(:mod:`.learning.balance`).

Sources: Jolakoski (arXiv:2605.30059) for renewal laws in continuous time; discrete time and momentum derived
here.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.processes import heavy_ball
from resetdyn.resets import Geometric, NoReset, Partial, Poisson, Renewal, Reset, Sharp
from resetdyn.theory.numerics.quadrature import over_times
from resetdyn.theory.resetting.waiting import values_of

_TERMS = 30


def spectral_filter(reset: Reset, h: ArrayLike, learning_rate: float | None = None) -> Any:
    """Return the spectral filter `g` of resetting: the mean is ``to + g(H) (b - H to)``.

    Parameters
    ----------
    reset : NoReset, Poisson, Sharp, Renewal or Geometric
        When resets happen.
    h : float or array
        Eigenvalues of the Hessian, at least 0.
    learning_rate : float, optional
        For discrete steps: learning rate of full-batch or minibatch SGD without momentum (`Geometric`, or
        `Sharp` with its period in steps). By default time is continuous.

    Returns
    -------
    float or array
        `g`, of the shape of `h`: ``1 / h`` without resetting, less with it.

    Raises
    ------
    ValueError
        If the reset has no such filter, or does not fit the clock.

    References
    ----------
    P. Jolakoski, arXiv:2605.30059 (2026), in continuous time; in steps and with momentum derived here.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.spectral_filter(rd.Poisson(2.0), [0.0, 2.0])
    array([0.5 , 0.25])
    >>> rd.spectral_filter(rd.Geometric(0.5), 2.0, learning_rate=0.5)
    0.25
    """
    _check(reset, learning_rate)
    values = _checks.finite_array("h", h)
    if np.any(values < 0):
        raise ValueError(f"h={h!r}: give eigenvalues of at least 0")
    match reset:
        case Sharp(period=period):
            found = _sharp(values, float(period), learning_rate or 0.0)
        case Renewal(law=law) if hasattr(law, "pmf"):
            periods, chances = values_of(law)
            shares = chances * periods / np.sum(chances * periods)
            found = np.sum(
                [share * _sharp(values, n, 0.0) for share, n in zip(shares, periods, strict=True)], axis=0
            )
        case Renewal(law=law):
            found = _averaged(values, law)
        case _:
            with np.errstate(divide="ignore"):
                found = 1 / (values + ridge_penalty(reset, learning_rate))
    return float(found) if values.ndim == 0 else found


def ridge_penalty(
    reset: Reset, learning_rate: float | None = None, momentum: float = 0.0, reset_velocity: str = "zero"
) -> float:
    """Return the penalty of the ridge regression that memoryless resetting amounts to in the mean.

    The mean minimises ``loss + penalty |theta - to|^2 / 2``, with the loss ``|X theta - y|^2 / (2 n)`` on
    data (in scikit-learn's convention, ``alpha = n * penalty``).

    Parameters
    ----------
    reset : NoReset, Poisson or Geometric
        When resets happen.
    learning_rate : float, optional
        Learning rate of the steps, for `Geometric`.
    momentum : float, optional
        Heavy-ball momentum of the steps.
    reset_velocity : {"zero", "keep"}, optional
        What a reset does to the velocity.

    Returns
    -------
    float
        The penalty: the rate of `Poisson`, ``p / ((1 - p) learning_rate)`` for `Geometric` without momentum.

    Raises
    ------
    ValueError
        If the reset is not memoryless, or `learning_rate` is missing or does not belong.

    References
    ----------
    P. Jolakoski, arXiv:2605.30059 (2026), in continuous time; in steps and with momentum derived here.

    Examples
    --------
    >>> import resetdyn as rd
    >>> rd.ridge_penalty(rd.Poisson(0.3)), rd.ridge_penalty(rd.Geometric(0.5), learning_rate=0.1)
    (0.3, 10.0)
    """
    _check(reset, learning_rate)
    beta = heavy_ball.check(momentum, reset_velocity)["momentum"]
    match reset:
        case NoReset():
            return 0.0
        case Poisson(rate=rate):
            return float(rate)
        case Geometric(probability=p) if learning_rate is not None:
            lost = p if reset_velocity == "zero" else 0.0
            return inf if p == 1 else p * (1 - beta + lost * beta) / ((1 - p) * learning_rate)
    raise ValueError(
        f"reset={reset}: only memoryless resetting is ridge regression; give rd.Poisson or rd.Geometric, or "
        "use rd.spectral_filter"
    )


def _check(reset: Reset, learning_rate: float | None) -> None:
    if not isinstance(reset, NoReset | Poisson | Sharp | Renewal | Geometric):
        raise ValueError(
            f"reset={reset!r} has no spectral filter; give rd.Poisson, rd.Sharp, rd.Renewal or rd.Geometric"
        )
    if not reset.free or isinstance(reset.to, Partial):
        raise ValueError(f"reset={reset}: give a full reset without pauses or journeys")
    if learning_rate is None:
        if isinstance(reset, Geometric):
            raise ValueError(f"reset={reset} acts on steps; give their learning_rate=, or rd.Poisson(rate)")
        return
    _checks.positive("learning_rate", learning_rate)
    if isinstance(reset, Poisson | Renewal):
        raise ValueError(f"reset={reset} acts in continuous time; leave out learning_rate=")
    if isinstance(reset, Sharp) and reset.period != int(reset.period):
        raise ValueError(f"period={reset.period:g}: give a whole number of steps")


def _sharp(h: FloatArray, period: float, rate: float) -> FloatArray:
    """Return the filter of a fixed period, in steps of this learning rate (0: continuous time)."""
    scale = rate or 1.0  # time of a unit of the period
    angle = scale * h
    # Alternating series of (1 - angle)^period or exp(-angle period), where the closed form cancels.
    term = np.full_like(h, scale * (period - 1 if rate else period) / 2)
    series = np.zeros_like(h)
    small = angle * period < 1
    for k in range(_TERMS):
        series = series + np.where(small, term, 0.0)
        term = -term * np.where(small, angle, 0.0) * ((period - 2 - k) if rate else period) / (k + 3)
    large = np.where(small, 1.0, angle)
    with np.errstate(over="ignore"):  # steps too large for the curvature diverge
        left = (1 - large) ** period if rate else np.exp(-large * period)
    return np.where(small, series, scale * (1 - (1 - left) / (large * period)) / large)


def _averaged(h: FloatArray, law: Any) -> FloatArray:
    """Return the filter of a waiting time with a density."""
    rates = h.ravel()[:, None]

    def rows(age: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            waiting = law.sf(age)
            risen = np.where(rates > 0, -np.expm1(-rates * age) / np.where(rates > 0, rates, 1.0), age)
        return np.concatenate([[waiting], waiting * risen])

    value = over_times(rows, list(law.support()), float(law.median()), 1).value
    return np.reshape(value[1:] / value[0], h.shape)
