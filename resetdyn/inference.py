r"""From samples to answers: what measured completion times say about resetting.

One set of reset-free times answers for every reset rate (Reuveni, PRL 116, 170601 (2016); in discrete time
Bonomo and Pal, PRE 103, 052129 (2021)).  Each law of resetting makes the mean a ratio of two averages over
the samples, ``<T_r> = <a> / <b>``:

    Poisson, rate r             a = (1 - e^(-r T)) / r        b = e^(-r T)
    Geometric, reset wins       a = (1 - q^T) / p             b = q^T               q = 1 - p
    Geometric, process wins     a = (1 - q^T) / p             b = q^(T - 1)
    Sharp, period               a = min(T, period)            b = 1 if T <= period else 0
    Renewal, wait R             a = int_0^T P(R > u) du       b = P(R > T)
    none                        a = T                         b = 1

`a` is the time until the first reset or the end, averaged over the resets, `b` the probability that the end
comes first.  The standard error follows by the delta method.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammainc

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.resets import Geometric, NoReset, Poisson, Renewal, Reset, Sharp, never_resets
from resetdyn.results import RenewalEstimate

# Beyond this relative error of <b> the delta method, and with it the stated error, cannot be trusted.
_TRUSTED = 0.3


def renewal_samples(times: ArrayLike, reset: Reset, censored: ArrayLike | None = None) -> RenewalEstimate:
    """Estimate the mean first-passage time under resetting from reset-free times.

    Resets lead to where the measured searches started, whatever ``reset.to`` says.

    Parameters
    ----------
    times : (n,) array
        Reset-free first-passage times; whole numbers of steps for geometric resetting.
    reset : Poisson, Geometric, Sharp, Renewal or NoReset
        The resetting that is asked about. (Under sharp resetting a search that ends exactly at a reset has
        ended.)
    censored : (n,) bool array, optional
        Searches that had not ended at their time. The range that they leave open widens `error`.

    Returns
    -------
    RenewalEstimate
        ``.mean``, its standard error ``.error`` (plus half the range that censored searches leave open), and
        ``.cv``, the coefficient of variation under resetting.

    Raises
    ------
    ValueError
        If the samples cannot carry the answer: too few are fast enough for this rate, or the censored ones
        leave the mean too open.

    References
    ----------
    S. Reuveni, Phys. Rev. Lett. 116, 170601 (2016); A. Pal and S. Reuveni, Phys. Rev. Lett. 118, 030603
    (2017).

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> times = 0.5 / np.random.default_rng(1).normal(size=100_000) ** 2  # Brownian, D = 1, distance 1
    >>> estimate = rd.renewal_samples(times, rd.Poisson(1.0))
    >>> abs(estimate.mean - (np.e - 1)) < 3 * estimate.error
    True
    """
    law = law_of(reset)
    soonest = reset_free_times(times, isinstance(reset, Geometric))
    open_ = _flags(censored, len(soonest))
    if not np.any(open_):
        mean, error = _ratio(law, soonest, reset)
        return RenewalEstimate(
            reset, len(soonest), f"renewal, {law.name}", mean, error, _cv(law, mean, soonest)
        )
    # A censored search ends somewhere between its time and never; the mean can but grow with it.
    never = np.where(open_, np.inf, soonest)
    (low, low_error), (high, high_error) = _ratio(law, soonest, reset), _ratio(law, never, reset)
    mean, half = (low + high) / 2, (high - low) / 2
    if not half < _TRUSTED * mean:
        raise ValueError(
            f"censored: {int(open_.sum())} of {len(soonest)} searches had not ended, which leaves the mean "
            f"between {low:.6g} and {high:.6g}; ask for a higher rate or measure for longer"
        )
    method = f"renewal, {law.name}, {int(open_.sum())} censored"
    return RenewalEstimate(
        reset, len(soonest), method, mean, max(low_error, high_error) + half, _cv(law, mean, soonest, never)
    )


class _Law(NamedTuple):
    """What a law of resetting makes of reset-free times: `a`, `b`, and the second moment ``<T_r^2>``."""

    name: str
    spent: Callable[[FloatArray], FloatArray]
    ends: Callable[[FloatArray], FloatArray]
    second: Callable[[FloatArray], float]


def law_of(reset: Reset) -> _Law:
    """Return what a law of resetting makes of reset-free times."""
    if not isinstance(reset, Reset):
        raise TypeError(f"reset={reset!r}: give rd.Poisson, rd.Geometric, rd.Sharp, rd.Renewal or rd.NoReset")
    if isinstance(reset, NoReset) or never_resets(reset):
        return _Law("no resetting", lambda T: T, np.ones_like, lambda T: float(np.mean(T**2)))
    if isinstance(reset, Poisson):
        return _poisson(reset.rate)
    if isinstance(reset, Sharp):
        return _sharp(reset.period)
    if isinstance(reset, Geometric):
        return _geometric(reset.probability, reset.ties)
    if isinstance(reset, Renewal):
        return _renewal(reset.law)
    raise ValueError(f"reset={reset}: its rate depends on the paths, not on their times; simulate it")


def _poisson(rate: float) -> _Law:
    def second(T: FloatArray) -> float:  # 1 - e^(-x) (1 + x) is the incomplete gamma function
        return 2 * float(np.mean(gammainc(2, rate * T)) / (rate * np.mean(np.exp(-rate * T))) ** 2)

    return _Law("Poisson", lambda T: -np.expm1(-rate * T) / rate, lambda T: np.exp(-rate * T), second)


def _geometric(p: float, ties: str) -> _Law:
    q = 1 - p

    def spent(T: FloatArray) -> FloatArray:  # U(q), the generating function of the survival probability
        return (1 - q**T) / p

    def ends(T: FloatArray) -> FloatArray:
        return q**T if ties == "reset" else q ** (T - 1)

    def second(T: FloatArray) -> float:
        finite = np.where(np.isinf(T), 1.0, T)
        last = np.where(np.isinf(T), 0.0, finite * q ** (finite - 1))
        rise = np.mean(1 - q**T - p * last) / p**2  # U'(q)
        u, b = np.mean(spent(T)), np.mean(ends(T))
        slope = (q * rise + p * u**2) / b**2 if ties == "reset" else rise / b**2
        return float(2 * slope + u / b)

    return _Law(f"geometric, {ties} wins ties", spent, ends, second)


def _sharp(period: float) -> _Law:
    def spent(T: FloatArray) -> FloatArray:
        return np.minimum(T, period)

    def ends(T: FloatArray) -> FloatArray:
        return (period >= T).astype(float)

    def second(T: FloatArray) -> float:
        ended, first = np.mean(ends(T)), np.mean(spent(T))
        later = 2 * period * (1 - ended) * first / ended
        return float((np.mean(spent(T) ** 2) + later) / ended)

    return _Law("sharp", spent, ends, second)


def _renewal(wait: Any) -> _Law:
    def second(T: FloatArray) -> float:
        # E[min(T, R)^2] + 2 E[R; R < T] <T_r> + P(R < T) <T_r^2>, from the survival function of R alone
        spent, squared = _integrals(wait, T)
        ended = np.mean(wait.sf(T))
        finite = np.where(np.isinf(T), 0.0, T)
        lost = np.mean(spent) - np.mean(finite * wait.sf(T))
        return float((np.mean(squared) + 2 * lost * np.mean(spent) / ended) / ended)

    return _Law("renewal waits", lambda T: _integrals(wait, T)[0], wait.sf, second)


def _integrals(wait: Any, T: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the integrals of ``P(R > u)`` and ``2 u P(R > u)`` from 0 to each time."""
    levels = np.linspace(0, 1, 257)
    own = np.concatenate([wait.ppf(levels), wait.isf(np.geomspace(1e-16, 1e-3, 65))])
    top = wait.isf(1e-18)  # beyond it nobody waits
    ends = np.minimum(T, top)
    knots = np.unique(np.concatenate([[0.0], own[(own > 0) & (own < top)], ends]))
    nodes, weights = np.polynomial.legendre.leggauss(6)
    half = np.diff(knots)[:, None] / 2
    at = knots[:-1, None] + half * (1 + nodes)
    alive = wait.sf(at) * half * weights
    first, second = (np.concatenate([[0.0], np.cumsum(np.sum(f, axis=1))]) for f in (alive, 2 * at * alive))
    place = np.searchsorted(knots, ends)
    return first[place], second[place]


