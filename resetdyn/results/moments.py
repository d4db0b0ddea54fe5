r"""Moments to fourth order in constant memory, merged without cancellation.

Two sets of `n_a` and `n_b` numbers with means `m_a`, `m_b` and central sums ``S_p = sum (x - m)^p`` merge
into one by, with ``d = m_b - m_a`` and ``n = n_a + n_b`` (Pebay, Sandia report SAND2008-6212 (2008); Chan,
Golub and LeVeque (1979) for the second order),

    m   = m_a + d n_b / n
    S_2 = S_2a + S_2b + d^2 n_a n_b / n
    S_3 = S_3a + S_3b + d^3 n_a n_b (n_a - n_b) / n^2 + 3 d (n_a S_2b - n_b S_2a) / n
    S_4 = S_4a + S_4b + d^4 n_a n_b (n_a^2 - n_a n_b + n_b^2) / n^3
          + 6 d^2 (n_a^2 S_2b + n_b^2 S_2a) / n^2 + 4 d (n_a S_3b - n_b S_3a) / n.

Merged in the order of the chunks the result is the same bits whoever summed which chunk.
"""

from __future__ import annotations

from math import comb, nan
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray


class Moments(NamedTuple):
    """Count, mean and central sums of numbers, or of the components of vectors.

    Attributes
    ----------
    n : int
        How many.
    mean : float or (d,) array
        Their mean.
    second, third, fourth : float or (d,) array
        Sums of the powers of the distance from the mean.
    """

    n: int
    mean: Any
    second: Any
    third: Any
    fourth: Any

    @property
    def variance(self) -> Any:
        """Unbiased variance (nan where one number alone does not tell it)."""
        return self.second / (self.n - 1) if self.n > 1 else self.second + nan

    def raw(self, order: int) -> Any:
        """Return the mean of the powers, up to the fourth."""
        central = (1.0, 0.0, self.second / self.n, self.third / self.n, self.fourth / self.n)
        return sum(comb(order, k) * central[k] * self.mean ** (order - k) for k in range(order + 1))

    def merged(self, other: Moments) -> Moments:
        """Return the moments of both sets together."""
        if not self.n or not other.n:
            return self if self.n else other
        a, b = float(self.n), float(other.n)
        n = a + b
        d = other.mean - self.mean
        part = d * (b / n)
        spread = d * part * a
        skew = spread * d * ((a - b) / n) + 3 * (d / n) * (a * other.second - b * self.second)
        kurt = (
            spread * d * d * ((a * a - a * b + b * b) / (n * n))
            + 6 * (d / n) * (d / n) * (a * a * other.second + b * b * self.second)
            + 4 * (d / n) * (a * other.third - b * self.third)
        )
        return Moments(
            self.n + other.n,
            self.mean + part,
            self.second + other.second + spread,
            self.third + other.third + skew,
            self.fourth + other.fourth + kurt,
        )


EMPTY = Moments(0, 0.0, 0.0, 0.0, 0.0)


def one(value: Any) -> Moments:
    """Return the moments of one number or vector."""
    nothing = value * 0.0
    return Moments(1, value, nothing, nothing, nothing)


def moments_of(values: FloatArray) -> Moments:
    """Return the moments of numbers, or of the columns of a table."""
    if not len(values):
        return EMPTY
    mean = values.mean(axis=0)
    away = values - mean
    squares = away * away
    sums = (squares.sum(axis=0), (squares * away).sum(axis=0), (squares * squares).sum(axis=0))
    if values.ndim == 1:
        return Moments(len(values), float(mean), *(float(value) for value in sums))
    return Moments(len(values), mean, *sums)


def merged_products(one: Moments, products: Any, other: Moments, others: Any) -> Any:
    """Return the summed products of distances from the mean, of two sets together."""
    if not one.n or not other.n:
        return products if one.n else others
    apart = np.subtract(other.mean, one.mean)
    both = products + others + np.multiply.outer(apart, apart) * (one.n / (one.n + other.n) * other.n)
    return float(both) if np.ndim(both) == 0 else both
