r"""Reweighting: one run answers for a whole grid of reset rates, and says where it cannot.

**Reset-free times** answer for any law of resetting by renewal, see :mod:`resetdyn.inference`.

**Times under Poisson resetting** at a rate ``r0``, with the number `n` of resets of each path: a path with
resets at given instants has the density ``r^n e^(-r T)`` in these instants, whatever else happens on it, so

    w = (r / r0)^n e^(-(r - r0) T),        <T_r> = < w T >.

Two averages are known, ``<w> = 1`` and ``<w (n - r T)> = 0`` (a martingale stopped at T); regression on them
contains the plain and the self-normalised estimator as coefficients 0 and ``<T_r>``, and to leading order in
the number of paths its mean squared error is the least of all of these.  Where resets lead back to the start
the paths that saw no reset are reset-free times seen through ``e^(-r0 T)``, so that

    f = < 1[n = 0] e^(-(r - r0) T) > = <e^(-r T)>_free,        <T_r> = (1 - f) / (r f),

with weights that never exceed 1 for ``r > r0``.  At each rate the one with the smaller error is taken.
(Derived here.)

**Trust.**  The effective sample size of weights is ``(sum w)^2 / sum w^2``.  A rate is trusted where that is
at least 100 for every average, and where the largest contributions to the error fall off fast enough (Hill's
tail index above 2.5) for a variance to exist and to have been seen.  From a rate ``r0`` downwards the first
trials must fall off faster than ``e^(-3 (r0 - r) T)``, as the longest of them tell.  Likelihood ratios must,
besides, be asked for at most twice the rate, average to 1,
be worth a twentieth of the paths, and have a third moment: ``<w^3; n = k>`` must fall
with k, as one more trial multiplies it by a constant.  Where these fail, `ess` is stated as 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import xlogy

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.inference import law_of, reset_free_times
from resetdyn.resets import Geometric, NoReset, Poisson, Renewal, Reset, Sharp, never_resets
from resetdyn.results import FirstPassageSamples
from resetdyn.results.reweighted import Reweighted, ReweightedOptimum

_FEWEST = 100.0
_TAIL = 2.5
# Of all paths the least share that must be effective for a likelihood ratio to be trusted.
_SHARE = 0.05
# Up to this multiple of the rate of the samples their trials show whether likelihood ratios have moments.
_FARTHEST = 2.0


class _Estimate(NamedTuple):
    """A mean, what each path contributes to its error, and the effective number of paths."""

    mean: float
    influence: FloatArray
    ess: float

    @property
    def error(self) -> float:
        n = len(self.influence)
        return float(self.influence.std(ddof=1) / np.sqrt(n)) if np.isfinite(self.mean) else np.inf

    @property
    def trusted(self) -> bool:
        return bool(np.isfinite(self.mean) and self.ess >= _FEWEST and _tail(self.influence) > _TAIL)


_NOTHING = _Estimate(np.nan, np.zeros(2), 0.0)
_At = Callable[[Any], list[_Estimate]]


def reweight(samples: FirstPassageSamples | ArrayLike, rates: Any) -> Reweighted:
    """Estimate mean first-passage times under many resets from one run.

    Parameters
    ----------
    samples : FirstPassageSamples or (n,) array
        Simulated without resets or with Poisson resets that cost no time; or measured reset-free times.
    rates : array of float, or sequence of Reset
        Poisson rates; or, from reset-free times, any of Poisson, Sharp, Geometric, Renewal and NoReset.
        Resets lead where they lead in the samples, or else to their start, whatever ``reset.to`` says.

    Returns
    -------
    Reweighted
        ``.mean``, ``.error``, ``.ess`` (effective sample size) and ``.trusted`` for each rate, and the
        ``.optimum`` among trusted Poisson rates.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If the samples were cut short, or under resets that reweighting does not know.

    Examples
    --------
    >>> import resetdyn as rd
    >>> def search(rate):
    ...     return rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(rate))
    >>> run = rd.simulate(search(2.0), n=100_000, rng=7)
    >>> answer = rd.reweight(run, [1.5, 2.0, 3.0, 5.0, 1000.0])
    >>> answer.trusted
    array([ True,  True,  True,  True, False])
    >>> bool(abs(answer.mean[3] - rd.solve(search(5.0)).mean) < 4 * answer.error[3])
    True
    >>> abs(answer.optimum.rate - 2.5396) < 4 * answer.optimum.error
    True
    """
    resets = _resets(rates)
    at, n, method = _estimators(samples, resets)
    best = [min(at(reset), key=_preference) for reset in resets]
    trusted = np.array([e.trusted for e in best])
    poisson = all(isinstance(reset, Poisson) for reset in resets)
    return Reweighted(
        resets=resets, n=n, method=method,
        rates=np.array([_frequency(reset) for reset in resets]),
        mean=np.array([e.mean for e in best]), error=np.array([e.error for e in best]),
        ess=np.array([e.ess for e in best]), trusted=trusted,
        optimum=_optimum(at, resets, best, trusted) if poisson else None,
    )  # fmt: skip


def _preference(estimate: _Estimate) -> tuple[bool, float]:
    error = estimate.error
    if not np.isfinite(error):
        return True, np.inf
    return (False, error) if estimate.trusted else (True, -error)  # an error that misses a tail is small


def _resets(rates: Any) -> tuple[Reset, ...]:
    if isinstance(rates, list | tuple) and rates and all(isinstance(reset, Reset) for reset in rates):
        return tuple(rates)
    array = np.atleast_1d(_checks.finite_array("rates", rates))
    if array.ndim != 1 or np.any(array < 0):
        raise ValueError(f"rates={array}: give one row of rates of at least 0")
    return tuple(Poisson(rate) for rate in array.tolist())


def _estimators(samples: Any, resets: tuple[Reset, ...]) -> tuple[_At, int, str]:
    """Return the estimators that the samples allow, the number of paths, and a name."""
    steps = any(isinstance(reset, Geometric) for reset in resets)
    if not isinstance(samples, FirstPassageSamples):
        free = reset_free_times(samples, steps)
        return lambda reset: [_renewed(free, reset)], len(free), "renewal from reset-free times"
    if samples.lower_bound or not np.all(np.isfinite(samples.times)):
        raise ValueError("samples: some paths never arrived or were given up; simulate without max_time")
    if samples.n < 2:
        raise ValueError("samples: one path tells no error; simulate more")
    own = samples.problem.reset
    if never_resets(own):
        free = reset_free_times(samples.times, steps)
        return lambda reset: [_renewed(free, reset)], len(free), "renewal from reset-free times"
    if not isinstance(own, Poisson) or not own.free:
        raise ValueError(
            f"samples were drawn under {own}: reweighting takes rd.NoReset, or rd.Poisson without pause or "
            "journey; use rd.simulate for each reset"
        )
    if not all(isinstance(reset, Poisson | NoReset) for reset in resets):
        raise ValueError(
            "rates: samples under rd.Poisson answer for rates; for other laws simulate rd.NoReset"
        )
    to_start = own.to is None or (not own.random_to and np.array_equal(own.to, samples.problem.start))

    def at(reset: Reset) -> list[_Estimate]:
        rate = _frequency(reset)
        found = [_likelihood(samples.times, samples.resets, own.rate, rate)]
        if to_start and rate > 0:
            found.append(_first_trials(samples.times, samples.resets, own.rate, rate))
        return found

    return at, samples.n, f"likelihood ratio from rate {own.rate:g}"


def _renewed(T: FloatArray, reset: Reset) -> _Estimate:
    law = law_of(reset)
    a, b = law.spent(T), law.ends(T)
    if not b.any():
        return _NOTHING
    mean = float(a.mean() / b.mean())
    return _Estimate(mean, (a - mean * b) / b.mean(), min(_ess(a), _ess(b)))


def _likelihood(T: FloatArray, n: Any, own: float, rate: float) -> _Estimate:
    with np.errstate(over="ignore", divide="ignore"):
        w = np.exp(xlogy(n, rate / own) - (rate - own) * T)
    if not (np.all(w < 1e150) and w.any()):
        return _NOTHING
    known = np.column_stack([w - 1, w * (n - rate * T)])
    mean, rest = _regressed(w * T, known)
    sound = rate <= _FARTHEST * own and _ess(w) > _SHARE * len(w) and _unbiased(w) and _growth(n, w) < 1
    return _Estimate(mean, rest, _ess(w) if sound and _seen(T, n, own - rate) else 0.0)


def _first_trials(T: FloatArray, n: Any, own: float, rate: float) -> _Estimate:
    with np.errstate(over="ignore"):
        w = np.where(n == 0, np.exp(-(rate - own) * np.where(n == 0, T, 0.0)), 0.0)
    if not (np.all(w < 1e150) and w.any()):
        return _NOTHING
    f, rest = _regressed(w, (n - own * T)[:, None])
    if not 0 < f < 1:
        return _NOTHING
    return _Estimate((1 - f) / (rate * f), -rest / (rate * f**2), _ess(w) if _seen(T, n, own - rate) else 0.0)


def _seen(T: FloatArray, n: Any, gain: float) -> bool:
    """Return whether weights that gain e^(gain T) within a trial have a third moment.

    They do if the first trials fall off three times as fast; their decay is told by the longest of them.
    """
    if gain <= 0:
        return True
    first = np.sort(T[n == 0])
    k = int(np.sqrt(len(first)))
    if k < np.sqrt(_FEWEST):
        return False
    decay = 1 / max(float(np.mean(first[-k:] - first[-k - 1])), np.finfo(float).tiny)
    return bool(3 * gain < decay * (1 - 2 / np.sqrt(k)))


def _unbiased(w: FloatArray) -> bool:
    """Return whether weights average to 1; they fall short where the paths that matter were not seen."""
    return bool(abs(w.mean() - 1) < 4 * w.std(ddof=1) / np.sqrt(len(w)) + 1e-12)


def _growth(n: Any, w: FloatArray) -> float:
    """Return by what factor the third moment of the weights changes with one more reset, as n grows.

    The moment exists if that is below 1. It is told by the trials between resets, and needs no rare paths.
    """
    parts = np.bincount(np.asarray(n, dtype=np.int64), weights=(w / w.max()) ** 3)
    seen = np.bincount(np.asarray(n, dtype=np.int64)) >= _FEWEST
    last = len(seen) if seen.all() else int(np.argmin(seen))
    before, after = parts[1 : last - 1].sum(), parts[2:last].sum()
    return float(after / before) if before > 0 else np.inf


def _regressed(values: FloatArray, known: FloatArray) -> tuple[float, FloatArray]:
    """Return the average of values, corrected by what should average to 0, and the residuals."""
    scale = np.where(known.std(axis=0) > 0, known.std(axis=0), 1.0)
    known = known / scale
    slopes = np.linalg.lstsq(known - known.mean(axis=0), values - values.mean(), rcond=1e-10)[0]
    corrected = values - known @ slopes
    mean = float(corrected.mean())
    return mean, corrected - mean


def _ess(w: FloatArray) -> float:
    w = w / w.max()
    return float(w.sum() ** 2 / np.sum(w**2))


def _tail(influence: FloatArray) -> float:
    """Return Hill's tail index of the largest contributions."""
    k = max(int(min(np.sqrt(len(influence)), len(influence) / 10)), 2)
    top = np.sort(np.abs(influence))[-k - 1 :]
    if top[0] == 0:
        return 0.0 if top[-1] > 0 else np.inf
    logs = float(np.mean(np.log(top[1:] / top[0])))
    return 1 / logs if logs > 0 else np.inf


