"""From measured completion times to a decision."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.advice.advice import Advice
from resetdyn.advice.choice import Choice
from resetdyn.advice.grid import rates_of, refined
from resetdyn.advice.intervals import left_open
from resetdyn.advice.menu import Price
from resetdyn.advice.notes import notes_of
from resetdyn.advice.odds import ends_of
from resetdyn.advice.options import (
    bounds_option,
    family_option,
    luby_option,
    poisson_option,
    robust_option,
    sharp_option,
)
from resetdyn.advice.samples import samples_of
from resetdyn.advice.studied import SURE, more_samples
from resetdyn.advice.study import Study, mean_at, support_of
from resetdyn.advice.survival import halves, law_of, resampled

_HIDDEN, _OPEN = 3.0, 0.05
_TABLE = 10  # rates at which the odds of outcomes are told


def advise(
    times: ArrayLike,
    censored: ArrayLike | None = None,
    at_rate: float | None = None,
    overhead: float = 0.0,
    cost: float | Callable[[FloatArray], Any] | None = None,
    *,
    outcomes: ArrayLike | None = None,
    steps: bool | None = None,
    ties: str = "process",
    resamples: int = 400,
    rng: Any = 0,
) -> Advice:
    """Tell from measured completion times whether resetting would help, when to reset, and by how much.

    Parameters
    ----------
    times : (n,) array, or path
        Completion times of independent runs, all in one unit, all above 0; at least 10 that ended. A path is
        read as a file (.csv, .tsv, .txt, .npy, .npz, .parquet), its only column or that called "time".
    censored : (n,) bool array, optional
        Runs that had not ended at their time (of a file, that column's name). Why they were given up must
        have nothing to do with how much longer they would have taken.
    at_rate : float, optional
        The times were taken under Poisson resetting at this rate (per step, the probability): whole searches,
        resets and overheads included. They answer for higher rates.
    overhead : float, optional
        Time that is lost at each reset.
    cost : float or callable, optional
        Price of a reset in units of time, which is made small along with the time but takes none; or a
        function that takes an array of times since the last reset and returns the price of a reset then.
    outcomes : (n,) array, optional
        How each run ended, such as "solved" and "failed": what resets do to the odds is told as well. Of a
        file, that column's name. Those of runs that were given up do not count.
    steps : bool, optional
        Whether times are whole numbers of steps, with resets between them at a probability; by default,
        whether all are whole numbers.
    ties : {"process", "reset"}, optional
        In steps, whether the end counts when the same step is a reset. See `rd.Geometric`.
    resamples : int, optional
        Number of resamples that tell errors.
    rng : int, numpy.random.Generator or None, optional
        What draws them; by default the same data give the same answer.

    Returns
    -------
    Advice
        ``.helps``, ``.probability``, ``.rate``, ``.mean``, ``.mean_interval``, ``.speedup``, ``.cv``, ...;
        ``print`` it for an answer in words, ``.text(details=True)`` for all.

    Raises
    ------
    TypeError, ValueError
        If times or flags are not what they should be, all runs were given up, fewer than 10 ended, all took
        the same time, or the resets cannot have this price.

    Notes
    -----
    All means under resetting follow from the reset-free times by renewal (Reuveni, PRL 116, 170601 (2016);
    Pal and Reuveni, PRL 118, 030603 (2017)), with the law of Kaplan and Meier where runs are censored.
    Choosing the best of many estimates makes it too good; resamples tell by how much, and predictions are
    corrected. A rare slow run that no run has shown is not foreseen: of `n` runs without one, its probability
    is below ``3 / n``.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> times = np.random.default_rng(1).lognormal(sigma=1.5, size=2000)
    >>> advice = rd.advise(times)
    >>> advice.helps, advice.settled
    (True, True)
    >>> advice.mean_interval[0] < 1.3617 < advice.mean_interval[1]  # what the best rate brings
    True
    """
    if isinstance(times, str | PathLike):
        from resetdyn.advice.files import read

        times, censored, outcomes = read(times, censored, outcomes)
    data = samples_of(times, censored, steps)
    ties = _checks.choice("ties", ties, ("process", "reset"))
    price = _price(overhead, cost)
    rate = 0.0 if at_rate is None else _checks.non_negative("at_rate", at_rate)
    if rate and price.of_age is not None:
        raise ValueError("cost: times taken under resetting do not tell ages at resets; give one price")
    if rate and data.steps and (rate >= 1 or price.overhead):
        raise ValueError(f"at_rate={rate:g}: in steps give a probability below 1, and no overhead")
    number = _checks.integer("resamples", resamples, 50)
    law = law_of(data)
    stream = _checks.generator("rng", rng)
    drawn, parts = resampled(data, number, stream), halves(data, number // 4, stream)
    ends = None if outcomes is None else ends_of(np.asarray(times, dtype=float), censored, outcomes)
    study = Study(data, law, drawn, parts, price, rate, ties if data.steps else None, ends)
    return _advised(study)


def _price(overhead: Any, cost: Any) -> Price:
    lost = _checks.non_negative("overhead", overhead)
    if callable(cost):
        return Price(lost, 0.0, cost)
    return Price(lost, 0.0 if cost is None else _checks.non_negative("cost", cost))


def _advised(study: Study) -> Advice:
    data, law, rate = study.samples, study.law, study.at_rate
    free, endless = study.free, study.endless
    rates = rates_of(study.poisson, law, data, rate, support_of(data.n))
    rates = refined(study.poisson, law, rates)
    menu = study.poisson(rates)
    choice = study.choose(menu)
    best = poisson_option(study, menu, choice, rates[choice.which], choice.which == len(rates) - 1)
    base, last = study.base()
    now = float(law.p @ base + law.rest * last)
    chance = study.chance(choice)
    helps = endless or (chance > 0.5 and choice.spent < now)
    sure = chance if helps else max(1 - chance, 0.5)
    # Where censored runs hide most of the slow ones, errors are larger than they seem.
    hidden = choice.gained.above_0(_HIDDEN) if left_open(data, law) and not helps else 0.0
    if sure >= SURE and hidden > 1 - SURE:
        sure = max(1 - hidden, 0.5)
    if not helps:  # nor can it be surer than the share of the runs that was seen to end
        sure = max(min(sure, 1 - float(law.rest)), 0.5)
    longer = sure < SURE and not helps and (hidden > 1 - SURE or float(law.rest) > _OPEN)
    safe = robust_option(study, menu, choice)
    sharp = None if rate else sharp_option(study)
    settled = sure >= SURE
    stay = free.mean_interval if not rate else free.now_interval
    return Advice(
        helps=helps,
        probability=sure,
        settled=settled,
        more_samples=0.0 if settled else inf if longer else more_samples(choice.gained, data.n),
        longer=longer,
        rate=float(rates[choice.which]) if helps else rate,
        rate_interval=_rate_interval(choice, rates, rate)
        if helps
        else (rate, _rate_interval(choice, rates, rate)[1]),
        mean=best.mean if helps else (free.mean if not rate else now),
        mean_interval=best.mean_interval if helps else stay,
        speedup=(inf if free.mean == inf else best.speedup) if helps else 1.0,
        speedup_interval=best.speedup_interval if helps else (1.0, 1.0),
        cv=free.cv,
        cv_interval=free.cv_interval,
        free_mean=free.mean,
        free_mean_interval=free.mean_interval,
        any_helps=None if sharp is None else helps or sharp.probability > 0.5,
        any_probability=nan if sharp is None else _any(chance, sharp.probability, helps),
        poisson=best,
        robust=safe,
        sharp=sharp,
        bounds=None if sharp is None else bounds_option(study, sharp),
        tail=free.tail,
        outcomes=study.odds(_few(rates, rate, choice.which)),
        reach=float(rates[-1]),
        lower_bound=bool(law.rest > 0) and not rate,
        n=data.n,
        censored=int(data.censored.sum()),
        steps=data.steps,
        ties=study.ties,
        at_rate=rate,
        notes=notes_of(study, free, best, helps, longer),
        _at=lambda asked: mean_at(study, asked, float(rates[-1])),
        _family=lambda name: None if sharp is None or data.steps else family_option(study, name, sharp),
        _luby=lambda: None if rate else luby_option(study),
    )


def _any(poisson: float, sharp: float, helps: bool) -> float:
    chance = max(poisson, sharp)
    return chance if helps or chance > 0.5 else 1 - chance


def _few(rates: FloatArray, at_rate: float, best: int) -> FloatArray:
    """Return rates for a table: that of the times, the best, and some up to the highest."""
    extra = rates - at_rate
    some = at_rate + np.geomspace(max(extra[0], 1e-3 * extra[-1]), extra[-1], _TABLE)
    return np.unique(np.r_[at_rate, some, rates[best]])


def _rate_interval(choice: Choice, rates: FloatArray, at_rate: float) -> tuple[float, float]:
    low, high = np.quantile(choice.chosen, [0.025, 0.975], method="nearest")
    return (at_rate if low == 0 else float(rates[int(low)])), (
        inf if high == len(rates) - 1 else float(rates[int(high)])
    )
