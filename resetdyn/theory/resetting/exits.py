r"""How a process under Poisson resetting leaves an interval: at which end, and when.

With the share ``p(s) = T~_low / T~`` of the low end, what leaves there under resetting to the start has
the transform ``p(r + s) / (1 + s k M)`` (derived here, in the notation of :mod:`.resetting.renewal`;
Belan, PRL 120, 080601 (2018) for its value ``p(r)`` at 0), and so the conditional mean
``<T> - (log p)'(r)``.  A reset to another place `y` adds a first trial,
``phi_x = p_x T~_x + r Q~_x C phi_y``.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf
from typing import Any

from resetdyn.results.first_passage import Exits
from resetdyn.theory.passages.passage import Passage, TwoEnded
from resetdyn.theory.resetting import renewal


def exits(
    rate: float, start: Passage, to: Passage, delays: renewal.Delays | None
) -> Callable[[], Exits] | None:
    """Return what gives shares and conditional means of the two ends; None where there are not two."""
    if not (isinstance(start, TwoEnded) and isinstance(to, TwoEnded)):
        return None
    return lambda: _exits(rate, start, to, delays)


def _exits(rate: float, start: Any, to: Any, delays: renewal.Delays | None) -> Exits:
    final = _to_start(rate, to, delays)
    if to is start or rate == 0:
        return final
    log_m, slope = start.log_mean(rate, 1)
    hit = renewal.reached_first(rate, start)
    k = delays(0)[0][0] if delays else 1.0
    # T~' and (r Q~ C)', with Q~ = M T~.
    m_slope = exp(log_m) * slope if log_m < renewal.LOG_MAX else 0.0
    hit_slope = -hit * ((1 - hit) / rate + rate * hit * m_slope)
    again_slope = rate * hit * m_slope + (1 - hit) * hit_slope / hit - (1 - hit) * (k - 1) / rate
    shares, means = [], []
    for end in (0, 1):
        share, log_slope = _share(start, rate, end)
        total = hit * share + (1 - hit) * final.shares[end]
        time = -share * (hit_slope + hit * log_slope)
        time += final.shares[end] * ((1 - hit) * final.means[end] - again_slope)
        shares.append(total)
        means.append(time / total)
    return Exits((shares[0], shares[1]), (means[0], means[1]))


def _to_start(rate: float, passage: Any, delays: renewal.Delays | None) -> Exits:
    log_mean = renewal.log_mean(rate, passage, passage, delays)
    mean = exp(log_mean) if log_mean < renewal.LOG_MAX else inf
    (low, low_slope), (high, high_slope) = (_share(passage, rate, end) for end in (0, 1))
    return Exits((low, high), (mean - low_slope, mean - high_slope))


def _share(passage: TwoEnded, rate: float, end: int) -> tuple[float, float]:
    """Return the share of an end, and the derivative of its logarithm."""
    low, slope = float(passage.share_low(rate)), float(passage.odds_slope(rate))
    return (low, (1 - low) * slope) if end == 0 else (1 - low, -low * slope)
