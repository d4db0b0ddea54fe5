r"""Adaptive policies from recorded runs: reset while a measured coordinate is on the wrong side.

A policy looks at a run at its records and resets it, or does so at some rate.  Along a reset-free run `i` of
duration ``T_i`` let ``S_i(t)`` be the probability that the policy has not reset it by `t`: 1 until it does,
or ``exp(-integral of the rate)``.  After a reset the search begins anew, so by renewal

    mean under the policy = < integral_0^T S dt + overhead (1 - S(T)) > / < S(T) >

which holds for any policy that looks at no more than the run up to now: runs without resets answer for all of
them, without weights that could explode.  Errors by the delta method.

The best of many policies looks better than it is.  So runs are dealt into folds, the best policy is chosen on
all folds but one and tried on that one, and what the held-out runs show is put together: the mean of the
policy as it would be chosen, not of the luckiest.  As folds share the runs that choose, its error is found by
doing all of that again with runs drawn anew (the bootstrap of Efron, Ann. Statist. 7, 1 (1979)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.advice.trials import Policy, Runs, Trial, rules_of, runs_of, trial_of
from resetdyn.saving.saved import Saved

_AGAIN = 100  # times that runs are drawn anew for the error of the best policy
_TRUSTED = 0.3  # relative error of <S(T)> up to which the delta method holds


@dataclass(frozen=True, eq=False)
class PolicyMeans(Saved):
    """Mean times under adaptive policies.

    Attributes
    ----------
    policies : tuple
        Names of the policies, or thresholds.
    n : int
        Number of runs.
    mean, error : (m,) array
        Mean time of a search under each policy, and its standard error; `inf` if it lets none end, `nan` if
        runs that were given up leave it open (more than 1 % of trials would outlast all that was seen).
    trusted : (m,) bool array
        Where enough runs end under the policy for the error to hold.
    resets : (m,) array
        Mean number of resets of a search.
    free_mean, free_error : float
        Mean time without resets, and its standard error; `nan` if runs that were given up leave it open.
    best : object
        The trusted policy with the least mean.
    best_mean, best_error : float
        Mean time under the best policy as held-out runs tell it, and its standard error.
    """

    policies: tuple[Any, ...]
    n: int
    mean: FloatArray = field(repr=False)
    error: FloatArray = field(repr=False)
    trusted: Any = field(repr=False)
    resets: FloatArray = field(repr=False)
    free_mean: float
    free_error: float
    best: Any
    best_mean: float
    best_error: float

    @property
    def speedup(self) -> float:
        """Mean time without resets over that under the best policy."""
        return self.free_mean / self.best_mean

    @property
    def best_interval(self) -> tuple[float, float]:
        """95 % interval of `best_mean`, even on a logarithmic scale."""
        factor = float(np.exp(1.96 * self.best_error / self.best_mean))
        return self.best_mean / factor, self.best_mean * factor


def policy_mean(
    trajectories: Any,
    dt: float | None = None,
    policy: Policy | Mapping[str, Policy] | None = None,
    *,
    above: ArrayLike | None = None,
    below: ArrayLike | None = None,
    ended: ArrayLike | None = None,
    overhead: float = 0.0,
    folds: int = 10,
    rng: Any = 0,
) -> PolicyMeans:
    """Estimate mean times of searches under adaptive resets, from recorded runs without resets.

    Parameters
    ----------
    trajectories : sequence of arrays, (n, m) array, or Trajectories
        The coordinate of each run from its start to its end, one array a run. A result of
        :func:`resetdyn.trajectories` brings its own `dt` and arrivals.
    dt : float, optional
        Time between records; a run of `m` records lasted ``(m - 1) dt``.
    policy : callable, or mapping of names to callables, optional
        Takes the positions and times of the records of one run, and returns for each record whether to reset
        there (bools), or a rate of resets (1 / time). It may look back, not ahead.
    above, below : array of float, optional
        Thresholds: the policies "reset when a record is above (below) c".
    ended : (n,) bool array, optional
        Which runs ended; the others were given up. By default all did.
    overhead : float, optional
        Time lost at each reset.
    folds : int, optional
        Into how many parts runs are dealt to judge the best policy on runs that did not choose it.
    rng : seed or numpy.random.Generator, optional
        Deals them.

    Returns
    -------
    PolicyMeans
        ``.mean`` and ``.error`` for each policy, the ``.best`` one, and its held-out ``.best_mean``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, there are fewer than ten runs, or under no policy enough end.

    Notes
    -----
    The start is not looked at: a policy that resets there would never let a run begin. At the end, the end
    wins over a reset. Rates are integrated by the trapezoidal rule, O(dt^2).

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> search = rd.FirstPassage(rd.Brownian(0.5, drift=-0.2), 1.0, rd.Level(0.0))
    >>> runs = rd.trajectories(search, np.arange(0, 150, 0.1), n=400, rng=7)
    >>> answer = rd.policy_mean(runs, above=[1.5, 2.0, 3.0, 5.0])
    >>> answer.best_mean < answer.free_mean
    True
    """
    runs = runs_of(trajectories, dt, ended)
    rules = rules_of(policy, above, below)
    lost = _checks.non_negative("overhead", overhead)
    tried = [trial_of(runs, rule, lost, name) for name, rule in rules]
    ratios = [_ratio(trial) for trial in tried]
    trusted = np.array([ratio.trusted for ratio in ratios])
    if not trusted.any():
        raise ValueError("policy: under no policy do enough runs end; give gentler ones, or more runs")
    mean = np.array([ratio.mean for ratio in ratios])
    best = int(np.argmin(np.where(trusted, mean, np.inf)))
    best_mean, best_error = _held_out(tried, trusted, _checks.integer("folds", folds, at_least=2), rng)
    free = _free(runs)
    return PolicyMeans(
        policies=tuple(name for name, _ in rules), n=len(runs.paths),
        mean=mean, error=np.array([ratio.error for ratio in ratios]), trusted=trusted,
        resets=np.array([ratio.resets for ratio in ratios]),
        free_mean=free.mean, free_error=float(free.error),
        best=rules[best][0], best_mean=best_mean, best_error=best_error,
    )  # fmt: skip


class _Ratio(NamedTuple):
    mean: float
    error: float
    trusted: bool
    resets: float


def _ratio(trial: Trial) -> _Ratio:
    n = len(trial.spent)
    a, b = float(trial.spent.mean()), float(trial.ends.mean())
    if b <= 0:
        return _Ratio(np.inf, np.inf, False, np.inf)
    mean = a / b
    spread = float((trial.spent - mean * trial.ends).std(ddof=1)) / np.sqrt(n) / b
    rough = float(trial.ends.std(ddof=1)) / np.sqrt(n) > _TRUSTED * b
    return _Ratio(mean, spread, bool(np.isfinite(mean) and not rough), (1 - b) / b)


def _held_out(tried: list[Trial], trusted: Any, folds: int, rng: Any) -> tuple[float, float]:
    """Return the mean under the policy that other runs chose, and its standard error.

    The error is that of the whole procedure, the choice included: all is done again with runs drawn anew
    from those that there are. Copies of a run stay in its fold, so that none chooses for itself.
    """
    n = len(tried[0].spent)
    generator = _checks.generator("rng", rng)
    fold = generator.permutation(n) % min(folds, n)
    order = np.argsort(fold, kind="stable")
    first = np.searchsorted(fold[order], np.arange(fold.max() + 1))
    spent = np.column_stack([trial.spent[order] for trial in tried])
    ends = np.column_stack([trial.ends[order] for trial in tried])

    def mean(copies: FloatArray) -> float:
        a, b = (np.add.reduceat(copies[:, None] * part, first) for part in (spent, ends))
        rest_a, rest_b = a.sum(axis=0) - a, b.sum(axis=0) - b
        chosen = np.where(trusted & (rest_b > 0), rest_a / rest_b, np.inf).argmin(axis=1)
        own = np.arange(len(chosen)), chosen
        return float(a[own].sum() / b[own].sum())

    with np.errstate(divide="ignore", invalid="ignore"):
        again = [mean(generator.multinomial(n, np.full(n, 1 / n)).astype(float)) for _ in range(_AGAIN)]
        found, spread = mean(np.ones(n)), float(np.log(again).std(ddof=1))
    return found, found * spread if np.isfinite(spread) else np.inf


def _free(runs: Runs) -> _Ratio:
    try:
        return _ratio(trial_of(runs, lambda x, t: np.zeros(len(x), dtype=bool), 0.0, "none"))
    except ValueError:
        return _Ratio(np.nan, np.nan, False, 0.0)
