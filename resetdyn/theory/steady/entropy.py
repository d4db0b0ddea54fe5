r"""Entropy production of resetting on the line.

With the potential `U` (``-v x`` for a drift) and the current `j`, the steady balance of the system's entropy
is ``production - medium + resetting = 0`` (Fuchs, Goldt and Seifert, EPL 113, 60009 (2016)), in units of
Boltzmann's constant:

    production = int j^2 / (D p),
    medium = int j F / D = r (U(y) - <U>) / D,
    resetting = r <log(p(x) / p(y))>.

What the motion takes from ``<U>`` is what resets put in, hence the second; the first is the balance of the
other two.  For free motion with drift they are ``r + v^2 / D``, ``v^2 / D`` and ``-r``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.processes import Brownian
from resetdyn.results.steady_state import EntropyRates
from resetdyn.theory.steady.line_density import LineLaw


def entropy_rates(
    law: LineLaw, energy: Callable[[FloatArray], FloatArray], diffusion: float, rate: float, to: float
) -> EntropyRates:
    """Return the rates under Poisson resetting to a point, in units of Boltzmann's constant.

    Parameters
    ----------
    law : LineLaw
        The steady state.
    energy : callable
        The potential.
    diffusion, rate, to : float
        Diffusion coefficient, rate of resets, and where they lead.
    """
    there = float(energy(np.array([to]))[0])
    medium = -rate * law.average(lambda x: (energy(x) - there) / diffusion)
    resetting = rate * law.mean_log(to)
    return EntropyRates(medium - resetting, medium, resetting)


def free_entropy_rates(process: Brownian, rate: float) -> EntropyRates:
    """Return the same for Brownian motion, in closed form."""
    medium = process.drift**2 / process.diffusion
    return EntropyRates(rate + medium, medium, -rate)
