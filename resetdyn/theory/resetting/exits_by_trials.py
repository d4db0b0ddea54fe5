r"""At which end an interval is left under any waiting time, from the densities of leaving without resetting.

With the chance ``S(t)`` to wait longer than `t`, a trial ends at an end by

    a_e = int f_e(t) S(t) dt,    a_e t_e = int t f_e(t) S(t) dt,

and by a reset as in :mod:`.resetting.waiting`; :mod:`.resetting.exits` puts the trials together.  Of
run-and-tumble motion a part goes straight to an end and arrives there at one time.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, log
from typing import Any

import numpy as np
from scipy.special import expit

from resetdyn._checks import FloatArray
from resetdyn.resets import Reset
from resetdyn.results.first_passage import Exits
from resetdyn.theory.numerics.quadrature import over_times
from resetdyn.theory.passages.ends_in_time import EndInTime, ends_in_time
from resetdyn.theory.passages.passage import InvertibleEnds, Passage
from resetdyn.theory.passages.run_and_tumble_interval import TumblingExit
from resetdyn.theory.resetting.exits import EndedTrial, exits_of
from resetdyn.theory.resetting.trials import Trial
from resetdyn.theory.resetting.waiting import Timed, Values, law_of, trial

# Logarithm of a chance beneath which the faintest densities may matter.
_RARE = -60.0

Function = Callable[[FloatArray], FloatArray]
_Pair = tuple[Any, Any]


def exits_by_trials(reset: Reset, passages: _Pair, timed: _Pair) -> Callable[[], Exits | None] | None:
    """Return what gives the ends from passages and what they are in time; None where there are not two."""
    if not all(isinstance(passage, InvertibleEnds) for passage in passages):
        return None

    def both() -> Exits | None:
        first = _ended_trial(passages[0], timed[0], reset)
        again = first if passages[1] is passages[0] else _ended_trial(passages[1], timed[1], reset)
        if first is None or again is None:
            return None
        return exits_of(first, again, (reset.mean_refractory, reset.mean_refractory))

    return both


def _ended_trial(passage: Passage, timed: Timed, reset: Reset) -> EndedTrial | None:
    """Return the trial with its ends; None where they are not known, or beneath the floats."""
    law = law_of(reset)
    if isinstance(passage, TumblingExit):
        fronts = _chance_behind_fronts(passage, 0, law), _chance_behind_fronts(passage, 1, law)
        return _together(*fronts, trial(timed, reset, 1))
    for deep in (False, True):
        ends = ends_in_time(passage, deep)
        if ends is None:
            return None
        at_once = getattr(passage, "at_once", (0.0, 0.0))
        (low, t_low), (high, t_high) = (_chance(*end, law) for end in zip(ends, at_once, strict=True))
        if min(low, high) > _RARE:
            break
    if min(low, high) == -inf:
        return None
    return _together((low, t_low), (high, t_high), trial(timed, reset, 1))


def _together(low: tuple[float, float], high: tuple[float, float], whole: Trial) -> EndedTrial | None:
    """Return the trial from the logarithms of the chances of its ends, and the mean times of those."""
    if max(low[0], high[0]) == -inf:
        return None
    shares = float(expit(low[0] - high[0])), float(expit(high[0] - low[0]))
    return EndedTrial(shares, (low[1], high[1]), whole.log_hit, whole.reset[0], -whole.reset[1])


def _chance_behind_fronts(passage: TumblingExit, end: int, law: Any) -> tuple[float, float]:
    """Return the logarithm of the chance to leave there before a reset, and the mean time of that.

    An end too far away for any waiting time has no chance, and an infinite time.
    """
    edges, unit, waiting = _waiting(law)
    arrival, straight = passage.straight(end)

    def rows(t: FloatArray) -> FloatArray:
        density = passage.end_density(t, end) * waiting(t)
        return np.array([density, t * density])

    chance, time = 0.0, 0.0
    if max(edges) > arrival * (1 + 1e-12):  # else a reset comes before
        chance, time = map(float, over_times(rows, [*edges, *passage.edges], unit, 1).value)
    straight *= float(waiting(np.array([arrival]))[0])
    total = chance + straight
    return (log(total), (time + straight * arrival) / total) if total > 0 else (-inf, inf)


def _waiting(law: Any) -> tuple[list[float], float, Function]:
    """Return where the chance to wait longer is not smooth, a typical time, and that chance."""
    if isinstance(law, Values):
        return (
            law.values.tolist(), float(law.values[-1]),
            lambda t: law.longer[np.searchsorted(law.values, t)],
        )  # fmt: skip

    def longer(t: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            return np.asarray(np.nan_to_num(law.sf(t)))

    return list(law.support()), float(law.median()), longer


def _chance(end: EndInTime, at_once: float, law: Any) -> tuple[float, float]:
    """Return the logarithm of the chance to leave there before a reset, and the mean time of that.

    With the chance `at_once` it is there from the beginning.
    """
    edges, unit, waiting = _waiting(law)

    def logs(t: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            return np.asarray(end.log_density(t) + np.log(waiting(t)))

    grid = unit * np.geomspace(1e-90, 1e90, 4000)
    scale = float(np.max(logs(grid) + np.log(grid)))
    now = log(at_once) if at_once else -inf
    if scale == -inf:
        return now, 0.0

    def rows(t: FloatArray) -> FloatArray:
        density = np.exp(logs(t) - scale)
        return np.array([density, t * density])

    chance, time = over_times(rows, edges, unit, 1).value
    log_chance = float(np.logaddexp(scale + log(chance), now))
    return log_chance, float(time) * exp(scale - log_chance)
