r"""Steady states in a potential under resets after waiting times of any law, by inversion in time.

With `R` the waiting time, a cycle spends ``C(x, R) = int_0^R G(x, a | y) da`` at `x` on average, so that

    p(x) = <C(x, R)> / <R>

(renewal; Pal, Kundu and Evans, J. Phys. A 49, 225001 (2016); Nagar and Gupta, PRE 93, 060102 (2016)).  The
transform of `C` is ``G~(x | y; s) / s``.  Under sharp resets one time is asked for; other laws are split into
windows of times that share the nodes of one inversion (:mod:`.steady.propagated`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.passages.line import Line
from resetdyn.theory.steady.ages import Ages
from resetdyn.theory.steady.propagated import BENEATH, Propagated

_WINDOW = np.log(16.0)  # greatest ratio of times that share an inversion, as a logarithm
_FAINT = 1e-17  # part of the density, or of the time, that is left out


def log_density(line: Line, to: float, ages: Ages) -> Callable[..., FloatArray]:
    """Return the logarithm of the steady density, as a function of places and of the least of it that counts.

    Parameters
    ----------
    line : Line
        The motion.
    to : float
        Where resets lead.
    ages : Ages
        Times between the resets.
    """
    parts = [
        Propagated(line, to, times, weights / ages.cycle, lasting=True) for times, weights in _windows(ages)
    ]

    def logs(x: FloatArray, floor: float = BENEATH) -> FloatArray:
        total = np.full(np.shape(x), -np.inf)
        for part in parts:
            total = np.logaddexp(total, part.log_density(x, floor))
        return total

    return logs


def _windows(ages: Ages) -> list[tuple[FloatArray, FloatArray]]:
    """Return times and their probabilities, in windows, without what is too short or rare to matter."""
    times, weights = ages.strike_nodes
    # A short time is spent near where it begins, at a density that grows with its root at least.
    return windows(times, weights, weights * np.sqrt(times / times.max()), weights * times)


def windows(
    times: FloatArray, weights: FloatArray, near: FloatArray, spent: FloatArray
) -> list[tuple[FloatArray, FloatArray]]:
    """Return times with their weights in windows, without those that do not matter.

    Parameters
    ----------
    times, weights : (n,) arrays
        The times.
    near, spent : (n,) arrays
        What each adds to the density near the origin, where short times matter, and in all.
    """
    order = np.argsort(times)
    times, weights, near, spent = times[order], weights[order], near[order], spent[order]
    near, spent = np.cumsum(near), np.cumsum(spent[::-1])[::-1]
    kept = (near > _FAINT * near[-1]) & (spent > _FAINT * spent[0]) & (weights > 0)
    times, weights = times[kept], weights[kept]
    which = np.floor(np.log(times / times[0]) / _WINDOW).astype(int)
    return [(times[which == k], weights[which == k]) for k in np.unique(which)]