def _frequency(reset: Any) -> float:
    """Return the resets per unit time (or step)."""
    match reset:
        case Poisson(rate=rate):
            return float(rate)
        case Sharp(period=period):
            return float(1 / period)
        case Geometric(probability=probability):
            return float(probability)
        case Renewal(law=law):
            return float(1 / law.mean())
    return 0.0


def _optimum(at: _At, resets: Any, best: list[_Estimate], trusted: Any) -> ReweightedOptimum | None:
    """Return the rate with the least mean between trusted neighbours; its error by the delta method."""
    order = [i for i in np.argsort([reset.rate for reset in resets]) if trusted[i] and resets[i].rate > 0]
    if len(order) < 3:
        return None
    lowest = int(np.argmin([best[i].mean for i in order]))
    if lowest in (0, len(order) - 1):
        return None
    around = [at(resets[order[lowest + k]]) for k in (-1, 0, 1)]
    which, ways = min(  # one way all along, for a curve without steps
        enumerate(zip(*around, strict=True)),
        key=lambda way: (not all(e.trusted for e in way[1]), _preference(way[1][1])),
    )
    low, high = (float(np.log(resets[order[lowest + k]].rate)) for k in (-1, 1))

    def estimate(log_rate: float) -> _Estimate:
        return at(Poisson(float(np.exp(log_rate))))[which]

    place = minimize_scalar(
        lambda x: estimate(x).mean, bounds=(low, high), method="bounded", options={"xatol": 1e-6}
    ).x
    step = min(0.05, (high - low) / 4)
    below, here, above = (estimate(place + k * step) for k in (-1, 0, 1))
    curvature = (below.mean - 2 * here.mean + above.mean) / step**2
    if not (curvature > 0 and all(e.trusted for e in ways)):
        return None
    slopes = (above.influence - below.influence) / (2 * step)
    rate = float(np.exp(place))
    spread = float(slopes.std(ddof=1) / np.sqrt(len(slopes)) / curvature)
    return ReweightedOptimum(rate, rate * spread, here.mean, here.error)
