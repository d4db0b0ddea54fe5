r"""At which end an interval is left under any waiting time, from the densities of leaving without resetting.

With the chance ``S(t)`` to wait longer than `t`, a trial ends at an end by

    a_e = int f_e(t) S(t) dt,    a_e t_e = int t f_e(t) S(t) dt,

and by a reset as in :mod:`.resetting.waiting`; :mod:`.resetting.exits` puts the trials together.
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
from resetdyn.theory.resetting.exits import EndedTrial, exits_of
from resetdyn.theory.resetting.waiting import Timed, Values, law_of, trial

# Logarithm of a chance beneath which the faintest densities may matter.
_RARE = -60.0

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
    whole = trial(timed, reset, 1)
    shares = float(expit(low - high)), float(expit(high - low))
    return EndedTrial(shares, (t_low, t_high), whole.log_hit, whole.reset[0], -whole.reset[1])


def _chance(end: EndInTime, at_once: float, law: Any) -> tuple[float, float]:
    """Return the logarithm of the chance to leave there before a reset, and the mean time of that.

    With the chance `at_once` it is there from the beginning.
    """
    if isinstance(law, Values):
        edges, unit = law.values.tolist(), float(law.values[-1])
    else:
        edges, unit = list(law.support()), float(law.median())

    def logs(t: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            if isinstance(law, Values):
                waiting = law.longer[np.searchsorted(law.values, t)]
            else:
                waiting = np.nan_to_num(law.sf(t))
            return np.asarray(end.log_density(t) + np.log(waiting))

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