def _ratio(law: _Law, T: FloatArray, reset: Reset) -> tuple[float, float]:
    """Return ``<a> / <b>`` and its standard error."""
    if not np.all(np.isfinite(law.spent(T))):
        return np.inf, np.inf
    a, b = law.spent(T), law.ends(T)
    bottom, root_n = b.mean(), np.sqrt(len(T))
    if not b.std(ddof=1) < _TRUSTED * root_n * bottom:
        raise ValueError(
            f"reset={reset}: too few of the {len(T)} searches are fast enough to tell the mean; "
            "ask for a lower rate (a longer period), or give more times"
        )
    mean = a.mean() / bottom
    return float(mean), float((a - mean * b).std(ddof=1) / (root_n * bottom))


def _cv(law: _Law, mean: float, *bounds: FloatArray) -> float:
    second = sum(law.second(T) for T in bounds) / len(bounds)
    return float(np.sqrt(max(second - mean**2, 0.0)) / mean)


def reset_free_times(times: ArrayLike, in_steps: bool) -> FloatArray:
    """Check measured times."""
    T = _checks.finite_array("times", times)
    if T.ndim != 1 or len(T) < 2:
        raise ValueError(f"times has shape {T.shape}: give at least two times, one for each search")
    if np.any(T <= 0):
        raise ValueError(f"times={T.min():g}: give times above 0")
    if in_steps and np.any(np.round(T) != T):
        raise ValueError(
            "times: geometric resetting counts steps; give whole numbers, or ask about rd.Poisson"
        )
    return T


def _flags(censored: Any, n: int) -> Any:
    flags = np.zeros(n, dtype=bool) if censored is None else np.asarray(censored)
    if flags.shape != (n,) or flags.dtype != bool:
        raise ValueError(
            f"censored has shape {flags.shape} and type {flags.dtype}: give one bool for each time"
        )
    return flags
