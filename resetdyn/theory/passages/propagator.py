r"""The propagator of any motion on the line in Laplace space.

From `y` to `x` the density, averaged over an exponential time of rate `s`, is

    s G~(x | y; s) = e^(-(U(x) - U(y)) / D) T~(x -> y) / (D (q_below + q_above)),

with ``T~(x -> y)`` the transform of the first passage from `x` to `y`, and ``q = -(log T~)' / s`` at `y` on
either side.  Every factor is a product of positive element maps (:mod:`.passages.chain`), so that the
tails keep their relative accuracy.  At ``s = r`` it is the steady state under Poisson resetting to `y` (Evans
and Majumdar, PRL 106, 160601 (2011)), and at ``s = 0`` the Boltzmann density.
"""

from __future__ import annotations

from math import inf, isinf, log

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck
from resetdyn.theory.passages.line import Line, comes_home, line_of, way
from resetdyn.theory.passages.links import run

_LOG2 = log(2.0)
# Where the potential is so much higher, in units of D, the density is beneath the floats.
_BENEATH = 1500.0


def propagator(
    process: Brownian | OrnsteinUhlenbeck | Langevin, to: float, s: float, x: FloatArray
) -> FloatArray:
    """Return ``s G~(x | to; s)``, the density at an exponential time of rate `s` after the start at `to`.

    Parameters
    ----------
    process : Brownian, OrnsteinUhlenbeck or Langevin
        One-dimensional motion.
    to : float
        Where it starts.
    s : float
        Rate, at least 0; 0 gives the density that it settles to.
    x : array
        Places.

    Returns
    -------
    array
        The density; 0 where the motion cannot go.

    Raises
    ------
    ValueError
        If `s` is 0 and the potential does not confine the motion.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> from resetdyn.theory.passages.propagator import propagator
    >>> well = rd.Langevin("x**4/4", diffusion=0.5)
    >>> propagator(well, 0.0, 0.0, np.array([0.0, 1.0])).round(8)  # exp(-x^4 / 2) / Z
    array([0.4638648 , 0.28134823])
    """
    return np.exp(log_propagator(process, to, s, x))


def log_propagator(
    process: Brownian | OrnsteinUhlenbeck | Langevin, to: float, s: float, x: FloatArray
) -> FloatArray:
    """Return the logarithm of :func:`propagator`."""
    line = line_of(process)
    places = np.asarray(x, dtype=float)
    flat = places.ravel()
    low, high = line.domain(to)
    with np.errstate(all="ignore"):
        height = (line.field.value(flat) - line.field.value(np.array([to]))) / line.diffusion
    there = (flat >= low) & (flat <= high) & (height < _BENEATH)
    logs = np.full(flat.shape, -inf)
    logs[there & (flat == to)] = 0.0
    stays = []
    for side in (-1.0, 1.0):
        mine = there & (side * (flat - to) > 0)
        beyond, log_q = _one_side(line, to, s, side, np.abs(flat[mine] - to))
        logs[mine] = beyond
        stays.append(log_q)
    total = float(np.logaddexp(stays[0], stays[1])) + log(line.diffusion)
    return (logs - total).reshape(places.shape)


def _one_side(
    line: Line, to: float, s: float, side: float, distances: FloatArray
) -> tuple[FloatArray, float]:
    """Return ``log T~ - (U - U(to)) / D`` at the distances, and ``log q``."""
    end = line.domain(to)[side > 0]
    if end == to:  # a wall
        return np.empty(0), -inf
    stops, where = np.unique(distances, return_inverse=True)
    if not len(stops):
        stops = np.array([1.0 if isinf(end) else abs(end - to) / 2])
    first = to + side * float(stops[-1])
    if s == 0 and not comes_home(line, None, to, first):
        raise ValueError(
            f"s=0: the potential does not hold the motion from {to:g}, which has no steady state of its own; "
            "give a rate above 0"
        )
    mesh = way(line.field, line.walls, None, to, first).mesh
    links = run(mesh, np.array([float(s)]), line.diffusion, stops, False)
    steps = -np.log(links.hit[0, :, 0]) - links.hit_exponents[0] * _LOG2 - links.tilts
    log_q = float(np.log(links.q[0]) + links.q_exponent[0] * _LOG2)
    return np.cumsum(steps)[where] if len(distances) else np.empty(0), log_q
