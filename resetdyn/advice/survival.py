r"""The law behind censored times (Kaplan and Meier), its resamples, and the variance of any average over it.

With `d` ends and `c` given up among the `Y` still running at a time, the survival probability falls there by
the factor ``1 - d / Y``; in a group of different times those given up count for half (the life-table
estimate). An average ``<g>`` over the law has the variance

    sum  A^2 d / (Y (Y - d)),     A = sum over later times of p g  -  S g,

with `p` the probability of a time and `S` that of later ones (Greenwood's formula for a general `g`; without
censoring it is the mean square deviation over `n`).  What the law leaves open after the last time is its
`rest`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.samples import Samples


@dataclass(frozen=True, eq=False)
class Law:
    """Probabilities of the grouped times; the last axis runs over the groups, another over resamples.

    Attributes
    ----------
    p, after : (..., k) array
        Probability of each group, and of all later times.
    rest : (...) array
        Probability that the last time leaves open.
    terms : (..., k) array
        ``d / (Y (Y - d))``, of the variance.
    """

    p: FloatArray
    after: FloatArray
    rest: FloatArray
    terms: FloatArray

    def variance(self, g: FloatArray, g_rest: FloatArray | float) -> FloatArray:
        """Return the variance of the average of `g`, which is `g_rest` where the law is left open."""
        mass = self.p * g
        own = np.asarray(self.rest * g_rest)[..., None]
        later = np.cumsum(mass[..., ::-1], axis=-1)[..., ::-1] - mass + own
        return np.sum((later - self.after * g) ** 2 * self.terms, axis=-1)

    def skewness(self, g: FloatArray, n: int) -> float:
        """Return the skewness of the average of `g` over `n` runs, for one law."""
        total = float(self.p.sum())
        away = g - float(self.p @ g) / total
        spread = float(self.p @ away**2) / total
        return float(self.p @ away**3) / total / (spread**1.5 * n**0.5) if spread > 0 else 0.0


def law_of(samples: Samples) -> Law:
    """Return the estimated law."""
    return _law(samples, samples.ended.astype(float), samples.censored.astype(float))


def resampled(samples: Samples, number: int, rng: np.random.Generator) -> Law:
    """Return the laws of resamples of the runs, with replacement."""
    counts = np.concatenate([samples.ended, samples.censored])
    kept = np.flatnonzero(counts)
    drawn = np.zeros((number, len(counts)))
    drawn[:, kept] = rng.multinomial(samples.n, counts[kept] / samples.n, size=number)
    k = len(samples.at)
    return _law(samples, drawn[:, :k], drawn[:, k:])


def halves(samples: Samples, number: int, rng: np.random.Generator) -> tuple[Law, Law]:
    """Return the laws of random halves of the runs, and of the other halves."""
    shape = (number, len(samples.at))
    d: FloatArray = rng.binomial(samples.ended, 0.5, size=shape).astype(float)
    c = np.zeros(shape)
    if samples.any_censored:
        c = rng.binomial(samples.censored, 0.5, size=shape).astype(float)
    return _law(samples, d, c), _law(samples, samples.ended - d, samples.censored - c)


def _law(samples: Samples, d: FloatArray, c: FloatArray) -> Law:
    whole = d + c
    running = np.cumsum(whole[..., ::-1], axis=-1)[..., ::-1]
    exposed = np.maximum(running - np.where(samples.spread, c / 2, 0.0), d)
    with np.errstate(divide="ignore", invalid="ignore"):
        stays = np.where(d > 0, 1 - d / exposed, 1.0)
        terms = np.where((d > 0) & (exposed > d), d / (exposed * (exposed - d)), 0.0)
    after: FloatArray = np.asarray(np.cumprod(stays, axis=-1), dtype=float)
    p = -np.diff(after, axis=-1, prepend=1.0)
    return Law(p, after, after[..., -1], terms)
