r"""At which end a search under resetting leaves an interval, and when, by first-step analysis.

A trial from `z` ends at one of the ends (`e`) with the chance ``a_z,e``, after the mean time ``t_z,e``, or by
a reset with the chance ``B_z``; let ``b_z = <R; R < T>`` be the mean of its waiting time, counted where it
ends by it, and ``c_z`` the mean time that such a reset costs.  Resets that lead to `y` give (derived here)

    phi_y,e = a_y,e / a_y,        m_y,e = t_y,e + (b_y + B_y c_y) / a_y,

with ``a_y = a_y,low + a_y,high``, the share of an end and the mean time of leaving there: what happened in
the failed trials says nothing about the end.  A start `x` elsewhere adds a first trial,

    P_e = a_x,e + B_x phi_y,e,    P_e m_e = a_x,e t_x,e + phi_y,e (b_x + B_x (c_x + m_y,e)).

Under Poisson resetting the transforms at the reset rate hold all of these:
``a = T~``, ``t_e = -(log T~_e)'``, ``B = r Q~`` and ``b = -r Q~'`` (Belan, PRL 120, 080601 (2018) for the
shares).
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, expm1, inf, log
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit

from resetdyn.results.first_passage import Exits
from resetdyn.theory.passages.passage import Passage, TwoEnded
from resetdyn.theory.resetting import renewal


class EndedTrial(NamedTuple):
    """One trial: what the ends share in its successes, and the mean times of those.

    `log_hit` is the logarithm of the chance of success, `reset` that of a reset, `spent` is ``<R; R < T>``.
    """

    shares: tuple[float, float]
    means: tuple[float, float]
    log_hit: float
    reset: float
    spent: float


def exits_of(start: EndedTrial, to: EndedTrial, pauses: tuple[float, float] = (0.0, 0.0)) -> Exits:
    """Return shares and mean times of the two ends, with a mean pause after resets from either place."""
    lost = to.spent + to.reset * pauses[1] if to.reset else 0.0
    log_lost = log(lost) - to.log_hit if lost > 0 else -inf
    lost = exp(log_lost) if log_lost < renewal.LOG_MAX else inf
    means = to.means[0] + lost, to.means[1] + lost
    if start is to:
        return Exits(to.shares, means)
    hit, ends = exp(start.log_hit), []
    for share, mean, after, later in zip(start.shares, start.means, to.shares, means, strict=True):
        chance = hit * share + start.reset * after
        time = hit * share * mean if share else 0.0
        if start.reset and after:
            time += after * (start.spent + start.reset * (pauses[0] + later))
        # Of an end that is never seen the later trials know the time.
        ends.append((chance, time / chance if chance > 0 else later))
    (p_low, t_low), (p_high, t_high) = ends
    return Exits((p_low, p_high), (t_low, t_high))


def exits(
    rate: float, start: Passage, to: Passage, delays: renewal.Delays | None
) -> Callable[[], Exits] | None:
    """Return what gives the ends under Poisson resetting; None where there are not two."""
    if not (isinstance(start, TwoEnded) and isinstance(to, TwoEnded)):
        return None

    def both() -> Exits:
        (k_x,), (k_y,) = delays(0) if delays else ([1.0], [1.0])
        pauses = ((k_x - 1) / rate, (k_y - 1) / rate) if delays else (0.0, 0.0)
        first = poisson_trial(rate, start)
        return exits_of(first, first if to is start else poisson_trial(rate, to), pauses)

    return both


def poisson_trial(rate: float, passage: Any) -> EndedTrial:
    """Return the trial that ends by a reset at this rate."""
    log_m, slope = passage.log_mean(rate, 1)
    log_hit = -float(np.logaddexp(0.0, log(rate) + log_m)) if rate else 0.0
    # With T~ = 1 / (1 + r M): -(log T~)' = T~ (M + r M'), and b = B (B / r - T~ (log M)').
    hit, reset = exp(log_hit), -expm1(log_hit)
    late = reset / rate if rate else exp(log_m) if log_m < renewal.LOG_MAX else inf
    mean = late + reset * slope if reset else late
    spent = reset * (late - hit * slope) if reset else 0.0
    return EndedTrial(*ended_at(passage.log_odds(rate), mean), log_hit, reset, spent)


def ended_at(odds: tuple[float, float], mean: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the shares of the ends and the mean times, from the odds and ``-(log T~)'``."""
    log_odds, slope = odds
    low, high = float(expit(log_odds)), float(expit(-log_odds))
    return (low, high), (mean - high * slope, mean + low * slope)
