"""A plain oracle for searches on the line: the generator on a grid, as one would write it by hand.

Finite differences (exponentially fitted, so that rates stay positive) have an error of second order in the
grid's step, which two grids take away by Richardson extrapolation.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import expm


@dataclass
class Grid:
    """Positions inside the domain and the generator on them; what leaves at an absorbing end is lost."""

    x: np.ndarray
    generator: np.ndarray

    def at(self, place):
        """Return the index of a position, which must be on the grid."""
        i = int(np.argmin(np.abs(self.x - place)))
        assert abs(self.x[i] - place) < 1e-9
        return i


def grid(potential, diffusion, low, high, cells, absorbing):
    """Return the grid of a diffusion between two ends, each absorbing or reflecting."""
    x = np.linspace(low, high, cells + 1)
    h = x[1] - x[0]
    u = np.array([float(potential(v)) for v in x])
    right = diffusion / h**2 * np.exp(-np.diff(u) / (2 * diffusion))  # from i to i + 1
    left = diffusion / h**2 * np.exp(np.diff(u) / (2 * diffusion))  # from i + 1 to i
    generator = np.diag(right, 1) + np.diag(left, -1)
    # A reflecting end owns half a cell.
    generator[0] *= 1 if absorbing[0] else 2
    generator[-1] *= 1 if absorbing[1] else 2
    generator -= np.diag(generator.sum(axis=1))
    keep = slice(1 if absorbing[0] else 0, cells if absorbing[1] else cells + 1)
    return Grid(x[keep], generator[keep, keep])


def mean_under_field(g, rate, start, to):
    """Return the mean time until absorption when reset to `to` at the rate ``rate(x)``."""
    i, j = g.at(start), g.at(to)
    r = np.array([float(rate(v)) for v in g.x])
    with_resets = g.generator - np.diag(r)
    with_resets[:, j] += r
    return np.linalg.solve(with_resets, -np.ones(len(g.x)))[i]


def mean_under_sharp(g, period, start, to):
    """Return the mean time until absorption when reset to `to` after every period."""
    i, j = g.at(start), g.at(to)
    alive = expm(g.generator * period) @ np.ones(len(g.x))
    spent = np.linalg.solve(g.generator, alive - 1)
    return spent[i] + alive[i] * spent[j] / (1 - alive[j])


def survival(g, t, start):
    """Return the probability that the walker has not been absorbed by `t`, without resetting."""
    return (expm(g.generator * t) @ np.ones(len(g.x)))[g.at(start)]


def extrapolated(value, cells):
    """Return the Richardson extrapolation of ``value(cells)`` from two grids, and a bound on its error."""
    coarse, fine = value(cells), value(2 * cells)
    better = fine + (fine - coarse) / 3
    coarser = value(cells // 2)
    return better, abs(better - (coarse + (coarse - coarser) / 3))
